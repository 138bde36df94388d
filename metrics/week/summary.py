"""What is known of a week: outcomes, cost, time to answer, quality, what went live, alerts, how far its review is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pandas as pd

from metrics.alerts.states import Alert, open_alerts
from metrics.budgets.against import Verdict, whole
from metrics.budgets.costs import costs_of
from metrics.budgets.limits import Figure as Counted
from metrics.budgets.limits import Limit, What
from metrics.filters import TrafficFilter
from metrics.outcomes.conversations import conversations
from metrics.outcomes.rules import Rules
from metrics.outcomes.shares import Outcome, counts
from metrics.questions import Warehouse
from metrics.versions.deployments import deployments
from metrics.versions.sightings import sightings
from metrics.week import causes
from metrics.week.answer_times import AnswerTimes, answer_times
from metrics.week.causes import Cause, WentLive
from metrics.week.compared import Compared, means_compared, settled, shares_compared
from metrics.week.quality import Quality, checked_by_people, said_by_judges
from metrics.week.weeks import Week
from review.calibration.mapping import Mapped
from review.sampling.sample_lists import samples
from storage.ledger_database import Database

WORSE_WHEN_MORE = {
    Outcome.CONTAINED: False,
    Outcome.ESCALATED: True,
    Outcome.ABANDONED: True,
    Outcome.REPEATED: True,
    Outcome.SOLVED: False,
}
"""Outcomes that are compared, and whether more of them is worse. What only judges call solved is in `Quality`."""
COST, TIME = "cost", "time"
EVER = TrafficFilter(datetime(1970, 1, 2, tzinfo=UTC), datetime(2261, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True, eq=False)
class Traffic:
    """`figures` by outcome, `COST` (US dollars per conversation) and `TIME` (ms that 95 of 100 answers stay below).

    `causes`: by the same names, of what surely changed and goes with a version that went live. `conversations` and
    `still_open` are of this week, `priced` are those of it whose cost is known.
    """

    conversations: int
    still_open: int
    priced: int
    figures: Mapping[str, Compared]
    causes: Mapping[str, Cause]
    in_time: tuple["InTime", ...]


@dataclass(frozen=True, slots=True)
class InTime:
    """A budget for how long a turn may take, with the share of turns (0-1) within it, this week and last.

    `is_kept` is None where nobody can tell from so few, or where it may be by chance.
    """

    limit: Limit
    share: float | None
    share_before: float | None
    is_kept: bool | None


@dataclass(frozen=True, slots=True)
class ReviewProgress:
    """The week's samples: labels wanted and given, and the newest sample to go on with."""

    sample: str
    labelled: int
    wanted: int


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """The week. `alerts` are None where no ledger was opened, `review` also where no sample was drawn."""

    week: Week
    wanted: TrafficFilter
    traffic: Traffic
    checked: tuple[Quality, ...]
    judged: tuple[Quality, ...]
    went_live: tuple[WentLive, ...]
    alerts: tuple[Alert, ...] | None
    review: ReviewProgress | None


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """Where a summary is read, and the team's rules: how conversations end, which judge answers what, budgets."""

    warehouse: Warehouse
    database: Database | None
    outcomes: Mapping[str | None, Rules]
    judges: Mapping[str, Mapped]
    budgets: Sequence[Limit] = ()
    human_cost: float | None = None


def summary(sources: Sources, week: Week, wanted: TrafficFilter) -> Summary:
    """All of it, read at once."""
    database, warehouse = sources.database, sources.warehouse
    seen = sightings(warehouse, replace(EVER, apps=wanted.apps))
    live = causes.went_live(seen, () if database is None else deployments(database), week, apps=wanted.apps)
    return Summary(
        week=week,
        wanted=wanted,
        traffic=traffic_of(warehouse, week, wanted, rules=sources.outcomes, live=live, budgets=sources.budgets),
        checked=() if database is None else checked_by_people(database, warehouse, week, sources.judges),
        judged=said_by_judges(warehouse, week, wanted),
        went_live=tuple(live),
        alerts=None if database is None else open_alerts(database),
        review=None if database is None else review_of(database, week),
    )


