"""What is sent before it is made wrong: OTLP traces, logs and scores with personal values in them, and real exports."""

import base64
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.journey.canary import PERSON_ATTRIBUTES, Canary

FIXTURES = Path(__file__).parents[2].parent / "shared" / "fixtures"
_IDS = ("traceId", "spanId", "parentSpanId")
MOST_RECORDS = 40
"""Of one real export: the rest says nothing new."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """Requests as clients send them; each is copied before it is changed."""

    traces: ExportTraceServiceRequest
    logs: Any
    score: dict[str, Any]

    def few_spans(self, dice: random.Random) -> ExportTraceServiceRequest:
        """One to four of the spans, under a trace id and span ids that nobody else has; the resource now and then."""
        request = ExportTraceServiceRequest()
        group, whole = request.resource_spans.add(), self.traces.resource_spans[0]
        if dice.random() < 0.3:
            group.resource.CopyFrom(whole.resource)
        scope = group.scope_spans.add()
        scope.scope.CopyFrom(whole.scope_spans[0].scope)
        trace, parent = dice.randbytes(16), b""
        for span in dice.sample(list(whole.scope_spans[0].spans), dice.randint(1, 4)):
            one = scope.spans.add()
            one.CopyFrom(span)
            one.trace_id, one.span_id, one.parent_span_id = trace, dice.randbytes(8), parent
            parent = one.span_id
        return request

    def few_logs(self, dice: random.Random) -> Any:
        """The log records, of another trace."""
        request = type(self.logs)()
        request.CopyFrom(self.logs)
        trace, span = dice.randbytes(16), dice.randbytes(8)
        for record in request.resource_logs[0].scope_logs[0].log_records:
            record.trace_id, record.span_id = trace, span
        return request


def planted(seed: int) -> tuple[Canary, Shapes]:
    """Shapes with a personal value of each kind wherever text may stand, and what was planted.

    An account's name is told by its key alone; where the key was made wrong, nobody can tell. So those do not count.
    """
    canary = Canary(seed=seed)
    traces = canary.traces()
    score = {
        "id": canary.email("score id"),
        "traceId": "0" * 31 + "1",
        "name": "helpful",
        "value": 0.5,
        "dataType": "NUMERIC",
        "comment": canary.sentence("score comment"),
        "metadata": {"note": canary.sentence("score metadata")},
    }
    made = Shapes(traces, canary.logs(traces), score)
    canary.planted = {value: where for value, where in canary.planted.items() if where not in PERSON_ATTRIBUTES}
    return canary, made


def as_json(message: Any) -> dict[str, Any]:
    """A protobuf request in OTLP's JSON, whose ids are hex."""
    said: dict[str, Any] = MessageToDict(message)
    _hex_ids(said)
    return said


def _hex_ids(value: Any) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in _IDS and isinstance(inner, str):
                value[key] = base64.b64decode(inner).hex()
            else:
                _hex_ids(inner)
    elif isinstance(value, list):
        for inner in value:
            _hex_ids(inner)


def plainly_valid(request: object) -> Iterator[tuple[str, str]]:
    """Ids of the spans of a JSON request that nobody could call wrong: in their place, with ids as the standard has."""
    for group in _objects(request, "resourceSpans"):
        for scope in _objects(group, "scopeSpans"):
            for span in _objects(scope, "spans"):
                trace, own = span.get("traceId"), span.get("spanId")
                if _is_id(trace, 32) and _is_id(own, 16):
                    yield trace, own


def _objects(value: object, name: str) -> list[Any]:
    listed = value.get(name) if isinstance(value, dict) else None
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _is_id(value: object, length: int) -> bool:
    return (
        isinstance(value, str)
        and len(value) == length
        and bool(value.strip("0"))
        and set(value) <= set("0123456789abcdef")
    )


EXPORTS = {
    "mlflow": "otlp/mlflow-trace-json/tr-9b0f913e18ce9da4d2791b5fa59c6b89.json",
    "langfuse": "exports/langfuse/vercel-aisdk-2025-11-17.trace.json",
    "langfuse-langgraph": "exports/langfuse/langgraph-python-2025-08-22.trace.json",
    "phoenix": "exports/phoenix-export/support.spans.json",
    "phoenix-otlp": "exports/phoenix-export/support.otlpv1.rest.json",
    "phoenix-annotations": "exports/phoenix-export/support.span_annotations.rest.json",
    "langfuse-scores": "otlp/langfuse-sdk/002-api_public_scores.json",
    "otlp-json": "otlp/openinference-openai-json/001-v1_traces.json",
    "mlflow-lines": "exports/mlflow-demo/traces.jsonl",
    "tau-bench": "exports/tau-bench/gpt-4o-airline.json",
}


def exports() -> dict[str, list[Any]]:
    """Records of real exports by their names; of chats alone where the fixtures are not there."""
    found: dict[str, list[Any]] = {"chat": [_chat()]}
    for name, path in EXPORTS.items():
        if (FIXTURES / path).exists():
            found[name] = _records(FIXTURES / path)[:MOST_RECORDS]
    return found


def _records(path: Path) -> list[Any]:
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()[:MOST_RECORDS] if line.strip()]
    whole = json.loads(path.read_bytes())
    if isinstance(whole, list):
        return whole
    return whole["data"] if isinstance(whole, dict) and isinstance(whole.get("data"), list) else [whole]


def _chat() -> dict[str, Any]:
    call = {"id": "1", "type": "function", "function": {"name": "look_up", "arguments": '{"q": "fees"}'}}
    return {
        "messages": [
            {"role": "system", "content": "You are a bank clerk."},
            {"role": "user", "content": "What does a transfer cost?"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "1", "name": "look_up", "content": "0.35 euros"},
        ]
    }
