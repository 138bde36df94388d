"""How good the answers are: what people say of the week, made sharper by a judge; beside it judges on their own.

A figure is *corrected* when people labelled a fair sample of that very week: then it stands for all of its traffic,
however wrong the judge is. What a judge says of a week that nobody checked is *uncalibrated*, and never called better
or worse.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from typing import Any

import pandas as pd

from metrics.filters import TrafficFilter
from metrics.questions import Warehouse
from metrics.week.answer_times import two_weeks
from metrics.week.compared import Compared, Figure, estimates_compared, settled
from metrics.week.weeks import Week
from review.calibration.corrected_mean import corrected_mean, human_mean
from review.calibration.mapping import Mapped
from review.calibration.pairs import one_value
from review.calibration.past_weight import part_of, weight_of_past
from review.calibration.reviewed import Reviewed, reviewed
from review.calibration.scale import Kind
from review.sampling import weeks
from storage.ledger_database import Database

_SQL = Path(__file__).parent / "judge_means.sql"
PEOPLE = "people"
_Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Quality:
    """One criterion in one week: `compared` with the week before it where that was checked too.

    `judge` is `PEOPLE` where no judge's scores could be used. `lowest` and `highest` are the ends of the scale; of a
    yes or no the figure is a share (0-1). `week` is the one that the figure is of, which may lie before the one asked
    for.
    """

    criterion: str
    judge: str
    week: str
    compared: Compared
    is_corrected: bool
    is_share: bool
    highest: float | None
    lowest: float | None = None


def checked_by_people(
    database: Database, warehouse: Warehouse, week: Week, rules: Mapping[str, Mapped]
) -> tuple[Quality, ...]:
    """Each criterion in the newest week, up to the one asked for, that people labelled; of all traffic of that week.

    Of several judges the one that leaves the least doubt.
    """
    newest: dict[str, Quality] = {}
    for one in reviewed(database, warehouse, rules=rules):
        if one.study.scale.kind is Kind.NOMINAL:
            continue
        found = _of_criterion(one, week.name)
        if found is not None and (one.criterion.name not in newest or newest[one.criterion.name].week <= found.week):
            newest[one.criterion.name] = found
    told = settled([one.compared for one in newest.values()])  # their changes are looked at together
    return tuple(replace(one, compared=said) for one, said in zip(newest.values(), told, strict=True))


def over_the_weeks(
    database: Database, warehouse: Warehouse, shown: Quality, rules: Mapping[str, Mapped], *, until: str
) -> pd.DataFrame:
    """`week, value, low, high, items` of the criterion and judge that `shown` is of, in the weeks up to `until`."""
    rows = []
    for one in reviewed(database, warehouse, rules=rules):
        if one.criterion.name != shown.criterion or one.study.scale.kind is Kind.NOMINAL:
            continue
        for week in sorted(str(name) for name in one.study.labels["week"].unique() if str(name) <= until):
            said = _people(one, week) if shown.judge == PEOPLE else _mean(one.graded_by(shown.judge), shown.judge, week)
            if said is not None:
                rows.append((week, said[0].value, said[0].low, said[0].high, said[0].n))
    table = pd.DataFrame(rows, columns=["week", "value", "low", "high", "items"])
    return table.drop_duplicates("week", keep="last", ignore_index=True)


def said_by_judges(warehouse: Warehouse, week: Week, wanted: TrafficFilter) -> tuple[Quality, ...]:
    """Each judge's own mean of the two weeks, uncorrected, the one with the most traces first."""
    found = warehouse.frame(_SQL.read_text(), **two_weeks(week, wanted))
    if found.empty:
        return ()
    told = []
    for key, rows in found.groupby(["name", "judge_name", "judge_version", "judge_model"], sort=True):
        by_week = {bool(row["is_now"]): row for row in rows.to_dict("records")}
        if True in by_week:
            told.append(_uncorrected([str(part) for part in key], by_week, week))
    return tuple(sorted(told, key=lambda one: -(one.compared.now.n if one.compared.now else 0)))


def _of_criterion(one: Reviewed, asked: str) -> Quality | None:
    labelled = sorted(str(name) for name in one.study.labels["week"].unique() if str(name) <= asked)
    if not labelled:
        return None
    last = labelled[-1]
    before = weeks.week_of(weeks.monday_of(last) - weeks.WEEK) if "-W" in last else ""
    told = [(judged.name, _mean(one.graded_by(judged.name), judged.name, last)) for judged in one.study.judges]
    told.append((PEOPLE, _people(one, last)))
    known = [(name, said) for name, said in told if said is not None]
    if not known:
        return None
    judge, now = min(known, key=lambda each: each[1][1])
    earlier = None
    if before in labelled:
        earlier = _people(one, before) if judge == PEOPLE else _mean(one.graded_by(judge), judge, before)
    scale = one.study.scale
    compared = (
        Compared(now[0], None, more_is_worse=False, least=0.0, lacks="the week before was not checked")
        if earlier is None else estimates_compared(now, earlier, span=scale.span)
    )  # fmt: skip
    return Quality(one.criterion.name, judge, last, compared, is_corrected=True,
                   is_share=scale.kind is Kind.BINARY, highest=scale.levels[-1],
                   lowest=scale.levels[0])  # fmt: skip


def _mean(one: Reviewed, judge: str, week: str) -> tuple[Figure, float] | None:
    """The corrected mean of one week with its standard error."""
    study = part_of(one, judge, [week])
    (judged,) = study.judges
    if study.labels.empty or judged.scores.empty:
        return None
    weight = weight_of_past(one, judge, week).value
    said = corrected_mean(study, one_value(judged.scores, is_nominal=False), weight=weight)
    if said.value is None or said.error is None:
        return None
    return Figure(said.value, said.low, said.high, study.labels["item"].nunique()), said.error


def _people(one: Reviewed, week: str) -> tuple[Figure, float] | None:
    said = human_mean(one.study.in_weeks([week]))
    if said.value is None or said.error is None:
        return None
    return Figure(said.value, said.low, said.high, said.items), said.error


def _uncorrected(key: Sequence[str], by_week: Mapping[bool, Mapping[Any, Any]], week: Week) -> Quality:
    name, judge, version, model = key
    now, before = (_own(by_week.get(is_now)) for is_now in (True, False))
    compared = Compared(now, before, more_is_worse=False, least=0.0, lacks="uncalibrated")
    ends = [(row["lowest"], row["highest"]) for row in by_week.values()]
    is_share = all(low >= 0 and high <= 1 for low, high in ends)
    title = " ".join(part for part in (judge or "unnamed judge", version, model) if part)
    return Quality(name, title, week.name, compared, is_corrected=False, is_share=is_share, highest=None)


def _own(row: Mapping[Any, Any] | None) -> Figure | None:
    if row is None:
        return None
    n, mean = int(row["traces"]), float(row["mean"])
    if n < 2 or pd.isna(row["variance"]):
        return Figure(mean, None, None, n)
    half = _Z_95 * sqrt(float(row["variance"]) / n)
    return Figure(mean, mean - half, mean + half, n)
