"""The four figures of DORA on the page Versions."""

import streamlit as st

from metrics import words
from metrics.alerts.states import incidents
from metrics.filters import TrafficFilter
from metrics.versions.dora import Dora, Figure, dora
from pages.parts import board, reads
from pages.parts.opened import opened


def show(wanted: TrafficFilter) -> None:
    """How often something went live in the window, how soon, how often it failed, how soon that was mended."""
    database = opened().database
    if database is None:
        return
    known = [one for one in reads.deployments() if not wanted.apps or any(map(one.is_of, wanted.apps))]
    said = dora(known, incidents(database), since=wanted.since, until=wanted.until)
    st.header("How deployments go", anchor=False)
    if not said.deployments:
        st.text("None was registered in this window, so there is nothing to count.")
        return
    _cards(said)
    for one in said.failures:
        end = f"over {words.moment(one.incident.closed_at)} UTC" if one.incident.closed_at else "not over so far"
        since = f"since {words.moment(one.incident.since)} UTC, {end}"
        st.text(f"{one.deployment.words}: {one.incident.words} ({since})")


def _cards(said: Dora) -> None:
    one, two, three, four = board.places(4)
    board.card(one, "Per week", _number(said.per_week), _ends(said.per_week),
               f"of {words.counted(said.deployments, 'deployment')}")  # fmt: skip
    board.card(two, "Lead time", _hours(said.lead_time_hours), "median, from commit to live",
               f"known of {said.lead_time_hours.n}")  # fmt: skip
    rate, failed = said.change_failure_rate, len({one.deployment.number for one in said.failures})
    board.card(three, "Failed", words.share(rate.value), f"{words.share(rate.low)} to {words.share(rate.high)}",
               f"{failed} of {rate.n}: an alert acted")  # fmt: skip
    left = f"; {said.unrestored} not so far" if said.unrestored else ""
    board.card(four, "Time to restore", _days(said.restore_days), f"median of {said.restore_days.n} restored{left}")


def _number(one: Figure) -> str:
    return words.UNKNOWN if one.value is None else f"{one.value:.2g}"


def _ends(one: Figure) -> str:
    return "" if one.low is None or one.high is None else f"95 % interval {one.low:.2g} to {one.high:.2g}"


def _hours(one: Figure) -> str:
    return words.UNKNOWN if one.value is None else words.duration(one.value * 3_600_000)


def _days(one: Figure) -> str:
    return words.UNKNOWN if one.value is None else f"{one.value:.3g} d"
