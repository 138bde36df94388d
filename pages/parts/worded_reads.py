"""What pages read that takes the users' words or two versions: kept until the data changes, with a word of patience."""

from collections.abc import Callable
from typing import TypeVar

import pandas as pd
import streamlit as st

from metrics.filters import TrafficFilter
from metrics.outcomes import quality
from metrics.outcomes.fairness import gaps
from metrics.outcomes.wording import with_wording
from metrics.versions import compare
from metrics.versions import quality as of_versions
from metrics.versions.compare import Comparison
from pages.parts import kept, reads
from pages.parts.opened import opened
from review.calibration.reviewed import Reviewed, reviewed
from storage.ledger_database import Database

_KEPT = 40
Read = TypeVar("Read")


def _answer(*asked: object, read: Callable[[], Read]) -> Read:
    now = opened()
    return _kept((*asked, now.home, repr(now.warehouse.data_version)), read)


@st.cache_data(max_entries=_KEPT, show_spinner="Reading the conversations …")
def _kept(key: tuple[object, ...], _read: Callable[[], Read]) -> Read:
    del key
    return _read()


def worded(wanted: TrafficFilter) -> pd.DataFrame:
    """The conversations of a window with language, topic and mood (`metrics.outcomes.wording`)."""
    now = opened()

    def read() -> pd.DataFrame:
        return with_wording(now.warehouse, wanted, reads.conversations(wanted), now.outcomes)

    return _answer("worded", wanted, read=read)


def fairness(wanted: TrafficFilter, by: tuple[str, ...]) -> pd.DataFrame:
    """Every outcome by every segment, the surest gap first (`metrics.outcomes.fairness`)."""
    return _answer("fairness", wanted, by, read=lambda: gaps(worded(wanted), by=by))


def judged(wanted: TrafficFilter, by: str) -> pd.DataFrame:
    """Judges' scores by segment, uncorrected (`metrics.outcomes.quality`)."""
    warehouse = opened().warehouse

    def read() -> pd.DataFrame:
        return quality.judged_by_segment(warehouse, wanted, worded(wanted), by=by)

    return _answer("judged", wanted, by, read=read)


def corrected(database: Database, wanted: TrafficFilter, by: str) -> pd.DataFrame:
    """The gaps that people's labels correct (`metrics.outcomes.quality`)."""

    def read() -> pd.DataFrame:
        return quality.corrected_by_segment(_reviewed(database), worded(wanted), by=by)

    return kept.answer(database, "corrected by segment", wanted, by, read=read)


def comparison(wanted: TrafficFilter, before: str, now: str) -> Comparison:
    """Two versions side by side (`metrics.versions.compare`)."""
    held = opened()
    return _answer(
        "comparison", wanted, before, now,
        read=lambda: compare.compare(held.warehouse, wanted, held.outcomes, versions=(before, now)),
    )  # fmt: skip


def corrected_versions(database: Database, wanted: TrafficFilter, before: str, now: str) -> pd.DataFrame:
    """What people's labels make of two versions (`metrics.versions.quality`)."""

    def read() -> pd.DataFrame:
        return of_versions.corrected(_reviewed(database), wanted, versions=(before, now))

    return kept.answer(database, "corrected versions", wanted, before, now, read=read)


def _reviewed(database: Database) -> tuple[Reviewed, ...]:
    now = opened()
    return reviewed(database, now.warehouse, rules=now.judges)
