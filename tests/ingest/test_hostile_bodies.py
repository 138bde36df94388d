"""No body may raise anything but `Malformed`, and what is prepared of it can always be stored."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from errors import Malformed
from ingest.formats import otlp_json, otlp_logs, otlp_protobuf
from ingest.prepared import Prepared
from ingest.raw import Raws
from tests.ingest.built import SPAN, START_NS, TRACE, opened, prepared, request, row, rows, span
from tests.ingest.built_files import FIXTURES, needs_fixtures

READERS: list[Callable[[bytes], Raws]] = [
    otlp_protobuf.read_request,
    otlp_json.read_request,
    otlp_logs.read_protobuf,
    otlp_logs.read_json,
]
ANY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def taken(read: Callable[[bytes], Raws], body: bytes) -> Prepared | None:
    """What is prepared of a body; None when it is refused whole. Any other error fails the test."""
    try:
        done = prepared(read(body))
    except Malformed:
        return None
    opened(done)
    return done


@pytest.mark.parametrize("read", READERS)
@ANY
@given(body=st.binary(max_size=400))
def test_random_bytes_are_refused_or_prepared(read: Callable[[bytes], Raws], body: bytes) -> None:
    taken(read, body)


@needs_fixtures
@pytest.mark.parametrize(
    "place",
    [
        "openinference-openai-proto-gzip/001-v1_traces.pb",
        "langfuse-sdk/001-api_public_otel_v1_traces.pb",
        "pydantic-ai-logfire/002-v1_traces.pb",
    ],
)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_cut_and_mutated_protobuf_is_refused_or_prepared(place: str, data: st.DataObject) -> None:
    body = bytearray((FIXTURES / "otlp" / place).read_bytes())
    for _ in range(data.draw(st.integers(0, 8))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    taken(otlp_protobuf.read_request, bytes(body[: data.draw(st.integers(0, len(body)))]))
    taken(otlp_protobuf.read_request, bytes(body))


@needs_fixtures
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_cut_and_mutated_json_is_refused_or_prepared(data: st.DataObject) -> None:
    body = bytearray((FIXTURES / "otlp" / "openinference-openai-json" / "001-v1_traces.json").read_bytes())
    assert taken(otlp_json.read_request, bytes(body[: data.draw(st.integers(0, len(body) - 2))])) is None
    for _ in range(data.draw(st.integers(1, 8))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.sampled_from(list(b'"{}[]:,0-\\ux')))
    taken(otlp_json.read_request, bytes(body))


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["null", '"a"', "[1]", '{"role": "user", "content": "x"}', "NaN", "9" * 30, "\0", "2026-13-45"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "role",
                    "content",
                    "parts",
                    "type",
                    "text",
                    "id",
                    "name",
                    "messages",
                    "document",
                    "message",
                    "tool_calls",
                    "function",
                    "arguments",
                    "kwargs",
                    "metadata",
                    "input",
                    "output",
                    "choices",
                    "score",
                    "stringValue",
                    "arrayValue",
                    "values",
                    "key",
                    "value",
                    "args",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
MAPPED = [
    "input.value",
    "output.value",
    "llm.input_messages",
    "llm.input_messages.0.message",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.prompt.0",
    "gen_ai.prompt",
    "mlflow.spanInputs",
    "mlflow.spanOutputs",
    "metadata",
    "mlflow.chat.tokenUsage",
    "langfuse.observation.usage_details",
    "langfuse.observation.output",
    "ai.response.toolCalls",
    "retrieval.documents",
    "retrieval.documents.0.document",
    "gen_ai.tool.definitions",
    "llm.tools.0.tool",
    "session.id",
    "user.id",
    "tag.tags",
    "gen_ai.response.finish_reasons",
    "annotations.0.annotation",
    "gen_ai.system_instructions",
    "llm.cost.total",
    "llm.token_count.prompt",
    "gen_ai.tool.call.arguments",
    "error.type",
    "gen_ai.evaluation.name",
    "langfuse.observation.prompt",
    "operation.cost",
    "gen_ai.response.time_to_first_chunk",
    "gen_ai.usage",
    "trace.annotations.0",
    "langfuse.observation.completion_start_time",
    "openinference.span.kind",
]
KINDS = ["LLM", "TOOL", "RETRIEVER", "RERANKER", "EMBEDDING", "AGENT", "CHAIN", "EVALUATOR", "GUARDRAIL"]


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    said=st.dictionaries(st.sampled_from(MAPPED), JSON_VALUES, max_size=6),
    kind=st.sampled_from(KINDS),
    encoded=st.booleans(),
)
def test_any_value_under_a_mapped_name_is_prepared(said: dict[str, Any], kind: str, encoded: bool) -> None:
    attributes = {key: json.dumps(value) if encoded else value for key, value in said.items()}
    one = {
        "traceId": TRACE,
        "spanId": SPAN,
        "startTimeUnixNano": START_NS,
        "endTimeUnixNano": START_NS,
        "attributes": {"openinference.span.kind": kind, **attributes},
    }
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]}).encode()
    done = taken(otlp_json.read_request, body)

    assert done is not None
    assert done.spans.num_rows == 1


@ANY
@given(
    request_=JSON_VALUES,
    where=st.sampled_from(
        [
            "resourceSpans",
            "scopeSpans",
            "spans",
            "attributes",
            "status",
            "events",
            "links",
            "traceId",
            "startTimeUnixNano",
            "resource",
            "value",
        ]
    ),
)
def test_any_value_in_any_place_of_a_request_is_refused_or_prepared(request_: object, where: str) -> None:
    def put(name: str, value: object) -> object:
        return request_ if name == where else value

    one = {
        "traceId": put("traceId", TRACE),
        "spanId": SPAN,
        "startTimeUnixNano": put("startTimeUnixNano", START_NS),
        "attributes": put("attributes", [{"key": "k", "value": put("value", {"stringValue": "v"})}]),
        "status": put("status", {}),
        "events": put("events", []),
        "links": put("links", []),
    }
    scope = {"spans": put("spans", [one])}
    group = {"resource": put("resource", {}), "scopeSpans": put("scopeSpans", [scope])}
    taken(otlp_json.read_request, json.dumps({"resourceSpans": put("resourceSpans", [group])}).encode())


def test_nan_infinity_and_nul_survive_as_something_that_can_be_stored() -> None:
    said = row({"a": float("nan"), "b": float("-inf"), "input.value": "nul\0here", "c": ["x\0y"]})

    assert said["input_text"] == "nul\ufffdhere"
    assert said["attributes"] == {"a": "NaN", "b": "-Infinity", "c": ["x\ufffdy"]}


def test_lone_surrogates_survive_as_something_that_can_be_stored() -> None:
    one = {
        "traceId": TRACE,
        "spanId": SPAN,
        "name": "\ud800 name",
        "startTimeUnixNano": START_NS,
        "attributes": [
            {"key": "input.value", "value": {"stringValue": "half \udfff"}},
            {"key": "k\ud800", "value": {"stringValue": "v"}},
        ],
    }
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]}).encode()
    (said,) = opened(prepared(otlp_json.read_request(body)))

    assert said["input_text"] == "half ?"
    assert said["attributes"] == {"k?": "v"}


@pytest.mark.parametrize("depth", [100, 900, 100_000])
def test_json_of_any_depth_is_cut_or_refused(depth: int) -> None:
    deep = "[" * depth + "]" * depth
    inside = orjson.dumps(
        {
            "resourceSpans": [
                {
                    "scopeSpans": [
                        {
                            "spans": [
                                {
                                    "traceId": TRACE,
                                    "spanId": SPAN,
                                    "attributes": [
                                        {"key": "input.value", "value": {"stringValue": deep}},
                                        {"key": "deep", "value": {"stringValue": deep}},
                                    ],
                                }
                            ]
                        }
                    ]
                }
            ]
        }
    )
    around = (
        b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "%s", "spanId": "%s", '
        b'"attributes": {"a": %s}}]}]}]}'
    )

    assert taken(otlp_json.read_request, inside) is not None
    taken(otlp_json.read_request, around % (TRACE.encode(), SPAN.encode(), deep.encode()))


def test_a_deep_value_is_cut_and_the_span_marked() -> None:
    nested: object = "bottom"
    for _ in range(40):
        nested = [nested]
    one = {"traceId": TRACE, "spanId": SPAN, "attributes": {"deep": nested}}
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]}).encode()
    (said,) = opened(prepared(otlp_json.read_request(body)))

    assert said["truncated"] is True
    assert "bottom" not in str(said["attributes"])


@pytest.mark.parametrize(
    "body",
    [
        b'{"resourceSpans": 7}',
        b'{"resourceSpans": "x"}',
        b'{"other": []}',
        b"[1]",
        b'"x"',
        b"7",
        b"null",
        b"\xff\xfe",
        b"",
        b'{"resourceSpans": [',
        b"<html></html>",
        gzip.compress(b"{}", mtime=0),
    ],
)
def test_a_body_that_is_no_request_is_malformed_and_quoted_nowhere(body: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        list(otlp_json.read_request(body))
    assert "html" not in str(refused.value)


def test_an_empty_request_is_a_good_one() -> None:
    assert list(otlp_protobuf.read_request(b"")) == []
    assert list(otlp_json.read_request(b"{}")) == []
    assert list(otlp_logs.read_protobuf(b"")) == []
    assert list(otlp_logs.read_json(b"{}")) == []


def test_good_spans_of_a_bad_request_are_kept() -> None:
    good = {"traceId": TRACE, "spanId": SPAN, "startTimeUnixNano": START_NS, "endTimeUnixNano": START_NS}
    body = orjson.dumps(
        {
            "resourceSpans": [
                {"scopeSpans": [{"spans": [7, None, {}, {"traceId": TRACE}, {"traceId": 5, "spanId": 6}, good]}]}
            ]
        }
    )
    done = prepared(otlp_json.read_request(body))

    assert done.spans.num_rows == 1
    assert [one.position for one in done.rejected] == [f"span {place}" for place in range(1, 6)]
    assert done.received == 6


VALUES = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=True)
    | st.text(max_size=12)
    | st.binary(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    attributes=st.dictionaries(st.sampled_from([*MAPPED, "own.key", "x"]), VALUES, max_size=5),
    start=st.integers(1, 2**64 - 1),
    end=st.integers(0, 2**64 - 1),
    code=st.integers(0, 2),
)
def test_json_and_protobuf_of_one_span_give_equal_rows(
    attributes: dict[str, Any], start: int, end: int, code: int
) -> None:
    made = span(attributes, start_time_unix_nano=start, end_time_unix_nano=end, status={"code": code, "message": "m"})
    as_protobuf = rows(made, resource={"service.name": "app"})
    as_json = opened(prepared(otlp_json.read_request(_as_json(request(made, resource={"service.name": "app"})))))

    assert as_json == as_protobuf


def _as_json(body: bytes) -> bytes:
    """OTLP's JSON of a protobuf request: as protobuf spells it, but ids in hex and enumerations as numbers."""
    said = MessageToDict(ExportTraceServiceRequest.FromString(body), use_integers_for_enums=True)
    for group in said["resourceSpans"]:
        for one in group["scopeSpans"][0]["spans"]:
            sent = Span.FromString(
                ExportTraceServiceRequest.FromString(body).resource_spans[0].scope_spans[0].spans[0].SerializeToString()
            )
            one["traceId"], one["spanId"] = sent.trace_id.hex(), sent.span_id.hex()
            one["parentSpanId"] = sent.parent_span_id.hex()
    return json.dumps(said).encode()
