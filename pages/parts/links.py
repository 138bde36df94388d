"""Links between pages: a link carries the filters it was made under, and a way back."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import streamlit as st

from metrics.questions import Group

_PAGES = Path(__file__).parents[1]
TRACES = _PAGES / "traces" / "list.py"
TRACE = _PAGES / "traces" / "trace.py"
SESSION = _PAGES / "traces" / "session.py"
COMPARE = _PAGES / "traces" / "compare.py"

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
    "group",
    "q",
    "only",
    "sort",
    "page",
)
_KEY_OF_GROUP = {Group.STEP: "step", Group.MODEL: "model", Group.PROMPT_VERSION: "prompt"}

Query = dict[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a chart: one series in one bucket of time."""

    series: str
    since: datetime
    until: datetime


def carried() -> Query:
    """The filters of the present link."""
    return {key: st.query_params.get_all(key) for key in CARRIED if key in st.query_params}


def behind(point: Point, *, group: Group, sort: str = "newest", only: str = "all") -> Query:
    """Query of the list of traces behind a point, under the filters of the present link."""
    query = {key: value for key, value in carried().items() if key not in ("window", "page", "group")}
    query |= {
        "window": "custom",
        "from": point.since.strftime("%Y-%m-%dT%H:%M"),
        "to": point.until.strftime("%Y-%m-%dT%H:%M"),
        _KEY_OF_GROUP[group]: [point.series],
    }
    if sort != "newest":
        query["sort"] = sort
    if only != "all":
        query["only"] = only
    return query


def of_trace(trace_id: str, *, span_id: str | None = None) -> Query:
    """Query of one trace that remembers the list it was opened from."""
    query = carried() | {"trace": trace_id}
    return query | {"span": span_id} if span_id else query


def point_of(customdata: object, *, width_ns: int) -> Point | None:
    """The point that a click on a chart names; None when it does not come from a chart of ours."""
    if not isinstance(customdata, dict):
        return None
    series, bucket = customdata.get("series"), customdata.get("bucket_ns")
    if not isinstance(series, str) or not isinstance(bucket, str) or not bucket.lstrip("-").isdigit():
        return None
    since = datetime.fromtimestamp(int(bucket) // 10**9, tz=UTC)
    return Point(series, since, since + timedelta(microseconds=width_ns // 1000))
