"""A small warehouse for tests: tables made from the schema, spans said one by one, nothing but DuckDB behind it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from storage.loading import hours
from storage.schema import Kind, warehouse_columns

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
S = 1_000_000_000

_DERIVE_TRACES = """
INSERT INTO traces BY NAME
SELECT trace_id, arg_min(span_id, (parent_span_id IS NOT NULL, start_ts)) AS root_span_id,
       arg_min(name, (parent_span_id IS NOT NULL, start_ts)) AS name, min(start_ts) AS start_ts, max(end_ts) AS end_ts,
       epoch_ns(max(end_ts)) - epoch_ns(min(start_ts)) AS duration_ns, min(time_source) AS time_source,
       CASE WHEN count(*) FILTER (status = 'error' AND parent_span_id IS NULL) > 0 THEN 'error'
            WHEN count(*) FILTER (status = 'running') > 0 THEN 'running' ELSE 'ok' END AS status,
       count(*) FILTER (status = 'running') = 0 AS is_complete, count(*) AS spans,
       count(*) FILTER (status = 'error') AS error_spans,
       count(*) FILTER (kind = 'llm' AND usage_is_rollup IS NOT TRUE) AS llm_calls,
       count(*) FILTER (kind = 'tool') AS tool_calls,
       sum(tok_in) FILTER (usage_is_rollup IS NOT TRUE) AS tok_in,
       sum(tok_out) FILTER (usage_is_rollup IS NOT TRUE) AS tok_out,
       sum(cost_total) FILTER (usage_is_rollup IS NOT TRUE) AS cost_total,
       count(cost_total) FILTER (usage_is_rollup IS NOT TRUE) AS priced_spans,
       count(*) FILTER (kind = 'llm' AND cost_total IS NULL AND usage_is_rollup IS NOT TRUE) AS unpriced_spans,
       min(session_id) AS session_id, min(user_id) AS user_id, min(tenant) AS tenant, min(app) AS app,
       min(app_version) AS app_version, min(environment) AS environment, max_by(model, start_ts) AS model,
       min(prompt_version) AS prompt_version, []::VARCHAR[] AS problems, min(start_ts) AS first_span_ts,
       max(start_ts) AS last_span_ts, min(sequence) AS first_sequence, max(sequence) AS last_sequence,
       max(received_at) AS received_at
FROM span_rows GROUP BY trace_id
"""
_MARK_EVALUATIONS = """
UPDATE span_rows SET is_evaluation = rowid IN (
    WITH RECURSIVE below AS (
        SELECT rowid AS home, trace_id, span_id FROM span_rows WHERE kind = 'evaluator'
        UNION
        SELECT s.rowid, s.trace_id, s.span_id
        FROM below b JOIN span_rows s ON s.trace_id = b.trace_id AND s.parent_span_id = b.span_id
    )
    SELECT home FROM below)
"""
_DERIVE_SESSIONS = """
INSERT INTO sessions BY NAME
SELECT session_id, min(user_id) AS user_id, min(tenant) AS tenant, min(app) AS app, min(environment) AS environment,
       min(start_ts) AS start_ts, max(end_ts) AS end_ts, count(*) AS traces, sum(spans) AS spans,
       count(*) FILTER (status = 'error') AS error_traces, sum(tok_in) AS tok_in,
       sum(tok_out) AS tok_out,
       sum(cost_total) AS cost_total, sum(unpriced_spans) AS unpriced_spans
