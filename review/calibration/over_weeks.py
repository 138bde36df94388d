"""Week by week: the corrected mean beside people's and the judge's own, and whether judge or application has moved."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from review.calibration.closeness import bias
from review.calibration.control_chart import Cusum, cusum
from review.calibration.corrected_mean import corrected_mean, human_mean, tuned_on
from review.calibration.pairs import one_value, paired
from review.calibration.reviewed import Reviewed
from review.calibration.scale import Kind
from review.calibration.study import Judged, Study

PAST_WEEKS = 4
BASELINE_WEEKS = 3
"""Weeks whose mean a drift is measured against, from the first with labels of this judge version."""
_HALF_TO_ERROR = 1.96


@dataclass(frozen=True, slots=True, eq=False)
class OverWeeks:
    """`table`: a row per week with `week, labels, items, human, human_low, human_high, corrected, corrected_low,
    corrected_high, weight, weight_from, few_labels, judge, bias, bias_low, bias_high` (None where it is not known).

    `judge_drift`: CUSUM of the weekly bias; `application_drift`: of the weekly corrected mean (people's where there is
    none). Each from the mean of its first three weeks, in standard errors.
    """

    table: pd.DataFrame
    judge_drift: Cusum
    application_drift: Cusum


def over_weeks(of: Reviewed, judge: str) -> OverWeeks:
    """One judge on one criterion, in the order of the weeks. Not for categories, which have no mean."""
    if of.study.scale.kind is Kind.NOMINAL:
        raise ValueError("categories have no mean")
    rows = []
    for week in of.weeks:
        study = part_of(of, judge, [week])
        if study.labels.empty:
            continue
        (judged,) = study.judges
        by_item = one_value(judged.scores, is_nominal=False) if len(judged.scores) else pd.Series(dtype=float)
        past = [name for name in of.weeks if name < week][-PAST_WEEKS:]
        weight = tuned_on(part_of(of, judge, past)) if past else None
        people, corrected = human_mean(study), corrected_mean(study, by_item, weight=weight)
        apart = bias(paired(study.labels, by_item))
        rows.append({
            "week": week, "labels": len(study.labels), "items": study.labels["item"].nunique(),
            "human": people.value, "human_low": people.low, "human_high": people.high,
            "corrected": corrected.value, "corrected_low": corrected.low, "corrected_high": corrected.high,
            "weight": corrected.weight, "weight_from": f"{len(past)} past weeks" if past else "these labels",
            "few_labels": corrected.few_labels, "judge": float(by_item.mean()) if len(by_item) else None,
            "bias": apart.value, "bias_low": apart.low, "bias_high": apart.high,
        })  # fmt: skip
    table = pd.DataFrame(rows)
    best = ("corrected", "corrected_low", "corrected_high")
    told = best if len(table) and table["corrected"].notna().all() else ("human", "human_low", "human_high")
    return OverWeeks(table, _drift(table, ("bias", "bias_low", "bias_high")), _drift(table, told))


def part_of(of: Reviewed, judge: str, weeks: Iterable[str]) -> Study:
    """The study of some of the weeks, with this judge alone and its scores of that traffic."""
    chosen = list(weeks)
    labels = of.study.labels[of.study.labels["week"].isin(chosen)]
    sizes = {name: size for name, size in (of.study.sizes or {}).items() if name.partition(" ")[0] in chosen}
    scores = of.judged.loc[(of.judged["judge"] == judge) & of.judged["week"].isin(chosen), ["item", "value"]]
    return Study(labels, (Judged(judge, scores.reset_index(drop=True), 0),), of.study.scale, sizes)


def _drift(table: pd.DataFrame, columns: tuple[str, str, str]) -> Cusum:
    """CUSUM of (value - mean of the first weeks) / its standard error, the baseline's own uncertainty included."""
    if table.empty:
        return cusum([])
    value, low, high = (pd.to_numeric(table[name]).to_numpy(float) for name in columns)
    error = np.maximum((high - low) / (2 * _HALF_TO_ERROR), 1e-9)
    known = np.flatnonzero(~np.isnan(value))[:BASELINE_WEEKS]
    if len(known) < BASELINE_WEEKS:
        return cusum(np.full(len(value), math.nan))
    weights = 1 / error[known] ** 2
    baseline, of_baseline = float(np.average(value[known], weights=weights)), 1 / float(weights.sum())
    z = (value - baseline) / np.sqrt(error**2 + of_baseline)
    z[: known[-1] + 1] = math.nan  # the weeks that made the baseline say nothing against it
    return cusum(z)
