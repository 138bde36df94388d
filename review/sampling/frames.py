"""The frame of a sample: every unit of the window that could be drawn, in its stratum, as one snapshot holds them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from errors import UsageError
from review.rubric.rubric import Unit
from review.sampling import weeks
from review.sampling.plans import Condition, Plan

_HERE = Path(__file__).parent
OTHERS = "(all others)"
EVERYTHING = "everything"
_BANDED = ("length", "judge_score")
_S = 1_000_000_000


class Warehouse(Protocol):
    """What reading a frame needs of `storage.warehouse`."""

    @property
    def whole(self) -> str | None: ...

    def frame(self, sql: str, **params: Any) -> pd.DataFrame: ...


@dataclass(frozen=True, slots=True)
class Moments:
    """Of the judges' scores of some units: how many have one, the sum and the sum of squares."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    def __add__(self, other: "Moments") -> "Moments":
        return Moments(self.count + other.count, self.total + other.total, self.squares + other.squares)

    @property
    def variance(self) -> float | None:
        """With n - 1; None below two scores."""
        if self.count < 2:
            return None
        return max(0.0, (self.squares - self.total**2 / self.count) / (self.count - 1))


@dataclass(frozen=True, slots=True)
class Stratum:
    """Units that are drawn from together: id to the session it belongs to. `certainty`: all of them are taken."""

    name: str
    units: Mapping[str, str | None]
    certainty: bool = False
    judged: Moments = Moments()

    @property
    def size(self) -> int:
        return len(self.units)


@dataclass(frozen=True, slots=True)
class Frame:
    """`sequence` and `scores_sequence` are the last arrivals of spans and scores that the snapshot held."""

    since: dt.datetime
    until: dt.datetime
    strata: tuple[Stratum, ...]
    sequence: int
    scores_sequence: int

    @property
    def size(self) -> int:
        return sum(stratum.size for stratum in self.strata)

    def stratum_of(self) -> dict[str, str]:
        """Unit to the name of its stratum."""
        return {unit: stratum.name for stratum in self.strata for unit in stratum.units}


def weeks_with_data(warehouse: Warehouse) -> pd.DataFrame:
    """ISO weeks that have traces, newest first: week, traces. Raises `UsageError` while part of them is missing."""
    found = _whole(warehouse, (_HERE / "weeks.sql").read_text())
    mondays = [monday.to_pydatetime().replace(tzinfo=dt.UTC) for monday in pd.to_datetime(found["monday"])]
    return pd.DataFrame({"week": [weeks.week_of(monday) for monday in mondays], "traces": found["traces"]})


def last_complete_week(warehouse: Warehouse, *, now: dt.datetime) -> str:
    """The last week that is over and has traces. Raises `UsageError` when there is none."""
    for week in weeks_with_data(warehouse)["week"]:
        if weeks.monday_of(week) + weeks.WEEK <= now:
            return str(week)
    raise UsageError("no week that is over has traces yet; name one with --week, or take traces in first")


def session_of(warehouse: Warehouse, unit: Unit, target: str) -> str | None:
    """The session of a unit, if it has one. Raises `UsageError` when there is no such unit."""
    found = warehouse.frame((_HERE / "unit.sql").read_text(), unit=unit.value, target=target)
    if found.empty:
        raise UsageError(f"there is no {unit.value} of that id")
    session = found["session_id"].iloc[0]
    return str(session) if isinstance(session, str) and session else None


def cells(warehouse: Warehouse, plan: Plan, *, week: str, only: Sequence[str] | None = None) -> pd.DataFrame:
    """What `frame_of` cuts: one row per combination of all columns, whatever the plan's strata, filters and size are.

    `only` leaves in nothing but these units.

    Columns: those of `plans.COLUMNS` (text), targets, sessions (lists), judged, judge_sum, judge_squares,
    frame_sequence, scores_sequence. Raises `UsageError` when the window holds no unit, and while a rebuild runs.
    """
    since, until = weeks.window(week, weeks=plan.weeks)
    band = plan.judge_score
    found = _whole(
        warehouse,
        (_HERE / "frame.sql").read_text(),
        unit=plan.unit.value,
        since_ns=int(since.timestamp()) * _S,
        until_ns=int(until.timestamp()) * _S,
        handover=[name.lower() for name in plan.handover],
        length_cuts=list(plan.length_cuts),
        judge=band.judge if band else None,
        score=band.score if band else None,
        judge_cuts=list(band.cuts) if band else [],
        criterion=plan.criterion,
        only=None if only is None else list(only),
    )
    if found.empty:
        if only is None:
            raise _nothing(plan, week)
        return pd.DataFrame({"targets": []})
    cuts = {"length": plan.length_cuts, "judge_score": band.cuts if band else ()}
    return found.assign(**{column: [_band(number, cuts[column]) for number in found[column]] for column in _BANDED})


def _whole(warehouse: Warehouse, sql: str, **params: Any) -> pd.DataFrame:
    """The answer, if all that had arrived was loaded from before it was asked until after."""
    before = warehouse.whole
    found = warehouse.frame(sql, **params)
    if before is None or before != warehouse.whole:
        raise UsageError("traffic is being loaded anew just now, so part of it is missing; try again when that is done")
    return found