FROM traces WHERE session_id IS NOT NULL GROUP BY session_id
"""


def moment_ns(after: timedelta = timedelta()) -> int:
    """Nanoseconds of START plus `after`."""
    return int((START + after).timestamp()) * S + (START + after).microsecond * 1000


@dataclass
class BuiltWarehouse:
    """Says `frame` and `data_version` as the real one does."""

    connection: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)
    version: int = 1

    def __post_init__(self) -> None:
        for table in ("spans", "documents", "scores", "traces", "sessions"):
            columns = ", ".join(f'"{c.name}" {c.duckdb_type}' for c in warehouse_columns(table))
            columns += ", last_sequence BIGINT" if table == "scores" else ""  # as the real one, hidden in the schema
            self.connection.execute(f"CREATE TABLE {_TABLE.get(table, table)} ({columns})")
        self.connection.execute(hours.TABLES)

    @property
    def whole(self) -> str:
        return "built"

    @property
    def data_version(self) -> int:
        return self.version

    def frame(self, sql: str, **params: Any) -> pd.DataFrame:
        return self.connection.cursor().execute(sql, params or None).df()

    def load(self, spans: Iterable[dict[str, Any]], **others: Iterable[dict[str, Any]]) -> "BuiltWarehouse":
        """Insert rows (keyword: table name, rows) and derive traces and sessions."""
        self._insert("spans", spans)
        for table, rows in others.items():
            self._insert(table, rows)
        self.connection.execute("DELETE FROM traces; DELETE FROM sessions;")
        self.connection.execute(_DERIVE_TRACES)
        self.connection.execute(_DERIVE_SESSIONS)
        self.connection.execute(_MARK_EVALUATIONS)
        self.connection.execute("INSERT INTO stale_hours SELECT DISTINCT date_trunc('hour', start_ts) FROM span_rows")
        while hours.repair(self.connection.cursor()):
            pass
        self.version += 1
        return self

    def _insert(self, table: str, rows: Iterable[dict[str, Any]]) -> None:
        listed = list(rows)
        if not listed:
            return
        columns = warehouse_columns(table)
        arrow = pa.table({c.name: pa.array([row.get(c.name) for row in listed], type=c.arrow_type) for c in columns})
        picked = ", ".join(
            f"make_timestamp_ns({c.name}) AS {c.name}" if c.kind is Kind.MOMENT else c.name for c in columns
        )
        self.connection.register("arriving", arrow)
        self.connection.execute(f"INSERT INTO {_TABLE.get(table, table)} BY NAME SELECT {picked} FROM arriving")
        self.connection.unregister("arriving")


_TABLE = {"spans": "span_rows", "documents": "document_rows"}
_made = iter(range(10**9))


def span(trace: str, **said: Any) -> dict[str, Any]:
    """A span row. `at_s` and `lasts_s` (seconds after START) say its time; anything else is a column."""
    number = next(_made)
    at_s, lasts_s = said.pop("at_s", 0), said.pop("lasts_s", 1)
    start = moment_ns(timedelta(seconds=at_s))
    end = None if lasts_s is None else start + round(lasts_s * S)
    defaults: dict[str, Any] = {
        "trace_id": trace, "span_id": f"{number:016x}", "start_ts": start, "end_ts": end,
        "duration_ns": None if end is None else end - start, "time_source": "client",
        "name": "answer", "step": "answer",
        "kind": "chain", "status": "running" if end is None else "ok", "app": "bank", "environment": "production",
        "sequence": number, "received_at": START, "source_format": "otlp-json", "ingest_batch": "b1",
        "usage_is_rollup": False, "problems": [], "revision": 1, "arrival": "whole", "injection_flag": False,
    }  # fmt: skip
    return defaults | said


def llm(trace: str, **said: Any) -> dict[str, Any]:
    """A model call with tokens and a cost in US dollars (`cost`; None for unknown)."""
    from decimal import Decimal

    cost = said.pop("cost", 0.01)
    priced = {"cost_total": None if cost is None else Decimal(str(cost)), "cost_source": "client"}
    missing = {"cost_missing": "unknown model"} if cost is None else {}
    return span(trace, **{"kind": "llm", "step": "synthesis", "name": "synthesis", "model": "gpt-4o", "tok_in": 100,
                          "tok_out": 20} | priced | missing | said)  # fmt: skip
