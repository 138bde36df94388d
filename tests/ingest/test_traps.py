"""The traps of trace formats that apply to mapping, each named for what it does to who does not know it.

Numbers are those of TRACE-FORMATS 5.3. Double counting (1) is resolved at load: here, that it can be.
"""

import base64
import json
from decimal import Decimal
from typing import Any

import orjson
import pytest

from ingest.formats import otlp_json, otlp_logs, otlp_protobuf
from ingest.prepare import Preparer
from ingest.raw import RawSpan, Rejected
from settings import Settings
from tests.ingest.built import (
    FIXTURES,
    PARENT,
    SPAN,
    START_NS,
    TRACE,
    fixture_raws,
    opened,
    prepared,
    preparer,
    request,
    row,
    rows,
    span,
)

needs_fixtures = pytest.mark.skipif(not FIXTURES.exists(), reason="the captured traces lie beside the repository")


def json_span(**fields: object) -> bytes:
    said = {
        "traceId": TRACE,
        "spanId": SPAN,
        "name": "step",
        "startTimeUnixNano": str(START_NS),
        "endTimeUnixNano": str(START_NS + 10),
    } | fields
    return orjson.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [said]}]}]})


def only(body: bytes) -> RawSpan:
    (raw,) = otlp_json.read_request(body)
    assert isinstance(raw, RawSpan)
    return raw


def test_trap_1_a_roll_up_keeps_its_kind_model_and_tokens_so_that_the_loader_can_leave_it_out() -> None:
    outer, inner = rows(
        span(
            {
                "ai.operationId": "ai.generateText",
                "ai.model.id": "gpt-4o",
                "ai.usage.promptTokens": 9,
                "ai.usage.completionTokens": 3,
            },
            span_id=bytes.fromhex(PARENT),
            parent_span_id=b"",
        ),
        span(
            {
                "ai.operationId": "ai.generateText.doGenerate",
                "ai.model.id": "gpt-4o",
                "gen_ai.system": "openai.chat",
                "gen_ai.request.model": "gpt-4o",
                "ai.usage.promptTokens": 9,
                "ai.usage.completionTokens": 3,
            }
        ),
    )

    assert (outer["kind"], inner["kind"]) == ("chain", "llm")
    assert [(one["model"], one["tok_in"], one["tok_out"]) for one in (outer, inner)] == [("gpt-4o", 9, 3)] * 2
    assert inner["parent_span_id"] == outer["span_id"]


def test_trap_2_cached_tokens_are_added_where_the_client_leaves_them_out() -> None:
    langfuse = row(
        {
            "langfuse.observation.type": "generation",
            "langfuse.observation.model.name": "gpt-4o",
            "langfuse.observation.usage_details": '{"input": 76, "output": 24, "input_cached_tokens": 64}',
        }
    )
    anthropic = row(
        {
            "langfuse.observation.type": "generation",
            "langfuse.observation.usage_details": json.dumps(
                {
                    "input_tokens": 10,
                    "output_tokens": 5,
                    "cache_read_input_tokens": 100,
                    "cache_creation_input_tokens": 20,
                }
            ),
        }
    )
    openai = row(
        {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 140, "gen_ai.usage.cache_read.input_tokens": 64}
    )

    assert (langfuse["tok_in"], langfuse["tok_cache_read"]) == (140, 64)
    assert (anthropic["tok_in"], anthropic["tok_cache_read"], anthropic["tok_cache_write"]) == (130, 100, 20)
    assert (openai["tok_in"], openai["tok_cache_read"]) == (140, 64)


def test_trap_2_parts_never_exceed_their_whole() -> None:
    said = row(
        {
            "openinference.span.kind": "LLM",
            "llm.token_count.prompt": 10,
            "llm.token_count.completion": 4,
            "llm.token_count.prompt_details.cache_read": 50,
            "llm.token_count.completion_details.reasoning": 9,
        }
    )

    assert (said["tok_cache_read"], said["tok_reasoning"]) == (10, 4)


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


def test_trap_4_each_span_keeps_the_session_that_it_names_and_no_other_id_of_a_person_stays_open() -> None:
    by = preparer()
    named, other = rows(
        span({"session.id": "sess-1", "metadata": '{"thread_id": "thread-9", "user_id": "jane"}'}),
        span({"session.id": "sess-2"}, span_id=b"12345678"),
        by=by,
    )

    assert named["session_id"].startswith("s_")
    assert named["session_id"] != other["session_id"]
    assert named["user_id"].startswith("u_")
    assert "thread-9" not in str(named)
    assert "jane" not in str(named)


def test_trap_5_a_langsmith_project_is_no_session_and_the_mlflow_developer_no_user() -> None:
    langsmith = row({"langsmith.trace.session_name": "my-project", "langsmith.metadata.thread_id": "t-1"})
    mlflow = row({"mlflow.user": '"developer"', "mlflow.trace.session": '"s-1"'})

    assert langsmith["session_id"] == "t-1"
    assert (mlflow["user_id"], mlflow["session_id"]) == (None, "s-1")


