"""Percent agreement: how often two raters of an item say the same. Easy to read, and blind to chance."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from review.agreement.coefficient import NO_PAIRS, Coefficient, without_value
from review.agreement.counts import rating_counts
from review.agreement.design import Design

NAME = "percent agreement"


def percent_agreement(values: ArrayLike, *, design: Design | None = None, confidence: float = 0.95) -> Coefficient:
    """Share of pairs of ratings of an item that are the same, weighted by the design; 0 to 1.

    Two raters who pass nearly everything agree often without looking, so it stands small beside a coefficient.

    Source: Gwet 2014, chapter 2; interval: Wilson 1927 on the effective number of items (Korn & Graubard 1998).
    """
    _, counts = rating_counts(values)
    rated = counts.sum(axis=1)
    paired = rated >= 2
    items, ratings = int(paired.sum()), int(rated[paired].sum())
    if not items:
        return without_value(NAME, NO_PAIRS, items=0, ratings=0)
    design = (design or Design.of(len(counts))).only(paired)
    counts, rated = counts[paired], rated[paired]
    same = (counts * (counts - 1)).sum(axis=1) / (rated * (rated - 1))
    value = design.mean(same)
    variance, df = design.variance(same - value)
    low, high = _wilson(value, variance, df=df, kish=design.effective_items, confidence=confidence)
    return Coefficient(NAME, value, low, high, items, ratings, standard_error=math.sqrt(variance))


def _wilson(value: float, variance: float, *, df: float, kish: float, confidence: float) -> tuple[float, float]:
    normal = float(stats.norm.ppf((1 + confidence) / 2))
    effective = value * (1 - value) / variance if variance > 0 else kish
    effective *= (normal / float(stats.t.ppf((1 + confidence) / 2, max(df, 1.0)))) ** 2
    spread = normal**2 / effective
    middle = (value + spread / 2) / (1 + spread)
    half = normal * math.sqrt(value * (1 - value) / effective + spread / effective / 4) / (1 + spread)
    return float(np.clip(middle - half, 0, 1)), float(np.clip(middle + half, 0, 1))
