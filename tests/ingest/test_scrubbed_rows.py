"""Nothing textual gets past the walk over a row: values planted in every surface are in no byte of the result."""

import random
from datetime import UTC, datetime

import orjson
import pytest

from ingest.formats import otlp_logs, otlp_protobuf
from ingest.raw import RawScore, RawSpan, Rejected
from ingest.scrubbing import is_telling, scrub_score, scrub_spans
from scrub import Policy, Scrubber, without_numbers
from storage.schema import DOCUMENTS, SCORES, SPANS, Holds, Kind
from tests.ingest.built import KEY, SPAN, START_NS, TRACE, opened, prepared, preparer, request, row, rows, span

BY_POLICY = preparer()
START = datetime(2026, 11, 21, tzinfo=UTC)
SURFACES = [
    "input.value",
    "output.value",
    "llm.input_messages.0.message.content",
    "llm.output_messages.0.message.content",
    "llm.input_messages.0.message.tool_calls.0.tool_call.function.arguments",
    "llm.prompt_template.variables",
    "retrieval.documents.0.document.content",
    "retrieval.documents.0.document.metadata",
    "retrieval.documents.0.document.id",
    "reranker.query",
    "reranker.output_documents.0.document.content",
    "llm.tools.0.tool.json_schema",
    "metadata",
    "llm.invocation_parameters",
    "llm.model_name",
    "llm.provider",
    "llm.finish_reason",
    "tool.name",
    "tool.parameters",
    "gen_ai.input.messages",
    "gen_ai.system_instructions",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.tool.call.id",
    "gen_ai.prompt.0.content",
    "mlflow.spanInputs",
    "mlflow.spanOutputs",
    "error.type",
    "langfuse.observation.input",
    "langfuse.observation.metadata.note",
    "langfuse.observation.status_message",
    "tag.tags",
    "traceloop.entity.input",
    "ai.prompt",
    "ai.response.toolCalls",
    "exception.message",
    "agent.name",
    "tenant",
    "prompt.id",
    "prompt.name",
    "prompt.version",
    "retrieval.config",
    "deployment.environment",
    "some.unknown.key",
    "session.id",
    "user.id",
    "annotations.0.annotation.explanation",
    "annotations.0.annotation.name",
    "annotations.0.annotation.label",
]
KINDS = ["LLM", "TOOL", "RETRIEVER", "RERANKER", "EMBEDDING", "AGENT", "CHAIN", "EVALUATOR", "GUARDRAIL", "PROMPT"]