def test_trap_6_ids_are_lower_case_hex_whether_they_came_as_hex_base64_or_bytes() -> None:
    as_base64 = base64.b64encode(bytes.fromhex(TRACE)).decode(), base64.b64encode(bytes.fromhex(SPAN)).decode()
    bodies = [
        json_span(),
        json_span(traceId=TRACE.upper(), spanId=SPAN.upper()),
        json_span(traceId=as_base64[0], spanId=as_base64[1]),
    ]

    assert {(only(body).trace_id, only(body).span_id) for body in bodies} == {(TRACE, SPAN)}
    (raw,) = otlp_protobuf.read_request(request(span()))
    assert isinstance(raw, RawSpan)
    assert (raw.trace_id, raw.span_id) == (TRACE, SPAN)


@pytest.mark.parametrize("parent", ["", "0" * 16, None])
def test_trap_6_an_empty_or_zero_parent_is_a_root(parent: object) -> None:
    assert only(json_span(parentSpanId=parent)).parent_span_id is None


@pytest.mark.parametrize("ids", [{"trace_id": b""}, {"trace_id": bytes(16)}, {"span_id": b""}, {"span_id": bytes(8)}])
def test_trap_6_a_span_without_ids_is_refused_and_its_neighbours_are_kept(ids: dict[str, Any]) -> None:
    done = prepared(otlp_protobuf.read_request(request(span(), span(**ids), span(span_id=b"12345678"))))

    assert done.spans.num_rows == 2
    (refused,) = done.rejected
    assert refused.position == "span 2"
    assert "id is empty or zero" in refused.reason
    assert len(refused.digest) == 32
    assert done.received == 3


def test_trap_6_an_id_of_seven_bytes_is_kept_as_its_hex() -> None:
    (said,) = rows(span(trace_id=b"\1\2\3\4\5\6\7"))

    assert said["trace_id"] == "01020304050607"


@pytest.mark.parametrize("sent", [str(START_NS), START_NS])
def test_trap_7_nanoseconds_are_exact_as_text_and_as_numbers(sent: object) -> None:
    assert only(json_span(startTimeUnixNano=sent)).start_ns == START_NS
    assert int(float(START_NS)) != START_NS


def test_trap_7_a_time_beyond_two_to_the_63_is_named_and_the_time_of_receipt_stands_in() -> None:
    (said,) = rows(span(start_time_unix_nano=2**63 + 5, end_time_unix_nano=2**64 - 1))

    assert said["problems"] == ["time_out_of_range"]
    assert said["time_source"] == "receipt"
    assert (said["end_ns"], said["duration_ns"]) == (None, None)


def test_trap_7_an_end_before_the_start_gives_no_duration() -> None:
    (said,) = rows(span(end_time_unix_nano=START_NS - 5))

    assert (said["duration_ns"], said["problems"]) == (None, ["end_before_start"])


def test_trap_8_a_span_without_an_end_is_half_and_running() -> None:
    half, whole = rows(span(end_time_unix_nano=0), span(span_id=b"12345678"))

    assert (half["arrival"], half["status"], half["end_ns"]) == ("half", "running", None)
    assert whole["arrival"] == "whole"


def test_trap_8_the_same_span_again_has_the_same_hash_and_a_changed_one_another() -> None:
    first, again, changed = rows(span({"a": 1}), span({"a": 1}), span({"a": 2}))

    assert first["content_hash"] == again["content_hash"]
    assert first["content_hash"] != changed["content_hash"]


def test_trap_8_the_hash_is_keyed() -> None:
    other = Preparer(Settings(home=FIXTURES), b"x" * 32, scrubber=None)
    (said,), (elsewhere,) = rows(span()), rows(span(), by=other)

    assert said["content_hash"] != elsewhere["content_hash"]


def test_trap_8_a_span_that_is_its_own_parent_is_a_root_and_says_so() -> None:
    (said,) = rows(span(parent_span_id=bytes.fromhex(SPAN)))

    assert (said["parent_span_id"], said["problems"]) == (None, ["own_parent"])


def test_trap_9_overlapping_branches_keep_their_own_times() -> None:
    left, right = rows(span(), span(span_id=b"12345678", start_time_unix_nano=START_NS + 1))

    assert left["start_ns"] < right["start_ns"] < left["end_ns"]
    assert right["duration_ns"] == 10**9 - 1


def test_trap_10_a_span_of_the_plumbing_is_a_span_and_nothing_more() -> None:
    said = row({"http.request.method": "POST", "server.address": "10.1.1.1", "http.response.status_code": 200})

    assert said["kind"] == "span"
    assert said["model"] is None
    assert said["cost_missing"] is None


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


