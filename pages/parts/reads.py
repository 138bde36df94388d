"""What pages read, kept until the data changes: the key is the question asked, the home and its data version.

Nothing is cleared by hand and nothing expires: a new version is a new key, and the oldest answers make room.
A failure is raised, never kept.
"""

from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from metrics import arrivals, cost, error_rate, extent, injection_flags, latency, sessions, tokens, traces, volume
from metrics.budgets import against, costs
from metrics.budgets import beside_human as human
from metrics.budgets.limits import Figure, Limit
from metrics.drift import categories as named
from metrics.drift import changes as drift
from metrics.drift import documents as returned
from metrics.drift import sizes as held
from metrics.drift import texts
from metrics.drift.sizes import Sizes, sizes_of
from metrics.drift.windows import Windows
from metrics.filters import TrafficFilter
from metrics.outcomes import conversations as outcomes
from metrics.questions import Group, Warehouse
from metrics.versions import deployments as registered
from metrics.versions import flags
from metrics.versions import sightings as versions
from metrics.versions.deployments import Registered
from pages.parts.opened import opened

_KEPT_ANSWERS = 400
_EVER = TrafficFilter(datetime(1970, 1, 2, tzinfo=UTC), datetime(2261, 1, 1, tzinfo=UTC))


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


def cost_unmetered(wanted: TrafficFilter, by_group: pd.DataFrame) -> pd.DataFrame | None:
    """Calls without tokens to price; `by_group` (`cost_by_group`) says whether there is any call without a price."""
    return _answer(cost.cost_unmetered, wanted) if by_group["unpriced_spans"].any() else None


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


def costs_of_trace(trace_id: str) -> pd.DataFrame:
    return _answer(traces.costs_of_trace, trace_id)


def costs_of_session(session_id: str) -> pd.DataFrame:
    return _answer(sessions.costs_of_session, session_id)


def one_session(session_id: str) -> pd.DataFrame:
    return _answer(sessions.one_session, session_id)


def turns_of_session(session_id: str, *, first: int, rows: int) -> pd.DataFrame:
    return _answer(sessions.turns_of_session, session_id, first=first, rows=rows)


def conversations(wanted: TrafficFilter) -> pd.DataFrame:
    """How the conversations of a window ended, and `cost_usd` without judging; asking for a step asks for nothing."""
    return _answer(_ended, wanted)


def _ended(warehouse: Warehouse, wanted: TrafficFilter) -> pd.DataFrame:
    found = outcomes.conversations(warehouse, wanted, opened().outcomes)
    return found if found.empty else found.assign(cost_usd=costs.costs_of(warehouse, wanted, found))


def budgets_over_time(wanted: TrafficFilter, of: Figure, *, bucket_ns: int) -> pd.DataFrame:
    """Traffic against its budgets by bucket (`metrics.budgets.against`)."""
    return _answer(against.against, wanted, _limits(of), bucket_ns=bucket_ns)


def budgets_whole(wanted: TrafficFilter, of: Figure) -> pd.DataFrame:
    """The same over the whole window."""
    return _answer(against.whole, wanted, _limits(of))


def over_budget(wanted: TrafficFilter, limit: Limit) -> tuple[str, ...]:
    """Up to ten traces above a limit, the worst first."""
    return tuple(_answer(_over, wanted, limit)["trace_id"])


def _over(warehouse: Warehouse, wanted: TrafficFilter, limit: Limit) -> pd.DataFrame:
    return pd.DataFrame({"trace_id": against.over(warehouse, wanted, limit)}, dtype=str)


def _limits(of: Figure) -> tuple[Limit, ...]:
    return tuple(one for one in opened().budgets if one.figure is of)


def beside_human(wanted: TrafficFilter) -> human.BesideHuman:
    """What a conversation costs beside a person who would have had it."""
    now = opened()
    return human.beside_human(now.warehouse, wanted, conversations(wanted), human_cost=now.human_cost)


def changes(windows: Windows) -> pd.DataFrame:
    """What differs between two windows."""
    return _answer(drift.changes, windows, stale_days=opened().stale_days)


def sizes(windows: Windows) -> Sizes:
    """How many conversations two windows hold, of which applications."""
    return sizes_of(_answer(held.sizes, windows))


def categories(windows: Windows) -> pd.DataFrame:
    """Which names calls carry in two windows: models, tools, versions, languages."""
    return _answer(named.categories, windows)


def documents_of_windows(windows: Windows) -> pd.DataFrame:
    """Documents that only one of two windows returned."""
    return _answer(returned.documents, windows)


def text_drift(windows: Windows, of: texts.Of) -> pd.DataFrame:
    """How far the questions, or answers, of two windows lie apart."""
    space = opened().space()

    def text_drift(warehouse: Warehouse, windows: Windows, of: texts.Of) -> pd.DataFrame:
        return texts.text_drift(warehouse, windows, of=of, space=space)

    return _answer(text_drift, windows, of=of)


def topic_drift(windows: Windows, of: texts.Of) -> pd.DataFrame:
    """The topics of the questions, or answers, of two windows."""
    return _answer(texts.topic_drift, windows, of=of)


def sightings(wanted: TrafficFilter) -> pd.DataFrame:
    """The versions that traffic shows, of all time: what is new can only be told against all before."""
    return _answer(versions.sightings, replace(_EVER, apps=wanted.apps))


def deployments() -> tuple[Registered, ...]:
    """What was registered; nothing without a ledger. Read from the ledger each time: somebody may have said more."""
    database = opened().database
    return () if database is None else registered.deployments(database)


def version_flags(wanted: TrafficFilter) -> pd.DataFrame:
    """What is odd about the versions that were first seen in the window."""
    seen = sightings(wanted)
    odd = flags.flags(seen, deployments())
    return odd[(odd["first_seen"] >= wanted.since) & (odd["first_seen"] < wanted.until)]


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


def injection_flags_by_day() -> pd.DataFrame:
    return _answer(injection_flags.flags_by_day)


def injection_rules_matched() -> pd.DataFrame:
    return _answer(injection_flags.rules_matched)


def odd_spans() -> pd.DataFrame:
    return _answer(arrivals.odd_spans)
