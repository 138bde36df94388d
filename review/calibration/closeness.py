"""How far a judge is from people, in points: bias, absolute error, spread, and whether it ranks alike."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from review.agreement.coefficient import ONE_UNIT
from review.agreement.design import FEWEST_UNITS, Design
from review.calibration.pairs import Pairs
from review.sampling.estimates import ROUNDING, share_bounds, unseen_share

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
_MOST_CELLS = 1_000_000
NO_SPREAD = "all differences are alike and no scale is declared, so nothing says how far others may lie"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval; None where `lacks` says what is missing, of the interval alone too. `items` went into
    it.

    `error` is the standard error that the interval rests on, with `df` degrees of freedom, where there is one.
    """

    value: float | None
    low: float | None
    high: float | None
    items: int
    lacks: str = ""
    error: float | None = None
    df: float = math.inf


def bias(pairs: Pairs, *, span: float | None = None, confidence: float = 0.95) -> Estimate:
    """Mean of judge minus human in points; above 0 the judge is lenient. Source: Bland & Altman 1986.

    `span`: width of the scale in points, so that the interval keeps a width where all differences are alike.
    """
    apart = pairs.judge - pairs.human
    return mean_of(apart, pairs.design, items=pairs.n_items, span=span, confidence=confidence)


def absolute_error(pairs: Pairs, *, span: float, confidence: float = 0.95) -> Estimate:
    """Mean distance in points (0: always the same), on a scale that is `span` points wide."""
    if pairs.n_items < 2:
        return Estimate(None, None, None, pairs.n_items, "fewer than two items")
    apart = np.abs(pairs.judge - pairs.human)
    bounds = (0.0, max(span, float(apart.max(initial=0.0))))
    return bounded_mean_of(apart, pairs.design, bounds=bounds, items=pairs.n_items, confidence=confidence)


def bounded_mean_of(
    values: Numbers, design: Design, *, bounds: tuple[float, float], items: int, confidence: float = 0.95
) -> Estimate:
    """A weighted mean of values that cannot leave `bounds`; its interval stays inside and always has a width.

    It is a share of the way between the bounds and skewed like one: Wilson's interval on the effective number of items.
    Where all values are alike, as many of the others may be at either bound as so many alike leave open.

    Source: Wilson 1927; Korn & Graubard 1998 for the effective number; Clopper & Pearson 1934 without failures.
    """
    bottom, span = bounds[0], bounds[1] - bounds[0]
    if not items or not span:
        return mean_of(values, design, items=items, confidence=confidence)
    value = design.mean(values)
    place = min(1.0, max(0.0, (value - bottom) / span))
    variance, df = design.variance(values - value)
    student = float(special.stdtrit(max(df, 1.0), (1 + confidence) / 2))
    if variance > (ROUNDING * span) ** 2 and 0 < place < 1:
        low, high = share_bounds(place, place * (1 - place) / (variance / span**2), student)
        error = math.sqrt(variance)
    else:
        others = unseen_share(design.effective_items, confidence=confidence)
        low, high = place * (1 - others), place + (1 - place) * others
        error = span * (high - low) / 2 / student
    return Estimate(value, bottom + span * low, bottom + span * high, items, error=error, df=max(df, 1.0))


