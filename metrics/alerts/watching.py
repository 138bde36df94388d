"""One evaluation of the rules over a home's traffic: what it needs is read, what it finds may be kept."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from metrics.alerts.evaluate import Found, Known, Open, evaluate
from metrics.alerts.figures import Figures, Said
from metrics.alerts.quality import QUALITY, QualityWeeks, calibrated_scores, quality_weeks
from metrics.alerts.rules import Rules
from metrics.budgets.limits import limits_of
from metrics.filters import TrafficFilter, nanoseconds
from metrics.outcomes.rules import rules_by_app
from metrics.questions import Warehouse
from metrics.versions.deployments import Registered
from metrics.versions.flags import flags
from metrics.versions.sightings import sightings
from review.calibration.mapping import rules_of as judge_rules_of
from settings import Settings
from storage.ledger_database import Database

FEWEST_DAYS_BEFORE = 3
_FIRST = dt.datetime(1970, 1, 2, tzinfo=dt.UTC)
_NEWEST = """SELECT epoch_ns(max(start_ts)) // 1_000_000_000 AS newest_s FROM traces
WHERE start_ts < make_timestamp_ns($until_ns)"""
_OLDEST = """SELECT epoch_ns(min(start_ts)) // 1_000_000_000 AS oldest_s FROM traces
WHERE start_ts >= make_timestamp_ns($since_ns)"""
_NO_LLM_BEFORE = dt.datetime(2018, 1, 1, tzinfo=dt.UTC)
"""A trace from before has a wrong clock."""
_ARRIVED = "SELECT max(sequence) AS newest FROM span_rows WHERE start_ts < make_timestamp_ns($until_ns)"


@dataclass(frozen=True, slots=True)
class Watched:
    """What does not change between evaluations: the traffic, the rules, deployments, and quality week by week."""

    figures: Figures
    rules: Rules
    deployments: Sequence[Registered]
    quality: Sequence[QualityWeeks]

    def at(self, at: dt.datetime, opened: Sequence[Open] = ()) -> list[Found]:
        """What the rules find in the windows that end at `at` (UTC)."""
        seen = sightings(self.figures.warehouse, TrafficFilter(_FIRST, at))
        odd: pd.DataFrame | None = flags(seen, self.deployments) if len(seen) else None
        return evaluate(self.figures, self.rules, at=at, opened=opened, known=Known(odd, self.quality))


def watched(
    settings: Settings, warehouse: Warehouse, rules: Rules, *, database: Database, deployments: Sequence[Registered]
) -> Watched:
    """Everything an evaluation needs. Labels are read only where a rule asks for corrected quality."""
    wants_quality = any(one.metric == QUALITY and one.enabled for one in rules.rules)
    weeks = quality_weeks(database, warehouse, judge_rules_of(settings)) if wants_quality else ()
    said = Said(rules_by_app(settings), limits_of(settings), calibrated_scores(weeks), settings.drift.stale_days)
    return Watched(Figures(warehouse, said), rules, deployments, weeks)


def afresh(one: Watched) -> Watched:
    """The same with no table kept: in a long look back each evaluation has tables of its own."""
    return replace(one, figures=Figures(one.figures.warehouse, one.figures.said))


def newest_closed(warehouse: Warehouse, *, now: dt.datetime, each: dt.timedelta) -> dt.datetime | None:
    """The end of the newest whole day (or hour) of traffic, the one before while it still goes on; None without any.

    A trace from the future has a wrong clock, and says nothing.
    """
    newest = warehouse.frame(_NEWEST, until_ns=nanoseconds(now))["newest_s"].iloc[0]
    if newest is None or pd.isna(newest):
        return None
    step = int(each.total_seconds())
    ended = dt.datetime.fromtimestamp((int(newest) // step + 1) * step, tz=dt.UTC)
    return ended if ended <= now else ended - each


def first_look(warehouse: Warehouse, rules: Rules, *, each: dt.timedelta) -> dt.datetime | None:
    """The first moment at which a rule has its windows and some days before; None without traffic."""
    first = warehouse.frame(_OLDEST, since_ns=nanoseconds(_NO_LLM_BEFORE))["oldest_s"].iloc[0]
    if first is None or pd.isna(first):
        return None
    step = int(each.total_seconds())
    days = min((one.persistence * one.window_days for one in rules.rules if one.enabled), default=0)
    began = dt.datetime.fromtimestamp(int(first) // step * step, tz=dt.UTC)
    return began + dt.timedelta(days=days + min(FEWEST_DAYS_BEFORE, rules.reference_days))


def arrived_until(warehouse: Warehouse, at: dt.datetime) -> int:
    """The newest ingest sequence number among spans before `at`: late ones raise it. 0 without any."""
    newest = warehouse.frame(_ARRIVED, until_ns=nanoseconds(at))["newest"].iloc[0]
    return 0 if newest is None or pd.isna(newest) else int(newest)
