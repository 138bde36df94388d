"""Synthetic traffic for the benchmarks: an agent's traces, about 2,600 bytes per span on the wire.

As agents do it, model calls repeat the instructions, the tools and what input and output hold already, and documents
come from a corpus; each span's own input and output, 945 characters in all, are English words drawn at random, which
nothing repeats. Words at random are the hard case for a text index and a compressor.
"""

import random
from collections.abc import Iterator

from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from scrub.lexicon import lexicon

TEXT_CHARS = 472
CORPUS = 5_000
DOCUMENTS = 3
DOCUMENT_CHARS = 520
STEPS = (
    ("handle_turn", "CHAIN"),
    ("guardrail.input", "GUARDRAIL"),
    ("plan", "LLM"),
    ("criticise", "LLM"),
    ("retrieve", "RETRIEVER"),
    ("rerank", "RERANKER"),
    ("tool.balance", "TOOL"),
    ("tool.transfer", "TOOL"),
    ("synthesise", "LLM"),
    ("guardrail.output", "GUARDRAIL"),
    ("summarise", "LLM"),
    ("title", "LLM"),
    ("route", "AGENT"),
)
MODELS = ("gpt-4o-mini-2024-07-18", "gpt-4o-2024-08-06", "claude-3-5-haiku-20241022")
INSTRUCTIONS = " ".join(
    f"Rule {number}: answer from the documents, name your source, keep to four sentences and offer a next step."
    for number in range(1, 9)
)
TOOLS = " ".join(
    f'{{"name": "tool_{number}", "parameters": {{"account": "string", "amount": "number"}}}}' for number in range(6)
)
START_NS = 1_788_220_800_000_000_000  # 2026-09-01
MONTH_NS = 30 * 86_400 * 10**9


class Traffic:
    """A seeded stream of spans, `spans_per_trace` to a trace, spread over 30 days in order of time."""

    def __init__(self, *, seed: int = 1, spans_per_trace: int = 13) -> None:
        self._random = random.Random(seed)
        self._vocabulary = sorted(filter(str.isalpha, lexicon().words))
        self._spans_per_trace = spans_per_trace
        self._corpus = [self._text(DOCUMENT_CHARS) for _ in range(CORPUS)]

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
        put("metadata", f'{{"tenant": "{tenant}", "channel": "app", "release": "2026-09-01.4"}}')
        put("input.value", question := self._text(TEXT_CHARS))
        put("output.value", answer := self._text(TEXT_CHARS))
        if kind == "LLM":
            self._model_call(span, question, answer)
        if kind in ("RETRIEVER", "RERANKER"):
            for rank in range(DOCUMENTS):
                number = self._random.randrange(CORPUS)
                prefix = f"retrieval.documents.{rank}.document"
                put(f"{prefix}.id", f"kb-{number}")
                put(f"{prefix}.content", self._corpus[number])
        if kind == "TOOL":
            put("tool.name", span.name)
            put("tool.parameters", TOOLS)

    def _model_call(self, span: Span, question: str, answer: str) -> None:
        said = {"llm.model_name": self._random.choice(MODELS), "llm.tools.0.tool.json_schema": TOOLS}
        for number, (role, text) in enumerate((("system", INSTRUCTIONS), ("user", question))):
            said[f"llm.input_messages.{number}.message.role"] = role
            said[f"llm.input_messages.{number}.message.content"] = text
        said["llm.output_messages.0.message.role"] = "assistant"
        said["llm.output_messages.0.message.content"] = answer
        for key, value in said.items():
            span.attributes.add(key=key).value.string_value = value
        span.attributes.add(key="llm.token_count.prompt").value.int_value = self._random.randrange(100, 4000)
        span.attributes.add(key="llm.token_count.completion").value.int_value = self._random.randrange(10, 900)

    def _text(self, characters: int) -> str:
        words, length = [], 0
        while length < characters:
            words.append(self._random.choice(self._vocabulary))
            length += len(words[-1]) + 1
        return " ".join(words)


if __name__ == "__main__":
    bodies = list(Traffic().requests(5_000))
    print(f"{sum(map(len, bodies)) / 5_000:.0f} bytes per span on the wire")
