"""Gwet's AC1 and AC2: agreement of any number of raters that holds also when nearly all answers are the same."""

import math

import numpy as np
from numpy.typing import ArrayLike

from review.agreement.coefficient import (
    NO_PAIRS,
    NO_VARIATION,
    ONE_UNIT,
    Coefficient,
    Floats,
    interval_of_z,
    low_without_disagreement,
    without_value,
)
from review.agreement.counts import rating_counts
from review.agreement.design import FEWEST_UNITS, Design
from review.agreement.weights import Weights, agreement_weights


def gwet_ac(
    values: ArrayLike,
    *,
    levels: ArrayLike | None = None,
    weights: Weights | Floats = Weights.IDENTITY,
    design: Design | None = None,
    confidence: float = 0.95,
) -> Coefficient:
    """AC1 (identity weights) or AC2 of ratings (row per item, column per rater, gaps NaN), weighted by the design.

    1 is agreement, 0 what guessing gives. Show it beside alpha or kappa, never instead: on skewed answers it is high
    where raters only agree that nearly everything passes. `levels` names the whole scale, which chance depends on.
    Items with one rating count for how often each answer is given. With such items the standard error is smaller than
    the handbook's, which takes each of them for an item without agreement; ours is that of a ratio.

    Source: Gwet 2008 (British Journal of Mathematical and Statistical Psychology 61:29), also for the variance;
    Gwet 2014, Handbook of Inter-Rater Reliability 4th ed., chapter 5 (AC2, gaps).
    """
    name = "Gwet's AC1" if weights is Weights.IDENTITY else "Gwet's AC2"
    scale, counts = rating_counts(values, levels)
    design = (design or Design.of(len(counts))).only(counts.sum(axis=1) > 0)
    counts = counts[counts.sum(axis=1) > 0]
    rated = counts.sum(axis=1)
    paired = rated >= 2
    items, ratings = int(paired.sum()), int(rated[paired].sum())
    if not items:
        return without_value(name, NO_PAIRS, items=0, ratings=0)
    if len(scale) < 2 or (counts.sum(axis=0) > 0).sum() < 2:
        return without_value(name, NO_VARIATION, items=items, ratings=ratings)
    table = agreement_weights(weights, scale)
    agreed = np.where(paired, (counts * (counts @ table - 1)).sum(axis=1) / np.maximum(1, rated * (rated - 1)), 0)
    shares = counts / rated[:, None]
    habits = design.weights @ shares / design.weights.sum()
    chance = table.sum() / (len(scale) * (len(scale) - 1))
    expected = float(chance * (habits * (1 - habits)).sum())
    of_pairs = paired / design.mean(paired.astype(float))
    observed = design.mean(of_pairs * agreed)
    value = (observed - expected) / (1 - expected)
    effective = design.only(paired).effective_items
    if effective < FEWEST_UNITS:
        return Coefficient(name, value, None, None, items, ratings, lacks=ONE_UNIT)
    if math.isclose(observed, 1.0):
        low = low_without_disagreement(1 - expected, items=effective, confidence=confidence)
        return Coefficient(name, 1.0, low, 1.0, items, ratings)
    by_item = chance * ((shares - habits) * (1 - 2 * habits)).sum(axis=1)
    influence = of_pairs * (agreed - observed) / (1 - expected) - (1 - value) * by_item / (1 - expected)
    variance, df = design.variance(influence)
    error = math.sqrt(variance)
    low, high = interval_of_z(value, error, df=df, items=effective, confidence=confidence)
    return Coefficient(name, value, low, high, items, ratings, standard_error=error)
