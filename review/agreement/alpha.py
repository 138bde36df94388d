"""Krippendorff's alpha: agreement of any number of raters, with gaps, on any scale."""

from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from review.agreement.coefficient import (
    NO_PAIRS,
    NO_VARIATION,
    Coefficient,
    Floats,
    low_without_disagreement,
    without_value,
)
from review.agreement.counts import rating_counts
from review.agreement.design import Design

NAME = "Krippendorff's alpha"
_MOST_CELLS = 4_000_000
"""Numbers held at once while resampling."""
_UNDEFINED_ALLOWED = 0.05


class Metric(StrEnum):
    """How far apart two values are. Ordinal distances follow from how often each value was given."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


def krippendorff_alpha(  # the data, its design and how often to resample
    values: ArrayLike,
    *,
    metric: Metric | Floats,
    design: Design | None = None,
    confidence: float = 0.95,
    resamples: int = 2_000,
    seed: int = 0,
) -> Coefficient:
    """Alpha of ratings (row per item, column per rater, gaps NaN), weighted by the design.

    1 is agreement, 0 what chance gives. Items with one rating are left out; all ratings alike is "no variation".
    `metric` may be a matrix of squared distances between the sorted values (for sets of categories). The interval is
    the percentiles of a bootstrap of the design's units; with fewer than about 30 items it is too narrow.
    It cannot tell a rubric that nobody understands from raters who are careless.

    Source: Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", sections C to E; 2018, chapter 12.
    """
    levels, counts = rating_counts(values)
    paired = counts.sum(axis=1) >= 2
    items, ratings = int(paired.sum()), int(counts[paired].sum())
    if not items:
        return without_value(_name(metric), NO_PAIRS, items=0, ratings=0)
    design = (design or Design.of(len(counts))).only(paired)
    pairs = _pairs(counts[paired])
    observed, expected = _disagreement(design.weights[None, :], pairs, levels, metric)
    if expected[0] == 0:
        return without_value(_name(metric), NO_VARIATION, items=items, ratings=ratings)
    value = float(1 - observed[0] / expected[0])
    if observed[0] == 0:
        share = float(expected[0] / _distances(pairs.sum(axis=0)[None, :, :].sum(axis=2), levels, metric).max())
        low = low_without_disagreement(share, items=design.effective_items, confidence=confidence)
        return Coefficient(_name(metric), value, low, 1.0, items, ratings)
    again = _resampled(pairs, levels, metric, design.resampled(resamples, seed=seed))
    if np.isnan(again).mean() > _UNDEFINED_ALLOWED:
        return Coefficient(_name(metric), value, None, None, items, ratings, lacks="too little variation to resample")
    low, high = np.nanquantile(again, [(1 - confidence) / 2, (1 + confidence) / 2])
    error = float(np.nanstd(again, ddof=1))
    return Coefficient(_name(metric), value, float(low), float(high), items, ratings, standard_error=error)


def _name(metric: Metric | Floats) -> str:
    return f"{NAME} ({metric.value})" if isinstance(metric, Metric) else NAME


def _pairs(counts: Floats) -> Floats:
    """The coincidences of each item: items x levels x levels, each row of pairs over the other raters of the item."""
    rated = counts.sum(axis=1)
    both = counts[:, :, None] * counts[:, None, :]
    both[:, np.arange(counts.shape[1]), np.arange(counts.shape[1])] -= counts
    each: Floats = both / (rated - 1)[:, None, None]
    return each


def _disagreement(weights: Floats, pairs: Floats, levels: Floats, metric: Metric | Floats) -> tuple[Floats, Floats]:
    """Observed and expected disagreement for each row of item weights."""
    items, size = len(pairs), len(levels)
    ratings = pairs.sum(axis=(1, 2))
    whole = ratings.sum()
    scaled = weights * (whole / (weights @ ratings))[:, None]  # so that equal weights give the textbook's numbers
    table = (scaled @ pairs.reshape(items, -1)).reshape(-1, size, size)
    given = table.sum(axis=2)
    distances = _distances(given, levels, metric)
    observed = (table * distances).sum(axis=(1, 2)) / whole
    expected = (given[:, :, None] * given[:, None, :] * distances).sum(axis=(1, 2)) / (whole * (whole - 1))
    return observed, expected


def _distances(given: Floats, levels: Floats, metric: Metric | Floats) -> Floats:
    """Squared distances between the levels, for each row of how often each was given."""
    if isinstance(metric, np.ndarray):
        return np.broadcast_to(metric, (len(given), *metric.shape))
    if metric is Metric.ORDINAL:
        upto = np.cumsum(given, axis=1) - given / 2
        ranks: Floats = (upto[:, :, None] - upto[:, None, :]) ** 2
        return ranks
    apart = levels[:, None] - levels[None, :]
    if metric is Metric.NOMINAL:
        apart = (apart != 0).astype(float)
    if metric is Metric.RATIO:
        both = levels[:, None] + levels[None, :]
        apart = np.divide(apart, both, out=np.zeros_like(apart), where=both != 0)
    return np.broadcast_to(apart**2, (len(given), *apart.shape))


def _resampled(pairs: Floats, levels: Floats, metric: Metric | Floats, weights: Floats) -> Floats:
    rows = max(1, _MOST_CELLS // len(levels) ** 2)
    parts = []
    for first in range(0, len(weights), rows):
        observed, expected = _disagreement(weights[first : first + rows], pairs, levels, metric)
        parts.append(1 - np.divide(observed, expected, out=np.full_like(observed, np.nan), where=expected > 0))
    return np.concatenate(parts)
