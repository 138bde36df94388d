"""OTLP traces in protobuf, as exporters post them to `/v1/traces`.

Source: opentelemetry-proto 1.11, `trace/v1/trace.proto`.
"""

from collections.abc import Iterable

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span

from errors import Malformed
from ingest.formats.otlp_spans import STATUS, fault_of_ids, refused, sane
from ingest.raw import Attributes, Raws, RawSpan
from ingest.values import finite

NAME = "otlp-protobuf"


def read_request(body: bytes) -> Raws:
    """The spans of one `ExportTraceServiceRequest`; raises `Malformed` when it is none."""
    try:
        request = ExportTraceServiceRequest.FromString(body)
    except (DecodeError, RecursionError) as error:
        raise Malformed("the body is not an OTLP trace request in protobuf, or is cut short") from error
    return _spans(request.resource_spans)


def _spans(groups: Iterable[ResourceSpans]) -> Raws:
    seen = 0
    for group in groups:
        resource = attributes_of(group.resource.attributes)
        for scope in group.scope_spans:
            made_by = scope_text(scope.scope.name, scope.scope.version)
            for span in scope.spans:
                seen += 1
                trace_id, span_id = span.trace_id.hex(), span.span_id.hex()
                if fault := fault_of_ids(trace_id, span_id):
                    yield refused(f"span {seen}", fault, span.SerializeToString())
                else:
                    yield _span(span, trace_id, span_id, resource, made_by)


def _span(span: Span, trace_id: str, span_id: str, resource: Attributes, scope: str) -> RawSpan:
    code = span.status.code
    return sane(
        RawSpan(
            trace_id=trace_id,
            span_id=span_id,
            name=span.name,
            parent_span_id=span.parent_span_id.hex() or None,
            start_ns=span.start_time_unix_nano or None,
            end_ns=span.end_time_unix_nano or None,
            status=STATUS[code] if 0 <= code < len(STATUS) else "unset",
            status_message=span.status.message,
            attributes=attributes_of(span.attributes),
            events=[
                {"name": event.name, "time_ns": event.time_unix_nano, "attributes": attributes_of(event.attributes)}
                for event in span.events
            ],
            links=[
                {"trace_id": link.trace_id.hex(), "span_id": link.span_id.hex(),
                 "attributes": attributes_of(link.attributes)}
                for link in span.links
            ],
            resource=resource,
            scope=scope,
            source_ids={"trace_state": span.trace_state} if span.trace_state else {},
            dropped_attributes=span.dropped_attributes_count,
        )
    )  # fmt: skip


def scope_text(name: str, version: str) -> str:
    """Instrumentation and version as one word."""
    return f"{name} {version}" if version else name


def attributes_of(pairs: Iterable[KeyValue]) -> Attributes:
    """Attributes as a dict; the last of a repeated key wins."""
    return {pair.key: pair.value.string_value or value_of(pair.value) for pair in pairs}


def value_of(value: AnyValue) -> object:
    """One attribute value as Python has it."""
    which = value.WhichOneof("value")
    match which:
        case None:
            return None
        case "array_value":
            return [value_of(item) for item in value.array_value.values]
        case "kvlist_value":
            return attributes_of(value.kvlist_value.values)
        case "double_value":
            return finite(value.double_value)
        case "bytes_value":
            return value.bytes_value.decode("utf-8", "replace")
    return getattr(value, which)