def mean_of(
    values: Numbers, design: Design, *, items: int, span: float | None = None, confidence: float = 0.95
) -> Estimate:
    """A weighted mean of differences with a t interval, inside of `span` points either way.

    Where all are alike the others may be `span` off either way, as many of them as so many alike leave open; without a
    `span` there is no interval then, and none of fewer than two items' worth.

    Source: Lohr 2010, section 9.1 (linearisation); Satterthwaite 1946; Clopper & Pearson 1934 without failures.
    """
    if items < 2:
        return Estimate(None, None, None, items, "fewer than two items")
    value = design.mean(values)
    variance, df = design.variance(values - value)
    if design.effective_items < FEWEST_UNITS:
        return Estimate(value, None, None, items, ONE_UNIT)
    if not span and not np.ptp(values):
        return Estimate(value, None, None, items, NO_SPREAD)
    student = float(special.stdtrit(max(df, 1.0), (1 + confidence) / 2))
    if not span or variance > (ROUNDING * span) ** 2:
        half, most = student * math.sqrt(variance), max(span or math.inf, abs(value))
        low, high = max(-most, value - half), min(most, value + half)
        return Estimate(value, low, high, items, error=math.sqrt(variance), df=max(df, 1.0))
    others = unseen_share(design.effective_items, confidence=confidence)
    low, high = value - others * (span + value), value + others * (span - value)
    return Estimate(value, low, high, items, error=(high - low) / 2 / student, df=max(df, 1.0))


def spread_ratio(pairs: Pairs) -> float | None:
    """Standard deviation of the judge over that of people: below 1 it uses less of the scale. None without spread."""
    judge, human = (
        float(np.cov(one, aweights=pairs.design.weights)) if len(one) > 1 else 0.0 for one in (pairs.judge, pairs.human)
    )
    return math.sqrt(judge / human) if human > 0 else None


def spearman(pairs: Pairs) -> float | None:
    """Rank correlation with the design's weights, -1 to 1; blind to leniency. None without variation.

    Source: Spearman 1904; weighted mid-ranks as in Bailey & Emad, wCorr (2017). Equal weights give scipy's.
    """
    if not _varies(pairs):
        return None
    weights = pairs.design.weights
    first, second = (
        _weighted_ranks(*np.unique(one, return_inverse=True), weights) for one in (pairs.judge, pairs.human)
    )
    return float(weights @ (first * second)) / math.sqrt(float(weights @ first**2) * float(weights @ second**2))


def kendall(pairs: Pairs) -> float | None:
    """Tau-b, a pair of items weighing the product of their weights; -1 to 1. None without variation.

    With more than a million different pairs of values the weights are left out.
    Source: Kendall 1945; from the table of both values, as for grouped data: Agresti 2010, Analysis of Ordinal
    Categorical Data, section 7.1.
    """
    if not _varies(pairs):
        return None
    (judge, first), (human, second) = (np.unique(one, return_inverse=True) for one in (pairs.judge, pairs.human))
    size = (len(judge), len(human))
    if math.prod(size) > _MOST_CELLS:
        return float(stats.kendalltau(pairs.judge, pairs.human).statistic)
    table = np.bincount(first * size[1] + second, pairs.design.weights, math.prod(size)).reshape(size)
    below = np.cumsum(np.cumsum(table, axis=0), axis=1)  # of cells at or before each, in both directions
    padded = np.pad(below, ((1, 0), (1, 0)))
    rows, columns, whole = below[:, -1:], below[-1:, :], below[-1, -1]
    before_row, before_column = padded[:-1, -1:], padded[-1:, :-1]
    both_lower = padded[:-1, :-1]
    both_higher = whole - rows - columns + below
    lower_higher = before_row - padded[:-1, 1:]
    higher_lower = before_column - padded[1:, :-1]
    apart = float((table * (both_lower + both_higher - lower_higher - higher_lower)).sum())
    untied = (whole**2 - float((table.sum(axis=axis) ** 2).sum()) for axis in (0, 1))
    return apart / math.sqrt(math.prod(untied))


def _varies(pairs: Pairs) -> bool:
    return len(pairs.judge) > 1 and bool(np.ptp(pairs.judge)) and bool(np.ptp(pairs.human))


def _weighted_ranks(levels: Numbers, place: Places, weights: Numbers) -> Numbers:
    """Mid-ranks of values that are `levels[place]`, less their mean."""
    heavy = np.bincount(place, weights, len(levels))
    ranks = np.cumsum(heavy) - heavy / 2
    return np.asarray((ranks - np.average(ranks, weights=heavy))[place])
