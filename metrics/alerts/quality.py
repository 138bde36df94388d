"""Quality by people's labels, as rules look at it: weekly corrected means of calibrated judges on a control chart."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from metrics.questions import Warehouse
from review.calibration.control_chart import Cusum, Weekly, self_starting
from review.calibration.mapping import Mapped
from review.calibration.over_weeks import over_weeks
from review.calibration.reviewed import reviewed
from review.calibration.scale import Kind
from storage.ledger_database import Database

QUALITY = "quality (corrected)"
_WEEK = re.compile(r"(\d{4})-W(\d{2})$")


@dataclass(frozen=True, slots=True, eq=False)
class QualityWeeks:
    """One judge on one criterion: `table` is that of `review.calibration.over_weeks`, `scores` its judge and score."""

    judge: str
    criterion: str
    scores: frozenset[str]
    table: pd.DataFrame

    @property
    def name(self) -> str:
        return f"{self.criterion}, {self.judge}"


@dataclass(frozen=True, slots=True)
class Moved:
    """A corrected mean that left its level: since which week, and its means before and after."""

    since: dt.datetime
    before: float
    now: float
    weeks: int
    is_up: bool


def quality_weeks(database: Database, warehouse: Warehouse, rules: Mapping[str, Mapped]) -> tuple[QualityWeeks, ...]:
    """All judges that stand beside people's labels, week by week. Categories have no mean and are left out."""
    found = []
    for one in reviewed(database, warehouse, rules=rules):
        if one.study.scale.kind is Kind.NOMINAL:
            continue
        for judged in one.study.judges:
            table = over_weeks(one, judged.name).table
            own = one.judged[one.judged["judge"] == judged.name] if len(one.judged) else one.judged
            scores = {f"{row['judge_name']} {row['name']}".strip() for row in own.to_dict("records")}
            if len(table):
                found.append(QualityWeeks(judged.name, one.criterion.name, frozenset(scores), table))
    return tuple(found)


def calibrated_scores(weeks: Sequence[QualityWeeks]) -> frozenset[str]:
    """Judges' scores that a corrected mean stands for."""
    return frozenset(name for one in weeks for name in one.scores)


def moved(one: QualityWeeks, *, at: dt.datetime) -> Moved | None:
    """Whether the corrected mean has left its level by `at`: the weeks that ended by then, on a control chart.

    Source: `review.calibration.control_chart` (self-starting CUSUM).
    """
    ends = [week_end(week) for week in one.table["week"]]
    known = one.table[[end is not None and end <= at for end in ends]]
    values = pd.to_numeric(known["corrected"]).to_numpy(float)
    chart: Cusum = self_starting(Weekly(
        values, pd.to_numeric(known["corrected_error"]).to_numpy(float),
        pd.to_numeric(known["corrected_df"]).to_numpy(float), known["effective_items"].to_numpy(float),
    ))  # fmt: skip
    if not chart.is_open or not chart.since:
        return None
    first = chart.since[-1]
    end = week_end(str(known["week"].iloc[first]))
    before, now = pd.Series(values[:first]).mean(), pd.Series(values[first:]).mean()
    if end is None or pd.isna(before) or pd.isna(now):
        return None
    return Moved(end - dt.timedelta(days=7), float(before), float(now), len(values) - first, bool(now > before))


def week_end(week: object) -> dt.datetime | None:
    """The Monday (UTC) after a week said as `2026-W42`; None for samples that are no weeks."""
    said = _WEEK.search(str(week))
    if said is None:
        return None
    monday = dt.datetime.fromisocalendar(int(said[1]), int(said[2]), 1)
    return monday.replace(tzinfo=dt.UTC) + dt.timedelta(days=7)
