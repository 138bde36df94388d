"""Extent: how much is loaded, of when, and what it can be filtered by."""

from datetime import datetime, timedelta

import pandas as pd

from metrics.filters import nanoseconds
from metrics.questions import Warehouse, ask


def extent(warehouse: Warehouse, *, now: datetime) -> pd.DataFrame:
    """One row `traces, first_ts, last_ts (UTC, missing when nothing is loaded), traces_day, traces_week, traces_month`.

    The last three count traces active in the 24 hours, 7 days and 30 days before `now` (UTC).
    """
    return ask(
        warehouse,
        "extent",
        day_ns=nanoseconds(now - timedelta(hours=24)),
        week_ns=nanoseconds(now - timedelta(days=7)),
        month_ns=nanoseconds(now - timedelta(days=30)),
    )


def choices(warehouse: Warehouse) -> pd.DataFrame:
    """`field (app, environment, tenant, model, prompt version, step), value, rows_with`; most frequent first."""
    return ask(warehouse, "choices")
