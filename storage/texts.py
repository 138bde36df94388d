"""The long text of a few spans, read from the lake: only the files and row groups where their rows lie."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import duckdb
import pandas as pd

from storage.loading.columns import documents_at, texts_of_arrivals, texts_of_rows
from storage.schema import Column, text_columns
from storage.warehouse import Warehouse

DOCUMENT_TEXTS = [column.name for column in text_columns("documents")]


@dataclass(frozen=True, slots=True)
class Where:
    """Rows of the lake: their sequence numbers, and the time their starts lie in (ns; None where unknown)."""

    sequences: list[int]
    first_ns: int | None
    last_ns: int | None
    has_merged: bool
    """Whether a span has several arrivals: their texts become one, which costs as much as reading them."""

    @property
    def bounds(self) -> dict[str, int | None]:
        return {
            "first": min(self.sequences),
            "last": max(self.sequences),
            "first_ns": self.first_ns,
            "last_ns": self.last_ns,
        }


def trace_texts(warehouse: Warehouse, trace_id: str) -> pd.DataFrame:
    """`span_id` and the text columns of each span of the trace that has any; JSON columns as text.

    No row when the trace is not there.
    """
    with warehouse.cursor() as cursor:
        return _texts(warehouse, cursor, rows_of(cursor, [trace_id])).drop(columns="trace_id")


def span_texts(warehouse: Warehouse, spans: list[tuple[str, str]]) -> pd.DataFrame:
    """`trace_id`, `span_id` and the text columns of these spans, given as (trace_id, span_id)."""
    with warehouse.cursor() as cursor:
        found = _texts(warehouse, cursor, rows_of(cursor, sorted({trace for trace, _ in spans})))
    wanted = pd.MultiIndex.from_tuples(spans, names=["trace_id", "span_id"])
    return found[pd.MultiIndex.from_frame(found[["trace_id", "span_id"]]).isin(wanted)].reset_index(drop=True)


def trace_documents(warehouse: Warehouse, trace_id: str) -> pd.DataFrame:
    """Documents of the trace, columns as in the schema's `documents`, by span, role and rank."""
    with warehouse.cursor() as cursor:
        rows = cursor.execute("SELECT * FROM document_rows WHERE trace_id = $id", {"id": trace_id}).df()
        where = rows_of(cursor, [trace_id])
        if rows.empty or where is None:
            return rows.assign(**dict.fromkeys(DOCUMENT_TEXTS)).drop(columns=["sequence", "nth"])
        files = files_of(warehouse, cursor, where)
        texts = cursor.execute(documents_at(), {"files": files, "kept": where.sequences, **where.bounds}).df()
    whole = rows.merge(texts, on=["sequence", "nth"], how="left")
    return whole.sort_values(["span_id", "role", "rank"], ignore_index=True).drop(columns=["sequence", "nth"])


def _texts(warehouse: Warehouse, cursor: duckdb.DuckDBPyConnection, where: Where | None) -> pd.DataFrame:
    if where is None:
        return pd.DataFrame(
            {"trace_id": [], "span_id": [], **{c.name: [] for c in text_columns("spans")}}, dtype=object
        )
    files = files_of(warehouse, cursor, where)
    statement = texts_of_arrivals if where.has_merged else texts_of_rows
    asked = {"files": files, "kept": where.sequences, **where.bounds}

    def read(columns: tuple[Column, ...]) -> pd.DataFrame:
        with warehouse.cursor() as own:
            return own.execute(statement(columns), asked).df()

    # a row group is unpacked by one thread, so half of the columns each takes little more than half of the time
    columns = text_columns("spans")
    with ThreadPoolExecutor(2) as both:
        left, right = both.map(read, (columns[::2], columns[1::2]))
    whole = left.merge(right, on=["trace_id", "span_id"])
    return whole[["trace_id", "span_id", *(column.name for column in columns)]]


def rows_of(cursor: duckdb.DuckDBPyConnection, traces: list[str]) -> Where | None:
    """Where the arrivals lie that make up these traces."""
    known = cursor.execute(
        """SELECT epoch_ns(min(first_span_ts)), epoch_ns(max(last_span_ts)) FROM traces
        WHERE trace_id IN (SELECT unnest($ids))""",
        {"ids": traces},
    ).fetchall()
    first, last = known[0]
    if first is None:
        return None
    spans = cursor.execute(
        """SELECT sequence, revision, time_source FROM span_rows
        WHERE start_ts >= make_timestamp_ns($first) AND start_ts <= make_timestamp_ns($last)
          AND trace_id IN (SELECT unnest($ids))""",
        {"ids": traces, "first": first, "last": last},
    ).fetchall()
    sequences = [sequence for sequence, revision, _ in spans if revision == 1]
    is_dated = all(source == "client" for _, _, source in spans)
    has_merged = len(sequences) < len(spans)
    if has_merged:
        arrivals = cursor.execute(
            "SELECT sequence, epoch_ns(start_ts) FROM span_arrivals WHERE trace_id IN (SELECT unnest($ids))",
            {"ids": traces},
        ).fetchall()
        sequences += [sequence for sequence, _ in arrivals]
        first, last = min([first, *(at for _, at in arrivals)]), max([last, *(at for _, at in arrivals)])
    return Where(sequences, first if is_dated else None, last if is_dated else None, has_merged)


def files_of(warehouse: Warehouse, cursor: duckdb.DuckDBPyConnection, where: Where) -> list[str]:
    found = cursor.execute(
        """SELECT path FROM lake_files
        WHERE lake_table = 'spans' AND last_sequence >= $first AND first_sequence <= $last
          AND ($first_ns IS NULL OR first_start_ns IS NULL
               OR (last_start_ns >= $first_ns AND first_start_ns <= $last_ns))""",
        where.bounds,
    ).fetchall()
    return [warehouse.template, *(path for (path,) in found)]
