"""OTLP logs: the GenAI events that carry messages and evaluations apart from their spans. Others are passed over.

The messages of one span may come as one record (`gen_ai.client.inference.operation.details`) or as one per message.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from errors import Malformed
from ingest import values
from ingest.events import DETAILS_EVENT
from ingest.formats import otlp_protobuf
from ingest.formats.otlp_spans import fault_of_ids, refused
from ingest.formats.otlp_values import attributes_of, first, id_text, table, tables, text, value_of
from ingest.raw import Arrival, Attributes, Raws, RawScore, RawSpan
from ingest.scores import EVALUATION_EVENT, evaluation
from ingest.values import MAX_MOMENT, Bounded, json_text, nanoseconds, parsed

NAME = "otlp-logs"
_MESSAGES = frozenset({
    "gen_ai.system.message", "gen_ai.user.message", "gen_ai.assistant.message", "gen_ai.tool.message", "gen_ai.choice",
    "gen_ai.content.prompt", "gen_ai.content.completion",
})  # fmt: skip
_GROUPS = ("resourceLogs", "resource_logs")


@dataclass(slots=True)
class _Record:
    """One log record, whichever way it came."""

    position: str
    event: str
    trace_id: str
    span_id: str
    time_ns: int
    attributes: Attributes
    body: object
    resource: Attributes
    scope: str


def read_protobuf(body: bytes) -> Raws:
    """Content and scores of one `ExportLogsServiceRequest`; raises `Malformed` when it is none."""
    try:
        request = ExportLogsServiceRequest.FromString(body)
    except (DecodeError, RecursionError) as error:
        raise Malformed("the body is not an OTLP logs request in protobuf, or is cut short") from error
    return _raws(_of_protobuf(request))


def read_json(body: bytes) -> Raws:
    """Content and scores of one export request in JSON; raises `Malformed` when it is none."""
    said = values.read_json(body, "an OTLP logs request in JSON")
    groups = first(said, *_GROUPS) if isinstance(said, dict) else None
    if not isinstance(said, dict) or (said and not isinstance(groups, list)):
        raise Malformed("the body is JSON, but not an OTLP logs request: an object with resourceLogs")
    return _raws(_of_json(said))


def _of_protobuf(request: ExportLogsServiceRequest) -> Iterable[_Record]:
    place = 0
    for group in request.resource_logs:
        resource = otlp_protobuf.attributes_of(group.resource.attributes)
        for scope in group.scope_logs:
            made_by = otlp_protobuf.scope_text(scope.scope.name, scope.scope.version)
            for record in scope.log_records:
                place += 1
                attributes = otlp_protobuf.attributes_of(record.attributes)
                yield _Record(
                    f"record {place}", record.event_name or _named(attributes), record.trace_id.hex(),
                    record.span_id.hex(), record.time_unix_nano or record.observed_time_unix_nano, attributes,
                    otlp_protobuf.value_of(record.body), resource, made_by,
                )  # fmt: skip


def _of_json(request: dict[str, Any]) -> Iterable[_Record]:
    place = 0
    for group in tables(first(request, *_GROUPS)):
        resource = attributes_of(table(group.get("resource")).get("attributes"))
        for scope in tables(first(group, "scopeLogs", "scope_logs", "instrumentationLibraryLogs")):
            named = table(first(scope, "scope", "instrumentationLibrary"))
            made_by = otlp_protobuf.scope_text(text(named.get("name")), text(named.get("version")))
            for record in tables(first(scope, "logRecords", "log_records", "logs")):
                place += 1
                attributes = attributes_of(record.get("attributes"))
                time_ns = nanoseconds(first(record, "timeUnixNano", "time_unix_nano")) or nanoseconds(
                    first(record, "observedTimeUnixNano", "observed_time_unix_nano")
                )
                yield _Record(
                    f"record {place}", text(first(record, "eventName", "event_name")) or _named(attributes),
                    id_text(first(record, "traceId", "trace_id"), 16), id_text(first(record, "spanId", "span_id"), 8),
                    time_ns or 0, attributes, value_of(record.get("body")), resource, made_by,
                )  # fmt: skip


def _named(attributes: Attributes) -> str:
    """Before log records had a name of their own, it stood in an attribute."""
    return text(attributes.get("event.name"))


def _raws(records: Iterable[_Record]) -> Raws:
    spans: dict[tuple[str, str], RawSpan] = {}
    for record in records:
        if record.event == EVALUATION_EVENT:
            yield _score(record)
        elif record.event == DETAILS_EVENT or record.event in _MESSAGES:
            if fault := fault_of_ids(record.trace_id, record.span_id):
                yield refused(record.position, f"a content event that belongs to no span: {fault}", json_text(
                    [record.event, record.attributes, record.body]))  # fmt: skip
                continue
            ids = (record.trace_id, record.span_id)
            span = spans.get(ids)
            if span is None:
                span = spans[ids] = _span(record)
            span.events.append({"name": record.event, "time_ns": record.time_ns, "attributes": _content(record)})
    yield from spans.values()


def _span(record: _Record) -> RawSpan:
    return RawSpan(
        record.trace_id, record.span_id,
        start_ns=record.time_ns if 0 < record.time_ns < MAX_MOMENT else None,
        resource=record.resource, scope=record.scope, arrival=Arrival.CONTENT,
    )  # fmt: skip


def _content(record: _Record) -> Attributes:
    """Attributes and body as one: older events hold the message in the body."""
    body = parsed(record.body)
    said = body if isinstance(body, dict) else {} if body in (None, "") else {"content": body}
    attributes = {key: value for key, value in record.attributes.items() if key != "event.name"}
    return {**attributes, **said}


def _score(record: _Record) -> RawScore:
    target: Attributes = {"target_level": "span" if record.span_id else "trace", "trace_id": record.trace_id or None,
                          "span_id": record.span_id or None, "created_at": record.time_ns or None}  # fmt: skip
    said = {key: value for key, value in _content(record).items() if key not in ("event.name", "content")}
    if record.body not in (None, "") and not isinstance(parsed(record.body), dict):
        said.setdefault("gen_ai.evaluation.explanation", record.body)
    fields = {**evaluation(said, Bounded()), **target}
    return RawScore({key: value for key, value in fields.items() if value not in (None, {}, "")})
