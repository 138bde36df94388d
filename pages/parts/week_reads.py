"""What the Overview reads of a week, kept until traffic or labels change; what people decide is read each time."""

from collections.abc import Callable, Hashable
from datetime import datetime
from typing import TypeVar

import pandas as pd
import streamlit as st

from metrics.alerts.states import Alert, open_alerts
from metrics.filters import TrafficFilter
from metrics.week import causes, quality, summary
from metrics.week.causes import WentLive
from metrics.week.quality import Quality
from metrics.week.summary import ReviewProgress, Traffic
from metrics.week.weeks import Week
from pages.parts import kept, reads
from pages.parts.opened import opened

_KEPT = 40
Read = TypeVar("Read")


def newest(loaded: pd.Series) -> datetime:
    """The moment (UTC) of the newest span; `loaded` is `reads.loaded`."""
    return _utc(loaded["last_ts"])


def oldest(loaded: pd.Series) -> datetime:
    """The moment (UTC) of the oldest span."""
    return _utc(loaded["first_ts"])


def went_live(week: Week, wanted: TrafficFilter) -> tuple[WentLive, ...]:
    """What went live in the week or the one before."""
    return tuple(causes.went_live(reads.sightings(wanted), reads.deployments(), week, apps=wanted.apps))


def traffic(week: Week, wanted: TrafficFilter, live: tuple[WentLive, ...]) -> Traffic:
    """Outcomes, cost and time to answer."""
    now = opened()

    def read() -> Traffic:
        return summary.traffic_of(now.warehouse, week, wanted, rules=now.outcomes, live=live, budgets=now.budgets)

    return _kept_traffic(("week", week, wanted, live, now.budgets, now.home, repr(now.warehouse.data_version)), read)


def checked(week: Week) -> tuple[Quality, ...]:
    """What people, sharpened by judges, say of the answers; nothing without a ledger."""
    now = opened()
    database = now.database
    if database is None:
        return ()
    return kept.answer(
        database, "quality of a week", week,
        read=lambda: quality.checked_by_people(database, now.warehouse, week, now.judges),
    )  # fmt: skip


def judged(week: Week, wanted: TrafficFilter) -> tuple[Quality, ...]:
    """What judges say on their own."""
    now = opened()
    return _kept_quality(
        ("judges of a week", week, wanted, now.home, repr(now.warehouse.data_version)),
        lambda: quality.said_by_judges(now.warehouse, week, wanted),
    )


def alerts() -> tuple[Alert, ...] | None:
    """What is open now; None without a ledger."""
    database = opened().database
    return None if database is None else open_alerts(database)


def review(week: Week) -> ReviewProgress | None:
    """How far the week's sample is; None when there is none."""
    database = opened().database
    return None if database is None else summary.review_of(database, week)


@st.cache_data(max_entries=_KEPT, show_spinner="Comparing the week with the one before …")
def _kept_traffic(key: tuple[Hashable, ...], _read: Callable[[], Traffic]) -> Traffic:
    del key
    return _read()


@st.cache_data(max_entries=_KEPT, show_spinner=False)
def _kept_quality(key: tuple[Hashable, ...], _read: Callable[[], tuple[Quality, ...]]) -> tuple[Quality, ...]:
    del key
    return _read()


def _utc(moment: pd.Timestamp) -> datetime:
    at: datetime = moment.floor("us").tz_localize("UTC").to_pydatetime()
    return at
