"""The controls that pages share: which window, which part of the traffic, grouped by what.

Every control is bound to the link under its key, so a link shows what its sender saw, and a page that is changed
for another keeps them. A value in the link that the data does not hold (any more) is kept as an option: it then
matches nothing, and the page says so, rather than silently showing everything.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd
import streamlit as st
from streamlit.errors import StreamlitAPIException

from metrics import words
from metrics.filters import TrafficFilter
from metrics.questions import Group
from pages.parts import reads

WINDOWS = {"24 hours": timedelta(hours=24), "7 days": timedelta(days=7), "30 days": timedelta(days=30)}
ALL, CUSTOM = "all", "custom"
WINDOW_KEYS = ("window", "from", "to")

FIELDS = {  # key in the link: (field of metrics.extent.choices, label)
    "app": ("app", "App"),
    "environment": ("environment", "Environment"),
    "model": ("model", "Model"),
    "prompt": ("prompt version", "Prompt version"),
    "tenant": ("tenant", "Tenant"),
    "step": ("step", "Step"),
}
WHOLE = ("app", "environment", "tenant")
"""Filters that a whole trace, and so a conversation, either matches or not."""
_ENOUGH_TRACES = 50
_SEEN, _AGAIN = "page of the controls", "controls said again"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the controls say."""

    wanted: TrafficFilter
    group: Group = Group.STEP


def now() -> datetime:
    """The present minute's end, UTC: the clock of a page, read once per run, in minutes so that answers are kept."""
    return datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)


def traffic(loaded: pd.Series, *, at: datetime, grouped: bool = True, is_compared: bool = False) -> Asked:
    """Draws the controls of a traffic page and returns what they say. `loaded` is `reads.loaded(at)`.

    Where it `is_compared` with the time before, not all of time is shown unasked, but its newest part.
    """
    restore()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        since, until = _window(loaded, at=at, is_compared=is_compared)
        group = _group() if grouped else Group.STEP
        chosen = _filters()
    wanted = TrafficFilter(
        since=since,
        until=until,
        apps=chosen["app"],
        environments=chosen["environment"],
        tenants=chosen["tenant"],
        models=chosen["model"],
        prompt_versions=chosen["prompt"],
        steps=chosen["step"],
    )
    run_again()
    st.text(summary(wanted))
    return Asked(wanted, group)


def whole_traces() -> dict[str, tuple[str, ...]]:
    """Draws the filters that ask for whole traces, and returns what they say, by key: app, environment, tenant."""
    return _filters(WHOLE)


def restore() -> None:
    """Before the controls: what they held on the page before, when the menu led here.

    At the first change of page after a cold link, Streamlit forgets bound values while it draws: so they are set
    here, and once more in a second run.
    """
    first_run = st.session_state.get(_SEEN) != st.context.url
    again = st.session_state.pop(_AGAIN, False)
    st.session_state[_SEEN] = st.context.url
    if not (first_run or again):
        return
    for key in (*WINDOW_KEYS, *FIELDS):
        if st.session_state.get(key) and (again or key not in st.query_params):
            st.session_state[key] = st.session_state[key]
            st.session_state[_AGAIN] = first_run
            if key not in st.query_params:
                say_in_link(key)


def say_in_link(key: str) -> None:
    """Put what a control holds into the link, from which Streamlit takes what was bound on the page before."""
    value = st.session_state[key]
    said = (
        value if isinstance(value, str) else f"{value:%Y-%m-%dT%H:%M}" if isinstance(value, datetime) else list(value)
    )
    with suppress(StreamlitAPIException):  # bound still: then the link follows when a control is next touched
        st.query_params[key] = said


def run_again() -> None:
    """After the controls: the second run, if `restore` asked for one."""
    if st.session_state.get(_AGAIN, False):
        st.rerun()


def summary(wanted: TrafficFilter) -> str:
    """The question in words. It may hold names from traces: draw it as text only."""
    said = [
        f"{label.lower()} {' or '.join(values)}"
        for label, values in (
            ("App", wanted.apps),
            ("Environment", wanted.environments),
            ("Model", wanted.models),
            ("Prompt version", wanted.prompt_versions),
            ("Tenant", wanted.tenants),
            ("Step", wanted.steps),
        )
        if values
    ]
    return " · ".join([words.window(wanted.since, wanted.until), *said])


