"""ISO weeks, Monday to Sunday in UTC: the window of a sample unless its plan says otherwise."""

import datetime as dt
import re

from errors import UsageError

_SPELLING = re.compile(r"(\d{4})-W(\d{2})")
WEEK = dt.timedelta(weeks=1)


def week_of(moment: dt.datetime) -> str:
    """The week that holds `moment` (UTC), as `2026-W46`."""
    year, number, _ = moment.astimezone(dt.UTC).isocalendar()
    return f"{year}-W{number:02d}"


def monday_of(week: str) -> dt.datetime:
    """When the week begins (UTC). Raises `UsageError` for what is no ISO week."""
    said = _SPELLING.fullmatch(week)
    try:
        if said:
            return dt.datetime.fromisocalendar(int(said[1]), int(said[2]), 1).replace(tzinfo=dt.UTC)
    except ValueError:
        pass
    raise UsageError("a week is an ISO week, for example 2026-W46")


def window(week: str, *, weeks: int = 1) -> tuple[dt.datetime, dt.datetime]:
    """The `weeks` weeks that end with `week`: since (included) and until (not included), UTC."""
    until = monday_of(week) + WEEK
    return until - weeks * WEEK, until
