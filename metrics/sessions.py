"""Sessions: conversations, and the traces that are their turns."""

import pandas as pd

from metrics.questions import Warehouse, ask


def one_session(warehouse: Warehouse, session_id: str) -> pd.DataFrame:
    """The row of `sessions`, with `cost_usd` and `duration_ms`; no row when there is no such session."""
    return ask(warehouse, "one_session", session_id=session_id)


def costs_of_session(warehouse: Warehouse, session_id: str) -> pd.DataFrame:
    """As `metrics.traces.costs_of_trace`, a row for each trace of the session."""
    return ask(warehouse, "costs_of_traces", trace_id=None, session_id=session_id)


def turns_of_session(warehouse: Warehouse, session_id: str, *, first: int, rows: int) -> pd.DataFrame:
    """`trace_id, root_span_id, name, start_ts (UTC), time_source, duration_ms, status, is_complete, spans,
    error_spans, cost_usd, priced_spans, unpriced_spans, model, preview` of `rows` turns from the `first`-th (from 0).
    """
    return ask(warehouse, "turns_of_session", session_id=session_id, first=first, rows=rows)
