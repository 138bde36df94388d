"""Synthetic traffic for the benchmarks: an agent's traces, 2,600 bytes per span on the wire, mostly distinct words.

Distinct words are the hard case for a text index and a compressor; real agents repeat their prompts.
"""

import random
from collections.abc import Iterator

from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

VOCABULARY = 67_612
STEPS = (
    ("handle_turn", "CHAIN"),
    ("guardrail.input", "GUARDRAIL"),
    ("plan", "LLM"),
    ("retrieve", "RETRIEVER"),
    ("rerank", "RERANKER"),
    ("tool.balance", "TOOL"),
    ("tool.transfer", "TOOL"),
    ("tool.lookup", "TOOL"),
    ("synthesise", "LLM"),
    ("guardrail.output", "GUARDRAIL"),
    ("memory", "CHAIN"),
    ("embed", "EMBEDDING"),
    ("route", "AGENT"),
)
MODELS = ("gpt-4o-mini-2024-07-18", "gpt-4o-2024-08-06", "claude-3-5-haiku-20241022")
START_NS = 1_788_220_800_000_000_000  # 2026-09-01
MONTH_NS = 30 * 86_400 * 10**9


def _words(seed: int) -> list[str]:
    chosen = random.Random(seed)
    letters = "abcdefghijklmnopqrstuvwxyz"
    return ["".join(chosen.choices(letters, k=chosen.randint(3, 11))) for _ in range(VOCABULARY)]


class Traffic:
    """A seeded stream of spans, `spans_per_trace` to a trace, spread over 30 days in order of time."""

    def __init__(self, *, seed: int = 1, spans_per_trace: int = 13, text_chars: int = 860) -> None:
        self._random = random.Random(seed)
        self._vocabulary = _words(seed)
        self._spans_per_trace = spans_per_trace
        self._text_chars = text_chars

    def requests(self, spans: int, *, per_request: int = 512) -> Iterator[bytes]:
        """Bodies of OTLP protobuf requests that hold `spans` spans in all."""
        step_ns = MONTH_NS * self._spans_per_trace // max(spans, 1)
        made = trace = 0
        request, into = self._new_request()
        while made < spans:
            for span in self._trace(START_NS + trace * step_ns, min(self._spans_per_trace, spans - made)):
                into.append(span)
                made += 1
                if len(into) == per_request:
                    yield request.SerializeToString()
                    request, into = self._new_request()
            trace += 1
        if into:
            yield request.SerializeToString()

    def _new_request(self) -> tuple[ExportTraceServiceRequest, RepeatedCompositeFieldContainer[Span]]:
        request = ExportTraceServiceRequest()
        resource = request.resource_spans.add()
        for key, value in {
            "service.name": "bank-bot",
            "service.version": "4.2",
            "deployment.environment": "prod",
        }.items():
            resource.resource.attributes.add(key=key).value.string_value = value
        return request, resource.scope_spans.add().spans

    def _trace(self, start_ns: int, spans: int) -> Iterator[Span]:
        trace_id, root_id = self._random.randbytes(16), b""
        session, tenant = f"session-{self._random.randrange(10**6)}", f"tenant-{self._random.randrange(20)}"
        for number in range(spans):
            span = Span(trace_id=trace_id, span_id=self._random.randbytes(8), parent_span_id=root_id)
            root_id = root_id or span.span_id
            name, kind = STEPS[number % len(STEPS)]
            span.name = name
            span.start_time_unix_nano = start_ns + number * 10**6
            span.end_time_unix_nano = span.start_time_unix_nano + int(self._random.lognormvariate(18, 1))
            self._attributes(span, kind, session, tenant)
            yield span

    def _attributes(self, span: Span, kind: str, session: str, tenant: str) -> None:
        def put(key: str, value: str) -> None:
            span.attributes.add(key=key).value.string_value = value

        put("openinference.span.kind", kind)
        put("session.id", session)
        put("metadata", f'{{"tenant": "{tenant}"}}')
        put("input.value", question := self._text())
        put("output.value", answer := self._text())
        if kind == "LLM":
            put("llm.model_name", self._random.choice(MODELS))
            span.attributes.add(key="llm.token_count.prompt").value.int_value = self._random.randrange(100, 4000)
            span.attributes.add(key="llm.token_count.completion").value.int_value = self._random.randrange(10, 900)
            put("llm.input_messages.0.message.role", "user")
            put("llm.input_messages.0.message.content", question)
            put("llm.output_messages.0.message.role", "assistant")
            put("llm.output_messages.0.message.content", answer)
        if kind in ("RETRIEVER", "RERANKER"):
            for rank in range(3):
                prefix = f"retrieval.documents.{rank}.document"
                put(f"{prefix}.id", f"kb-{self._random.randrange(5000)}")
                put(f"{prefix}.content", self._text())
        if kind == "TOOL":
            put("tool.name", span.name)

    def _text(self) -> str:
        words = self._random.choices(self._vocabulary, k=self._text_chars // 8)
        return " ".join(words)


if __name__ == "__main__":
    bodies = list(Traffic().requests(5_000))
    print(f"{sum(map(len, bodies)) / 5_000:.0f} bytes per span on the wire")