def _band(number: float | None, cuts: tuple[float, ...]) -> str:
    """A band in words: `below 150`, `150 to 300`, `600 and more`."""
    if number is None or pd.isna(number):
        return "(not given)"
    place = int(number)
    if place == 0:
        return f"below {cuts[0]:g}"
    return f"{cuts[-1]:g} and more" if place == len(cuts) else f"{cuts[place - 1]:g} to below {cuts[place]:g}"


def read_frame(warehouse: Warehouse, plan: Plan, *, week: str, named: Collection[str] | None = None) -> Frame:
    """The frame of a plan in a week. Raises `UsageError` when the window holds nothing that the plan asks for."""
    return frame_of(cells(warehouse, plan, week=week), plan, week=week, named=named)


def frame_of(found: pd.DataFrame, plan: Plan, *, week: str, named: Collection[str] | None = None) -> Frame:
    """Cells cut into the plan's strata; the smallest are put together when there are more than `most_strata`.

    With `named` those stand alone that are named, whatever their size: part of a frame is cut as the whole was.
    """
    kept = found[[_meets(row, plan.filters) for row in _rows(found)]] if plan.filters else found
    if kept.empty:
        raise _nothing(plan, week)
    certain: dict[str, list[dict[str, Any]]] = defaultdict(list)
    others: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in _rows(kept):
        name, is_certain = _place(row, plan)
        (certain if is_certain else others)[name].append(row)
    strata = [_stratum(name, rows, certainty=True) for name, rows in certain.items()]
    alone = [_stratum(name, rows) for name, rows in others.items()]
    strata += _pooled(alone, most=plan.most_strata) if named is None else _pooled_but(alone, named)
    since, until = weeks.window(week, weeks=plan.weeks)
    return Frame(
        since=since,
        until=until,
        strata=tuple(sorted(strata, key=lambda one: (not one.certainty, one.name == OTHERS, one.name))),
        sequence=_last(found["frame_sequence"]),
        scores_sequence=_last(found["scores_sequence"]),
    )


def places_in(frame: Frame, found: pd.DataFrame, plan: Plan) -> dict[str, str]:
    """Unit of another week's cells to its stratum of this frame; those that have none are left out."""
    names = {one.name for one in frame.strata}
    kept = found[[_meets(row, plan.filters) for row in _rows(found)]] if plan.filters else found
    places = {}
    for row in _rows(kept):
        name, _ = _place(row, plan)
        name = name if name in names else OTHERS
        if name in names:
            places.update(dict.fromkeys((str(unit) for unit in row["targets"]), name))
    return places


def _place(row: Mapping[str, Any], plan: Plan) -> tuple[str, bool]:
    """Name of the stratum that the plan's columns make of a row, and whether it is a certain one."""
    condition = next((each for each in plan.certainty if _meets(row, each)), None)
    if condition is not None:
        return _condition_words(condition), True
    return _stratum_words(row, plan.strata), False


def _nothing(plan: Plan, week: str) -> UsageError:
    return UsageError(f"{week} holds no {plan.unit.value} that the plan {plan.name} asks for; choose another week")


def _rows(found: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in found.to_dict("records")]


def _meets(row: Mapping[str, Any], condition: Condition) -> bool:
    return all(row[column] in values for column, values in condition.items())


def _condition_words(condition: Condition) -> str:
    return "all with " + " and ".join(f"{column}={' or '.join(values)}" for column, values in condition.items())


def _stratum_words(row: Mapping[str, Any], columns: Iterable[str]) -> str:
    return ", ".join(f"{column}={row[column]}" for column in columns) or EVERYTHING


def _stratum(name: str, rows: list[dict[str, Any]], *, certainty: bool = False) -> Stratum:
    units: dict[str, str | None] = {}
    judged = Moments()
    for row in rows:
        units |= {str(unit): session or None for unit, session in zip(row["targets"], row["sessions"], strict=True)}
        if row["judged"]:
            judged += Moments(int(row["judged"]), float(row["judge_sum"]), float(row["judge_squares"]))
    return Stratum(name, units, certainty, judged)


def _pooled(strata: list[Stratum], *, most: int) -> list[Stratum]:
    """The largest strata, and one of all the others; by size, then by name, so that the same frame is cut the same."""
    largest = sorted(strata, key=lambda one: (-one.size, one.name))
    if len(largest) <= most:
        return largest
    pooled = Stratum(OTHERS, {})
    for one in largest[most - 1 :]:
        pooled = Stratum(OTHERS, {**pooled.units, **one.units}, judged=pooled.judged + one.judged)
    return [*largest[: most - 1], pooled]


def _pooled_but(strata: list[Stratum], named: Collection[str]) -> list[Stratum]:
    """The named strata, and one of all the others."""
    pooled = Stratum(OTHERS, {})
    for one in strata:
        if one.name not in named:
            pooled = Stratum(OTHERS, {**pooled.units, **one.units}, judged=pooled.judged + one.judged)
    return [*(one for one in strata if one.name in named), *([pooled] if pooled.units else [])]


def _last(numbers: "pd.Series[Any]") -> int:
    return int(numbers.max()) if numbers.notna().any() else 0
