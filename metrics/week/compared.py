"""A figure of this week beside last week's: how much it changed, how sure that is, and whether it is better."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from scipy import stats

from metrics.outcomes.shares import FEWEST, difference
from metrics.wilson import wilson_interval

Numbers = npt.NDArray[np.float64]
FEWEST_VALUES = 20
"""Values in either week below which no mean or percentile is compared."""
LEAST_POINTS = 0.03
LEAST_PART = 0.1
"""A change of fewer points, or of a smaller part, is called slight however sure it is: as `metrics.drift` does."""
FALSE_DISCOVERIES = 0.05
ROUNDING = 1e-9
"""Part of a mean below which a spread, or a change, is of rounding."""
_Z_95 = 1.959963984540054


class Direction(StrEnum):
    """What became of a figure, in the words of pages and reports."""

    BETTER = "better"
    SLIGHTLY_BETTER = "slightly better"
    SAME = "no sure difference"
    SLIGHTLY_WORSE = "slightly worse"
    WORSE = "worse"
    UNKNOWN = "not enough data"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of one week with its 95 % interval, and what it rests on."""

    value: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Compared:
    """`change` is now less before, with a 95 % interval. `p` is of no change; `is_sure` after all figures of the week
    were looked at together (`settled`). Without a figure, `lacks` says why."""

    now: Figure | None
    before: Figure | None
    more_is_worse: bool
    least: float
    change: float | None = None
    change_low: float | None = None
    change_high: float | None = None
    p: float | None = None
    is_sure: bool = False
    lacks: str = ""

    @property
    def direction(self) -> Direction:
        """Better or worse, or that nobody can tell."""
        if self.change is None:
            return Direction.UNKNOWN
        if not self.is_sure:
            return Direction.SAME
        is_worse, is_slight = (self.change > 0) == self.more_is_worse, abs(self.change) < self.least
        if is_worse:
            return Direction.SLIGHTLY_WORSE if is_slight else Direction.WORSE
        return Direction.SLIGHTLY_BETTER if is_slight else Direction.BETTER


def settled(figures: Sequence[Compared]) -> list[Compared]:
    """The figures, each with whether its change is sure at a false discovery rate of 5 % over all of them.

    Five figures held against last week's, each at 5 %, would call one changed in every fifth quiet week.
    Source: Benjamini and Hochberg 1995.
    """
    known = [one.p for one in figures if one.p is not None]
    corrected = iter(stats.false_discovery_control(known) if known else ())
    return [one if one.p is None else replace(one, is_sure=bool(next(corrected) < FALSE_DISCOVERIES))
            for one in figures]  # fmt: skip


def shares_compared(now: tuple[int, int], before: tuple[int, int], *, more_is_worse: bool) -> Compared:
    """Two shares, each hits of trials. Intervals by Wilson and Newcombe, the test is Fisher's."""
    figures = [_share(one) for one in (now, before)]
    empty = Compared(figures[0], figures[1], more_is_worse, LEAST_POINTS, lacks=f"fewer than {FEWEST} in a week")
    if figures[0] is None or figures[1] is None:
        return empty
    low, high = difference(now, before)
    return replace(empty, change=figures[0].value - figures[1].value, change_low=low, change_high=high,
                   p=share_test(now, before), lacks="")  # fmt: skip


def share_test(one: tuple[int, int], other: tuple[int, int]) -> float:
    """p of two shares being one, each hits of trials. Source: Fisher 1922."""
    return float(stats.fisher_exact([[one[0], one[1] - one[0]], [other[0], other[1] - other[0]]]).pvalue)


def means_compared(now: Numbers, before: Numbers, *, more_is_worse: bool) -> Compared:
    """Two means of independent values. Source: Welch 1947, Biometrika 34:28-35 (Satterthwaite's degrees of freedom)."""
    figures = [_mean(one) for one in (now, before)]
    lacks = f"fewer than {FEWEST_VALUES} in a week"
    if figures[0] is None or figures[1] is None:
        return Compared(figures[0], figures[1], more_is_worse, 0.0, lacks=lacks)
    change, error, df, p = welch(now, before)
    half = error * float(stats.t.ppf(0.975, df)) if error else 0.0
    least = LEAST_PART * abs(figures[1].value)
    return Compared(figures[0], figures[1], more_is_worse, least, change, change - half, change + half, p)


def welch(one: Numbers, other: Numbers) -> tuple[float, float, float, float]:
    """Difference of the means, its standard error, degrees of freedom, and p of none; each side has two values."""
    change = float(one.mean() - other.mean())
    parts = [float(values.var(ddof=1)) / len(values) for values in (one, other)]
    error = math.sqrt(sum(parts))
    if error <= ROUNDING * abs(float(other.mean())):
        return change, 0.0, math.inf, 1.0 if abs(change) <= ROUNDING * abs(float(other.mean())) else 0.0
    df = sum(parts) ** 2 / sum(part**2 / (len(values) - 1) for part, values in zip(parts, (one, other), strict=True))
    return change, error, df, float(2 * stats.t.sf(abs(change) / error, df))


def estimates_compared(
    now: tuple[Figure, float], before: tuple[Figure, float], *, span: float, more_is_worse: bool = False
) -> Compared:
    """Two independent estimates, each with its standard error, on a scale of `span`: their difference is normal."""
    change, error = now[0].value - before[0].value, math.hypot(now[1], before[1])
    p = float(2 * stats.norm.sf(abs(change) / error)) if error else (0.0 if change else 1.0)
    return Compared(now[0], before[0], more_is_worse, LEAST_POINTS * span, change, change - _Z_95 * error,
                    change + _Z_95 * error, p)  # fmt: skip


def _share(one: tuple[int, int]) -> Figure | None:
    interval = wilson_interval(*one)
    return None if interval is None or one[1] < FEWEST else Figure(one[0] / one[1], *interval, one[1])


def _mean(values: Numbers) -> Figure | None:
    n = len(values)
    if n < FEWEST_VALUES:
        return None
    half = float(values.std(ddof=1)) / math.sqrt(n) * float(stats.t.ppf(0.975, n - 1))
    return Figure(float(values.mean()), float(values.mean()) - half, float(values.mean()) + half, n)
