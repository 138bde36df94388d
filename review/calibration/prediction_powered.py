"""Prediction-powered means: people's labels on a sample, the judge on all traffic, together one corrected mean."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class PredictionPowered:
    """`value` on the scale of the labels with its interval; `weight` (lambda) is what the judge was given.

    From 0 to 1: at 0 the judge adds nothing and the mean is the people's alone.
    """

    value: float
    low: float
    high: float
    weight: float
    standard_error: float


@dataclass(frozen=True, slots=True)
class Variant:
    """Where published implementations differ: `ddof` of variances, whether lambda is held in 0 to 1, and the interval.

    `on_logit`: for a share, an interval that stays inside 0 to 1 (Chen et al. 2026, arXiv:2601.05420).
    """

    ddof: int = 0
    clipped: bool = True
    on_logit: bool = False


PPI_PLUS_PLUS = Variant()


def simple(
    labels: Numbers,
    judged: Numbers,
    unlabelled: Numbers,
    *,
    weight: float | None = None,
    confidence: float = 0.95,
    variant: Variant = PPI_PLUS_PLUS,
) -> PredictionPowered:
    """Labels and judge of a simple random sample, judge alone of the rest (all on one scale). `weight` None: tuned.

    Source: Angelopoulos et al. (2023) Science 382:669; tuning: PPI++ (arXiv:2311.01453) section 4.
    """
    value, variance, used = _point(labels, judged, unlabelled, weight, variant)
    return _interval(value, variance, used, confidence=confidence, on_logit=variant.on_logit)


def post_stratified(
    strata: list[tuple[Numbers, Numbers, Numbers]], *, confidence: float = 0.95, variant: Variant = PPI_PLUS_PLUS
) -> PredictionPowered:
    """`simple` in each stratum (labels, judge of them, judge of the rest) with a lambda of its own, joined by size.

    For comparison only: a lambda per stratum on 12 to 30 labels makes intervals too short (covering 76 to 89% of 95).
    Source: Fisch et al. (NeurIPS 2024, arXiv:2406.04291).
    """
    parts = [_point(*one, None, variant) for one in strata]
    sizes = np.array([len(one[0]) + len(one[2]) for one in strata], dtype=float)
    share = sizes / sizes.sum()
    value = sum(w * part[0] for w, part in zip(share, parts, strict=True))
    variance = sum(w**2 * part[1] for w, part in zip(share, parts, strict=True))
    weight = sum(w * part[2] for w, part in zip(share, parts, strict=True))
    return _interval(float(value), float(variance), float(weight), confidence=confidence, on_logit=variant.on_logit)


def _point(
    labels: Numbers, judged: Numbers, unlabelled: Numbers, weight: float | None, variant: Variant
) -> tuple[float, float, float]:
    n, rest = len(labels), len(unlabelled)
    if weight is None:
        spread = float(np.concatenate([judged, unlabelled]).var(ddof=1))
        both = float(np.sum((labels - labels.mean()) * (judged - judged.mean()))) / (n - variant.ddof)
        tuned = both / ((1 + n / rest) * spread) if spread else 0.0
        weight = float(np.clip(tuned, 0, 1)) if variant.clipped else tuned
    value = float(weight * unlabelled.mean() + (labels - weight * judged).mean())
    residual, of_judge = (labels - weight * judged).var(ddof=variant.ddof), unlabelled.var(ddof=variant.ddof)
    return value, float(weight**2 * of_judge / rest + residual / n), weight


def tuned_weight(sizes: Numbers, stratum: Places, labels: Numbers, judged: Numbers) -> float:
    """The lambda (0 to 1, one for all strata) that makes the variance smallest on these labels. Tuned on the same
    labels that it then corrects, intervals come out too short below 30 labels per stratum: take it from past weeks.

    `sizes`: units of the traffic by stratum; `stratum`, `labels` and `judged` of each labelled item.

    Source: PPI++ (arXiv:2311.01453) section 4, summed over strata as in Mozer, Pashley & Miratrix (arXiv:2602.12992).
    """
    n, sizes = np.bincount(stratum, minlength=len(sizes)), np.asarray(sizes, dtype=float)
    counts = (n > 1) & (n < sizes)
    factor = np.where(counts, sizes**2 * (1 - n / np.where(counts, sizes, 1)) / np.maximum(n * (n - 1.0), 1), 0.0)
    apart_labels, apart_judged = (
        values - (np.bincount(stratum, values, len(sizes)) / np.maximum(n, 1))[stratum] for values in (labels, judged)
    )
    up = float(factor @ np.bincount(stratum, apart_labels * apart_judged, len(sizes)))
    down = float(factor @ np.bincount(stratum, apart_judged**2, len(sizes)))
    return float(np.clip(up / down, 0, 1)) if down > 0 else 0.0


def savings(correlation: float) -> float:
    """How many times as many labels people alone would have needed, at most: 1 / (1 - rho^2).

    Source: Dorner, Nastl & Hardt, ICLR 2025 (arXiv:2410.13341), theorem 6.
    """
    return 1 / (1 - correlation**2) if abs(correlation) < 1 else float("inf")


def _interval(value: float, variance: float, weight: float, *, confidence: float, on_logit: bool) -> PredictionPowered:
    z, error = float(stats.norm.ppf(0.5 + confidence / 2)), float(np.sqrt(variance))
    if not on_logit or not 0 < value < 1:
        return PredictionPowered(value, value - z * error, value + z * error, weight, error)
    middle, half = np.log(value / (1 - value)), z * error / (value * (1 - value))
    low, high = (float(1 / (1 + np.exp(-at))) for at in (middle - half, middle + half))
    return PredictionPowered(value, low, high, weight, error)
