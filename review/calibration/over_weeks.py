"""Week by week: the corrected mean beside people's and the judge's own, and whether judge or application has moved."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from review.calibration.closeness import bias
from review.calibration.control_chart import Cusum, Weekly, self_starting
from review.calibration.corrected_mean import corrected_mean, human_mean
from review.calibration.pairs import one_value, pairs_of
from review.calibration.past_weight import PastWeight, part_of, weight_of_past
from review.calibration.reviewed import Reviewed
from review.calibration.scale import Kind
from review.calibration.study import Study


@dataclass(frozen=True, slots=True, eq=False)
class OverWeeks:
    """`table`: a row per week with `week, labels, items, human, human_low, human_high, corrected, corrected_low,
    corrected_high, weight, weight_from, few_labels, judge, bias, bias_low, bias_high` (None where it is not known), and
    for each figure `human_error, human_df` and so on: its standard error and degrees of freedom, as of a sample of
    endless weeks like this one; `effective_items` by Kish.

    `judge_drift`: CUSUM of the weekly bias; `application_drift`: of the weekly corrected mean (people's where there is
    none). Each against the mean of all weeks before, in standard errors.
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
        past = weight_of_past(of, judge, week)
        people, corrected = human_mean(study), corrected_mean(study, by_item, weight=past.value)
        apart = bias(pairs_of(study, by_item), span=of.study.scale.span)
        known = study.per_item()
        within = _within(known, study)
        rows.append({
            "week": week, "labels": len(study.labels), "items": study.labels["item"].nunique(),
            "human": people.value, "human_low": people.low, "human_high": people.high,
            "corrected": corrected.value, "corrected_low": corrected.low, "corrected_high": corrected.high,
            "weight": corrected.weight, "weight_from": _from(past),
            "few_labels": corrected.few_labels, "judge": float(by_item.mean()) if len(by_item) else None,
            "bias": apart.value, "bias_low": apart.low, "bias_high": apart.high,
            "human_error": _error(people.error, within), "human_df": people.df,
            "corrected_error": _error(corrected.error, within), "corrected_df": corrected.df,
            "bias_error": _error(apart.error, 0.0), "bias_df": apart.df,
            "effective_items": float(known["weight"].sum() ** 2 / (known["weight"] ** 2).sum()),
        })  # fmt: skip
    table = pd.DataFrame(rows)
    told = "corrected" if len(table) and table["corrected"].notna().all() else "human"
    return OverWeeks(table, _drift(table, "bias"), _drift(table, told))


def _from(past: PastWeight) -> str:
    if not past.weeks:
        return "these labels"
    return "1 past week" if len(past.weeks) == 1 else f"{len(past.weeks)} past weeks"


def _within(items: pd.DataFrame, study: Study) -> float:
    """Variance of the mean of a week's whole traffic around that of endless weeks like it."""
    if len(items) < 2:
        return 0.0
    units = sum((study.sizes or {}).values()) or math.inf
    return float(np.cov(items["value"].to_numpy(float), aweights=items["weight"].to_numpy(float))) / units


def _error(error: float | None, within: float) -> float:
    return math.nan if error is None else math.sqrt(error**2 + within)


def _drift(table: pd.DataFrame, figure: str) -> Cusum:
    if table.empty:
        return self_starting(Weekly(*(np.empty(0),) * 4))
    values, errors, df = (
        pd.to_numeric(table[name]).to_numpy(float) for name in (figure, f"{figure}_error", f"{figure}_df")
    )
    return self_starting(Weekly(values, errors, df, table["effective_items"].to_numpy(float)))
