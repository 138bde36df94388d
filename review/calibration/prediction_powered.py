"""Prediction-powered means: people's labels on a sample, the judge on all traffic, together one corrected mean."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CorrectedMean:
    """`value` on the scale of the labels with its interval; `weight` (lambda) is what the judge was given.

    From 0 to 1: at 0 the judge adds nothing and the mean is the people's alone.
    """

    value: float
    low: float
    high: float
    weight: float
    standard_error: float


def simple(
    labels: Numbers, judged: Numbers, unlabelled: Numbers, *, weight: float | None = None, confidence: float = 0.95
) -> CorrectedMean:
    """Labels and judge of a simple random sample, judge alone of the rest (all on one scale). `weight` None: tuned.

    Source: Angelopoulos et al. (2023) Science 382:669; tuning: PPI++ (arXiv:2311.01453) section 4.
    """
    n, rest = len(labels), len(unlabelled)
    if weight is None:
        spread = np.concatenate([judged, unlabelled]).var(ddof=1)
        both = float(np.mean((labels - labels.mean()) * (judged - judged.mean())))
        weight = float(np.clip(both / ((1 + n / rest) * spread), 0, 1)) if spread else 0.0
    value = weight * unlabelled.mean() + (labels - weight * judged).mean()
    variance = weight**2 * unlabelled.var() / rest + (labels - weight * judged).var() / n
    return _normal(float(value), float(np.sqrt(variance)), weight, confidence)


@dataclass(frozen=True, slots=True)
class Stratum:
    """One stratum: its `size` in the traffic, labels and judge of its labelled items, the judge's mean over all."""

    size: float
    labels: Numbers
    judged: Numbers
    judge_mean: float


def tuned_weight(strata: list[Stratum]) -> float:
    """The lambda (0 to 1, one for all strata) that makes the variance smallest on these labels. Tuned on the same
    labels that it then corrects, intervals come out too short below 30 labels per stratum: take it from past weeks.

    Source: PPI++ (arXiv:2311.01453) section 4, summed over strata as in Mozer, Pashley & Miratrix (arXiv:2602.12992).
    """
    up = down = 0.0
    for one in strata:
        n = len(one.labels)
        if n < 2 or n >= one.size:
            continue
        factor = one.size**2 * (1 - n / one.size) / n
        up += factor * float(np.cov(one.labels, one.judged)[0, 1])
        down += factor * float(one.judged.var(ddof=1))
    return float(np.clip(up / down, 0, 1)) if down > 0 else 0.0


def savings(correlation: float) -> float:
    """How many times as many labels people alone would have needed, at most: 1 / (1 - rho^2).

    Source: Dorner, Nastl & Hardt, ICLR 2025 (arXiv:2410.13341), theorem 6.
    """
    return 1 / (1 - correlation**2) if abs(correlation) < 1 else float("inf")


def _normal(value: float, error: float, weight: float, confidence: float) -> CorrectedMean:
    z = float(stats.norm.ppf(0.5 + confidence / 2))
    return CorrectedMean(value, value - z * error, value + z * error, weight, error)
