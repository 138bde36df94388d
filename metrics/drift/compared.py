"""Two windows compared on one figure, with whole conversations as the units that differ by chance."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse, stats

Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
FEWEST = 4
"""Conversations per window below which nothing is said."""
PERMUTED_BELOW = 20
"""Conversations in one of the windows below which p-values come from permutations, as errors are not yet normal."""
_PERMUTATIONS = 9_999
_ENOUGH = 20
"""Permutations as far apart as what was seen, after which no more are drawn."""


@dataclass(frozen=True, slots=True)
class Compared:
    """`before`, `now` and `effect` in the words of the figure (a ratio of medians, or a difference of shares)."""

    before: float
    now: float
    effect: float
    low: float
    high: float
    p: float


def means_apart(values: Numbers, conversations: Codes, is_new: Flags) -> tuple[float, float, float]:
    """Difference of the two windows' means, its standard error, and the two-sided p-value of none.

    Values of one conversation may be as alike as they like: the error is that of sums per conversation (a ratio mean
    under cluster sampling). The p-value takes the spread about the common mean, as if nothing had changed; with few
    conversations it comes from permutations of them.
    Source: Lohr 2010, Sampling: Design and Analysis, sec. 5.2.2, eq. 5.17, for each window.
    """
    means, errors, pooled = [], [], []
    common = float(values.mean())
    for side in (~is_new, is_new):
        own, codes = values[side], conversations[side]
        mean = float(own.mean())
        means.append(mean)
        errors.append(_error(own - mean, codes))
        pooled.append(_error(own - common, codes))
    apart, error = means[1] - means[0], math.hypot(*errors)
    under_none = math.hypot(*pooled)
    many = [many_of(conversations[side]) for side in (~is_new, is_new)]
    if under_none == 0:
        return apart, error, 1.0
    if min(many) < PERMUTED_BELOW:
        return apart, error, _permuted(values, conversations, is_new)
    return apart, error, float(2 * stats.t.sf(abs(apart) / under_none, sum(many) - 2))


def shares(is_so: Flags, conversations: Codes, is_new: Flags) -> Compared:
    """A share before and now (0-1), and their difference with its 95 % interval."""
    values = is_so.astype(float)
    apart, error, p = means_apart(values, conversations, is_new)
    half = 1.959964 * error
    return Compared(float(values[~is_new].mean()), float(values[is_new].mean()), apart,
                    max(-1.0, apart - half), min(1.0, apart + half), p)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Columns:
    """Many shares compared at once, an entry of each array per column; `conversations`: how many have it at all."""

    before: Numbers
    now: Numbers
    error: Numbers
    p: Numbers
    conversations: Codes


def shares_of_columns(uses: sparse.csc_array, conversations: Codes, is_new: Flags) -> Columns:
    """As `shares`, of every column of a sparse table of 0 and 1 with a row per value."""
    sides = [_Sums.of(uses[side], conversations[side]) for side in (~is_new, is_new)]
    before, now = (side.mean for side in sides)
    common = np.asarray(uses.mean(axis=0)).ravel()
    error = np.hypot(*(side.error(side.mean) for side in sides))
    under_none = np.hypot(*(side.error(common) for side in sides))
    many = [len(side.sizes) for side in sides]
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(under_none > 0, 2 * stats.t.sf(np.abs(now - before) / under_none, sum(many) - 2), 1.0)
    whole = _Sums.of(uses, conversations)
    having = np.asarray((whole.sums > 0).sum(axis=0)).ravel()
    if min(many) < PERMUTED_BELOW:
        some = np.flatnonzero((having >= 2) & (under_none > 0))
        p[some] = _permuted_means(*(side.sums[:, some].toarray() / side.sizes[:, None] for side in sides[::-1]))
    return Columns(before, now, error, p, having)


@dataclass(frozen=True, slots=True)
class _Sums:
    """A sparse table summed per conversation: `sums` (conversations by columns), and rows per conversation."""

    sums: sparse.csr_array
    sizes: Codes

    @classmethod
    def of(cls, uses: sparse.csc_array, conversations: Codes) -> "_Sums":
        _, places, sizes = np.unique(conversations, return_inverse=True, return_counts=True)
        member = sparse.csr_array((np.ones(len(places)), (places, np.arange(len(places)))))
        return cls(sparse.csr_array(member @ sparse.csr_array(uses, dtype=float)), sizes)

    @property
    def mean(self) -> Numbers:
        return np.asarray(self.sums.sum(axis=0) / self.sizes.sum(), dtype=float).ravel()

    def error(self, mean: Numbers) -> Numbers:
        """Standard errors of the means, with deviations from `mean`: see `_error`."""
        many = len(self.sizes)
        squares = np.asarray(self.sums.multiply(self.sums).sum(axis=0)).ravel()
        crossed = np.asarray(self.sums.T @ self.sizes).ravel()
        spread = squares - 2 * mean * crossed + mean**2 * float((self.sizes**2).sum())
        return np.asarray(np.sqrt(np.maximum(spread, 0.0) * many / max(many - 1, 1)) / self.sizes.sum(), dtype=float)


def medians(values: Numbers, conversations: Codes, is_new: Flags) -> Compared:
    """The median before and now, and their ratio with its 95 % interval; without one where a median may be 0 or less.

    The p-value is that of equal mean ranks (Wilcoxon's statistic with the error of clusters: Rosner, Glynn and Lee
    2003, Biometrics 59:1089-1098), which asks whether values tend to be larger, whatever their shape. The interval
    combines those of the two medians on the scale of logarithms (Zou and Donner 2008, Stat Med 27:1693-1702, eq. 8).
    """
    _, _, p = means_apart(stats.rankdata(values), conversations, is_new)
    found = [_median(values[side], conversations[side]) for side in (~is_new, is_new)]
    (before, least, most), (now, lowest, highest) = found
    effect = now / before if before else math.nan
    if min(least, lowest) <= 0:
        return Compared(before, now, effect, math.nan, math.nan, p)
    below = math.hypot(math.log(now / lowest), math.log(most / before))
    above = math.hypot(math.log(highest / now), math.log(before / least))
    return Compared(before, now, effect, effect * math.exp(-below), effect * math.exp(above), p)


def _median(values: Numbers, conversations: Codes) -> tuple[float, float, float]:
    """The median with its 95 % interval: where the share of smaller values is a half, within that share's error.

    Source: Woodruff 1952, JASA 47:635-646, with the error of a share under cluster sampling.
    """
    median = float(np.median(values))
    below = (values <= median).astype(float)
    error = _error(below - below.mean(), conversations)
    half = float(stats.t.ppf(0.975, max(many_of(conversations) - 1, 1))) * error
    low, high = np.quantile(values, [max(0.5 - half, 0.0), min(0.5 + half, 1.0)])
    return median, min(float(low), median), max(float(high), median)


def _permuted(values: Numbers, conversations: Codes, is_new: Flags) -> float:
    """p-value of equal means of whole conversations, over random exchanges of conversations between the windows."""
    sides = []
    for side in (is_new, ~is_new):
        _, places = np.unique(conversations[side], return_inverse=True)
        sides.append((np.bincount(places, weights=values[side]) / np.bincount(places))[:, None])
    return float(_permuted_means(*sides)[0])


def _permuted_means(one: Numbers, other: Numbers) -> Numbers:
    """p-values of equal means, of tables with a row per conversation."""
    fewer, more = sorted((one, other), key=len)
    means = np.concatenate([fewer, more])
    means = means - means.mean(axis=0)  # so that the sum of one side tells how far both lie apart
    reached = np.abs(means[: len(fewer)].sum(axis=0)) * (1 - 1e-9)

    def is_as_far(put: Numbers, columns: Codes) -> Flags:
        return np.asarray(np.abs(put @ means[:, columns]) >= reached[columns] - 1e-12)

    return permuted(is_as_far, columns=means.shape[1], many=len(means), fewer=len(fewer))


def permuted(is_as_far: Callable[[Numbers, Codes], Flags], *, columns: int, many: int, fewer: int) -> Numbers:
    """The share of random exchanges of conversations that lie as far apart as what was seen, for some columns.

    `is_as_far` is asked of exchanges, a row of each with 1 at the `fewer` of `many` conversations that are put into
    one window, and of columns; it answers by exchange and column. A column's exchanges stop at the twentieth that is.
    Source: Besag and Clifford 1991, Sequential Monte Carlo p-values, Biometrika 78:301-304.
    """
    randomness, drawn = np.random.default_rng(0), 0
    p, so_far, active = np.ones(columns), np.zeros(columns, np.intp), np.arange(columns)
    while drawn < _PERMUTATIONS and len(active):
        batch = min(max(drawn * 4, 99), _PERMUTATIONS - drawn)
        put = np.zeros((batch, many))
        picked = randomness.random((batch, many)).argpartition(fewer - 1, axis=1)[:, :fewer]
        np.put_along_axis(put, picked, 1.0, axis=1)
        reached = np.cumsum(is_as_far(put, active), axis=0) + so_far[active]
        is_over = reached[-1] >= _ENOUGH
        p[active[is_over]] = _ENOUGH / (drawn + 1 + np.argmax(reached[:, is_over] >= _ENOUGH, axis=0))
        so_far[active], drawn, active = reached[-1], drawn + batch, active[~is_over]
    p[active] = (so_far[active] + 1) / (drawn + 1)
    return p


def many_of(codes: Codes) -> int:
    """How many conversations."""
    return len(np.unique(codes))


def _error(apart: Numbers, codes: Codes) -> float:
    """Standard error of a mean whose deviations are `apart`, with sums per conversation."""
    _, places = np.unique(codes, return_inverse=True)
    sums = np.bincount(places, weights=apart)
    many = len(sums)
    return math.sqrt(float((sums**2).sum()) * many / max(many - 1, 1)) / len(apart)
