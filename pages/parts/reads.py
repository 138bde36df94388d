"""What pages read, kept until the data changes: the key is the question asked, the home and its data version.

Nothing is cleared by hand and nothing expires: a new version is a new key, and the oldest answers make room.
A failure is raised, never kept.
"""

from collections.abc import Callable, Hashable
from datetime import datetime

import pandas as pd
import streamlit as st

from metrics import arrivals, cost, error_rate, extent, latency, sessions, tokens, traces, volume
from metrics.filters import TrafficFilter
from metrics.questions import Group
from pages.parts.opened import opened

_KEPT_ANSWERS = 400


@st.cache_data(max_entries=_KEPT_ANSWERS, show_spinner=False)
def _kept(key: tuple[Hashable, ...], _read: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """The answer to a question; `key` is the question asked, the home and its data version."""
    del key
    return _read()


def _answer(function: Callable[..., pd.DataFrame], *asked: Hashable, **options: Hashable) -> pd.DataFrame:
    now = opened()
    question = (function.__qualname__, *asked, *sorted(options.items()))
    return _kept(
        (*question, now.home, repr(now.warehouse.data_version)), lambda: function(now.warehouse, *asked, **options)
    )


def loaded(now: datetime) -> pd.Series:
    """What is loaded, as of `now` (UTC): the row of `metrics.extent.extent`."""
    return _answer(extent.extent, now=now).iloc[0]


def choices() -> dict[str, list[str]]:
    """Values that traffic can be filtered by, by field, most frequent first."""
    frame = _answer(extent.choices)
    return {str(field): [str(value) for value in rows["value"]] for field, rows in frame.groupby("field")}


def latency_by_group(wanted: TrafficFilter, group: Group) -> pd.DataFrame:
    return _answer(latency.latency_by_group, wanted, group=group)


def latency_over_time(wanted: TrafficFilter, group: Group, *, series: tuple[str, ...], bucket_ns: int) -> pd.DataFrame:
    return _answer(latency.latency_over_time, wanted, group=group, series=series, bucket_ns=bucket_ns)


def latency_of_traces(wanted: TrafficFilter) -> pd.Series:
    return _answer(latency.latency_of_traces, wanted).iloc[0]


def cost_by_group(wanted: TrafficFilter, group: Group) -> pd.DataFrame:
    return _answer(cost.cost_by_group, wanted, group=group)


def cost_over_time(wanted: TrafficFilter, group: Group, *, series: tuple[str, ...], bucket_ns: int) -> pd.DataFrame:
    return _answer(cost.cost_over_time, wanted, group=group, series=series, bucket_ns=bucket_ns)


def cost_unknown(wanted: TrafficFilter) -> pd.DataFrame:
    return _answer(cost.cost_unknown, wanted)


def errors_by_group(wanted: TrafficFilter, group: Group) -> pd.DataFrame:
    return _answer(error_rate.errors_by_group, wanted, group=group)


def errors_over_time(wanted: TrafficFilter, group: Group, *, series: tuple[str, ...], bucket_ns: int) -> pd.DataFrame:
    return _answer(error_rate.errors_over_time, wanted, group=group, series=series, bucket_ns=bucket_ns)


def error_types(wanted: TrafficFilter) -> pd.DataFrame:
    return _answer(error_rate.error_types, wanted)


def tokens_by_group(wanted: TrafficFilter, group: Group) -> pd.DataFrame:
    return _answer(tokens.tokens_by_group, wanted, group=group)


def tokens_over_time(wanted: TrafficFilter, group: Group, *, series: tuple[str, ...], bucket_ns: int) -> pd.DataFrame:
    return _answer(tokens.tokens_over_time, wanted, group=group, series=series, bucket_ns=bucket_ns)


def volume_by_group(wanted: TrafficFilter, group: Group) -> pd.DataFrame:
    return _answer(volume.volume_by_group, wanted, group=group)


def volume_over_time(wanted: TrafficFilter, group: Group, *, series: tuple[str, ...], bucket_ns: int) -> pd.DataFrame:
    return _answer(volume.volume_over_time, wanted, group=group, series=series, bucket_ns=bucket_ns)


def volume_total(wanted: TrafficFilter) -> pd.Series:
    return _answer(volume.volume_total, wanted).iloc[0]


def trace_count(wanted: traces.ListFilter) -> pd.Series:
    return _answer(traces.trace_count, wanted).iloc[0]


def trace_list(wanted: traces.ListFilter, *, sort: traces.Sort, first: int, rows: int) -> pd.DataFrame:
    return _answer(traces.trace_list, wanted, sort=sort, first=first, rows=rows)


def one_trace(trace_id: str) -> pd.DataFrame:
    return _answer(traces.one_trace, trace_id)


def spans_of_trace(trace_id: str, *, first_ns: int, last_ns: int) -> pd.DataFrame:
    return _answer(traces.spans_of_trace, trace_id, first_ns=first_ns, last_ns=last_ns)


def scores_of_trace(trace_id: str, session_id: str | None) -> pd.DataFrame:
    return _answer(traces.scores_of_trace, trace_id, session_id=session_id)


def one_session(session_id: str) -> pd.DataFrame:
    return _answer(sessions.one_session, session_id)


def turns_of_session(session_id: str, *, first: int, rows: int) -> pd.DataFrame:
    return _answer(sessions.turns_of_session, session_id, first=first, rows=rows)


def found(text: str) -> tuple[str, ...]:
    """Ids of traces that hold all words of `text`; none when no text index is open."""
    now = opened()
    if now.search is None:
        return ()
    return now.search(text)


@st.cache_data(max_entries=24, show_spinner=False)
def _kept_texts(key: tuple[str, str, str], trace_id: str, _read: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """Texts of one trace, by what they are, the home and its data version: `key` is only a key."""
    del key
    return _read(trace_id)


def texts_of_trace(trace_id: str) -> pd.DataFrame:
    """The long text of each span of a trace, by `span_id`; no row when the lake was not opened."""
    now = opened()
    if now.texts is None:
        return pd.DataFrame({"span_id": []})
    return _kept_texts(("texts", now.home, repr(now.warehouse.data_version)), trace_id, now.texts)


def documents_of_trace(trace_id: str) -> pd.DataFrame:
    """Documents of a trace; with `content` when the lake was opened."""
    now = opened()
    if now.documents is None:
        return _answer(traces.documents_of_trace, trace_id)
    return _kept_texts(("documents", now.home, repr(now.warehouse.data_version)), trace_id, now.documents)


def arrivals_by_day() -> pd.DataFrame:
    return _answer(arrivals.arrivals_by_day)


def entities_over_time() -> pd.DataFrame:
    return _answer(arrivals.entities_over_time)


def odd_spans() -> pd.DataFrame:
    return _answer(arrivals.odd_spans)
