"""Unique personal values for every place of a trace that can hold text, and the search for them afterwards."""

import base64
import random
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote_plus

import duckdb
import pyarrow.parquet as pq
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.journey.needles import Needles

START_NS = 1_793_000_000_000_000_000

TEXT_ATTRIBUTES = (
    "input.value", "output.value", "llm.input_messages.0.message.content", "llm.output_messages.0.message.content",
    "llm.input_messages.0.message.tool_calls.0.tool_call.function.arguments", "llm.prompt_template.template",
    "llm.prompt_template.variables", "llm.prompts.0.prompt.text", "llm.choices.0.completion.text",
    "llm.invocation_parameters", "llm.tools.0.tool.json_schema", "llm.system", "llm.provider", "llm.model_name",
    "llm.finish_reason", "retrieval.documents.0.document.content", "retrieval.documents.0.document.metadata",
    "reranker.query", "reranker.input_documents.0.document.content", "reranker.output_documents.0.document.content",
    "tool.name", "tool.description", "tool.parameters", "metadata", "agent.name", "graph.node.id",
    "annotations.0.annotation.explanation", "annotations.0.annotation.label", "annotations.0.annotation.name",
    "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.tool.definitions",
    "gen_ai.prompt", "gen_ai.completion", "gen_ai.prompt.0.content", "gen_ai.completion.0.content",
    "gen_ai.request.model", "gen_ai.response.model", "gen_ai.tool.call.arguments", "gen_ai.tool.call.result",
    "gen_ai.tool.name", "gen_ai.tool.description", "gen_ai.retrieval.query.text", "gen_ai.retrieval.documents",
    "gen_ai.agent.description", "gen_ai.evaluation.explanation", "traceloop.entity.input", "traceloop.entity.output",
    "traceloop.association.properties.customer", "ai.prompt", "ai.prompt.messages", "ai.response.text",
    "ai.response.toolCalls", "ai.telemetry.metadata.customer", "mlflow.spanInputs", "mlflow.spanOutputs",
    "mlflow.traceTag.note", "langfuse.observation.input", "langfuse.observation.output",
    "langfuse.observation.metadata.note", "langfuse.trace.name", "langfuse.trace.metadata.note",
    "langfuse.observation.status_message", "langsmith.metadata.note", "gcp.vertex.agent.llm_request",
    "gcp.vertex.agent.llm_response", "pydantic_ai.all_messages", "final_result", "exception.message",
    "exception.stacktrace", "error.type", "http.url", "url.full", "db.statement", "enduser.id", "some.unknown.key",
    "tag.tags", "deployment.environment", "tenant", "prompt.id", "document.title",
)  # fmt: skip
PERSON_ATTRIBUTES = ("session.id", "user.id", "gen_ai.conversation.id", "langfuse.user.id", "langfuse.session.id",
                     "ai.telemetry.metadata.userId", "traceloop.association.properties.user_id")  # fmt: skip
_LEFT = ("Quillon", "Marisol", "Thaddeus", "Ignacia", "Leopold", "Rosalind", "Cornelius", "Philippa")
_RIGHT = ("Abernathy", "Vanderbilt", "Castellano", "Hathaway", "Montgomery", "Featherstone", "Gallagher", "Whitaker")


