"""What pages read of judges, kept until labels or traffic change."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from pages.parts.opened import opened
from review.calibration.over_weeks import OverWeeks, over_weeks
from review.calibration.reviewed import reviewed
from review.calibration.scorecard import Row, scorecard
from review.label_frame import labels_version
from storage.ledger_database import Database

_KEPT = 12
Read = TypeVar("Read")


@st.cache_data(max_entries=_KEPT, show_spinner="Comparing judges with people …")
def _kept(key: tuple[object, ...], _read: Callable[[], Read]) -> Read:
    """The answer to a question; `key` is the question, the home and the versions of labels and traffic."""
    del key
    return _read()


def _version(database: Database) -> tuple[object, ...]:
    now = opened()
    return (now.home, repr(now.warehouse.data_version), labels_version(database))


def rows(database: Database) -> tuple[Row, ...]:
    """Every judge on every criterion with labels (`review.calibration.scorecard`)."""
    warehouse = opened().warehouse
    rules = opened().judges
    return _kept(("scorecard", *_version(database)), lambda: scorecard(reviewed(database, warehouse, rules=rules)))


def weeks(database: Database, row: Row) -> OverWeeks:
    """One judge on one criterion, week by week."""
    asked = ("weeks", row.reviewed.rubric, row.reviewed.rubric_version, row.reviewed.criterion.name, row.judged.judge)
    return _kept((*asked, *_version(database)), lambda: over_weeks(row.reviewed, row.judged.judge))
