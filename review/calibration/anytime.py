"""Intervals that may be looked at every week: valid at all times at once, so re-reading raises no false alarm."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ConfidenceSequence:
    """Bounds of the mean after each value, all valid together. Values and bounds lie in 0 to 1."""

    low: Numbers
    high: Numbers


def betting(values: Sequence[float] | Numbers, *, alpha: float = 0.05, breaks: int = 1_000) -> ConfidenceSequence:
    """The tightest that we know for values in 0 to 1, on a grid of `breaks` candidate means.

    Source: Waudby-Smith & Ramdas (2024) JRSS-B 86:1, hedged capital, section 4.4, with predictable plug-in bets.
    """
    x = np.asarray(values, dtype=float)
    means = np.linspace(0, 1, breaks + 1)
    bets = _plug_in_bets(x, alpha / 2)
    with np.errstate(divide="ignore"):
        up = np.minimum(bets[:, None], 0.5 / means[None, :])
        down = np.minimum(bets[:, None], 0.5 / (1 - means[None, :]))
    distance = x[:, None] - means[None, :]
    richer = np.cumprod(1 + up * distance, axis=0)
    poorer = np.cumprod(1 - down * distance, axis=0)
    kept = np.maximum(0.5 * richer, 0.5 * poorer) <= 1 / alpha
    low = np.where(kept.any(axis=1), means[kept.argmax(axis=1)], 0.0)
    high = np.where(kept.any(axis=1), means[breaks - kept[:, ::-1].argmax(axis=1)], 1.0)
    step = 1 / breaks  # outwards to the next candidate, which is known to be refused
    return ConfidenceSequence(np.clip(low - step, 0, 1), np.clip(high + step, 0, 1))


def empirical_bernstein(values: Sequence[float] | Numbers, *, alpha: float = 0.05) -> ConfidenceSequence:
    """A closed form, wider than `betting`.

    Source: Waudby-Smith & Ramdas (2024), theorem 2 (predictable plug-in empirical Bernstein), both sides at alpha / 2.
    """
    x = np.asarray(values, dtype=float)
    return ConfidenceSequence(_bernstein_low(x, alpha / 2), 1 - _bernstein_low(1 - x, alpha / 2))


def _bernstein_low(x: Numbers, alpha: float) -> Numbers:
    bets = np.minimum(_plug_in_bets(x, alpha), 0.5)
    before = np.concatenate(([0.0], (np.cumsum(x) / np.arange(1, len(x) + 1))[:-1]))
    spread = (x - before) ** 2 * (-np.log1p(-bets) - bets)
    low = (np.cumsum(bets * x) - np.log(1 / alpha) - np.cumsum(spread)) / np.cumsum(bets)
    return np.asarray(np.clip(low, 0, 1))


def _plug_in_bets(x: Numbers, alpha: float) -> Numbers:
    t = np.arange(1, len(x) + 1)
    means = (0.5 + np.cumsum(x)) / (t + 1)
    variances = (0.25 + np.cumsum((x - means) ** 2)) / (t + 1)
    before = np.concatenate(([0.25], variances[:-1]))
    return np.asarray(np.sqrt(2 * np.log(1 / alpha) / (t * np.log1p(t) * before)))
