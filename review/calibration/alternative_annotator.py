"""The alternative annotator test: could the judge stand in for one of the reviewers?"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special, stats

from review.agreement.others import Others

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

FEWEST_ITEMS = 30
"""Items that a reviewer must share with the judge and another reviewer to be tested against."""
Score = Callable[[Numbers, Numbers, Others], Numbers]
"""How close each value is to what the others said of its item: (values, everybody's labels, who the others are)."""


@dataclass(frozen=True, slots=True)
class AlternativeAnnotator:
    """What the test says.

    `winning_rate`: share of reviewers against whom the judge holds (0 to 1; at least .5 passes).
    `advantage_probability`: chance that the judge is at least as close to the other reviewers as a reviewer is.
    `p_values` by reviewer, before the correction. None where no reviewer has enough items; `reason` says so.
    """

    winning_rate: float | None
    advantage_probability: float | None
    epsilon: float
    reviewers: int
    p_values: Mapping[str, float]
    reason: str = ""

    @property
    def passes(self) -> bool | None:
        return None if self.winning_rate is None else self.winning_rate >= 0.5


def agreement(values: Numbers, labels: Numbers, others: Others) -> Numbers:
    """Alignment on a nominal scale: share of the others who say the same."""
    return others.mean((labels[others.other] == values[others.label]).astype(float))


def negative_rmse(values: Numbers, labels: Numbers, others: Others) -> Numbers:
    """Alignment on an ordinal scale: minus the root of the mean squared distance to the others."""
    return -np.sqrt(others.mean((labels[others.other] - values[others.label]) ** 2))


def alternative_annotator(
    judge: Mapping[str, float],
    people: Mapping[str, Mapping[str, float]],
    *,
    score: Score,
    epsilon: float = 0.15,
    false_discovery_rate: float = 0.05,
) -> AlternativeAnnotator:
    """As `of_labels`; `judge`: item to value; `people`: reviewer to item to value."""
    rows = [
        (item, name, value, judge[item]) for name, own in people.items() for item, value in own.items() if item in judge
    ]
    items = np.asarray(pd.factorize(np.array([row[0] for row in rows], dtype=object))[0], dtype=np.intp)
    reviewer, names = pd.factorize(np.array([row[1] for row in rows], dtype=object), sort=True)
    by_reviewer = np.asarray(reviewer, dtype=np.intp), [str(name) for name in names]
    said, of_judge = (np.array([row[at] for row in rows], dtype=float) for at in (2, 3))
    return of_labels(
        Others.of(items),
        by_reviewer,
        said,
        of_judge,
        score=score,
        epsilon=epsilon,
        false_discovery_rate=false_discovery_rate,
    )


def of_labels(  # noqa: PLR0913 - a list of labels in columns, and how to test
    others: Others,
    by_reviewer: tuple[Places, Sequence[str]],
    labels: Numbers,
    judge: Numbers,
    *,
    score: Score,
    epsilon: float = 0.15,
    false_discovery_rate: float = 0.05,
) -> AlternativeAnnotator:
    """Leave each reviewer out in turn and compare judge and reviewer by closeness to the others.

    `others`: who else labelled the item of each label. `by_reviewer`: the place of each label's reviewer among the
    names; `labels` and `judge`: the label and the judge's value of the item. An item counts where at least two
    reviewers labelled it. `epsilon` is the discount for the judge's lower cost (.1 for trained reviewers, .15 skilled,
    .2 experts). Cannot tell whether the reviewers themselves are right.

    Source: Calderon, Reichart & Dror (ACL 2025), section 3 and algorithm 1; correction by Benjamini & Yekutieli (2001).
    """
    ours, theirs = score(judge, labels, others), score(labels, labels, others)
    judge_wins, person_wins = (ours >= theirs).astype(float), (theirs >= ours).astype(float)
    compared = others.times > 0
    reviewer, names = by_reviewer[0][compared], by_reviewer[1]
    better = (person_wins - judge_wins)[compared]  # 1 where only the reviewer holds, -1 where only the judge does
    items, better_sum, better_squares, won = (
        np.bincount(reviewer, of_label, len(names)) for of_label in (None, better, better**2, judge_wins[compared])
    )
    enough = np.flatnonzero(items >= FEWEST_ITEMS)
    p_values = {names[int(at)]: _p_value(int(items[at]), better_sum[at], better_squares[at], epsilon) for at in enough}
    if not p_values:
        reason = f"no reviewer has {FEWEST_ITEMS} items that the judge and another reviewer also have"
        return AlternativeAnnotator(None, None, epsilon, 0, {}, reason)
    adjusted = stats.false_discovery_control(list(p_values.values()), method="by")
    return AlternativeAnnotator(
        winning_rate=float(np.mean(adjusted <= false_discovery_rate)),
        advantage_probability=float(np.mean(won[enough] / items[enough])),
        epsilon=epsilon,
        reviewers=len(p_values),
        p_values=p_values,
    )


def _p_value(items: int, total: float, squares: float, epsilon: float) -> float:
    """One-sided t of differences -1, 0 and 1, from their sum and that of their squares: is the reviewer's advantage
    smaller than epsilon? Without spread the mean itself decides."""
    mean, apart = total / items, squares - total**2 / items
    if squares * items == total**2:  # whole numbers, so this is exact
        return 0.0 if mean < epsilon else 1.0
    error = math.sqrt(apart / (items - 1) / items)
    return float(special.stdtr(items - 1, (mean - epsilon) / error))
