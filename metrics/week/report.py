"""The weekly report: the week's tiles, pictures of the weeks before, alerts, and where each figure's evidence is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from charts.marks import Mark
from charts.over_time import Axis
from charts.printed import MOST_MARKS, Target, line, numbered
from errors import UsageError
from metrics import words
from metrics.alerts.states import Alert
from metrics.budgets.limits import Figure, What
from metrics.filters import TrafficFilter
from metrics.versions.deployments import deployments
from metrics.versions.sightings import sightings
from metrics.week import causes
from metrics.week.history import WEEKS, History, history
from metrics.week.quality import over_the_weeks
from metrics.week.summary import EVER, Sources, Summary, summary
from metrics.week.tiles import Told, dates, told
from metrics.week.weeks import Week
from review.sampling import weeks

_LONGEST = 60
_SURE = (
    "“Likely” is a 95 % interval. Better or worse is said of a change that is sure among all figures of the week "
    "together (false discovery rate 5 %); slightly, when it is less than 3 points or a tenth."
)
_SINCE = (
    "“Since” names a version that went live in the two weeks and whose conversations differ from all others. What goes "
    "together need not be cause and effect."
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure over the weeks: SVG, and in words what it shows for whoever cannot see it."""

    title: str
    svg: str
    alt: str


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An open alert, in words."""

    what: str
    since: str
    level: str
    owner: str
    who: str
    action: str


@dataclass(frozen=True, slots=True)
class Report:
    """All that a reader sees, as text that may hold names from traces, and pictures made of shapes alone."""

    title: str
    scope: str
    told: Told
    pictures: tuple[Picture, ...]
    marks: tuple[str, ...]
    marks_left_out: str
    alerts: tuple[AlertRow, ...]
    method: tuple[str, ...]
    made: str


def report(sources: Sources, week: Week, wanted: TrafficFilter, *, now: datetime) -> Report:
    """The report of a week, as of `now` (UTC). Raises `UsageError` for a week without a conversation."""
    found = summary(sources, week, wanted)
    if not found.traffic.conversations and not found.traffic.still_open:
        raise UsageError(f"no conversation began in {week.name} (with these filters); choose another week")
    past, marks = history(sources.warehouse, week, wanted, rules=sources.outcomes), _marks(sources, found)
    older = len(marks) - MOST_MARKS
    return Report(
        title=f"Week {week.name}",
        scope=_scope(week, wanted),
        told=told(found, now=now, human_cost=sources.human_cost),
        pictures=_pictures(sources, found, past, marks),
        marks=tuple(_mark_words(mark) for _, mark in numbered(marks)),
        marks_left_out=f"{words.counted(older, 'older mark')} left out." if older > 0 else "",
        alerts=tuple(_row(one, now) for one in found.alerts or ()),
        method=_method(found),
        made=f"Made {words.moment(now)} UTC by Benchbook from traffic up to {words.moment(week.until)} UTC",
    )


def _scope(week: Week, wanted: TrafficFilter) -> str:
    parts = [f"{name} {' or '.join(values)}" for name, values in (
        ("app", wanted.apps), ("environment", wanted.environments), ("tenant", wanted.tenants)) if values]  # fmt: skip
    return " · ".join([f"{dates(week)} (UTC), beside {week.name_before}", *(parts or ["all applications"])])


def _pictures(sources: Sources, found: Summary, past: History, marks: Sequence[Mark]) -> tuple[Picture, ...]:
    percent = past.handed_over.assign(**{name: 100 * past.handed_over[name] for name in ("value", "low", "high")})
    drawn: list[tuple[str, pd.DataFrame, Axis, Target | None, str, tuple[float, float] | None]] = [
        ("Handed to a person", percent, Axis("value", "% of conversations", "", "n", "conversations"), None, "%", None),
        ("Cost of a conversation", past.cost, Axis("value", "US dollars", "", "n", "conversations"), None, "dollars",
         None),
        ("Time within which 95 of 100 answers came", past.time, Axis("value", "seconds", "", "n", "answers"),
         _target(sources, found), "seconds", None),
    ]  # fmt: skip
    if sources.database is not None and found.checked:
        first = found.checked[0]
        frame = over_the_weeks(sources.database, sources.warehouse, first, sources.judges, until=found.week.name)
        frame = frame[frame["week"].str.contains("-W", regex=False)]
        shown = frame.assign(bucket_start=[weeks.monday_of(str(name)) for name in frame["week"]])
        scale = (
            None if first.is_share or first.lowest is None or first.highest is None else (first.lowest, first.highest)
        )
        axis = Axis("value", f"{scale[0]:g} to {scale[1]:g}" if scale else "share", "", "items", "answers")
        drawn.append((f"{first.criterion.capitalize()}, checked by people", shown, axis, None, "", scale))
    return tuple(
        Picture(title, line(frame, axis, marks=marks, target=target, scale=scale), _alt(title, frame, unit))
        for title, frame, axis, target, unit, scale in drawn
    )


def _marks(sources: Sources, found: Summary) -> list[Mark]:
    """What went live in the weeks that are drawn."""
    seen = sightings(sources.warehouse, replace(EVER, apps=found.wanted.apps))
    registered = () if sources.database is None else deployments(sources.database)
    drawn = replace(found.week, before_since=found.week.since - (WEEKS - 1) * weeks.WEEK)
    return [Mark(one.at, one.words, is_guess=not one.is_registered)
            for one in causes.went_live(seen, registered, drawn, apps=found.wanted.apps)]  # fmt: skip


def _mark_words(mark: Mark) -> str:
    """`app version 4.4.0, 2 Nov, nobody registered it`."""
    name = mark.words if len(mark.words) <= _LONGEST else mark.words[: _LONGEST - 1] + "…"
    return f"{name}, {mark.at.day} {mark.at:%b}{', nobody registered it' if mark.is_guess else ''}"


def _target(sources: Sources, found: Summary) -> Target | None:
    """The one budget of turns that asks for 95 of 100, if it is one."""
    of_turns = [one for one in sources.budgets if one.what is What.TURN and one.figure is Figure.LATENCY]
    asked = [one for one in of_turns if not one.app or one.app in found.wanted.apps]
    if len(asked) != 1 or asked[0].share_within != 0.95:
        return None
    return Target(asked[0].limit, f"target {asked[0].limit:g} s")


def _alt(title: str, frame: pd.DataFrame, unit: str) -> str:
    told = [f"{at:%-d %b}: {value:.3g}" for at, value in zip(frame["bucket_start"], frame["value"], strict=True)]
    return f"{title}, week by week{f' in {unit}' if unit else ''}. {'; '.join(told) or 'not enough data'}"


def _row(one: Alert, now: datetime) -> AlertRow:
    evidence = one.evidence
    who = one.acknowledged_by or "nobody"
    quiet = f", quiet until {words.moment(one.snoozed_until)}" if one.is_quiet(now) else ""
    since = datetime.fromisoformat(evidence["since"])
    return AlertRow(str(evidence["words"]), f"{since.day} {since:%b %Y}", one.level.value, str(evidence["owner"]),
                    f"{who}{quiet}", str(evidence["action"]))  # fmt: skip


def _method(found: Summary) -> tuple[str, ...]:
    traffic = found.traffic
    said = [
        _SURE,
        (f"{words.counted(traffic.conversations, 'conversation')} began in the week and are over, the price of "
         f"{words.count(traffic.priced)} is known. {words.count(traffic.still_open)} may still go on: left out."),
        _SINCE,
    ]  # fmt: skip
    if found.checked:
        said.append(
            "Answer quality is what people said of a fair sample, made sharper by a judge's scores of the rest."
        )
    return tuple(said)


def evidence_of(told: Told) -> Sequence[str]:
    """For paper: on which page of the app the evidence of each tile is, in the tiles' order."""
    return [f"page {one.evidence.page.capitalize()}" for one in told.tiles]
