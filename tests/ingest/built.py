"""OTLP requests built in a few words, and what becomes of them: a test says only what it is about."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from ingest.formats import otlp_json, otlp_logs, otlp_protobuf
from ingest.prepare import Preparer
from ingest.prepared import Prepared
from ingest.raw import Raw
from settings import Settings
from tests.ingest.built_files import FIXTURES

RECEIVED = datetime(2026, 11, 21, 12, tzinfo=UTC)
START_NS = 1_795_000_000_000_000_001
TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
PARENT = "00f067aa0ba902b7"
KEY = b"k" * 32


def preparer(key: bytes = KEY, **settings: Any) -> Preparer:
    """A preparer with the default policy and a fixed key."""
    return Preparer(Settings(home=Path("/nonexistent"), **settings), key)


def unscrubbed(key: bytes = KEY, **settings: Any) -> Preparer:
    """One that leaves text as it is, for tests about mapping."""
    return Preparer(Settings(home=Path("/nonexistent"), **settings), key, scrubber=None)


MAPS = unscrubbed()


def any_value(value: object) -> AnyValue:
    """A value as protobuf spells it."""
    made = AnyValue()
    match value:
        case bool():
            made.bool_value = value
        case str():
            made.string_value = value
        case int():
            made.int_value = value
        case float():
            made.double_value = value
        case bytes():
            made.bytes_value = value
        case list():
            made.array_value.values.extend(map(any_value, value))
            made.array_value.SetInParent()
        case dict():
            for key, item in value.items():
                made.kvlist_value.values.add(key=key).value.CopyFrom(any_value(item))
    return made


def span(attributes: Mapping[str, object] | None = None, **fields: Any) -> Span:
    """A span of one second, child of PARENT; `fields` override what protobuf calls them."""
    said: dict[str, Any] = {
        "trace_id": bytes.fromhex(TRACE),
        "span_id": bytes.fromhex(SPAN),
        "parent_span_id": bytes.fromhex(PARENT),
        "name": "step",
        "start_time_unix_nano": START_NS,
        "end_time_unix_nano": START_NS + 10**9,
    } | fields
    made = Span(**said)
    for key, value in (attributes or {}).items():
        made.attributes.add(key=key).value.CopyFrom(any_value(value))
    return made


def request(*spans: Span, resource: Mapping[str, object] | None = None) -> bytes:
    """One export request in protobuf."""
    made = ExportTraceServiceRequest()
    group = made.resource_spans.add()
    for key, value in (resource or {}).items():
        group.resource.attributes.add(key=key).value.CopyFrom(any_value(value))
    group.scope_spans.add().spans.extend(spans)
    return made.SerializeToString()


def prepared(raws: Iterable[Raw], by: Preparer = MAPS) -> Prepared:
    """What may be kept, after a trip between processes."""
    done = by.prepare(raws, source_format="test", batch="batch", received_at=RECEIVED)
    return Prepared.from_ipc(done.to_ipc())


def rows(*spans: Span, by: Preparer = MAPS, resource: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
    """The rows of some spans, JSON columns opened."""
    return opened(prepared(otlp_protobuf.read_request(request(*spans, resource=resource)), by))


def row(attributes: Mapping[str, object], by: Preparer = MAPS, **fields: Any) -> dict[str, Any]:
    """The row of one span with these attributes."""
    return rows(span(attributes, **fields), by=by)[0]


def opened(done: Prepared) -> list[dict[str, Any]]:
    """The span rows with their JSON columns as values."""
    texts = (
        "model_params",
        "messages_in",
        "messages_out",
        "tools",
        "tool_args",
        "tool_result",
        "attributes",
        "resource",
        "events",
        "links",
        "source_ids",
        "entities",
    )
    return [
        {key: json.loads(value) if key in texts and value is not None else value for key, value in one.items()}
        for one in done.spans.to_pylist()
    ]


def fixture_raws(folder: str) -> Iterable[Raw]:
    """Everything that a client of `fixtures/otlp` sent, in its order."""
    for path in sorted((FIXTURES / "otlp" / folder).iterdir()):
        body = path.read_bytes()
        if path.name.endswith("traces.pb"):
            yield from otlp_protobuf.read_request(body)
        elif path.name.endswith("traces.json"):
            yield from otlp_json.read_request(body)
        elif path.name.endswith("logs.pb"):
            yield from otlp_logs.read_protobuf(body)
