"""What was said: JSON in JSON, log events, documents, errors; and what was cut, hidden or is too large to keep."""

import json

import orjson
import pytest

from ingest.formats import otlp_logs
from ingest.raw import Rejected
from tests.ingest.built import SPAN, START_NS, TRACE, fixture_raws, opened, prepared, row, rows, span
from tests.ingest.built_files import needs_fixtures


@needs_fixtures
def test_trap_3_dropped_attributes_and_cut_json_mark_the_span_as_truncated_and_keep_the_text() -> None:
    cut = [one for one in opened(prepared(fixture_raws("openinference-openai-truncated"))) if one["truncated"]]

    assert cut
    assert any(one["dropped_attributes"] for one in cut)
    assert all(one["input_text"] or one["messages_in"] or one["attributes"] for one in cut if one["kind"] == "llm")


def test_trap_3_json_cut_at_a_length_limit_stays_as_text() -> None:
    said = row({"openinference.span.kind": "CHAIN", "input.value": '{"messages": [{"role": "user", "content": "Whe'})

    assert said["input_text"] == '{"messages": [{"role": "user", "content": "Whe'
    assert said["truncated"] is True


def test_trap_11_json_encoded_twice_is_opened() -> None:
    once = json.dumps([{"role": "user", "content": "hello there"}])
    said = row(
        {
            "langfuse.observation.type": "generation",
            "langfuse.observation.input": json.dumps(once),
            "mlflow.chat.tokenUsage": json.dumps(json.dumps({"input_tokens": 5})),
        }
    )

    assert said["input_text"] == "hello there"
    assert said["messages_in"] == [{"role": "user", "parts": [{"type": "text", "ref": "input_text"}]}]
    assert said["tok_in"] == 5


@pytest.mark.parametrize("nothing", ["null", '"null"', "", "{}", "[]"])
def test_trap_11_a_null_in_a_string_is_nothing(nothing: str) -> None:
    assert row({"mlflow.spanType": '"CHAIN"', "mlflow.spanOutputs": nothing})["output_text"] in (None, "null")


def test_trap_11_a_version_that_looks_like_a_number_stays_as_written() -> None:
    assert row({"langfuse.release": "1.10"})["app_version"] == "1.10"


def test_trap_13_a_log_event_brings_messages_under_its_spans_ids() -> None:
    body = orjson.dumps(
        {
            "resourceLogs": [
                {
                    "scopeLogs": [
                        {
                            "logRecords": [
                                {
                                    "eventName": "gen_ai.user.message",
                                    "traceId": TRACE,
                                    "spanId": SPAN,
                                    "timeUnixNano": str(START_NS),
                                    "body": {
                                        "kvlistValue": {
                                            "values": [{"key": "content", "value": {"stringValue": "a question"}}]
                                        }
                                    },
                                },
                                {
                                    "eventName": "gen_ai.choice",
                                    "traceId": TRACE,
                                    "spanId": SPAN,
                                    "timeUnixNano": str(START_NS + 1),
                                    "body": {
                                        "kvlistValue": {
                                            "values": [
                                                {
                                                    "key": "message",
                                                    "value": {
                                                        "kvlistValue": {
                                                            "values": [
                                                                {
                                                                    "key": "content",
                                                                    "value": {"stringValue": "an answer"},
                                                                }
                                                            ]
                                                        }
                                                    },
                                                }
                                            ]
                                        }
                                    },
                                },
                                {"body": {"stringValue": "an ordinary log line"}},
                            ]
                        }
                    ]
                }
            ]
        }
    )
    (said,) = opened(prepared(otlp_logs.read_json(body)))

    assert (said["trace_id"], said["span_id"], said["arrival"]) == (TRACE, SPAN, "content")
    assert (said["input_text"], said["output_text"]) == ("a question", "an answer")


def test_trap_13_a_content_event_without_a_span_is_refused() -> None:
    record = {"eventName": "gen_ai.user.message", "body": {"stringValue": "x"}}
    body = orjson.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]})
    (refused,) = otlp_logs.read_json(body)

    assert isinstance(refused, Rejected)
    assert "belongs to no span" in refused.reason


def test_trap_14_documents_take_the_ids_that_only_the_output_holds() -> None:
    said = row(
        {
            "openinference.span.kind": "RETRIEVER",
            "input.value": "refunds",
            "output.value": json.dumps({"documents": [{"id": "kb-1", "page_content": "text", "metadata": {}}]}),
            "retrieval.documents.0.document.content": "text",
            "retrieval.documents.0.document.metadata": '{"lastModified": "2026-01-09T10:00:00Z", "source": "kb/1"}',
        }
    )
    (document,) = said["documents"]

    assert (document["doc_id"], document["url"], document["last_updated"].isoformat()) == (
        "kb-1",
        "kb/1",
        "2026-01-09T10:00:00+00:00",
    )
    assert said["output_text"] is None


def test_trap_15_unset_is_no_error_and_an_exception_event_on_an_ok_span_is_none_either() -> None:
    quiet = row({})
    made = span(status={"code": 1})
    made.events.add(name="exception").attributes.add(key="exception.message").value.string_value = "CancelledError"
    (handled,) = rows(made)

    assert (quiet["status"], handled["status"]) == ("unset", "ok")
    assert handled["error_message"] is None
    assert handled["events"][0]["attributes"] == {"exception.message": "CancelledError"}


def test_trap_15_an_error_has_its_type_message_and_stack_once() -> None:
    made = span(status={"code": 2, "message": "boom"})
    event = made.events.add(name="exception")
    for key, value in {"type": "ValueError", "message": "boom", "stacktrace": "Traceback ... boom"}.items():
        event.attributes.add(key=f"exception.{key}").value.string_value = value
    (said,) = rows(made)

    assert (said["error_type"], said["error_message"]) == ("ValueError", "boom\nTraceback ... boom")
    assert said["events"][0]["attributes"] == {"exception.type": "ValueError"}


def test_trap_16_vectors_chunks_and_images_are_counted_not_kept() -> None:
    made = span(
        {
            "openinference.span.kind": "LLM",
            "embedding.embeddings.0.embedding.vector": [0.1] * 2000,
            "ai.embedding": [0.2] * 2000,
            "scores": [0.3] * 2000,
            "gen_ai.input.messages": json.dumps(
                [
                    {
                        "role": "user",
                        "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 9000}}],
                    }
                ]
            ),
        }
    )
    for number in range(300):
        made.events.add(name=f"mlflow.chunk.item.{number}", time_unix_nano=START_NS + number)
    (said,) = rows(made)

    assert said["attributes"] == {"scores": {"omitted": "numbers", "count": 2000}}
    assert [event["attributes"] for event in said["events"]] == [{"count": 300}]
    assert "AAAA" not in str(said)
    assert "9022 characters left out" in str(said["messages_in"])


def test_trap_16_a_text_of_megabytes_is_cut_and_marked() -> None:
    said = row({"input.value": "word " * 500_000})

    assert len(said["input_text"]) == 1_000_000  # without the word in which the cut fell
    assert said["truncated"] is True


@needs_fixtures
def test_trap_17_what_the_client_hid_is_marked_as_redacted() -> None:
    hidden = opened(prepared(fixture_raws("openinference-openai-redacted")))
    open_ = opened(prepared(fixture_raws("openinference-openai-json")))

    assert {one["redacted"] for one in hidden if one["kind"] == "llm"} == {True}
    assert {one["redacted"] for one in open_} == {None}