@dataclass
class Canary:
    """Makes values that nobody else has, and remembers where each was planted."""

    seed: int = 7
    planted: dict[str, str] = field(default_factory=dict)
    _random: random.Random = field(init=False)
    _trace_id: bytes = b""

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - repeatable plants, no secret

    def email(self, where: str) -> str:
        return self._keep(f"wren{self._random.randrange(10**8):08d}@example-mail.com", where)

    def phone(self, where: str) -> str:
        number = f"+1 415 {self._random.randrange(200, 999)} {self._random.randrange(1000, 9999)}"
        return self._keep(number, where)

    def card(self, where: str) -> str:
        body = [4, *(self._random.randrange(10) for _ in range(14))]
        doubled = [digit if place % 2 else sum(divmod(digit * 2, 10)) for place, digit in enumerate(body)]
        digits = "".join(map(str, [*body, -sum(doubled) % 10]))
        return self._keep(" ".join(digits[i : i + 4] for i in range(0, 16, 4)), where)

    def number(self, where: str) -> int:
        """A card as somebody's program reads it."""
        return int(self._keep(self.card(where).replace(" ", ""), where))

    def iban(self, where: str) -> str:
        account = f"{self._random.randrange(10**18):018d}"
        return self._keep(f"DE{98 - int(account + '131400') % 97:02d}{account}", where)

    def coded(self, where: str) -> str:
        """A sentence in base64."""
        return self._keep(base64.b64encode(self.sentence(where).encode()).decode(), where)

    def ssn(self, where: str) -> str:
        return self._keep(
            f"{self._random.randrange(200, 600)}-{self._random.randrange(10, 99)}-{self._random.randrange(1000, 9999)}",
            where,
        )

    def secret(self, where: str) -> str:
        """A key as providers make them."""
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        return self._keep("sk-proj-" + "".join(self._random.choices(letters, k=40)), where)

    def opaque(self, where: str) -> str:
        return self._keep(f"acct_{self._random.getrandbits(64):016x}_jane", where)

    def person(self, where: str) -> str:
        name = f"{self._random.choice(_LEFT)} {self._random.choice(_RIGHT)}"
        return self._keep(name, where)

    def sentence(self, where: str) -> str:
        """Prose that carries one value of each kind."""
        return (f"My name is {self.person(where)}, mail {self.email(where)} or call {self.phone(where)}; "
                f"my card is {self.card(where)} and my SSN {self.ssn(where)}.")  # fmt: skip

    def _keep(self, value: str, where: str) -> str:
        self.planted[value] = where
        return value

    # -- what is sent ---------------------------------------------------------------------------------------------

    def traces(self) -> ExportTraceServiceRequest:
        """One span per text attribute, below a root whose own fields (name, status, events, links ...) are planted."""
        request = ExportTraceServiceRequest()
        resource = request.resource_spans.add()
        for key in ("service.name", "host.name", "process.command_args", "telemetry.note"):
            resource.resource.attributes.add(key=key).value.string_value = self.email(f"resource {key}")
        scope = resource.scope_spans.add()
        scope.scope.name = f"lib {self.email('scope name')}"
        scope.scope.version = self.email("scope version")
        scope.scope.attributes.add(key="note").value.string_value = self.email("scope attribute")
        root = self._span(scope.spans.add(), b"")
        self._plant_own_fields(root)
        for number, key in enumerate(TEXT_ATTRIBUTES + PERSON_ATTRIBUTES):
            span = self._span(scope.spans.add(), root.span_id)
            for kind_key, kind in self._kinds(number):
                span.attributes.add(key=kind_key).value.string_value = kind
            plant = self.opaque if key in PERSON_ATTRIBUTES else self.sentence
            span.attributes.add(key=key).value.string_value = plant(key)
        return request

    def logs(self, traces: ExportTraceServiceRequest) -> ExportLogsServiceRequest:
        """Content and evaluations as log events of the first span."""
        span = traces.resource_spans[0].scope_spans[0].spans[0]
        request = ExportLogsServiceRequest()
        records = request.resource_logs.add().scope_logs.add().log_records
        for event in ("gen_ai.client.inference.operation.details", "gen_ai.evaluation.result", "gen_ai.user.message"):
            record = records.add(trace_id=span.trace_id, span_id=span.span_id, time_unix_nano=START_NS)
            record.event_name = event
            record.body.CopyFrom(AnyValue(string_value=self.sentence(f"log body {event}")))
            for key in ("gen_ai.input.messages", "gen_ai.evaluation.explanation", "gen_ai.evaluation.name", "content"):
                record.attributes.add(key=key).value.string_value = self.sentence(f"log {event} {key}")
        return request

    def _kinds(self, number: int) -> Iterator[tuple[str, str]]:
        kinds = ("LLM", "TOOL", "RETRIEVER", "CHAIN", "RERANKER", "EVALUATOR", "AGENT")
        yield "openinference.span.kind", kinds[number % len(kinds)]

    def _span(self, span: Span, parent: bytes) -> Span:
        span.trace_id = self._random.randbytes(16) if not parent else self._trace_id
        self._trace_id = span.trace_id
        span.span_id, span.parent_span_id = self._random.randbytes(8), parent
        span.name = "step"
        span.start_time_unix_nano, span.end_time_unix_nano = START_NS, START_NS + 10**9
        return span

    def _plant_own_fields(self, span: Span) -> None:
        span.name = f"lookup {self.email('span name')}"
        span.trace_state = f"vendor={self.email('trace state')}"
        span.status.message = self.sentence("status message")
        span.status.code = Status.STATUS_CODE_ERROR
        span.attributes.add(key=f"note.{self.email('attribute key')}").value.string_value = "x"
        nested = span.attributes.add(key="nested").value.kvlist_value.values.add(key=self.email("nested key"))
        nested.value.array_value.values.add().string_value = self.sentence("nested list")
        span.attributes.add(key="raw").value.bytes_value = self.email("bytes value").encode()
        span.attributes.add(key="doubly").value.string_value = f'"{{\\"a\\": \\"{self.email("doubly encoded")}\\"}}"'
        self._plant_in_odd_places(span)
        event = span.events.add(name=f"event {self.email('event name')}", time_unix_nano=START_NS)
        for key in ("exception.message", "exception.stacktrace", "anything"):
            event.attributes.add(key=key).value.string_value = self.sentence(f"event {key}")
        link = span.links.add(trace_id=b"\1" * 16, span_id=b"\2" * 8)
        link.attributes.add(key="why").value.string_value = self.email("link attribute")

    def _plant_in_odd_places(self, span: Span) -> None:
        """Encoded, as numbers, as keys, cut in pieces, where counts and ids are due."""
        texts = {
            "coded": self.coded("base64"),
            "file": f"data:text/plain;base64,{self.coded('data URL')}",
            "callback": f"https://example.com/?who={quote_plus(self.card('query'))}&mail={self.email('query')}_x",
            "gen_ai.response.id": str(self.number("response id")),
            "gen_ai.tool.call.id": self.iban("tool call id"),
            self.iban("attribute key that is a word"): "x",
            f"to.{self.number('attribute key with dots')}": "x",
            "tagged": f"<{self.iban('angle brackets')}> visa{self.number('glued to a word')}",
        }
        for key, text in texts.items():
            span.attributes.add(key=key).value.string_value = text
        for key in ("number", "llm.token_count.prompt", "order_id"):
            span.attributes.add(key=key).value.int_value = self.number(f"integer {key}")
        span.attributes.add(key="float").value.double_value = self.number("float")
        pieces = span.attributes.add(key="chunks").value.array_value.values
        email = self.email("pieces of a stream")
        for start in range(0, len(email), 7):
            pieces.add().string_value = email[start : start + 7]
        span.dropped_attributes_count = 5

    # -- what was kept --------------------------------------------------------------------------------------------

    def found_in(self, *roots: Path) -> dict[str, str]:
        """Planted values that stand anywhere under the roots: raw bytes, and what Parquet, DuckDB and SQLite unpack."""
        looked_for: dict[bytes, set[str]] = {}
        for value in self.planted:
            for part in _parts(value):
                looked_for.setdefault(part.encode(), set()).add(value)
        needles, found = Needles(looked_for), set[str]()
        for root in roots:
            for _, text in everything_under(root):
                for part_found in needles.found_in(text):
                    found |= looked_for[part_found]
        return {value: where for value, where in self.planted.items() if value in found}


