"""Spans exported from Phoenix: its JSON (a list, or `{data: [...]}`) and its dataframe as parquet rows.

Attributes are OpenInference's. The dataframe has lists of structs, NaN where an integer is missing, and None for
every key that some other row has.
"""

import math
from typing import Any, BinaryIO

from ingest.formats.otlp_spans import refused, sane
from ingest.json_stream import values
from ingest.json_values import as_list, as_table, as_text
from ingest.parquet_rows import is_parquet, rows
from ingest.raw import Attributes, Raw, Raws, RawSpan, Rejected
from ingest.values import json_text, moment_ns

NAME = "phoenix"
_STATUS = {"OK": "ok", "ERROR": "error"}
_COLUMNS = (b"context.span_id", b"context.trace_id", b"span_kind")


def recognises(head: bytes, file_name: str) -> bool:  # noqa: ARG001  # all formats have one header
    """Whether the file begins like Phoenix spans; of a parquet file, the head is the list of its columns."""
    if is_parquet(head):
        return all(column in head for column in _COLUMNS)
    return b'"context"' in head and b'"span_kind"' in head and b'"parent_id"' in head


def read(stream: BinaryIO) -> Raws:
    """Every span of the file."""
    if is_parquet(stream.read(4)):
        stream.seek(0)
        for number, row in enumerate(rows(stream), 1):
            yield _span(_as_json(row), f"row {number}")
        return
    stream.seek(0)
    for found in values(stream):
        yield found if isinstance(found, Rejected) else _span(found[1], found[0])


def _as_json(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the dataframe in the shape of the JSON."""
    attributes = {
        key.removeprefix("attributes."): plain
        for key, value in row.items()
        if key.startswith("attributes.") and (plain := _said(value)) is not None
    }
    return row | {
        "context": {"trace_id": row.get("context.trace_id"), "span_id": row.get("context.span_id")},
        "attributes": attributes,
    }


def _said(value: Any) -> Any:
    """A value without what the dataframe filled in: None for NaN and empty structs, 7 for 7.0."""
    if isinstance(value, float):
        return None if math.isnan(value) else int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, dict):
        said = {key: plain for key, item in value.items() if (plain := _said(item)) is not None}
        return said or None
    if isinstance(value, list):
        return [_said(item) for item in value] or None
    return value


def _span(sent: dict[str, Any], position: str) -> Raw:
    context = as_table(sent.get("context"))
    trace_id, span_id = as_text(context.get("trace_id")), as_text(context.get("span_id"))
    if not trace_id or not span_id:
        return refused(position, "a Phoenix span without ids", json_text(sent))
    attributes = flat(as_table(sent.get("attributes")))
    if kind := as_text(sent.get("span_kind")):
        attributes.setdefault("openinference.span.kind", kind)
    return sane(
        RawSpan(
            trace_id=trace_id,
            span_id=span_id,
            name=as_text(sent.get("name")),
            parent_span_id=as_text(sent.get("parent_id")) or None,
            start_ns=moment_ns(sent.get("start_time")),
            end_ns=moment_ns(sent.get("end_time")),
            status=_STATUS.get(as_text(sent.get("status_code")), "unset"),
            status_message=as_text(sent.get("status_message")),
            attributes=attributes,
            events=[_event(event) for event in as_list(sent.get("events")) if isinstance(event, dict)],
            source_ids={"phoenix.id": sent["id"]} if isinstance(sent.get("id"), str) else {},
        )
    )


def _event(sent: dict[str, Any]) -> Attributes:
    attributes = as_table(_said(sent.get("attributes")))
    return {"name": as_text(sent.get("name")), "time_ns": moment_ns(sent.get("timestamp")), "attributes": attributes}


def flat(value: dict[str, Any], before: str = "") -> Attributes:
    """Nested lists and objects under dotted names, as OpenInference sends them: `llm.tools.0.tool.name`."""
    found: Attributes = {}
    for key, item in value.items():
        name = f"{before}{key}"
        if isinstance(item, dict) and item:
            found |= flat(item, f"{name}.")
        elif isinstance(item, list) and any(isinstance(one, dict) for one in item):
            found |= flat({str(place): one for place, one in enumerate(item)}, f"{name}.")
        elif item is not None:
            found[name] = item
    return found