def default_window(loaded: pd.Series) -> str:
    """The shortest window that shows something worth reading: at least 50 traces.

    All there is when traffic has stopped: the last day has no trace, or less than a tenth of the month's daily mean.
    One trace sent to try it out would otherwise hide a month of older ones.
    """
    if not loaded["traces_day"] or loaded["traces_day"] * 300 < loaded["traces_month"]:
        return ALL
    recent = dict(zip(WINDOWS, (loaded["traces_day"], loaded["traces_week"], loaded["traces_month"]), strict=True))
    return next((label for label, traces in recent.items() if traces >= _ENOUGH_TRACES), ALL)


def clear_filters() -> None:
    """Callback: forget all filters but the window."""
    for key in FIELDS:
        st.session_state[key] = []


def show_everything() -> None:
    """Callback: forget all filters and show all of time."""
    clear_filters()
    st.session_state["window"] = ALL
    for key, everything in (("q", ""), ("only", "all")):
        if key in st.session_state:
            st.session_state[key] = everything


def newest_part(loaded: pd.Series) -> tuple[datetime, datetime]:
    """The newest 7 days of what is loaded, or its newer half where that is shorter: there is a time before it."""
    first, last = _all_of_time(loaded)
    half = (last - first) // 2 // timedelta(minutes=1) * timedelta(minutes=1)
    return last - min(WINDOWS["7 days"], max(half, timedelta(minutes=1))), last


def choose(since: datetime, until: datetime) -> None:
    """Callback: the window from one moment (UTC) until another."""
    st.session_state["window"] = CUSTOM
    st.session_state["from"], st.session_state["to"] = since.replace(tzinfo=None), until.replace(tzinfo=None)


def _window(loaded: pd.Series, *, at: datetime, is_compared: bool) -> tuple[datetime, datetime]:
    if "window" not in st.session_state and "window" not in st.query_params:
        st.session_state["window"] = default_window(loaded)
        if is_compared and st.session_state["window"] == ALL:
            choose(*newest_part(loaded))
    window = st.segmented_control(
        "Time",
        [*WINDOWS, ALL, CUSTOM],
        key="window",
        bind="query-params",
        required=True,
        help="UTC. Hours and days count back from now.",
    )
    if window in WINDOWS:
        return at - WINDOWS[window], at
    first, last = _all_of_time(loaded)
    if window != CUSTOM:
        return first, last
    since = st.datetime_input("From (UTC)", None, key="from", bind="query-params", step=60, width=225)
    until = st.datetime_input("Until (UTC)", None, key="to", bind="query-params", step=60, width=225)
    since_utc = since.replace(tzinfo=UTC) if since else first
    until_utc = until.replace(tzinfo=UTC) if until else last
    return since_utc, max(until_utc, since_utc + timedelta(minutes=1))


def _all_of_time(loaded: pd.Series) -> tuple[datetime, datetime]:
    minute = timedelta(minutes=1)
    first = loaded["first_ts"].floor("min").to_pydatetime().replace(tzinfo=UTC)
    last = loaded["last_ts"].floor("min").to_pydatetime().replace(tzinfo=UTC)
    return first, last + minute


def _group() -> Group:
    group = st.segmented_control(
        "Grouped by",
        [each.value for each in Group],
        default=Group.STEP.value,
        key="group",
        bind="query-params",
        required=True,
    )
    return Group(group)


def _filters(keys: Sequence[str] = tuple(FIELDS)) -> dict[str, tuple[str, ...]]:
    known = reads.choices()
    active = sum(bool(st.session_state.get(key) or st.query_params.get_all(key)) for key in keys)
    chosen: dict[str, tuple[str, ...]] = {}
    with st.popover(f"Filters ({active})" if active else "Filters", icon=":material/filter_alt:"):
        for key in keys:
            field, label = FIELDS[key]
            options = known.get(field, [])
            unknown = [value for value in st.query_params.get_all(key) if value and value not in options]
            chosen[key] = tuple(
                st.multiselect(
                    label, [*options, *dict.fromkeys(unknown)], key=key, bind="query-params", placeholder="All"
                )
            )
        st.button("Clear filters", on_click=clear_filters, disabled=not active)
    return chosen
