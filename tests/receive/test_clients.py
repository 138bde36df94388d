"""Real clients: a stock OpenTelemetry exporter, bodies that clients sent, and Langfuse's paths."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

from tests.receive import otlp
from tests.receive.otlp import Spec
from tests.receive.served import JSON, PROTOBUF, ROOT, Served

FIXTURES = ROOT.parent / "shared" / "fixtures" / "otlp"
needs_fixtures = pytest.mark.skipif(not FIXTURES.is_dir(), reason="real clients' bodies lie beside the repository")


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip, Compression.Deflate])
def test_what_a_stock_exporter_sends_comes_to_the_pages(served: Served, compression: Compression) -> None:
    app = f"stock-{compression.value}"
    provider = TracerProvider(resource=Resource.create({"service.name": app, "service.version": "1.2.3"}))
    provider.add_span_processor(
        BatchSpanProcessor(OTLPSpanExporter(f"{served.url}/v1/traces", compression=compression))
    )
    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("answer a question"):
        with tracer.start_as_current_span("chat", attributes={"gen_ai.operation.name": "chat"}):
            pass
        with tracer.start_as_current_span("search", attributes={"gen_ai.operation.name": "execute_tool"}):
            pass
    assert provider.force_flush()
    served.eventually(
        f"SELECT kind FROM spans WHERE app = '{app}' AND app_version = '1.2.3' ORDER BY kind",
        [{"kind": "llm"}, {"kind": "span"}, {"kind": "tool"}],
    )
    provider.shutdown()


def test_a_span_per_request_works_too(served: Served) -> None:
    provider = TracerProvider(resource=Resource.create({"service.name": "simple"}))
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(f"{served.url}/v1/traces")))
    for number in range(20):
        provider.get_tracer("test").start_span(f"step {number}").end()
    served.eventually("SELECT count(*) AS spans FROM spans WHERE app = 'simple'", [{"spans": 20}])
    provider.shutdown()


def test_both_encodings_of_a_span_give_the_same_row(served: Served) -> None:
    attributes: dict[str, otlp.Value] = {
        "openinference.span.kind": "LLM",
        "llm.model_name": "gpt-4o-mini",
        "input.value": "question",
        "llm.token_count.prompt": 12,
        "llm.token_count.completion": 3,
        "temperature": 0.5,
        "stream": True,
    }
    one, other = Spec("call", attributes=attributes), Spec("call", attributes=attributes)
    assert served.post("/v1/traces", otlp.request(one)).content == b""
    in_json = json.dumps(otlp.json_request(otlp.json_span(other))).encode()
    assert served.post("/v1/traces", in_json, "application/json; charset=utf-8").content == b"{}"
    same = "* EXCLUDE (trace_id, span_id, sequence, received_at, ingest_batch, source_format, content_hash)"
    served.eventually(
        "SELECT count(*) AS rows, count(DISTINCT one) AS different FROM "
        f"(SELECT (SELECT ROW(s) FROM (SELECT {same} FROM spans i WHERE i.span_id = o.span_id) s)::VARCHAR AS one "
        f"FROM spans o WHERE span_id IN ('{one.key[1]}', '{other.key[1]}'))",
        [{"rows": 2, "different": 1}],
    )


@needs_fixtures
@pytest.mark.parametrize("folder", sorted(path.name for path in FIXTURES.glob("*")) if FIXTURES.is_dir() else [])
def test_bodies_of_real_clients_are_taken_whole(served: Served, folder: str) -> None:
    for described in sorted((FIXTURES / folder).glob("*.headers.json")):
        meta = json.loads(described.read_text())
        headers = {name.lower(): value for name, value in meta["headers"].items()}
        answer = served.post(meta["path"], _as_sent(described), headers["content-type"], **_coding(headers))
        assert answer.status_code in {200, 202}, (described.name, answer.content)
        assert answer.headers["content-type"] == headers["content-type"].partition(";")[0]
        assert b"artial" not in answer.content
        if answer.headers["content-type"] == PROTOBUF:
            assert answer.content == b""


def _coding(headers: dict[str, str]) -> dict[str, str]:
    return {"Content_Encoding": headers["content-encoding"]} if "content-encoding" in headers else {}


def _as_sent(described: Path) -> bytes:
    stem = described.name.removesuffix(".headers.json")
    packed = sorted(described.parent.glob(f"{stem}.*.gz"))
    plain = [path for path in sorted(described.parent.glob(f"{stem}.*")) if path != described]
    return (packed or plain)[0].read_bytes()


@needs_fixtures
def test_a_clients_retries_are_kept_once(served: Served) -> None:
    """22 spans were sent, 15 of them distinct."""
    folder = FIXTURES / "openinference-openai-retried-503"
    traces: set[str] = set()
    for body in sorted(folder.glob("*.pb")):
        assert served.post("/v1/traces", body.read_bytes()).content == b""
        message = otlp.parsed(body.read_bytes())
        traces |= {
            span.trace_id.hex() for group in message.resource_spans for s in group.scope_spans for span in s.spans
        }
    listed = ", ".join(f"'{trace}'" for trace in sorted(traces))
    served.eventually(
        f"SELECT count(*) AS spans, max(revision) AS revision FROM spans WHERE trace_id IN ({listed})",
        [{"spans": 15, "revision": 1}],
    )


def _inference_event(spec: Spec) -> bytes:
    """A log record with the messages of a model call, as OpenTelemetry's GenAI conventions send it."""
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add()
    record.trace_id, record.span_id = spec.trace, spec.id
    record.time_unix_nano = spec.start_ns
    record.event_name = "gen_ai.client.inference.operation.details"
    messages = json.dumps([{"role": "user", "parts": [{"type": "text", "content": "what is my balance"}]}])
    record.attributes.extend(otlp.pairs({"gen_ai.operation.name": "chat", "gen_ai.input.messages": messages}))
    return request.SerializeToString()


