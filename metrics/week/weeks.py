"""The week that is looked at and the one before it, cut alike while the week still runs."""

import datetime as dt
from dataclasses import dataclass

from errors import UsageError
from metrics.filters import TrafficFilter
from review.sampling import weeks

ENOUGH = dt.timedelta(days=3)
"""Traffic of a week that is not over before it is shown unasked: earlier, nothing is sure."""


@dataclass(frozen=True, slots=True)
class Week:
    """Both windows are half-open, UTC. Of a week that is not over, both end at the same hour of their week."""

    name: str
    since: dt.datetime
    until: dt.datetime
    before_since: dt.datetime
    before_until: dt.datetime

    @property
    def is_so_far(self) -> bool:
        """Whether the week still runs."""
        return self.until < self.since + weeks.WEEK

    @property
    def name_before(self) -> str:
        return weeks.week_of(self.before_since)

    def with_before(self, wanted: TrafficFilter) -> TrafficFilter:
        """The filter over both weeks and what lies between."""
        return TrafficFilter(self.before_since, self.until, wanted.apps, wanted.environments, wanted.tenants)


def report_name(week: Week, suffix: str) -> str:
    """The file name of a week's report: `weekly-report-2026-W46.pdf`."""
    return f"weekly-report-{week.name}.{suffix}"


def week(name: str, *, newest: dt.datetime) -> Week:
    """The week 2026-W46, up to the minute of the newest span. Raises `UsageError` for what is no ISO week."""
    try:
        since, end = weeks.window(name)
        before = since - weeks.WEEK
    except OverflowError as error:
        raise UsageError(f"{name} is no week that traffic can be of") from error
    whole_minute = newest.replace(second=0, microsecond=0) + dt.timedelta(minutes=1)
    until = min(end, max(whole_minute, since + dt.timedelta(minutes=1)))
    return Week(name, since, until, before, before + (until - since))


def weeks_between(first: dt.datetime, newest: dt.datetime) -> list[str]:
    """The weeks that may hold traffic, newest first."""
    monday, last = weeks.monday_of(weeks.week_of(first)), weeks.monday_of(weeks.week_of(newest))
    return [weeks.week_of(last - back * weeks.WEEK) for back in range((last - monday) // weeks.WEEK + 1)]


def shown_unasked(first: dt.datetime, newest: dt.datetime) -> str:
    """The newest week that has gone on long enough to be compared; the newest of all where there is no other."""
    names = weeks_between(first, newest)
    young = newest - weeks.monday_of(names[0]) < ENOUGH
    return names[1] if young and len(names) > 1 else names[0]
