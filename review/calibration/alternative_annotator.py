"""The alternative annotator test: could the judge stand in for one of the reviewers?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

FEWEST_ITEMS = 30
"""Items that a reviewer must share with the judge and another reviewer to be tested against."""
Score = Callable[[float, np.ndarray], float]


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


def agreement(one: float, others: np.ndarray) -> float:
    """Alignment on a nominal scale: share of the others who say the same."""
    return float(np.mean(others == one))


def negative_rmse(one: float, others: np.ndarray) -> float:
    """Alignment on an ordinal scale: minus the root of the mean squared distance to the others."""
    return float(-np.sqrt(np.mean((others - one) ** 2)))


def alternative_annotator(
    judge: Mapping[str, float],
    people: Mapping[str, Mapping[str, float]],
    *,
    score: Score,
    epsilon: float = 0.15,
    false_discovery_rate: float = 0.05,
) -> AlternativeAnnotator:
    """Leave each reviewer out in turn and compare judge and reviewer by closeness to the others.

    `judge`: item to value; `people`: reviewer to item to value. An item counts where the judge and at least two
    reviewers have a value. `epsilon` is the discount for the judge's lower cost (.1 for trained reviewers, .15 skilled,
    .2 experts). Cannot tell whether the reviewers themselves are right.

    Source: Calderon, Reichart & Dror (ACL 2025), section 3 and algorithm 1; correction by Benjamini & Yekutieli (2001).
    """
    p_values: dict[str, float] = {}
    advantages: list[float] = []
    for name, own in people.items():
        duels = [
            _duel(judge[item], value, _others(people, item, name), score)
            for item, value in own.items()
            if item in judge and len(_others(people, item, name))
        ]
        if len(duels) < FEWEST_ITEMS:
            continue
        judge_wins, person_wins = np.array(duels, dtype=float).T
        p_values[name] = _p_value(person_wins - judge_wins, epsilon)
        advantages.append(float(judge_wins.mean()))
    if not p_values:
        reason = f"no reviewer has {FEWEST_ITEMS} items that the judge and another reviewer also have"
        return AlternativeAnnotator(None, None, epsilon, 0, {}, reason)
    adjusted = stats.false_discovery_control(list(p_values.values()), method="by")
    return AlternativeAnnotator(
        winning_rate=float(np.mean(adjusted <= false_discovery_rate)),
        advantage_probability=float(np.mean(advantages)),
        epsilon=epsilon,
        reviewers=len(p_values),
        p_values=p_values,
    )


def _others(people: Mapping[str, Mapping[str, float]], item: str, name: str) -> np.ndarray:
    return np.array([own[item] for other, own in people.items() if other != name and item in own], dtype=float)


def _duel(judge: float, person: float, others: np.ndarray, score: Score) -> Sequence[bool]:
    """Whether the judge is at least as close as the person, and whether the person is as the judge."""
    ours, theirs = score(judge, others), score(person, others)
    return ours >= theirs, theirs >= ours


def _p_value(differences: np.ndarray, epsilon: float) -> float:
    """One-sided: is the reviewer's advantage smaller than epsilon? Without spread the mean itself decides."""
    if np.ptp(differences) == 0:
        return 0.0 if differences[0] < epsilon else 1.0
    return float(stats.ttest_1samp(differences, epsilon, alternative="less").pvalue)
