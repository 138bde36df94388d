"""Two sides compared by resampling whole conversations, as they came or weighted to one mix of traffic."""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from scipy import stats

from metrics.outcomes.shares import difference
from metrics.wilson import wilson_interval

Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
TIMES = 300
_SEED = 20


class Typical(StrEnum):
    """What of a side's values is compared. Of shares the difference, of levels too, of all others the ratio."""

    MEAN = "mean"
    MEDIAN = "median"
    P95 = "p95"
    SHARE = "share"
    LEVEL = "mean level"


IS_DIFFERENCE = (Typical.SHARE, Typical.LEVEL)


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Conversations of one side: `weights` of each, a row per draw; row 0 is the traffic as it came."""

    weights: Numbers

    @classmethod
    def drawn(cls, conversations: int, *, strata: Codes | None, target: Numbers | None, seed: int) -> "Side":
        """With `strata` (code of each conversation, -1: left out) and the `target` share of each, every draw is
        weighted to that mix.

        Source: post-stratification, Cochran 1977, sec. 5A.9, redone in every resample; Efron 1979, Ann. Stat. 7:1-26.
        """
        randomness = np.random.default_rng(_SEED + seed)
        times = randomness.multinomial(conversations, np.full(conversations, 1 / conversations), size=TIMES)
        weights = np.vstack([np.ones(conversations), times.astype(float)])
        if strata is None or target is None:
            return cls(weights)
        matched = np.zeros_like(weights)
        for code, share in enumerate(target):
            own = strata == code
            seen = weights[:, own].sum(axis=1, keepdims=True)
            matched[:, own] = weights[:, own] * share / np.maximum(seen, 1)
        return cls(matched)

    def conversations_of(self, codes: Codes) -> int:
        """How many of these conversations count at all: a mix leaves out those of strata that one side lacks."""
        return int(np.count_nonzero(self.weights[0][np.unique(codes)]))

    def typical(self, values: Numbers, codes: Codes, what: Typical) -> Numbers:
        """The figure as it came and in each resample; `codes` say whose conversation each value is of. NaN where a draw
        has none of the values."""
        if what in (Typical.MEDIAN, Typical.P95):
            return self._quantile(values, codes, 0.5 if what is Typical.MEDIAN else 0.95)
        many = self.weights.shape[1]
        sums = self.weights @ np.bincount(codes, weights=values, minlength=many)
        counts = self.weights @ np.bincount(codes, minlength=many)
        means: Numbers = np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)
        return means

    def _quantile(self, values: Numbers, codes: Codes, rank: float) -> Numbers:
        order = np.argsort(values, kind="stable")
        ordered, placed = values[order], codes[order]
        found = np.full(len(self.weights), np.nan)
        for turn, weights in enumerate(self.weights):
            reached = np.cumsum(weights[placed])
            if reached[-1] > 0:
                found[turn] = ordered[min(int(np.searchsorted(reached, rank * reached[-1])), len(ordered) - 1)]
        return found


@dataclass(frozen=True, slots=True)
class Apart:
    """Both sides' figure with its 95 % interval, and the effect: b over a, or b less a."""

    a: float
    a_low: float
    a_high: float
    b: float
    b_low: float
    b_high: float
    effect: float
    low: float
    high: float
    p: float | None


def apart(of_a: Numbers, of_b: Numbers, what: Typical, *, conversations: tuple[int, int]) -> Apart:
    """The two sides' figures (of `Side.typical`) compared; `conversations`: of each side those that have a value.

    Intervals are percentiles of the resamples; the p-value of no effect takes Student's t for their spread (of a
    ratio, of its logarithm; of what only one side has, of the difference). A share has Wilson's interval and its
    difference Newcombe's, with the number of conversations that the resamples say it is worth, so that no failure in
    twenty is not called none for sure.
    """
    if what is Typical.SHARE:
        return _shares(of_a, of_b, conversations)
    with np.errstate(divide="ignore", invalid="ignore"):
        effects = of_b - of_a if what in IS_DIFFERENCE else of_b / of_a
        spread = effects if what in IS_DIFFERENCE else np.log(effects)
    if not np.isfinite(spread[0]):
        spread = of_b - of_a
    known = spread[1:][np.isfinite(spread[1:])]
    error = float(known.std(ddof=1)) if len(known) > TIMES / 2 else math.nan
    p = float(2 * stats.t.sf(abs(spread[0]) / error, min(conversations) - 1)) if error > 0 else None
    ends = [_ends(one) for one in (of_a, of_b, effects)]
    return Apart(float(of_a[0]), *ends[0], float(of_b[0]), *ends[1], float(effects[0]), *ends[2], p)


def _shares(of_a: Numbers, of_b: Numbers, conversations: tuple[int, int]) -> Apart:
    a, b = float(of_a[0]), float(of_b[0])
    worth = [_worth(share, one, many) for share, one, many in zip((a, b), (of_a, of_b), conversations, strict=True)]
    sides = [(share * many, many) for share, many in zip((a, b), worth, strict=True)]
    intervals = [wilson_interval(*one) or (0.0, 1.0) for one in sides]
    low, high = difference(sides[0], sides[1])
    common = (sides[0][0] + sides[1][0]) / sum(worth)
    error = math.sqrt(common * (1 - common) * (1 / worth[0] + 1 / worth[1]))
    p = float(2 * stats.norm.sf(abs(b - a) / error)) if error > 0 else None
    return Apart(a, *intervals[0], b, *intervals[1], b - a, -high, -low, p)


def _worth(share: float, resampled: Numbers, conversations: int) -> float:
    """Independent trials that a share of clustered ones is worth; that of its conversations where nothing varies."""
    variance = float(np.nanvar(resampled[1:]))
    if variance <= 0 or not 0 < share < 1:
        return float(conversations)
    return share * (1 - share) / variance


def _ends(figures: Numbers) -> tuple[float, float]:
    known = figures[1:][np.isfinite(figures[1:])]
    if len(known) <= TIMES / 2:
        return math.nan, math.nan
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)