def _parts(value: str) -> tuple[str, ...]:
    """A word index keeps the parts of an address apart, so its unmistakable part is looked for alone too."""
    return (value, value.partition("@")[0]) if "@" in value else (value,)


def everything_under(root: Path) -> Iterator[tuple[str, bytes]]:
    """Every file under the root by its name: the name itself, its bytes, and what Parquet, DuckDB and SQLite unpack."""
    files = [root] if root.is_file() else [path for path in root.rglob("*") if path.is_file()]
    for path in files:
        name = str(path)
        yield name, name.encode()
        yield name, path.read_bytes()
        if path.suffix == ".parquet":
            yield name, str(pq.read_table(path).to_pylist()).encode()
        if path.suffix == ".duckdb":
            yield from ((name, text) for text in _duckdb_tables(path))
        if path.suffix in (".db", ".idx"):
            yield from ((name, text) for text in _sqlite_tables(path))


def _duckdb_tables(path: Path) -> Iterator[bytes]:
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.sql("SELECT table_name FROM duckdb_tables() WHERE NOT internal").fetchall()
        for (name,) in names:
            yield str(connection.table(name).fetchall()).encode()


def _sqlite_tables(path: Path) -> Iterator[bytes]:
    with sqlite3.connect(path) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            try:
                rows = connection.execute(f'SELECT * FROM "{name}"').fetchall()
            except sqlite3.OperationalError:
                continue  # a contentless full-text table cannot be read back; its terms lie in the raw bytes
            yield str(rows).encode()