@pytest.mark.parametrize("event_first", [True, False])
def test_content_in_a_log_event_joins_its_span(served: Served, event_first: bool) -> None:
    spec = Spec("chat", attributes={"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o-mini"})
    sends: list[Callable[[], httpx.Response]] = [
        lambda: served.post("/v1/logs", _inference_event(spec)),
        lambda: served.post("/v1/traces", otlp.request(spec)),
    ]
    for send in sends if event_first else reversed(sends):
        answer = send()
        assert (answer.status_code, answer.content) == (200, b"")
    served.eventually(
        f"SELECT name, model, input_text FROM spans WHERE trace_id = '{spec.key[0]}'",
        [{"name": "chat", "model": "gpt-4o-mini", "input_text": "what is my balance"}],
    )


def test_metrics_are_answered_and_skipped(served: Served) -> None:
    assert served.post("/v1/metrics", b"whatever").content == b""
    in_json = served.post("/v1/metrics", b"{}", JSON)
    assert (in_json.status_code, in_json.content) == (200, b"{}")


def _score(spec: Spec, name: str, **more: object) -> dict[str, object]:
    return {"id": f"{spec.key[1]}-{name}", "traceId": spec.key[0], "name": name, **more}


def test_langfuse_scores_are_taken_single_and_in_arrays(served: Served) -> None:
    spec = Spec()
    served.post("/api/public/otel/v1/traces", otlp.request(spec))
    single = _score(spec, "helpful", value=1, dataType="BOOLEAN", comment="thanks")
    answer = served.post("/api/public/scores", json.dumps(single).encode(), JSON)
    assert (answer.status_code, answer.json()) == (200, {"id": single["id"]})
    array = [_score(spec, "faithful", value=0.5, dataType="NUMERIC"), _score(spec, "tone", value="warm")]
    answer = served.post("/api/public/scores", json.dumps(array).encode(), JSON)
    assert (answer.status_code, answer.json()) == (202, {"message": "Accepted"})
    served.eventually(
        f"SELECT name, value, label FROM scores WHERE trace_id = '{spec.key[0]}' ORDER BY name",
        [
            {"name": "faithful", "value": 0.5, "label": None},
            {"name": "helpful", "value": 1.0, "label": None},
            {"name": "tone", "value": None, "label": "warm"},
        ],
    )


def test_a_bad_score_of_several_is_named_and_the_rest_is_kept(served: Served) -> None:
    spec = Spec()
    array = [_score(spec, "kept", value=1), {"value": 1}, "nonsense"]
    answer = served.post("/api/public/scores", json.dumps(array).encode(), JSON)
    assert answer.status_code == 207
    assert (answer.json()["accepted"], answer.json()["rejected"]) == (1, 2)
    served.eventually(f"SELECT name FROM scores WHERE trace_id = '{spec.key[0]}'", [{"name": "kept"}])


@pytest.mark.parametrize("body", [b"", b" ", b",", b"{", b"7", b"null", b'"x"', b"{}"])
def test_scores_that_cannot_be_read_are_refused_with_a_message(served: Served, body: bytes) -> None:
    answer = served.post("/api/public/scores", body, JSON)
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_with_a_token_only_its_bearer_may_send(another: Callable[..., Served]) -> None:
    app = another('[server]\ntoken = "s3cret"\n')
    body, basic = otlp.request(Spec()), base64.b64encode(b"pk-lf-1:s3cret").decode()
    for path in ("/v1/traces", "/v1/logs", "/v1/metrics", "/api/public/otel/v1/traces"):
        refused = app.post(path, body)
        assert (refused.status_code, refused.headers["content-type"]) == (401, PROTOBUF)
        assert "WWW-Authenticate" in refused.headers
        assert app.post(path, b"", Authorization="Bearer s3cret").status_code == 200
        assert app.post(path, b"", Authorization=f"Basic {basic}").status_code == 200
        assert app.post(path, b"", Authorization="Bearer wrong").status_code == 401
    assert app.post("/api/public/scores", b"[]", JSON).status_code == 401
    assert app.get("/api/public/projects").status_code == 401
    project = app.get("/api/public/projects", Authorization=f"Basic {basic}").json()["data"][0]
    assert project.keys() >= {"id", "name", "organization", "metadata"}
    assert app.get("/healthz").json()["status"] == "ok"
