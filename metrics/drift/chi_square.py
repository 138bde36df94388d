"""Whether the shares of several categories differ between two windows, when calls of a conversation are alike.

0 is the same shares. What it cannot tell: which category moved, and whether that matters; see the shares.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse, stats

from metrics.drift.compared import PERMUTED_BELOW, Codes, Flags, Numbers, permuted


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """Pearson's statistic as if calls were independent, its degrees of freedom, and the p-value that knows better.

    `design_effect` is how much larger than its degrees of freedom the statistic is expected to be where nothing
    changed: 1 for independent calls.
    """

    statistic: float
    degrees: int
    design_effect: float
    p: float


def chi_square(categories: Codes, conversations: Codes, is_new: Flags) -> ChiSquare | None:
    """Of categories numbered from 0; None where a window is empty or there are not two categories.

    With fewer than `PERMUTED_BELOW` conversations in a window the p-value comes from exchanging them at random.
    Source: Pearson 1900; Rao and Scott 1984, Annals of Statistics 12:46-60, sec. 4 (second-order correction, by
    Satterthwaite), as an F: Thomas and Rao 1987, JASA 82:630-636. The covariance is that of sums per conversation.
    """
    sides = _sides(categories, conversations, is_new)
    found = None if sides is None else _moments(sides)
    if sides is None or found is None:
        return None
    first, effective = found
    before, now = (side.sum(axis=0) for side in sides)
    statistic, many = float(_pearson(before, now)), [len(side) for side in sides]
    if min(many) < PERMUTED_BELOW:
        p = _permuted(sides, statistic)
    else:
        p = float(stats.f.sf(statistic / first, effective, effective * (sum(many) - 2)))
    return ChiSquare(statistic, len(before) - 1, first / (len(before) - 1), p)


def by_chance(categories: Codes, conversations: Codes, is_new: Flags, *, level: float = 0.95) -> float | None:
    """What the statistic stays below in `level` of all cases where nothing changed; None as `chi_square`."""
    sides = _sides(categories, conversations, is_new)
    found = None if sides is None else _moments(sides)
    if found is None:
        return None
    first, effective = found
    many = sum(len(side) for side in sides or [])
    return first * float(stats.f.ppf(level, effective, effective * (many - 2)))


def _sides(categories: Codes, conversations: Codes, is_new: Flags) -> list[Numbers] | None:
    if is_new.all() or not is_new.any():
        return None
    places = np.unique(categories, return_inverse=True)[1]
    many = int(places.max()) + 1
    return [_counts(places[side], conversations[side], many=many) for side in (~is_new, is_new)] if many > 1 else None


def _counts(places: Codes, conversations: Codes, *, many: int) -> Numbers:
    """A row per conversation, a column per category."""
    rows = np.unique(conversations, return_inverse=True)[1]
    shape = (int(rows.max()) + 1 if len(rows) else 0, many)
    return np.asarray(sparse.coo_array((np.ones(len(rows)), (rows, places)), shape=shape).toarray())


def _pearson(before: Numbers, now: Numbers) -> Numbers:
    """Of counts along the last axis."""
    n, m = before.sum(axis=-1), now.sum(axis=-1)
    common = (before + now) / np.expand_dims(n + m, -1)
    apart = now / np.expand_dims(m, -1) - before / np.expand_dims(n, -1)
    parts = np.divide(apart**2, common, out=np.zeros_like(apart), where=common > 0)
    return np.asarray(n * m / (n + m) * parts.sum(axis=-1))


def _moments(sides: list[Numbers]) -> tuple[float, float] | None:
    """If nothing changed: the statistic's expected value, and the degrees of freedom of the chi-square it is like."""
    totals = [float(side.sum()) for side in sides]
    common = (sides[0].sum(axis=0) + sides[1].sum(axis=0)) / sum(totals)
    covariance = np.zeros((len(common), len(common)))
    for side, total in zip(sides, totals, strict=True):
        apart = side - side.sum(axis=1, keepdims=True) * common
        many = len(side)
        covariance += apart.T @ apart / total**2 * many / max(many - 1, 1)
    weighted = covariance * (totals[0] * totals[1] / sum(totals)) / common[:, None]
    first, second = float(np.trace(weighted)), float(np.sum(weighted * weighted.T))
    return (first, first**2 / second) if first > 0 else None


def _permuted(sides: list[Numbers], statistic: float) -> float:
    fewer, more = sorted(sides, key=len)
    counts = np.concatenate([fewer, more])
    whole = counts.sum(axis=0)

    def is_as_far(put: Numbers, columns: Codes) -> Flags:
        of_one = put @ counts
        return np.asarray(_pearson(of_one, whole - of_one) >= statistic * (1 - 1e-9))[:, None][:, columns]

    return float(permuted(is_as_far, columns=1, many=len(counts), fewer=len(fewer))[0])
