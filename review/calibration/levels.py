"""Level by level of the judge: what people say of the answers that it gave a 4."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.isotonic import isotonic_regression

from review.calibration.closeness import bounded_mean_of
from review.calibration.confusion import nearest
from review.calibration.pairs import Pairs
from review.calibration.recalibration import BrierSplit, brier_split
from review.calibration.scale import Scale

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
FEWEST_LABELS = 20
COLUMNS = ("level", "labels", "share", "human", "low", "high", "passes", "passes_low", "passes_high", "few")


def by_level(pairs: Pairs, scale: Scale) -> pd.DataFrame:
    """A row per level of the judge: `level, labels, share, human, low, high, passes, passes_low, passes_high, few`.

    `human`: what people are to be expected to say, rising in the judge's score; `passes`: share of those that people
    pass. Intervals (95%) are of the level's own labels, whose mean the map may have drawn to its neighbours'; a
    bootstrap of the map holds two thirds to nine tenths where a level has few labels. `few`: below 20 of them.

    Source: isotonic regression, Zadrozny & Elkan (2002) KDD; means of a part by linearisation, Lohr 2010, section 4.2.
    """
    if len(pairs.judge) < 2 or not np.ptp(pairs.judge):
        return pd.DataFrame(columns=list(COLUMNS))
    place = nearest(pairs.judge, scale)
    levels = np.unique(place)
    weights = pairs.design.weights
    at = np.array([float(np.average(pairs.judge[place == one], weights=weights[place == one])) for one in levels])
    told, score = np.unique(pairs.judge, return_inverse=True)  # labels of one score go into the map as their mean
    expected = _mapped(told, score, pairs.human, weights, at=at)
    rows = []
    for one, human in zip(levels, expected, strict=True):
        inside = place == one
        design, items, labels = pairs.design.only(inside), pairs.entries.items_among(inside), pairs.human[inside]
        bounds = min(scale.levels[0], float(labels.min())), max(scale.levels[-1], float(labels.max()))
        own = bounded_mean_of(labels, design, bounds=bounds, items=items)
        passed = None if scale.threshold is None else (labels >= scale.threshold).astype(float)
        passing = None if passed is None else bounded_mean_of(passed, design, bounds=(0.0, 1.0), items=items)
        rows.append({
            "level": scale.names[one], "labels": int(inside.sum()),
            "share": float(weights[inside].sum() / weights.sum()), "human": float(human),
            "low": None if own.low is None else min(own.low, float(human)),
            "high": None if own.high is None else max(own.high, float(human)),
            "passes": None if passed is None else design.mean(passed),
            "passes_low": None if passing is None else passing.low,
            "passes_high": None if passing is None else passing.high, "few": int(inside.sum()) < FEWEST_LABELS,
        })  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _mapped(told: Numbers, score: Places, labels: Numbers, weights: Numbers, *, at: Numbers) -> Numbers:
    """The rising map from scores `told` (`score` is the place of each label's) to labels, read at some points."""
    heavy = np.bincount(score, weights, len(told))
    mean = np.bincount(score, weights * labels, len(told))[heavy > 0] / heavy[heavy > 0]
    rising = isotonic_regression(mean, sample_weight=heavy[heavy > 0])
    return np.asarray(np.interp(at, told[heavy > 0], rising), dtype=float)


def split(pairs: Pairs, scale: Scale) -> BrierSplit | None:
    """Miscalibration and discrimination of the judge's scores as chances that people pass; None without both kinds."""
    if scale.threshold is None or not scale.span:
        return None
    passed = (pairs.human >= scale.threshold).astype(float)
    if len(passed) < 2 or not np.ptp(passed):
        return None
    forecast = np.clip((pairs.judge - scale.levels[0]) / scale.span, 0, 1)
    return brier_split(forecast, passed, weights=pairs.design.weights)
