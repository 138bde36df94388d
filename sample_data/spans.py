"""Spans of OTLP JSON as clients write them, in the two spellings of the sample: OpenInference and OpenTelemetry GenAI."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

MS = 1_000_000
Message = tuple[str, str]  # role, text


def nanoseconds(at: datetime) -> int:
    """Nanoseconds since 1970 of a time with a zone, exact."""
    return int(at.timestamp()) * 10**9 + at.microsecond * 1_000


def any_value(value: str | float | bool) -> dict[str, Any]:
    """A value in OTLP JSON: integers travel as text."""
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
    return {"stringValue": value}


@dataclass
class Trace:
    """One turn under way: a clock that moves on as spans are added, and the spans."""

    random: Random
    start_ns: int
    trace_id: str = ""
    spans: list[dict[str, Any]] = field(default_factory=list)
    now_ns: int = 0

    def __post_init__(self) -> None:
        self.trace_id = f"{self.random.getrandbits(128):032x}"
        self.now_ns = self.start_ns
        self.root = self.span("handle turn", "CHAIN", 0, {}, parent="")

    def lasts(self, median_ms: float, spread: float = 0.35) -> int:
        """A duration in ns, lognormal around the median."""
        return int(self.random.lognormvariate(0, spread) * median_ms * MS)

    def span(self, name: str, kind: str, duration_ns: int, said: dict[str, Any], *, parent: str | None = None) -> str:
        """Add a span that begins now; the clock moves to its end. Returns its id."""
        span_id = f"{self.random.getrandbits(64):016x}"
        gap_ns = self.random.randrange(1, 6) * MS
        begins = self.now_ns + (gap_ns if self.spans else 0)
        self.now_ns = begins + duration_ns
        attributes = {"openinference.span.kind": kind, **said} if kind else said
        self.spans.append({
            "traceId": self.trace_id, "spanId": span_id,
            "parentSpanId": self.root if parent is None else parent,
            "name": name, "kind": 1, "startTimeUnixNano": str(begins), "endTimeUnixNano": str(self.now_ns),
            "attributes": [{"key": key, "value": any_value(value)} for key, value in attributes.items()
                           if value is not None],
            "status": {},
        })  # fmt: skip
        return span_id

    def fail_last(self, message: str) -> None:
        """Mark the last span as failed, with the exception that clients record."""
        span = self.spans[-1]
        span["status"] = {"code": 2, "message": message}
        span["events"] = [{
            "name": "exception", "timeUnixNano": span["endTimeUnixNano"],
            "attributes": [{"key": "exception.type", "value": any_value("TimeoutError")},
                           {"key": "exception.message", "value": any_value(message)}],
        }]  # fmt: skip

    def close(self, said: dict[str, Any]) -> None:
        """End the root now and give it its attributes."""
        root = self.spans[0]
        root["endTimeUnixNano"] = str(self.now_ns + 2 * MS)
        root["attributes"] += [{"key": key, "value": any_value(value)} for key, value in said.items()]


@dataclass(frozen=True, slots=True)
class Call:
    """One model call."""

    requested: str
    answered: str
    messages: list[Message]
    answer: str
    tok_in: int
    tok_out: int
    cached: int
    cost_usd: float | None
    prompt_version: str

    def openinference(self) -> dict[str, Any]:
        """The call as OpenInference's clients write it."""
        said: dict[str, Any] = {
            "llm.request.model_name": self.requested, "llm.response.model_name": self.answered,
            "llm.model_name": self.answered, "llm.provider": _provider(self.requested),
            "llm.token_count.prompt": self.tok_in, "llm.token_count.completion": self.tok_out,
            "llm.token_count.total": self.tok_in + self.tok_out,
            "llm.token_count.prompt_details.cache_read": self.cached,
            "llm.cost.total": self.cost_usd, "prompt.id": "bank-assistant",
            "llm.prompt_template.version": self.prompt_version,
            "llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": self.answer,
        }  # fmt: skip
        for number, (role, text) in enumerate(self.messages):
            said[f"llm.input_messages.{number}.message.role"] = role
            said[f"llm.input_messages.{number}.message.content"] = text
        return said

    def genai(self) -> dict[str, Any]:
        """The call by OpenTelemetry's GenAI conventions; the spelling has no cost and no prompt version of its own."""
        return {
            "gen_ai.operation.name": "chat", "gen_ai.provider.name": _provider(self.requested),
            "gen_ai.request.model": self.requested, "gen_ai.response.model": self.answered,
            "gen_ai.usage.input_tokens": self.tok_in, "gen_ai.usage.output_tokens": self.tok_out,
            "gen_ai.usage.cache_read.input_tokens": self.cached,
            "gen_ai.prompt.name": "bank-assistant", "gen_ai.prompt.version": self.prompt_version,
            "gen_ai.input.messages": _genai_messages(self.messages),
            "gen_ai.output.messages": _genai_messages([("assistant", self.answer)]),
        }  # fmt: skip


def _genai_messages(messages: list[Message]) -> str:
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]} for role, text in messages])


def _provider(model: str) -> str:
    return "anthropic" if model.startswith("claude") else "openai"
