"""Level by level of the judge: what people say of the answers that it gave a 4."""

import numpy as np
import pandas as pd

from review.calibration.confusion import nearest
from review.calibration.pairs import Pairs
from review.calibration.recalibration import BrierSplit, brier_split, isotonic_map
from review.calibration.scale import Scale

FEWEST_LABELS = 20
_RESAMPLES = 300


def by_level(pairs: Pairs, scale: Scale, *, seed: int = 0) -> pd.DataFrame:
    """A row per level of the judge: `level, labels, share, human, low, high, passes, few`.

    `human`: what people are to be expected to say (rising in the judge's score) with a 95% bootstrap interval;
    `passes`: share of those that people pass; `few`: below 20 labels, read with its neighbours.

    Source: isotonic regression, Zadrozny & Elkan (2002) KDD; Rao & Wu (1988) bootstrap within strata.
    """
    if len(pairs.judge) < 2 or not np.ptp(pairs.judge):
        return pd.DataFrame(columns=["level", "labels", "share", "human", "low", "high", "passes", "few"])
    place = nearest(pairs.judge, scale)
    levels = np.unique(place)
    at = np.array(
        [float(np.average(pairs.judge[place == one], weights=pairs.design.weights[place == one])) for one in levels]
    )
    expected = isotonic_map(pairs.judge, pairs.human, weights=pairs.design.weights).predict(at)
    again = np.array([
        isotonic_map(pairs.judge, pairs.human, weights=weights).predict(at)
        for weights in pairs.design.resampled(_RESAMPLES, seed=seed) if weights.sum() > 0
    ])  # fmt: skip
    low, high = np.percentile(again, [2.5, 97.5], axis=0)
    rows = []
    for one, human, lowest, highest in zip(levels, expected, low, high, strict=True):
        inside = place == one
        weights = pairs.design.weights[inside]
        passing = (
            None
            if scale.threshold is None
            else float(np.average(pairs.human[inside] >= scale.threshold, weights=weights))
        )
        rows.append({
            "level": scale.names[one], "labels": int(inside.sum()),
            "share": float(weights.sum() / pairs.design.weights.sum()), "human": float(human), "low": float(lowest),
            "high": float(highest), "passes": passing, "few": int(inside.sum()) < FEWEST_LABELS,
        })  # fmt: skip
    return pd.DataFrame(rows)


def split(pairs: Pairs, scale: Scale) -> BrierSplit | None:
    """Miscalibration and discrimination of the judge's scores as chances that people pass; None without both kinds."""
    if scale.threshold is None or not scale.span:
        return None
    passed = (pairs.human >= scale.threshold).astype(float)
    if len(passed) < 2 or not np.ptp(passed):
        return None
    forecast = np.clip((pairs.judge - scale.levels[0]) / scale.span, 0, 1)
    return brier_split(forecast, passed, weights=pairs.design.weights)
