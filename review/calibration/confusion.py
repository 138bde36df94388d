"""Where judge and people part: the weighted table, and how often the judge passes good items and refuses bad ones."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from review.calibration.closeness import Estimate
from review.calibration.pairs import Pairs
from review.calibration.scale import Kind, Scale

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Confusion:
    """Rows: people's level; columns: the judge's (rounded to the nearest level). `shares` of the traffic sum to 1;
    `counts` are raw labels."""

    levels: tuple[str, ...]
    shares: Numbers
    counts: npt.NDArray[np.int64]


def confusion(pairs: Pairs, scale: Scale) -> Confusion:
    """The table of all levels, also those that nobody used."""
    size = len(scale.levels)
    rows, columns = nearest(pairs.human, scale), nearest(pairs.judge, scale)
    cells = rows * size + columns
    counts = np.bincount(cells, minlength=size**2).reshape(size, size)
    shares = np.bincount(cells, pairs.design.weights, size**2).reshape(size, size)
    return Confusion(scale.names, shares / (pairs.design.weights.sum() or 1.0), counts)


def true_positive_rate(pairs: Pairs, scale: Scale, *, confidence: float = 0.95) -> Estimate:
    """Of the items that people pass, the share that the judge passes too."""
    return _rate(pairs, scale, good=True, confidence=confidence)


def true_negative_rate(pairs: Pairs, scale: Scale, *, confidence: float = 0.95) -> Estimate:
    """Of the items that people refuse, the share that the judge refuses too."""
    return _rate(pairs, scale, good=False, confidence=confidence)


def nearest(values: Numbers, scale: Scale) -> npt.NDArray[np.intp]:
    """Place of the level next to each value; of two as near, the upper one."""
    levels = np.array(scale.levels)
    middles = (levels[1:] + levels[:-1]) / 2
    return np.searchsorted(middles, values, side="right")


def rounded(values: Numbers, scale: Scale) -> Numbers:
    """The level next to each value."""
    return np.array(scale.levels)[nearest(values, scale)] if len(scale.levels) else values


def _rate(pairs: Pairs, scale: Scale, *, good: bool, confidence: float) -> Estimate:
    if scale.threshold is None or scale.kind is Kind.NOMINAL:
        return Estimate(None, None, None, 0, "the scale has no threshold")
    meant = (pairs.human >= scale.threshold) == good
    items = pairs.entries.items_among(meant)
    if not items:
        return Estimate(None, None, None, 0, f"no item that people {'pass' if good else 'refuse'}")
    right = ((pairs.judge >= scale.threshold) == good)[meant].astype(float)
    design = pairs.design.only(meant)
    value = design.mean(right)
    variance, df = design.variance(right - value)
    low, high = korn_graubard(value, variance, df=df, without_spread=design.effective_items, confidence=confidence)
    return Estimate(value, low, high, items)


def korn_graubard(
    value: float, variance: float, *, df: float, without_spread: float, confidence: float
) -> tuple[float, float]:
    """Clopper-Pearson interval of a share on its effective number of items; `without_spread` stands in at 0 and 1.

    Source: Korn & Graubard 1998, Survey Methodology 24:193.
    """
    effective = value * (1 - value) / variance if variance > 0 else without_spread
    normal, student = (
        float(special.ndtri((1 + confidence) / 2)),
        float(special.stdtrit(max(df, 1.0), (1 + confidence) / 2)),
    )
    effective *= (normal / student) ** 2 if variance > 0 else 1.0
    hits, tail = value * effective, (1 - confidence) / 2
    low = 0.0 if math.isclose(value, 0.0) else float(special.betaincinv(hits, effective - hits + 1, tail))
    high = 1.0 if math.isclose(value, 1.0) else float(special.betaincinv(hits + 1, effective - hits, 1 - tail))
    return low, high