class Plants:
    """Makes e-mail addresses, telephone numbers and names that nobody else has."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311
        self.values: set[str] = set()

    def email(self) -> str:
        return self._kept(f"wren{self._random.randrange(10**9)}@example-mail.com")

    def sentence(self) -> str:
        phone = f"+1 415 {self._random.randrange(200, 999)} {self._random.randrange(1000, 9999)}"
        name = f"{self._random.choice(['Rosalind', 'Leopold', 'Marisol'])} Ab{self._random.randrange(10**6)}".translate(
            str.maketrans("0123456789", "abcdefghij")
        ).title()
        return f"My name is {self._kept(name)}, mail {self.email()} or call {self._kept(phone)}."

    def _kept(self, value: str) -> str:
        self.values.add(value)
        return value

    def found_in(self, content: bytes) -> set[str]:
        return {value for value in self.values if value.encode() in content}


@pytest.mark.parametrize("kind", KINDS)
def test_no_planted_value_is_in_any_byte_of_a_prepared_trace(kind: str) -> None:
    plants = Plants(KINDS.index(kind))
    sent = [
        span({"openinference.span.kind": kind, key: plants.sentence()}, span_id=number.to_bytes(8, "big"))
        for number, key in enumerate(SURFACES, 1)
    ]
    root = span(
        {f"key of {plants.email()}": "x", "list": [plants.sentence(), {plants.email(): [plants.email()]}]},
        name=f"look up {plants.email()}",
        trace_state=f"v={plants.email()}",
        status={"code": 2, "message": plants.sentence()},
    )
    event = root.events.add(name=f"event {plants.email()}")
    for key in ("exception.message", "exception.stacktrace", "exception.type", "anything"):
        event.attributes.add(key=key).value.string_value = plants.sentence()
    root.links.add(trace_id=b"\1" * 16, span_id=b"\2" * 8).attributes.add(key="why").value.string_value = plants.email()
    body = request(root, *sent, resource={"service.name": plants.email(), "host.name": plants.email()})
    done = BY_POLICY.prepare(otlp_protobuf.read_request(body), source_format="x", batch="b", received_at=START)

    assert done.spans.num_rows == len(SURFACES) + 1
    assert plants.found_in(done.to_ipc() + str(done.spans.to_pylist() + done.scores.to_pylist()).encode()) == set()
    assert sum(done.entities.values()) > len(SURFACES)


def test_no_planted_value_is_in_any_byte_of_prepared_logs_scores_and_rejects() -> None:
    plants = Plants(99)
    records = [
        {
            "eventName": name,
            "traceId": TRACE,
            "spanId": SPAN,
            "timeUnixNano": str(START_NS),
            "body": {"stringValue": plants.sentence()},
            "attributes": [
                {"key": key, "value": {"stringValue": plants.sentence()}}
                for key in (
                    "gen_ai.evaluation.name",
                    "gen_ai.evaluation.explanation",
                    "gen_ai.evaluation.score.label",
                    "gen_ai.input.messages",
                    "content",
                    "gen_ai.request.model",
                    "own",
                )
            ],
        }
        for name in (
            "gen_ai.evaluation.result",
            "gen_ai.user.message",
            "gen_ai.choice",
            "gen_ai.client.inference.operation.details",
        )
    ]
    records.append({"eventName": "gen_ai.choice", "body": {"stringValue": plants.sentence()}})
    logs = otlp_logs.read_json(orjson.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}))
    score = RawScore(
        {
            column.name: plants.sentence()
            for column in SCORES
            if column.kind in (Kind.TEXT, Kind.JSON) and column.name not in ("entities", "ingest_batch")
        }
    )
    done = BY_POLICY.prepare([*logs, score], source_format="x", batch="b", received_at=START)

    assert (done.spans.num_rows, done.scores.num_rows, len(done.rejected)) == (1, 3, 1)
    assert plants.found_in(done.to_ipc() + str(done.scores.to_pylist()).encode()) == set()


def test_every_column_that_may_hold_text_is_walked() -> None:
    """Driven by the schema: a value in any column that is no fact comes out changed."""
    plants = Plants(5)
    filled: dict[str, object] = {"trace_id": "t", "kind": "chain"}
    for column in SPANS:
        if column.holds is Holds.FACT or column.name == "trace_id":
            continue
        text = plants.sentence()
        messages = [
            {
                "role": plants.email(),
                "name": plants.email(),
                "parts": [{"type": plants.email(), "text": text}, {"type": "x", "own": {plants.email(): text}}],
            }
        ]
        filled[column.lake_name] = (
            messages
            if column.holds is Holds.MESSAGES
            else [text]
            if column.kind is Kind.TEXTS
            else {text: [text]}
            if column.kind is Kind.JSON
            else text
        )
    filled["documents"] = [{c.lake_name: plants.sentence() for c in DOCUMENTS if c.holds is not Holds.FACT}]
    scrub_spans(scrubber(), "t", [filled])

    assert plants.found_in(str(filled).encode()) == set()


def scrubber() -> Scrubber:
    return Scrubber(Policy(), b"k" * 32)


def test_the_default_is_to_scrub() -> None:
    assert "jane@example.com" not in str(row({"input.value": "write to jane@example.com"}, by=preparer()))
    assert row({}, by=preparer())["scrub_version"]


def test_a_value_known_in_one_span_is_found_in_the_other_spans_of_its_trace() -> None:
    said = rows(
        span({"input.value": "my name is Rosalind Featherstone"}),
        span(
            {"tool.name": "t", "openinference.span.kind": "TOOL", "output.value": "owner: Featherstone"},
            span_id=b"12345678",
        ),
        by=BY_POLICY,
    )

    assert "Featherstone" not in str(said)


def test_equal_values_of_a_trace_have_equal_placeholders_and_each_row_its_counts() -> None:
    first, second = rows(
        span({"input.value": "a@example.com"}),
        span({"output.value": "a@example.com and a@example.com"}, span_id=b"12345678"),
        by=BY_POLICY,
    )

    assert first["input_text"] in second["output_text"]
    assert (first["entities"], second["entities"]) == ({"EMAIL_ADDRESS": 1}, {"EMAIL_ADDRESS": 2})


def test_a_person_who_scored_becomes_a_hash_and_a_program_keeps_its_name() -> None:
    human = {"name": "q", "source": "human", "author": "Jane Doe"}
    code = {"name": "q", "source": "code", "author": "nightly-check"}
    for one in (human, code):
        scrub_score(scrubber(), one)

    assert human["author"].startswith("a_")
    assert code["author"] == "nightly-check"


def test_the_digest_of_a_reject_is_keyed() -> None:
    sent = Rejected("line 1", "why", digest="d" * 32)
    one, other = (prepared([sent], preparer(key)).rejected[0] for key in (KEY, b"x" * 32))

    assert one.digest not in ("d" * 32, other.digest)


def test_a_score_without_an_id_gets_the_same_keyed_one_each_time() -> None:
    scores = [RawScore({"name": "q", "value": 1, "trace_id": TRACE, "target_level": "trace"}) for _ in range(2)]
    ids = prepared(scores, BY_POLICY).scores["id"].to_pylist()

    assert ids[0] == ids[1]
    assert len(ids[0]) == 32


def test_a_span_without_a_start_begins_with_its_receipt_in_order() -> None:
    first, second = opened(prepared([RawSpan("t", "1"), RawSpan("t", "2")]))

    assert first["start_ns"] < second["start_ns"]
    assert (first["time_source"], first["duration_ns"]) == ("receipt", None)


def test_an_application_with_a_tighter_policy_is_scrubbed_by_it() -> None:
    by = preparer(scrub={"entities": {"IP_ADDRESS": "keep"}, "apps": {"bank": {"entities": {"IP_ADDRESS": "hash"}}}})
    said = span({"input.value": "from 8.8.4.4"})
    (shop,) = rows(said, by=by, resource={"service.name": "shop"})
    (bank,) = rows(said, by=by, resource={"service.name": "bank"})
    assert (shop["input_text"], shop["entities"]) == ("from 8.8.4.4", None)
    assert bank["input_text"].startswith("from <IP_")
    assert bank["entities"] == {"IP_ADDRESS": 1}


BANK = preparer(scrub={"entities": {"EMAIL_ADDRESS": "keep_domain"}, "apps": {"bank": {
    "names": ["Zyxwara"], "patterns": {"POLICY_NUMBER": r"PN-\d{8}"}, "entities": {"EMAIL_ADDRESS": "replace"},
}}})  # fmt: skip
JUDGED = "policy PN-12345678 of Zyxwara, j@acme.com; Featherstone asked"


def explained(*raws: object, score: dict[str, object]) -> str:
    said = RawScore({"name": "q", "source": "judge", "explanation": JUDGED, **score})
    done = prepared([*raws, said], BANK)  # type: ignore[list-item]
    return without_numbers(str(done.scores["explanation"][-1]))


@pytest.mark.parametrize("score", [{"trace_id": "t"}, {"span_id": "1"}])
def test_a_score_is_scrubbed_as_its_trace_is(score: dict[str, object]) -> None:
    for app, kept in (("bank", "policy <POLICY_NUMBER> of <PERSON>, <EMAIL>; <PERSON> asked"),
                      ("shop", "policy PN-12345678 of <PERSON>, <EMAIL>@acme.com; <PERSON> asked")):  # fmt: skip
        span = RawSpan("t", "1", resource={"service.name": app},
                       attributes={"input.value": "my name is Rosalind Featherstone"})  # fmt: skip
        assert explained(span, score=score) == kept


@pytest.mark.parametrize("score", [{"trace_id": "other"}, {"session_id": "s"}, {"span_id": "1"}])
def test_a_score_of_an_unknown_trace_is_scrubbed_as_the_strictest_application_asks(score: dict[str, object]) -> None:
    two = [RawSpan("t", "1"), RawSpan("u", "1")]  # whose span it is nobody can tell

    assert explained(*two, score=score).startswith("policy <POLICY_NUMBER> of <PERSON>, <EMAIL>;")


def test_what_is_hashed_in_its_column_is_hashed_in_the_words_beside_it() -> None:
    (said,) = rows(
        span({"user.id": "k448812", "session.id": "abc-77-xyz", "input.value": "I am k448812, see abc-77-xyz",
              "annotations.0.annotation.name": "q"}, name="chat with k448812"),
        by=BY_POLICY,
    )  # fmt: skip

    assert said["input_text"] == f"I am {said['user_id']}, see {said['session_id']}"
    assert (said["name"], said["step"]) == (f"chat with {said['user_id']}", "chat with")
    assert said["entities"] == {"USER_ID": 2, "SESSION_ID": 1}


def test_the_author_of_a_score_is_hashed_in_its_words() -> None:
    score: dict[str, object] = {"name": "q", "source": "human", "author": "k448812", "text": "k448812: not good"}
    scrub_score(scrubber(), score)

    assert "k448812" not in str(score)


def test_an_id_that_may_be_a_word_blanks_no_words() -> None:
    words = ["1", "user", "admin", "12345", "100000", "2026", "2026-05-01", "20260501", "agent-2", "agent-12", "user12",
             "gpt-4o", "v1.10.2", "2026-W18", "", f"1{'.1' * 500_000} "]  # fmt: skip
    names = ["k448812", "jdoe84", "448812", "abc-77-xyz", "550e8400-e29b-41d4-a716-446655440000", "user_0f31"]
    text = "user 1 and agent-2 with gpt-4o, admin since 2026-05-01"
    (said,) = rows(
        span({"user.id": "agent-2", "session.id": TRACE, "input.value": f"{text}, see {TRACE}"}), by=BY_POLICY
    )

    assert [one for one in words if is_telling(one)] == [one for one in names if not is_telling(one)] == []
    assert said["input_text"] == f"{text}, see {TRACE}"
