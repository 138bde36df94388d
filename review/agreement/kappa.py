"""Cohen's kappa, plain or weighted: agreement of two raters beyond what their own habits would give."""

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
from review.agreement.design import FEWEST_UNITS, Design
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
    low although the raters agree: show AC1 beside it. A rater who gives one and the same answer agrees by chance alone,
    whatever the other says: that is "no variation" and no figure. Items that only one of them rated are left out.

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
    share = design.weights / design.weights.sum()
    agreed, habits, expected = _agreement(one[both], two[both], share, weights, scale)
    observed = float(share @ agreed)
    if not np.ptp(one[both]) or not np.ptp(two[both]) or math.isclose(expected, 1.0):
        return without_value(_name(weights), NO_VARIATION, items=items, ratings=2 * items)
    value = (observed - expected) / (1 - expected)
    if design.effective_items < FEWEST_UNITS:
        return Coefficient(_name(weights), value, None, None, items, 2 * items, lacks=ONE_UNIT)
    if math.isclose(observed, 1.0):
        low = low_without_disagreement(1 - expected, items=design.effective_items, confidence=confidence)
        return Coefficient(_name(weights), 1.0, low, 1.0, items, 2 * items)
    influence = (agreed - observed) * (1 - expected) - (1 - observed) * (habits - 2 * expected)
    influence /= (1 - expected) ** 2
    variance, df = design.variance(influence)
    error = math.sqrt(variance)
    low, high = interval_of_z(value, error, df=df, items=design.effective_items, confidence=confidence)
    return Coefficient(
        _name(weights), value, low, high, items, 2 * items, standard_error=error, pulls=share * influence
    )


def _agreement(
    one: Floats, two: Floats, share: Floats, weights: Weights | Floats, scale: Floats
) -> tuple[Floats, Floats, float]:
    """How far each pair agrees, what the habits of both raters give its two values, and what they give on average.

    Same answers and squared distances need no table of all levels by all levels, which a continuous judge has many of.
    """
    if weights is Weights.QUADRATIC:
        width = float(scale[-1] - scale[0]) or 1.0
        a, b = (one - scale[0]) / width, (two - scale[0]) / width
        mean_a, mean_b, square_a, square_b = (float(share @ each) for each in (a, b, a**2, b**2))
        of_pairs: Floats = 2 - (a**2 - 2 * a * mean_b + square_b) - (b**2 - 2 * b * mean_a + square_a)
        return np.asarray(1 - (a - b) ** 2), of_pairs, 1 - (square_a - 2 * mean_a * mean_b + square_b)
    rows, columns = np.searchsorted(scale, one), np.searchsorted(scale, two)
    by_first, by_second = (np.bincount(place, share, len(scale)) for place in (rows, columns))
    if weights is Weights.IDENTITY:
        same, shares = np.asarray(rows == columns, dtype=float), np.asarray(by_second[rows] + by_first[columns])
        return same, shares, float(by_first @ by_second)
    table = agreement_weights(weights, scale)
    habits = (table @ by_second)[rows] + (by_first @ table)[columns]
    return table[rows, columns], habits, float(by_first @ table @ by_second)


def _name(weights: Weights | Floats) -> str:
    return f"{NAME} ({weights.value} weights)" if isinstance(weights, Weights) else f"{NAME} (own weights)"
