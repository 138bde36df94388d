"""Erased traces out of the warehouse, so that it is what loading the rest of the lake would have made."""

import duckdb
import pyarrow as pa

from storage.erasing.wanted import Victims
from storage.loading import hours, scores
from storage.loading.spans import statement

_ROWS_OF_TRACES = ("span_rows", "span_arrivals", "document_rows", "traces")


def remove(cursor: duckdb.DuckDBPyConnection, victims: Victims) -> None:
    """Delete the rows, note their hours, and make their sessions anew, inside the caller's transaction.

    Raises `duckdb.Error`.
    """
    _name(cursor, "going", victims.traces)
    _name(cursor, "going_scores", victims.scores)
    hours.mark_hours_of(cursor, "SELECT start_ts FROM span_rows WHERE trace_id IN (FROM going)")
    cursor.execute("""
        CREATE OR REPLACE TEMP TABLE touched_sessions AS
        SELECT DISTINCT session_id FROM traces WHERE trace_id IN (FROM going) AND session_id IS NOT NULL;
        CREATE OR REPLACE TEMP TABLE arriving AS
        SELECT DISTINCT span_id FROM span_rows WHERE trace_id IN (FROM going)
    """)
    for table in _ROWS_OF_TRACES:
        cursor.execute(f"DELETE FROM {table} WHERE trace_id IN (FROM going)")  # noqa: S608 - our own names
    cursor.execute("DELETE FROM scores WHERE id IN (FROM going_scores)")
    scores.name_traces(cursor, "spans")  # a span id that two traces had may be one trace's now
    cursor.execute("DELETE FROM sessions WHERE session_id IN (FROM touched_sessions)")
    cursor.execute(statement("sessions"))
    cursor.execute("DROP TABLE going; DROP TABLE going_scores; DROP TABLE touched_sessions; DROP TABLE arriving")


def _name(cursor: duckdb.DuckDBPyConnection, table: str, ids: tuple[str, ...]) -> None:
    cursor.register("named", pa.table({"id": pa.array(ids, pa.string())}))
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS FROM named")
    cursor.unregister("named")
