"""How far a judge is from people, in points: bias, absolute error, spread, and whether it ranks alike."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from review.agreement.design import Design
from review.calibration.pairs import Pairs
from review.estimates import share_bounds

Numbers = npt.NDArray[np.float64]
_MOST_PAIRWISE = 4_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval; None where `lacks` says what is missing. `items` went into it."""

    value: float | None
    low: float | None
    high: float | None
    items: int
    lacks: str = ""


def bias(pairs: Pairs, *, confidence: float = 0.95) -> Estimate:
    """Mean of judge minus human in points; above 0 the judge is lenient. Source: Bland & Altman 1986."""
    return mean_of(pairs.judge - pairs.human, pairs.design, items=pairs.n_items, confidence=confidence)


def absolute_error(pairs: Pairs, *, span: float, confidence: float = 0.95) -> Estimate:
    """Mean distance in points (0: always the same), on a scale that is `span` points wide.

    It is a share of the width, and skewed like one: Wilson's interval on the effective number of items.
    """
    apart = np.abs(pairs.judge - pairs.human)
    plain = mean_of(apart, pairs.design, items=pairs.n_items, confidence=confidence)
    if plain.value is None or not span:
        return plain
    variance, df = pairs.design.variance(apart - plain.value)
    share = min(1.0, plain.value / span)
    items = share * (1 - share) / (variance / span**2) if variance > 0 and 0 < share < 1 else pairs.effective_items
    student = float(stats.t.ppf((1 + confidence) / 2, max(df, 1.0)))
    low, high = share_bounds(share, items, student)
    return Estimate(plain.value, low * span, high * span, plain.items)


def mean_of(values: Numbers, design: Design, *, items: int, confidence: float) -> Estimate:
    """A weighted mean with a t interval. Source: Lohr 2010, section 9.1 (linearisation); Satterthwaite 1946."""
    if items < 2:
        return Estimate(None, None, None, items, "fewer than two items")
    value = design.mean(values)
    variance, df = design.variance(values - value)
    half = float(stats.t.ppf((1 + confidence) / 2, max(df, 1.0))) * math.sqrt(variance)
    return Estimate(value, value - half, value + half, items)


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
    first, second = (_weighted_ranks(one, pairs.design.weights) for one in (pairs.judge, pairs.human))
    covariance = np.cov(first, second, aweights=pairs.design.weights)
    return float(covariance[0, 1] / math.sqrt(covariance[0, 0] * covariance[1, 1]))


def kendall(pairs: Pairs) -> float | None:
    """Tau-b, a pair of items weighing the product of their weights; -1 to 1. None without variation.

    Above 4,000 labels the weights are left out. Source: Kendall 1945.
    """
    if not _varies(pairs):
        return None
    if len(pairs.judge) > _MOST_PAIRWISE:
        return float(stats.kendalltau(pairs.judge, pairs.human).statistic)
    first = np.sign(pairs.judge[:, None] - pairs.judge[None, :])
    second = np.sign(pairs.human[:, None] - pairs.human[None, :])
    weights = pairs.design.weights
    concordant = float(weights @ (first * second) @ weights)
    return concordant / math.sqrt(float(weights @ np.abs(first) @ weights) * float(weights @ np.abs(second) @ weights))


def _varies(pairs: Pairs) -> bool:
    return len(pairs.judge) > 1 and bool(np.ptp(pairs.judge)) and bool(np.ptp(pairs.human))


def _weighted_ranks(values: Numbers, weights: Numbers) -> Numbers:
    levels, place = np.unique(values, return_inverse=True)
    heavy = np.bincount(place, weights, len(levels))
    return np.asarray((np.cumsum(heavy) - heavy / 2)[place])
