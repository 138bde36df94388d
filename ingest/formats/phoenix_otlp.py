"""Phoenix' REST answer `/spans/otlpv1`: spans in OTLP's shape, but snake_case and with every value variant as null."""

from typing import Any, BinaryIO

from ingest.formats.otlp_spans import STATUS, fault_of_ids, refused, sane
from ingest.json_stream import values
from ingest.json_values import as_list, as_table, as_text
from ingest.raw import Attributes, Raw, Raws, RawSpan, Rejected
from ingest.values import json_text, nanoseconds

NAME = "phoenix-otlp"
_STATUS_NAMES = {"STATUS_CODE_OK": "ok", "STATUS_CODE_ERROR": "error"}


def recognises(head: bytes, file_name: str) -> bool:  # noqa: ARG001  # all formats have one header
    """Whether the file begins like OTLP spans in snake_case."""
    return b'"string_value"' in head and (b'"span_id"' in head or b'"attributes"' in head)


def read(stream: BinaryIO) -> Raws:
    """Every span of the file."""
    for found in values(stream):
        yield found if isinstance(found, Rejected) else _span(found[1], found[0])


def _span(sent: dict[str, Any], position: str) -> Raw:
    trace_id, span_id = as_text(sent.get("trace_id")).lower(), as_text(sent.get("span_id")).lower()
    if fault := fault_of_ids(trace_id, span_id):
        return refused(position, fault, json_text(sent))
    status = as_table(sent.get("status"))
    code = status.get("code")
    return sane(
        RawSpan(
            trace_id=trace_id,
            span_id=span_id,
            name=as_text(sent.get("name")),
            parent_span_id=as_text(sent.get("parent_span_id")).lower() or None,
            start_ns=_moment(sent.get("start_time_unix_nano")),
            end_ns=_moment(sent.get("end_time_unix_nano")),
            status=STATUS[code]
            if isinstance(code, int) and 0 <= code < 3
            else _STATUS_NAMES.get(as_text(code), "unset"),
            status_message=as_text(status.get("message")),
            attributes=_attributes(sent.get("attributes")),
            events=[_event(event) for event in as_list(sent.get("events")) if isinstance(event, dict)],
            links=[_link(link) for link in as_list(sent.get("links")) if isinstance(link, dict)],
            dropped_attributes=sent.get("dropped_attributes_count") or 0,
        )
    )


def _event(sent: dict[str, Any]) -> Attributes:
    return {
        "name": as_text(sent.get("name")),
        "time_ns": _moment(sent.get("time_unix_nano")),
        "attributes": _attributes(sent.get("attributes")),
    }


def _link(sent: dict[str, Any]) -> Attributes:
    return {
        "trace_id": as_text(sent.get("trace_id")),
        "span_id": as_text(sent.get("span_id")),
        "attributes": _attributes(sent.get("attributes")),
    }


def _moment(sent: Any) -> int | None:
    """Nanoseconds, rounded to the microseconds that Phoenix keeps: its answer went through a float."""
    exact = nanoseconds(sent)
    return None if exact is None else (exact + 500) // 1000 * 1000


def _attributes(sent: Any) -> Attributes:
    pairs = [pair for pair in as_list(sent) if isinstance(pair, dict) and as_text(pair.get("key"))]
    return {as_text(pair["key"]): _value(pair.get("value")) for pair in pairs}


def _value(sent: Any) -> Any:
    variants = {kind: value for kind, value in as_table(sent).items() if value is not None}
    if not variants:
        return None
    kind, value = next(iter(variants.items()))
    match kind:
        case "array_value":
            return [_value(item) for item in as_list(as_table(value).get("values"))]
        case "kvlist_value":
            return _attributes(as_table(value).get("values"))
        case "int_value":
            return nanoseconds(value)
    return value
