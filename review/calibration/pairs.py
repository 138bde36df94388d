"""Judge beside people: each label of an item with the judge's one value of it, weighted by the sample's design."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from review.agreement.design import Design

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """One entry per label of an item that the judge also scored. An item counts once, however many people labelled it.

    `items`: their ids; `reviewers`: who labelled; `judge` and `human`: values on one scale; `item_weights`: one over
    the probability of inclusion; `design` of the entries.
    """

    items: npt.NDArray[np.str_]
    reviewers: npt.NDArray[np.str_]
    judge: Numbers
    human: Numbers
    item_weights: Numbers
    design: Design

    @property
    def n_items(self) -> int:
        return len(np.unique(self.items))

    @property
    def effective_items(self) -> float:
        """How many items of a simple random sample they are worth. Source: Kish 1965, section 11.7."""
        _, first = np.unique(self.items, return_index=True)
        weights = self.item_weights[first]
        return float(weights.sum() ** 2 / (weights**2).sum()) if len(weights) else 0.0

    def none(self) -> "Pairs":
        """No pair at all: what a judge on another scale can be compared by."""
        nothing = np.zeros(len(self.items), dtype=bool)
        return Pairs(
            self.items[nothing], self.reviewers[nothing], self.judge[nothing], self.human[nothing],
            self.item_weights[nothing], Design.of(0),
        )  # fmt: skip

    def mean(self, values: Numbers) -> float:
        return self.design.mean(values)


def paired(labels: pd.DataFrame, judged: pd.Series) -> Pairs:
    """`labels`: `item, reviewer, value, weight, stratum, cluster`; `judged`: the judge's value by item."""
    both = labels.assign(judge=labels["item"].map(judged)).dropna(subset=["judge", "value"])
    share = both.groupby("item")["item"].transform("size").to_numpy(float)
    weights = both["weight"].to_numpy(float)
    design = Design.of(
        len(both), weights=weights / share, strata=both["stratum"].to_numpy(), clusters=both["cluster"].to_numpy()
    )
    return Pairs(
        both["item"].to_numpy(str), both["reviewer"].to_numpy(str), both["judge"].to_numpy(float),
        both["value"].to_numpy(float), weights, design,
    )  # fmt: skip


def one_value(scores: pd.DataFrame, *, is_nominal: bool) -> pd.Series:
    """The judge's one value by item, of several rows: their mean, or the most frequent (the lower one of equals).

    `scores`: `item, value`, and `probability` where the judge gave a chance to each level.
    """
    if "probability" in scores and scores["probability"].notna().any():
        return _likeliest(scores) if is_nominal else _expected(scores)
    pick: Callable[[pd.Series], float] | str = (lambda said: float(said.mode().iloc[0])) if is_nominal else "mean"
    return scores.groupby("item")["value"].agg(pick)


def _likeliest(scores: pd.DataFrame) -> pd.Series:
    summed = scores.groupby(["item", "value"])["probability"].sum().reset_index()
    ordered = summed.sort_values(by=["item", "probability", "value"], ascending=[True, False, True])
    return ordered.groupby("item")["value"].first()


def _expected(scores: pd.DataFrame) -> pd.Series:
    chance = scores["probability"].fillna(0.0)
    weighted: pd.Series = (scores["value"] * chance).groupby(scores["item"]).sum()
    return (weighted / chance.groupby(scores["item"]).sum()).dropna()
