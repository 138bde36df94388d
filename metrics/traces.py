"""Traces: the list of them, and what one trace is made of."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pandas as pd

from metrics.filters import TrafficFilter
from metrics.questions import Warehouse, ask


class Sort(StrEnum):
    """Order of the list; the words are those on screen and in links."""

    NEWEST = "newest"
    OLDEST = "oldest"
    SLOWEST = "slowest"
    DEAREST = "dearest"
    MOST_ERRORS = "most errors"
    MOST_SPANS = "most spans"


class Only(StrEnum):
    """Which traces the list is limited to."""

    ALL = "all"
    ERRORS = "with errors"
    INCOMPLETE = "incomplete"
    PROBLEMS = "odd"
    FLAGGED = "with injection flags"


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Traces active in the window that hold a span asked for. `found` are the traces a text search gave, or None."""

    traffic: TrafficFilter
    only: Only = Only.ALL
    found: tuple[str, ...] | None = None

    def parameters(self) -> dict[str, Any]:
        only_errors, only_flagged = self.only is Only.ERRORS, self.only is Only.FLAGGED
        return self.traffic.parameters() | {
            "any_span": not (self.traffic.asks_of_span or only_errors or only_flagged),
            "only_errors": only_errors,
            "only_flagged": only_flagged,
            "only_incomplete": self.only is Only.INCOMPLETE,
            "only_problems": self.only is Only.PROBLEMS,
            "any_text": self.found is None,
            "found": list(self.found or ()),
        }


def trace_count(warehouse: Warehouse, wanted: ListFilter) -> pd.DataFrame:
    """One row `traces, error_traces, unpriced_traces, incomplete_traces`."""
    return _ask_of_traces(warehouse, "trace_count", wanted=wanted)


def trace_list(warehouse: Warehouse, wanted: ListFilter, *, sort: Sort, first: int, rows: int) -> pd.DataFrame:
    """`rows` traces from the `first`-th (0 is the top), one row each.

    Columns `trace_id, preview, name, app, environment, model, prompt_version, tenant, session_id, start_ts (UTC),
    time_source, duration_ms, spans, llm_calls, tool_calls, cost_usd, priced_spans, unpriced_spans, tokens, status,
    is_complete, error_spans, problems, scores`.
    """
    return _ask_of_traces(warehouse, "trace_list", wanted=wanted, sort=sort.value, first=first, rows=rows)


def one_trace(warehouse: Warehouse, trace_id: str) -> pd.DataFrame:
    """The row of `traces`, with `cost_usd`, `first_ns` and `last_ns`; no row when there is no such trace."""
    return ask(warehouse, "one_trace", trace_id=trace_id)


def costs_of_trace(warehouse: Warehouse, trace_id: str) -> pd.DataFrame:
    """One row `trace_id, app_usd, judging_usd, priced_spans, unpriced_spans` (the app's), or none without a span.

    Amounts are missing where no price is known.
    """
    return ask(warehouse, "costs_of_traces", trace_id=trace_id, session_id=None)


def spans_of_trace(warehouse: Warehouse, trace_id: str, *, first_ns: int, last_ns: int) -> pd.DataFrame:
    """The rows of `span_rows` of one trace, by start, with `start_ns` and `end_ns`.

    `first_ns` and `last_ns` are those of `one_trace`.
    """
    return ask(warehouse, "spans_of_trace", trace_id=trace_id, first_ns=int(first_ns), last_ns=int(last_ns))


def scores_of_trace(warehouse: Warehouse, trace_id: str, *, session_id: str | None) -> pd.DataFrame:
    """Scores of the trace, its spans and its session, oldest first; columns as in the schema's `scores`."""
    return ask(warehouse, "scores_of_trace", trace_id=trace_id, session_id=session_id)


def documents_of_trace(warehouse: Warehouse, trace_id: str) -> pd.DataFrame:
    """Documents of the trace without their text; columns as in the schema's `documents`."""
    return ask(warehouse, "documents_of_trace", trace_id=trace_id)


def _ask_of_traces(warehouse: Warehouse, name: str, *, wanted: ListFilter, **params: Any) -> pd.DataFrame:
    return ask(warehouse, name, ctes=("kept_traces",), **wanted.parameters(), **params)
