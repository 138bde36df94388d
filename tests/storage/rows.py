"""Rows for the lake's tests: only what a test is about differs."""

import datetime as dt

import pyarrow as pa

from storage.schema import lake_schema

RECEIVED = dt.datetime(2026, 9, 1, 12, tzinfo=dt.UTC)


def spans(
    rows: int, *, trace: str = "a", start_ns: int = 1_788_220_800_000_000_000, text: str = "what is my balance"
) -> pa.Table:
    """`rows` spans of one trace, a nanosecond apart, with distinct span ids."""
    schema = lake_schema("spans")
    number = range(rows)
    values: dict[str, list[object]] = {
        "trace_id": [trace] * rows,
        "span_id": [f"{n:016x}" for n in number],
        "start_ns": [start_ns + n for n in number],
        "end_ns": [start_ns + n + 5 for n in number],
        "name": ["plan"] * rows,
        "input_text": [f"{text} {n}" for n in number],
        "content_hash": [f"{trace}{n}" for n in number],
        "received_at": [RECEIVED] * rows,
        "documents": [[{"rank": 1, "content": text}] for _ in number],
    }
    columns = [pa.array(values.get(f.name, [None] * rows), f.type) for f in schema]
    return pa.Table.from_arrays(columns, schema=schema)
