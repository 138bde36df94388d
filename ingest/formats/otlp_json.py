"""OTLP traces in JSON, as exporters post them, as the file exporter writes them, and as Tempo and Phoenix dump them."""

from collections.abc import Iterator
from typing import Any

from errors import Malformed
from ingest.formats.otlp_spans import fault_of_ids, refused, sane
from ingest.formats.otlp_values import attributes_of, first, id_text, status_of, table, tables, text
from ingest.raw import Attributes, Raws, RawSpan
from ingest.values import json_text, nanoseconds, read_json, whole_number

NAME = "otlp-json"
_GROUPS = ("resourceSpans", "resource_spans", "batches")
_SCOPES = ("scopeSpans", "scope_spans", "instrumentationLibrarySpans", "instrumentation_library_spans")
_NONE = frozenset({"", "0" * 16})


def read_request(body: bytes) -> Raws:
    """The spans of one export request in JSON, or of a list of them; raises `Malformed` when it is none."""
    return read_object(read_json(body, "an OTLP trace request in JSON"))


def read_object(said: object) -> Raws:
    """The spans of a request that is already parsed."""
    listed = said if isinstance(said, list) else [said]
    requests = tables(listed)
    if len(requests) < len(listed):
        raise Malformed("the body is JSON, but not an OTLP trace request: an object with resourceSpans")
    for request in requests:
        groups = first(request, *_GROUPS)
        if (groups is None and request) or (groups is not None and not isinstance(groups, list)):
            raise Malformed("the body is JSON, but not an OTLP trace request: resourceSpans is missing or no list")
    return _spans(requests)


def _spans(requests: list[dict[str, Any]]) -> Raws:
    seen = 0
    for request in requests:
        for group in tables(first(request, *_GROUPS)):
            resource = attributes_of(table(group.get("resource")).get("attributes"))
            for scope in tables(first(group, *_SCOPES)):
                made_by = table(first(scope, "scope", "instrumentationLibrary", "instrumentation_library"))
                scope_text = " ".join(filter(None, (text(made_by.get("name")), text(made_by.get("version")))))
                for span in _listed(scope):
                    seen += 1
                    yield from _one(span, seen, resource, scope_text)


def _listed(scope: dict[str, Any]) -> list[Any]:
    spans = scope.get("spans")
    return spans if isinstance(spans, list) else []


def _one(span: object, place: int, resource: Attributes, scope: str) -> Iterator[Any]:
    if not isinstance(span, dict):
        yield refused(f"span {place}", "the span is no object", json_text(span))
        return
    trace_id = id_text(first(span, "traceId", "trace_id"), 16)
    span_id = id_text(first(span, "spanId", "span_id"), 8)
    fault = fault_of_ids(trace_id, span_id)
    yield refused(f"span {place}", fault, json_text(span)) if fault else _span(span, trace_id, span_id, resource, scope)


def _span(span: dict[str, Any], trace_id: str, span_id: str, resource: Attributes, scope: str) -> RawSpan:
    status = table(span.get("status"))
    parent = id_text(first(span, "parentSpanId", "parent_span_id"), 8)
    state = text(first(span, "traceState", "trace_state"))
    return sane(
        RawSpan(
            trace_id=trace_id,
            span_id=span_id,
            name=text(span.get("name")),
            parent_span_id=None if parent in _NONE else parent,
            start_ns=nanoseconds(first(span, "startTimeUnixNano", "start_time_unix_nano")) or None,
            end_ns=nanoseconds(first(span, "endTimeUnixNano", "end_time_unix_nano")) or None,
            status=status_of(status.get("code")),
            status_message=text(status.get("message")),
            attributes=attributes_of(span.get("attributes")),
            events=[_event(event) for event in tables(span.get("events"))],
            links=[_link(link) for link in tables(span.get("links"))],
            resource=resource,
            scope=scope,
            source_ids={"trace_state": state} if state else {},
            dropped_attributes=whole_number(first(span, "droppedAttributesCount", "dropped_attributes_count")) or 0,
        )
    )


def _event(event: dict[str, Any]) -> Attributes:
    return {
        "name": text(event.get("name")),
        "time_ns": nanoseconds(first(event, "timeUnixNano", "time_unix_nano")) or 0,
        "attributes": attributes_of(event.get("attributes")),
    }


def _link(link: dict[str, Any]) -> Attributes:
    return {
        "trace_id": id_text(first(link, "traceId", "trace_id"), 16),
        "span_id": id_text(first(link, "spanId", "span_id"), 8),
        "attributes": attributes_of(link.get("attributes")),
    }
