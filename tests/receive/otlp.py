"""Builds OTLP requests; a test says only what it is about."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

NOW_NS = 1_790_000_000_000_000_000  # 2026-09-21 14:13:20 UTC
SECOND_NS = 1_000_000_000

Value = str | int | float | bool


def new_trace() -> bytes:
    """A trace id that no other test has."""
    return secrets.token_bytes(16)


@dataclass
class Spec:
    """One span; whatever is not said is ordinary."""

    name: str = "step"
    trace: bytes = field(default_factory=new_trace)
    id: bytes = field(default_factory=lambda: secrets.token_bytes(8))
    parent: bytes = b""
    start_ns: int = NOW_NS
    end_ns: int = NOW_NS + SECOND_NS
    attributes: Mapping[str, Value] = field(default_factory=dict)
    status: int = 0

    @property
    def key(self) -> tuple[str, str]:
        return self.trace.hex(), self.id.hex()


def value(given: Value) -> AnyValue:
    """A value as OTLP spells it."""
    match given:
        case bool():
            return AnyValue(bool_value=given)
        case int():
            return AnyValue(int_value=given)
        case float():
            return AnyValue(double_value=given)
    return AnyValue(string_value=given)


def pairs(attributes: Mapping[str, Value]) -> list[KeyValue]:
    return [KeyValue(key=key, value=value(given)) for key, given in attributes.items()]


def message(*specs: Spec) -> ExportTraceServiceRequest:
    """A request with these spans, from one service."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.extend(pairs({"service.name": "test-bot"}))
    scope = group.scope_spans.add()
    for spec in specs:
        scope.spans.append(
            Span(
                trace_id=spec.trace,
                span_id=spec.id,
                parent_span_id=spec.parent,
                name=spec.name,
                start_time_unix_nano=spec.start_ns,
                end_time_unix_nano=spec.end_ns,
                attributes=pairs(spec.attributes),
                status=Status(code=spec.status),  # type: ignore[arg-type]
            )
        )
    return request


def request(*specs: Spec) -> bytes:
    """The same in protobuf."""
    return message(*specs).SerializeToString()


def parsed(body: bytes) -> ExportTraceServiceRequest:
    """A body read back."""
    return ExportTraceServiceRequest.FromString(body)


def json_span(spec: Spec) -> dict[str, object]:
    """The span as OTLP's JSON has it: hex ids, 64-bit integers as text."""
    return {
        "traceId": spec.trace.hex(),
        "spanId": spec.id.hex(),
        "parentSpanId": spec.parent.hex(),
        "name": spec.name,
        "startTimeUnixNano": str(spec.start_ns),
        "endTimeUnixNano": str(spec.end_ns),
        "attributes": [{"key": key, "value": _json_value(given)} for key, given in spec.attributes.items()],
    }


def json_request(*spans: dict[str, object]) -> dict[str, object]:
    """A request in OTLP's JSON."""
    service = {"key": "service.name", "value": {"stringValue": "test-bot"}}
    return {"resourceSpans": [{"resource": {"attributes": [service]}, "scopeSpans": [{"spans": list(spans)}]}]}


def _json_value(given: Value) -> dict[str, object]:
    match given:
        case bool():
            return {"boolValue": given}
        case int():
            return {"intValue": str(given)}
        case float():
            return {"doubleValue": given}
    return {"stringValue": given}


def rejected_in(answer: bytes) -> tuple[int, str]:
    """How many spans a protobuf answer says were refused, and why."""
    partial = ExportTraceServiceResponse.FromString(answer).partial_success
    return partial.rejected_spans, partial.error_message
