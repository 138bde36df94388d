"""Rogan-Gladen: a pass rate corrected by the judge's own error rates; shown beside the default method, not instead."""

from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True, slots=True)
class RoganGladen:
    """`value` as published (may leave 0 to 1 when the judge is poor), `smoothed` and its interval by Lang & Reiczigel.

    None where the judge is no better than chance (sensitivity + specificity <= 1): the formula explodes there.
    """

    value: float | None
    smoothed: float | None
    low: float | None
    high: float | None


def rogan_gladen(
    *,
    passed: tuple[float, float],
    sensitivity: tuple[float, float],
    specificity: tuple[float, float],
    confidence: float = 0.95,
) -> RoganGladen:
    """Each as (these, of how many): items that the judge passed; good items that it passed; bad ones that it refused.

    Assumes that sensitivity and specificity are the same in every stratum and week, and a simple random sample;
    unusable with a handful of good or bad items.

    Source: Rogan & Gladen (1978) Am J Epidemiol 107:71; interval Lang & Reiczigel (2014) Prev Vet Med 113:13.
    """
    if not (passed[1] and sensitivity[1] and specificity[1]):
        return RoganGladen(None, None, None, None)
    apparent, right_passes, right_refusals = (part / whole for part, whole in (passed, sensitivity, specificity))
    youden = right_passes + right_refusals - 1
    value = (apparent + right_refusals - 1) / youden if youden > 0 else None
    return RoganGladen(value, *_lang_reiczigel(passed, sensitivity, specificity, confidence))


def _lang_reiczigel(
    passed: tuple[float, float], sensitivity: tuple[float, float], specificity: tuple[float, float], confidence: float
) -> tuple[float | None, float | None, float | None]:
    z = float(stats.norm.ppf(0.5 + confidence / 2))
    p, n = (passed[0] + z**2 / 2) / (passed[1] + z**2), passed[1] + z**2
    se, m1 = (sensitivity[0] + 1) / (sensitivity[1] + 2), sensitivity[1] + 2
    sp, m0 = (specificity[0] + 1) / (specificity[1] + 2), specificity[1] + 2
    youden = se + sp - 1
    if youden <= 0:
        return None, None, None
    point = (p + sp - 1) / youden
    shift = 2 * z**2 * (point * se * (1 - se) / m1 - (1 - point) * sp * (1 - sp) / m0)
    spread = np.sqrt(p * (1 - p) / n + (1 - point) ** 2 * sp * (1 - sp) / m0 + point**2 * se * (1 - se) / m1) / youden
    low, high = np.clip([point + shift - z * spread, point + shift + z * spread], 0.0, 1.0)
    return float(point), float(low), float(high)
