"""Cohen's kappa, plain or weighted: agreement of two raters beyond what their own habits would give."""

import math

import numpy as np
from numpy.typing import ArrayLike

from review.agreement.coefficient import (
    NO_PAIRS,
    NO_VARIATION,
    Coefficient,
    Floats,
    interval_of_z,
    low_without_disagreement,
    without_value,
)
from review.agreement.design import Design
from review.agreement.weights import Weights, agreement_weights

NAME = "Cohen's kappa"


def weighted_kappa(  # two raters, the scale, and the design
    first: ArrayLike,
    second: ArrayLike,
    *,
    weights: Weights | Floats = Weights.QUADRATIC,
    levels: ArrayLike | None = None,
    design: Design | None = None,
    confidence: float = 0.95,
) -> Coefficient:
    """Kappa of two raters (or a judge and a person) over the same items, gaps NaN, weighted by the design.

    1 is agreement, 0 what two raters with these habits reach by chance. When nearly all answers are one value kappa is
    low although the raters agree: show AC1 beside it. Items that only one of them rated are left out.

    Source: Cohen 1968 (Psychological Bulletin 70:213); variance by linearisation of the weighted table (Fleiss, Cohen
    & Everitt 1969, Psychological Bulletin 72:323, is its unweighted case), interval on Fisher's z.
    """
    one, two = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    both = ~(np.isnan(one) | np.isnan(two))
    items = int(both.sum())
    if not items:
        return without_value(_name(weights), NO_PAIRS, items=0, ratings=0)
    design = (design or Design.of(len(one))).only(both)
    scale = np.unique(np.concatenate([one[both], two[both]]) if levels is None else np.asarray(levels, dtype=float))
    if not (np.isin(one[both], scale).all() and np.isin(two[both], scale).all()):
        raise ValueError("a rating is not one of the levels")
    table = agreement_weights(weights, scale)
    rows, columns = np.searchsorted(scale, one[both]), np.searchsorted(scale, two[both])
    share = design.weights / design.weights.sum()
    by_first, by_second = (np.bincount(place, share, len(scale)) for place in (rows, columns))
    observed = float(share @ table[rows, columns])
    expected = float(by_first @ table @ by_second)
    if math.isclose(expected, 1.0):
        return without_value(_name(weights), NO_VARIATION, items=items, ratings=2 * items)
    value = (observed - expected) / (1 - expected)
    if math.isclose(observed, 1.0):
        low = low_without_disagreement(1 - expected, items=design.effective_items, confidence=confidence)
        return Coefficient(_name(weights), 1.0, low, 1.0, items, 2 * items)
    habits = (table @ by_second)[rows] + (by_first @ table)[columns]
    influence = (table[rows, columns] - observed) * (1 - expected) - (1 - observed) * (habits - 2 * expected)
    variance, df = design.variance(influence / (1 - expected) ** 2)
    error = math.sqrt(variance)
    low, high = interval_of_z(value, error, df=df, confidence=confidence)
    return Coefficient(_name(weights), value, low, high, items, 2 * items, standard_error=error)


def _name(weights: Weights | Floats) -> str:
    return f"{NAME} ({weights.value} weights)" if isinstance(weights, Weights) else f"{NAME} (own weights)"
