"""The calibration map: what a judge's score means on the people's scale, and how well it separates."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.isotonic import IsotonicRegression

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BrierSplit:
    """Mean squared error of a forecast in three parts: `score` = `miscalibration` - `discrimination` + `uncertainty`.

    `miscalibration` 0: scores mean what they say. `discrimination` 0: the judge separates nothing.
    """

    score: float
    miscalibration: float
    discrimination: float
    uncertainty: float


def isotonic_map(judged: Numbers, labels: Numbers, *, weights: Numbers | None = None) -> IsotonicRegression:
    """Judge score to expected label, rising throughout; outside of the scores seen it stays at the ends.

    Source: Zadrozny & Elkan (2002) KDD; needs about 20 labels per level of the judge.
    """
    return IsotonicRegression(out_of_bounds="clip").fit(judged, labels, sample_weight=weights)


def cross_fitted(
    judged: Numbers, labels: Numbers, *, folds: npt.NDArray[np.int64], weights: Numbers | None = None
) -> Numbers:
    """The map's value for each label, fitted without that label's fold, so it is not flattered by its own data."""
    fitted = np.empty(len(labels))
    for fold in np.unique(folds):
        held = folds == fold
        kept = ~held if (~held).any() else held
        of_kept = None if weights is None else weights[kept]
        fitted[held] = isotonic_map(judged[kept], labels[kept], weights=of_kept).predict(judged[held])
    return fitted


def brier_split(forecast: Numbers, outcome: Numbers, *, weights: Numbers | None = None) -> BrierSplit:
    """The CORP split of a forecast in 0 to 1 of outcomes 0 and 1, with the isotonic map as recalibration.

    Source: Dimitriadis, Gneiting & Jordan (2021) PNAS 118 e2016191118.
    """
    recalibrated = isotonic_map(forecast, outcome, weights=weights).predict(forecast)
    score, best = (float(np.average((one - outcome) ** 2, weights=weights)) for one in (forecast, recalibrated))
    mean = float(np.average(outcome, weights=weights))
    uncertainty = float(np.average((mean - outcome) ** 2, weights=weights))
    return BrierSplit(score, score - best, uncertainty - best, uncertainty)


def spiegelhalter_z(forecast: Numbers, outcome: Numbers) -> float | None:
    """Standard normal when the forecast is calibrated; None when it says only 0, 1 and .5.

    Source: Spiegelhalter (1986) Statistics in Medicine 5:421.
    """
    spread = float(np.sum((1 - 2 * forecast) ** 2 * forecast * (1 - forecast)))
    if spread == 0:
        return None
    return float(np.sum((outcome - forecast) * (1 - 2 * forecast)) / np.sqrt(spread))
