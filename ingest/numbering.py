"""Placeholders get their numbers just before they are kept, in the one process that commits."""

import re
from typing import Any

import pyarrow as pa

from scrub import Numberer, without_numbers

_TAG = re.compile("\ue000".encode())


def numbered(rows: pa.Table, numberer: Numberer) -> pa.Table:
    """The rows with each tag as its number in the row's trace; columns and rows without tags are left alone.

    In a row that belongs to no trace a placeholder gets no number.
    """
    tagged = [name for name in rows.column_names if _has_tags(rows[name])]
    if not tagged:
        return rows
    values = {name: rows[name].to_pylist() for name in tagged}
    for row, trace_id in enumerate(rows["trace_id"].to_pylist()):
        for column in values.values():
            if column[row] is not None:
                column[row] = _walked(column[row], trace_id, numberer)
    for name in tagged:
        at = rows.column_names.index(name)
        rows = rows.set_column(at, rows.schema.field(at), pa.array(values[name], rows.schema.field(at).type))
    return rows


def _has_tags(column: pa.ChunkedArray) -> bool:
    """Whether any buffer of the column holds the tag's first character, looked for in the bytes as they lie."""
    return any(
        buffer is not None and _TAG.search(memoryview(buffer)) is not None
        for chunk in column.chunks
        for buffer in chunk.buffers()
    )


def _walked(value: Any, trace_id: str | None, numberer: Numberer) -> Any:
    if isinstance(value, str):
        return numberer.number(trace_id, value) if trace_id else without_numbers(value)
    if isinstance(value, dict):
        return {key: _walked(item, trace_id, numberer) for key, item in value.items()}
    if isinstance(value, list):
        return [_walked(item, trace_id, numberer) for item in value]
    return value
