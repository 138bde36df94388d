"""Links between pages: a link carries the filters it was made under, and a way back."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import streamlit as st

from metrics.questions import Group

_PAGES = Path(__file__).parents[1]
TRACES = _PAGES / "traces" / "traces.py"
TRACE = _PAGES / "traces" / "trace.py"
SESSION = _PAGES / "traces" / "session.py"
COMPARE = _PAGES / "traces" / "compare.py"
SCORECARD = _PAGES / "judges" / "judges.py"
JUDGE = _PAGES / "judges" / "judge.py"

CARRIED = (
    "window",
    "from",
    "to",
    "app",
    "environment",
    "model",
    "prompt",
    "tenant",
    "step",
    "q",
    "only",
    "sort",
    "page",
)
"""Keys of the list's controls in its link."""
_KEY_OF_GROUP = {Group.STEP: "step", Group.MODEL: "model", Group.PROMPT_VERSION: "prompt"}

_GOING = "going to the traces behind a point"

Query = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a chart: one series in one bucket of time."""

    series: str
    since: datetime
    until: datetime


def back() -> Query:
    """Filters of the list that the present page was opened from: what its link says under `back`."""
    said = parse_qs(st.query_params.get("back", "")[:4000])
    return {key: values for key, values in said.items() if key in CARRIED}


def way_back() -> dict[str, str]:
    """The `back` of the present link, to be handed on."""
    return {"back": said} if (said := st.query_params.get("back")) else {}


def of_trace(trace_id: str, key: str = "trace") -> dict[str, str]:
    """Query of a page about a trace opened from the list, whose filters it remembers."""
    filters = {key: st.query_params.get_all(key) for key in CARRIED if key in st.query_params}
    return {key: trace_id} | ({"back": urlencode(filters, doseq=True)} if filters else {})


def ask_for(point: Point, *, group: Group, sort: str = "newest", only: str = "all") -> None:
    """Callback: set the controls of the list to the traces behind a point; the other filters stay.

    Streamlit refuses to put a key that is bound on this page into the link of the next one, and does not put one
    into the link that was not: so the first go by the widgets' state and the others by the link as well.
    """
    since, until = (moment.replace(tzinfo=None) for moment in (point.since, point.until))
    values = {
        "window": "custom",
        "from": since,
        "to": until,
        _KEY_OF_GROUP[group]: [point.series],
        "sort": sort,
        "only": only,
    }
    not_bound = {key for key in values if key not in st.session_state}
    for key, value in values.items():
        st.session_state[key] = value
    st.session_state[_GOING] = {
        key: value.strftime("%Y-%m-%dT%H:%M") if isinstance(value, datetime) else value
        for key, value in values.items()
        if key in not_bound and value not in ("newest", "all")
    }


def go_on() -> None:
    """At the top of a page: go to the list when a point was asked for."""
    asked = st.session_state.pop(_GOING, None)
    if asked is not None:
        st.switch_page(TRACES, query_params=asked)


def stop_comparing() -> None:
    """Callback: the list is for opening traces again."""
    del st.query_params["compare"]


def point_of(customdata: object, *, width_ns: int) -> Point | None:
    """The point that a click on a chart names; None when it does not come from a chart of ours."""
    if not isinstance(customdata, dict):
        return None
    series, bucket = customdata.get("series"), customdata.get("bucket_ns")
    if not isinstance(series, str) or not isinstance(bucket, str) or not bucket.lstrip("-").isdigit():
        return None
    since = datetime.fromtimestamp(int(bucket) // 10**9, tz=UTC)
    own = customdata.get("width_ns")  # of a mark that covers more than a point of the chart
    width = int(own) if isinstance(own, str) and own.isdigit() else width_ns
    return Point(series, since, since + timedelta(microseconds=width // 1000))