def test_trap_12_two_conventions_on_one_span_are_read_once() -> None:
    said = row(
        {
            "openinference.span.kind": "LLM",
            "gen_ai.operation.name": "embeddings",
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.content": "question",
            "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": "question"}]}]),
            "llm.token_count.prompt": 7,
            "gen_ai.usage.input_tokens": 7,
            "llm.model_name": "m",
            "gen_ai.response.model": "m",
        }
    )

    assert (said["kind"], said["tok_in"], said["model"]) == ("llm", 7, "m")
    assert len(said["messages_in"]) == 1
    assert said["attributes"] is None


def test_trap_12_messages_on_a_chain_do_not_make_it_a_model_call() -> None:
    said = row(
        {
            "openinference.span.kind": "CHAIN",
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.content": "question",
        }
    )

    assert (said["kind"], said["input_text"], said["cost_missing"]) == ("chain", "question", None)


def test_trap_12_what_another_convention_says_differently_is_not_lost() -> None:
    said = row({"llm.model_name": "first", "gen_ai.response.model": "second"})

    assert said["model"] == "first"
    assert said["attributes"] == {"gen_ai.response.model": "second"}


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


@pytest.mark.parametrize(
    ("sent", "known"),
    [
        ("openai.chat", "openai"),
        ("az.ai.openai", "azure"),
        ("gcp.vertex.agent", "google"),
        ("OpenAI", "openai"),
        ("aws.bedrock", "aws"),
        ("our-own", "our-own"),
    ],
)
def test_trap_19_providers_have_one_spelling(sent: str, known: str) -> None:
    assert row({"gen_ai.system": sent})["provider"] == known


@pytest.mark.parametrize(
    "model", ["azure/gpt-4o-mini", "openai/gpt-4o-mini", "gpt-4o-mini", "openrouter/openai/gpt-4o-mini"]
)
def test_trap_19_a_prefixed_model_has_its_price(model: str) -> None:
    said = row(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": model,
            "gen_ai.usage.input_tokens": 1000,
            "gen_ai.usage.output_tokens": 1000,
        }
    )

    assert said["cost_total"] == Decimal("0.00075")


def test_trap_20_scores_keep_number_word_and_yes_or_no_as_said() -> None:
    def score(**fields: object) -> dict[str, object]:
        said = {f"annotations.0.annotation.{key}": value for key, value in {"name": "q", **fields}.items()}
        found: dict[str, object] = prepared(otlp_protobuf.read_request(request(span(said)))).scores.to_pylist()[0]
        return found

    assert score(score=True)["value"] == 1.0
    assert score(score=True)["bool"] is True
    assert (score(label="yes")["value"], score(label="yes")["label"]) == (None, "yes")
    assert score(score=-2)["value"] == -2.0
    assert score(score=0.5, annotator_kind="HUMAN")["source"] == "human"


def test_trap_20_a_score_of_the_trace_is_one_score_not_one_per_span() -> None:
    attributes = {"trace.annotations.0.annotation.name": "helpful", "trace.annotations.0.annotation.score": 1}
    done = prepared(otlp_protobuf.read_request(request(span(attributes), span(span_id=b"12345678"))))
    (score,) = done.scores.to_pylist()

    assert (score["target_level"], score["trace_id"], score["span_id"]) == ("trace", TRACE, None)


def test_trap_20_an_evaluators_score_belongs_to_what_its_one_link_names() -> None:
    made = span(
        {
            "openinference.span.kind": "EVALUATOR",
            "evaluations.0.evaluation.name": "faithful",
            "evaluations.0.evaluation.score": 0.9,
        }
    )
    made.links.add(trace_id=b"\1" * 16, span_id=b"\2" * 8)
    (score,) = prepared(otlp_protobuf.read_request(request(made))).scores.to_pylist()

    assert (score["trace_id"], score["span_id"], score["judge_trace_id"]) == ("01" * 16, "02" * 8, TRACE)
    assert score["source"] == "judge"


def test_trap_20_an_evaluation_event_of_the_logs_is_a_score_of_its_span() -> None:
    record = {
        "eventName": "gen_ai.evaluation.result",
        "traceId": TRACE,
        "spanId": SPAN,
        "timeUnixNano": str(START_NS),
        "attributes": [
            {"key": "gen_ai.evaluation.name", "value": {"stringValue": "relevance"}},
            {"key": "gen_ai.evaluation.score.value", "value": {"doubleValue": 0.25}},
            {"key": "gen_ai.evaluation.explanation", "value": {"stringValue": "off topic"}},
        ],
    }
    body = orjson.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]})
    (score,) = prepared(otlp_logs.read_json(body)).scores.to_pylist()

    assert (score["name"], score["value"], score["explanation"]) == ("relevance", 0.25, "off topic")
    assert (score["target_level"], score["span_id"], score["source"]) == ("span", SPAN, "judge")