def traffic_of(
    warehouse: Warehouse, week: Week, wanted: TrafficFilter, *, rules: Mapping[str | None, Rules],
    live: Sequence[WentLive] = (), budgets: Sequence[Limit] = (),
) -> Traffic:  # fmt: skip
    """Both weeks' conversations and answers compared. `live`: candidates for what a change goes with."""
    both = week.with_before(wanted)
    found = _with_costs(warehouse, both, conversations(warehouse, both, rules))
    of_week = found["start_ts"] >= week.since
    over = found[(of_week | (found["start_ts"] < week.before_until)) & ~found["is_open"].astype(bool)]
    is_now = of_week[over.index]
    times = answer_times(warehouse, week, wanted)
    figures = _figures(over, is_now) | {TIME: times.p95_ms}
    figures = dict(zip(figures, settled([*figures.values()]), strict=True))
    return Traffic(
        conversations=int(is_now.sum()),
        still_open=int(found.loc[of_week, "is_open"].sum()),
        priced=int(over.loc[is_now, "usd"].notna().sum()),
        figures=figures,
        causes=_causes(figures, live, over, times),
        in_time=tuple(_in_time(warehouse, week, wanted, one) for one in budgets if _is_of_turns(one, wanted)),
    )


def review_of(database: Database, week: Week) -> ReviewProgress | None:
    """How far the samples of the week are; None when none was drawn."""
    listed = samples(database)
    own = listed[listed["week"] == week.name]
    if own.empty:
        return None
    labelled, wanted = (int(pd.to_numeric(own[name]).fillna(0).sum()) for name in ("labelled", "labels"))
    return ReviewProgress(str(own["id"].iloc[0]), labelled, wanted)


def _with_costs(warehouse: Warehouse, both: TrafficFilter, found: pd.DataFrame) -> pd.DataFrame:
    """The conversations with `usd`: what each cost without judging, missing where a price is."""
    if found.empty:
        return pd.DataFrame({"start_ts": pd.Series(dtype="datetime64[ns, UTC]"), "is_open": False, "usd": 0.0})
    return found.assign(usd=costs_of(warehouse, both, found))


def _figures(over: pd.DataFrame, is_now: pd.Series) -> dict[str, Compared]:
    now, before = over[is_now], over[~is_now]
    figures = {
        outcome.value: shares_compared(_counted(now, outcome), _counted(before, outcome), more_is_worse=worse)
        for outcome, worse in WORSE_WHEN_MORE.items()
    }
    costs = [part["usd"].dropna().to_numpy(float) for part in (now, before)]
    return figures | {COST: means_compared(costs[0], costs[1], more_is_worse=True)}


def _counted(part: pd.DataFrame, outcome: Outcome) -> tuple[int, int]:
    return counts(part, outcome) if len(part) else (0, 0)


def _causes(
    figures: Mapping[str, Compared], live: Sequence[WentLive], over: pd.DataFrame, times: AnswerTimes
) -> dict[str, Cause]:
    asked: dict[str, tuple[pd.DataFrame, causes.Test]] = {
        outcome.value: (over, causes.of_outcome(over, outcome)) for outcome in WORSE_WHEN_MORE
    }
    asked[COST] = over, causes.of_costs(over["usd"])
    asked[TIME] = times.by_versions, causes.of_slow_answers(times.by_versions)
    found = {name: causes.cause(live, rows, figures[name], test) for name, (rows, test) in asked.items()}
    return {name: one for name, one in found.items() if one is not None}


def _is_of_turns(one: Limit, wanted: TrafficFilter) -> bool:
    is_asked = not wanted.apps or not one.app or one.app in wanted.apps
    return one.what is What.TURN and one.figure is Counted.LATENCY and is_asked


def _in_time(warehouse: Warehouse, week: Week, wanted: TrafficFilter, one: Limit) -> InTime:
    windows = (week.since, week.until), (week.before_since, week.before_until)
    tables = [whole(warehouse, replace(wanted, since=since, until=until), [one]) for since, until in windows]
    shares = [None if table.empty or pd.isna(table["value"].iloc[0]) else float(table["value"].iloc[0])
              for table in tables]  # fmt: skip
    verdict = Verdict.FEW if tables[0].empty else Verdict(tables[0]["verdict"].iloc[0])
    if verdict is Verdict.FEW:
        shares[0] = None
    is_kept = {Verdict.WITHIN: True, Verdict.BREACHED: False}.get(verdict)
    return InTime(one, shares[0], shares[1], is_kept)
