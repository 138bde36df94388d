"""Judge beside people: each label of an item with the judge's one value of it, weighted by the sample's design."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from review.agreement.design import Design
from review.calibration.entries import Entries
from review.calibration.study import BY_ITEM, Coded, Study

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Each entry's label (`human`) with the judge's one value of its item (`judge`), on one scale."""

    entries: Entries
    judge: Numbers

    @property
    def human(self) -> Numbers:
        return self.entries.human

    @property
    def design(self) -> Design:
        return self.entries.design

    @property
    def n_items(self) -> int:
        return self.entries.n_items

    def none(self) -> "Pairs":
        """No pair at all: what a judge on another scale can be compared by."""
        return Pairs(self.entries.none(), self.judge[:0])

    def mean(self, values: Numbers) -> float:
        return self.design.mean(values)


def paired(labels: pd.DataFrame, judged: pd.Series) -> Pairs:
    """`labels`: `item, reviewer, value, weight, stratum, cluster`; `judged`: the judge's value by item."""
    of = Coded.of(labels, part="part" if "part" in labels else "stratum")
    return _paired(of, judged, judged.index.get_indexer(of.items) if len(judged) else _none_of(of))


def pairs_of(study: Study, judged: pd.Series) -> Pairs:
    """The labels of a study beside the judge's value by item."""
    return _paired(study.coded, judged, study.places_in(judged.index) if len(judged) else _none_of(study.coded))


def _none_of(of: Coded) -> npt.NDArray[np.intp]:
    return np.full(len(of.items), -1, dtype=np.intp)


def _paired(of: Coded, judged: pd.Series, place: npt.NDArray[np.intp]) -> Pairs:
    by_item = np.full(len(of.items), np.nan)
    by_item[place >= 0] = judged.to_numpy(float)[place[place >= 0]]
    said = by_item[of.item]
    kept = ~(np.isnan(said) | np.isnan(of.human))
    return Pairs(of.entries, said) if kept.all() else Pairs(_some(of, kept), said[kept])


def _some(of: Coded, kept: npt.NDArray[np.bool_]) -> Entries:
    """The entries of a judge that has not scored every labelled item."""
    item = of.item[kept]
    labels_of_item = np.bincount(item, minlength=len(of.items))
    weights = of.weights[kept]
    design = Design.of(
        len(item), weights=weights / labels_of_item[item], strata=of.strata[kept], clusters=of.clusters[kept]
    )
    code = (np.cumsum(labels_of_item > 0) - 1)[item]
    return Entries(of.ids[kept], code, item, of.parts[kept], of.reviewers[kept], of.human[kept], weights, design)


def one_value(scores: pd.DataFrame, *, is_nominal: bool) -> pd.Series:
    """The judge's one value by item, of several rows: their mean, or the most frequent (the lower one of equals).

    `scores`: `item, value`, and `probability` where the judge gave a chance to each level. Items come in their order
    and are summed in it, so that the order of the rows makes no difference, not in the last bit.
    """
    has_chances = "probability" in scores and bool(scores["probability"].notna().any())
    if not has_chances:
        items = scores.index if scores.index.name == BY_ITEM else pd.Index(scores["item"])
        once = pd.Series(scores["value"].to_numpy(float), items, name="value")
        if once.index.is_unique:
            return once if once.index.is_monotonic_increasing else once.sort_index()
    ordered = scores.sort_values(by=["item", "value", *(["probability"] if has_chances else [])])
    if is_nominal:
        return _likeliest(ordered if has_chances else ordered.assign(probability=1.0))
    return _expected(ordered) if has_chances else ordered.groupby("item")["value"].mean()


def _likeliest(scores: pd.DataFrame) -> pd.Series:
    summed = scores.groupby(["item", "value"])["probability"].sum().reset_index()
    ordered = summed.sort_values(by=["item", "probability", "value"], ascending=[True, False, True])
    return ordered.groupby("item")["value"].first()


def _expected(scores: pd.DataFrame) -> pd.Series:
    chance = scores["probability"].fillna(0.0)
    weighted: pd.Series = (scores["value"] * chance).groupby(scores["item"]).sum()
    return (weighted / chance.groupby(scores["item"]).sum()).dropna()
