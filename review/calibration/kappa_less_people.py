"""How much less a judge agrees with people than they with each other, of the same items."""

import math

import numpy as np
import numpy.typing as npt

from review.agreement.coefficient import Coefficient
from review.calibration.closeness import Estimate
from review.calibration.pairs import Pairs
from review.calibration.study import Study

Numbers = npt.NDArray[np.float64]
_ONE_SIDED = 1.645


def kappa_less_people(study: Study, pairs: Pairs, judge: Coefficient, among: Coefficient) -> Estimate:
    """Kappa of judge and people (of `pairs`) less that of people. What a hard item does to both of them cancels.

    Taken as independent, intervals held 99.5% instead of 95: the two have items and half of their labels in common.

    Source: Zou 2007 (Psychological Methods 12:399) for intervals of a difference from those of its parts and their
    correlation, which is that of the linearised figures within strata, at its own lower 95% bound: as it is, intervals
    held 90 to 92% of 95.
    """
    if judge.value is None or among.value is None or judge.low is None or among.low is None:
        return Estimate(None, None, None, 0, judge.lacks or among.lacks or "")
    assert judge.high is not None  # noqa: S101 - an interval has both ends
    assert among.high is not None  # noqa: S101
    together = 2 * _at_least(_correlation(study, pairs, judge.pulls, among.pulls), pairs.entries.effective_items)
    value = judge.value - among.value
    down, up = judge.value - judge.low, judge.high - judge.value
    people_down, people_up = among.value - among.low, among.high - among.value
    low = value - math.sqrt(max(down**2 + people_up**2 - together * down * people_up, 0.0))
    high = value + math.sqrt(max(up**2 + people_down**2 - together * up * people_down, 0.0))
    return Estimate(value, low, high, among.items)


def _at_least(correlation: float, items: float) -> float:
    """The lower bound (one-sided, 95%) of a correlation of so many effective items."""
    return max(-1.0, correlation - _ONE_SIDED * (1 - correlation**2) / math.sqrt(max(items, 1.0)))


def _correlation(study: Study, pairs: Pairs, judge: Numbers | None, among: Numbers | None) -> float:
    """Of the two figures over samples like this one; 0 where one of them has no spread."""
    if judge is None or among is None or not len(study.coded.items):
        return 0.0
    unit_of_item, stratum_of_unit = study.units
    places = pairs.entries.labelled, study.coded.item[study.others.label]
    first, second = (
        _apart(np.bincount(unit_of_item[place], pulls, len(stratum_of_unit)).astype(float), stratum_of_unit)
        for place, pulls in zip(places, (judge, among), strict=True)
    )
    spread = math.sqrt(float(first @ first) * float(second @ second))
    return float(np.clip(first @ second / spread, -1, 1)) if spread > 0 else 0.0


def _apart(totals: Numbers, stratum: npt.NDArray[np.intp]) -> Numbers:
    """Each unit's distance from the mean of its stratum, so scaled that squares sum to the variance."""
    units = np.bincount(stratum)
    middle: Numbers = np.bincount(stratum, totals) / np.maximum(units, 1)
    scale = np.sqrt(units / np.maximum(units - 1, 1))
    return np.asarray((totals - middle[stratum]) * scale[stratum])
