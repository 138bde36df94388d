"""What a calibration is made from: people's labels, judges' scores, and how the labelled items were drawn."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from review.agreement.design import Design
from review.agreement.others import Others
from review.calibration.entries import Entries
from review.calibration.sampled import sample_of
from review.calibration.scale import Scale
from review.sampling.estimates import Labelled

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


BY_ITEM = "by item"
"""Name of an index that repeats the column `item`; judges who scored the same items share it, and so its lookups."""


_OF_LABELS = ("coded", "sample", "units", "part_names", "_per_item", "_places")
"""What a study works out of its labels alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One judge's scores: `item, value` and maybe `probability`; what could not be read is counted apart."""

    name: str
    scores: pd.DataFrame
    unparsable: int

    @property
    def answers(self) -> int:
        return len(self.scores) + self.unparsable

    @property
    def unparsable_share(self) -> float:
        return self.unparsable / self.answers if self.answers else 0.0


@dataclass(frozen=True, eq=False)
class Study:
    """One criterion. `labels`: `item, reviewer, value, weight, stratum, cluster`, one row per item and reviewer.

    Of several weeks' samples, `stratum` is that of its week, and `part` the part of the traffic that it is each week.
    `weight` is one over the probability of inclusion. `sizes`: units of the traffic by stratum, None when nothing is
    known of how items were drawn: then they count as a simple random sample of endless traffic. `notes`: what was left
    out, in words. `seen`: labels left out because they were given after seeing the judge, `shown`: because the judge's
    prompt may have learned from their items; None where nobody can know. `unlabelled`: strata of the traffic that have
    no label, where `sizes` does not name them.
    """

    labels: pd.DataFrame
    judges: tuple[Judged, ...]
    scale: Scale
    sizes: dict[str, float] | None
    notes: tuple[str, ...] = ()
    seen: int | None = None
    shown: int | None = None
    unlabelled: tuple[str, ...] = ()

    @property
    def part(self) -> str:
        """The column of `labels` that names parts of the traffic."""
        return "part" if "part" in self.labels else "stratum"

    @cached_property
    def part_names(self) -> tuple[str, ...]:
        """Every part of the traffic, also one without a label; none where nothing is known of how items were drawn."""
        if self.sizes is None:
            return ()
        bare = {name for name, size in self.sizes.items() if size} - set(self.labels["stratum"].unique())
        if self.part == "part":
            bare = {name.partition(" ")[2] for name in bare}
        return tuple(sorted({*self.labels[self.part].unique(), *bare, *self.unlabelled}))

    def per_item(self) -> pd.DataFrame:
        """One row per labelled item, by item: `value` is the mean over its `reviewers` (how many); with `weight`,
        `stratum`, `part` and `cluster`. The same table each time: not to be written to."""
        return self._per_item

    def in_weeks(self, weeks: Iterable[str]) -> "Study":
        """The labels of some weeks, without judges. The same study each time, with what it has worked out."""
        chosen = tuple(sorted(set(weeks)))
        if chosen not in self._by_weeks:
            labels = self.labels[self.labels["week"].isin(list(chosen))]
            sizes = {name: size for name, size in (self.sizes or {}).items() if name.partition(" ")[0] in chosen}
            self._by_weeks[chosen] = Study(labels, (), self.scale, sizes)
        return self._by_weeks[chosen]

    def judged_by(self, *judges: Judged) -> "Study":
        """The same labels with these judges, and with what was worked out of the labels."""
        made = replace(self, judges=judges)
        made.__dict__.update({name: self.__dict__[name] for name in _OF_LABELS if name in self.__dict__})
        return made

    @cached_property
    def _by_weeks(self) -> dict[tuple[str, ...], "Study"]:
        return {}

    @cached_property
    def coded(self) -> "Coded":
        """The labels as arrays, made once."""
        return Coded.of(self.labels, part=self.part)

    @property
    def others(self) -> Others:
        """Of each label, the other labels of its item."""
        return self.coded.entries.others

    @cached_property
    def sample(self) -> Labelled:
        """The labelled items with people's means, as the stratified sample that they are."""
        items = self._per_item
        return sample_of(items, items["value"].to_numpy(float), self.sizes)

    @cached_property
    def units(self) -> tuple[Places, Places]:
        """What was drawn or varies together: the unit of each item of `coded`, and the stratum of each unit."""
        of = self.coded
        clusters = int(of.clusters.max(initial=0)) + 1
        keys, unit = np.unique(of.strata * clusters + of.clusters, return_inverse=True)
        of_item = np.zeros(len(of.items), dtype=np.intp)
        of_item[of.item] = unit.reshape(-1)
        return of_item, np.asarray(keys // clusters, dtype=np.intp)

    def places_in(self, index: pd.Index) -> Places:
        """The place in `index` of each item of `coded`, -1 where it is not there; judges often share an index."""
        for known, places in self._places:
            if known.is_(index):  # also where pandas made another object of it
                return places
        self._places.append((index, np.asarray(index.get_indexer(self.coded.items), dtype=np.intp)))
        return self._places[-1][1]

    @cached_property
    def _places(self) -> list[tuple[pd.Index, Places]]:
        return []

    @cached_property
    def _per_item(self) -> pd.DataFrame:
        of, labels = self.coded, self.labels
        first = np.zeros(len(of.items), dtype=np.intp)
        first[of.item[::-1]] = np.arange(len(of.item))[::-1]  # the first label of an item is written last
        summed = np.bincount(of.item, of.human, minlength=len(of.items))
        named = {"stratum": "stratum", "part": self.part, "cluster": "cluster"}
        return pd.DataFrame(
            {
                "value": summed / np.maximum(of.labels_of_item, 1),
                "weight": of.weights[first],
                **{name: _categories(labels[column].to_numpy(object)[first]) for name, column in named.items()},
                "reviewers": of.labels_of_item,
            },
            index=of.items,
        )


@dataclass(frozen=True, eq=False)
class Coded:
    """Labels as arrays: `items` are the distinct ids in their order, `item` the place among them of each label;
    `strata` and `clusters` are numbers in the order of the names. `design` is that of all of the labels, an item's
    weight shared among its labels."""

    items: pd.Index
    item: Places
    labels_of_item: Places
    ids: npt.NDArray[np.object_]
    reviewers: npt.NDArray[np.object_]
    parts: npt.NDArray[np.object_]
    human: Numbers
    weights: Numbers
    strata: Places
    clusters: Places
    design: Design

    @classmethod
    def of(cls, labels: pd.DataFrame, *, part: str) -> "Coded":
        """`labels` as those of a `Study`; `part` is the column of parts of the traffic."""
        item, items = pd.factorize(labels["item"], sort=True)
        strata, clusters = (
            np.asarray(pd.factorize(labels[name], sort=True)[0], dtype=np.intp) for name in ("stratum", "cluster")
        )
        labels_of_item = np.bincount(item, minlength=len(items))
        weights = labels["weight"].to_numpy(float)
        design = Design.of(len(labels), weights=weights / labels_of_item[item], strata=strata, clusters=clusters)
        ids, reviewers, parts = (labels[name].to_numpy(object) for name in ("item", "reviewer", part))
        return cls(
            pd.Index(items, dtype=object, name="item"), item, labels_of_item, ids, reviewers, parts,
            labels["value"].to_numpy(float), weights, strata, clusters, design,
        )  # fmt: skip

    @cached_property
    def entries(self) -> Entries:
        """What a judge of every labelled item is put beside."""
        return Entries(
            self.ids, self.item, self.item, self.parts, self.reviewers, self.human, self.weights, self.design
        )


def _categories(names: npt.NDArray[np.object_]) -> pd.Categorical:
    """The same names as numbers, which are quick to group by."""
    code, known = pd.factorize(names, sort=True)
    return pd.Categorical.from_codes(code, categories=pd.Index(known, dtype=object))
