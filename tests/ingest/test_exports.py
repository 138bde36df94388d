"""Each export format gives the spans and scores that its files hold, in the words of the mapping table."""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import orjson
import pytest

from ingest.formats import (
    benchbook_lines,
    chat_messages,
    langfuse,
    langfuse_scores,
    mlflow,
    phoenix,
    phoenix_annotations,
    phoenix_otlp,
)
from ingest.prepare import Preparer
from ingest.raw import Arrival
from settings import Settings
from tests.ingest.built_files import needs_fixtures, read_bytes, read_fixture

LANGFUSE_SPANS = {
    "agno-2025-06-11": 6, "autogen-2025-06-06": 2, "beeai-2025-08-01": 29, "crewai-2025-07-11": 6,
    "google-adk-2025-08-28": 5, "langgraph-python-2025-08-22": 9, "llamaindex-2025-06-05": 2,
    "openai-agents-2025-09-30": 5, "pydantic-ai-2025-06-06": 3, "vercel-aisdk-2025-11-17": 3,
}  # fmt: skip

pytestmark = needs_fixtures


# -- MLflow ---------------------------------------------------------------------------------------------------------


def test_mlflow_demo_holds_what_its_readme_counts() -> None:
    read = read_fixture(mlflow, "exports/mlflow-demo/traces.jsonl")
    sessions = {span.attributes.get("mlflow.trace.session") for span in read.roots}
    assert (len(read.traces), len(read.spans), len(read.scores), len(sessions - {None})) == (42, 124, 184, 6)
    assert read.rejected == []


def test_mlflow_base64_ids_become_the_hex_that_otlp_sends() -> None:
    read = read_fixture(mlflow, "exports/mlflow-demo/traces.jsonl")
    assert all(len(span.trace_id) == 32 and len(span.span_id) == 16 for span in read.spans)
    assert read.spans[0].trace_id == "6997c9c2e4598db4a14caceb2f79e497"
    assert read.spans[0].source_ids == {"mlflow.trace_id": "tr-6997c9c2e4598db4a14caceb2f79e497"}
    assert all(score["trace_id"] in read.traces for score in read.scores)


def test_mlflow_times_are_exact_to_the_nanosecond() -> None:
    span = read_fixture(mlflow, "exports/mlflow-demo/traces.jsonl").spans[0]
    assert (span.start_ns, span.end_ns) == (1795292361371345920, 1795292363205345920)


def test_mlflow_assessments_keep_who_judged_and_a_persons_own_thumb_is_a_user() -> None:
    read = read_fixture(mlflow, "otlp/mlflow-trace-json/tr-9b0f913e18ce9da4d2791b5fa59c6b89.json")
    by_name = {score["name"]: score for score in read.scores}
    assert by_name["faithfulness"]["source"] == "judge"
    assert by_name["faithfulness"]["judge_model"] == "openai:/gpt-4o"
    assert by_name["user_satisfaction"]["source"] == "user"
    assert by_name["user_satisfaction"]["value"] == 1.0
    assert by_name["policy_check"]["source"] == "code"
    assert [name for name, score in by_name.items() if score.get("is_expectation")] == ["expected_answer"]


def test_mlflow_user_is_the_person_and_not_the_developer() -> None:
    root = read_fixture(mlflow, "otlp/mlflow-trace-json/tr-9b0f913e18ce9da4d2791b5fa59c6b89.json").roots[0]
    assert root.attributes["mlflow.trace.user"] == "user-7"
    assert "mlflow.user" not in root.attributes
    assert root.attributes["mlflow.traceTag.tenant"] == "acme"


def test_an_mlflow_trace_without_spans_is_one_span_from_its_summary() -> None:
    info = {"trace_id": "tr-" + "ab" * 16, "request_time": "2026-05-01T10:00:00Z", "execution_duration_ms": 1500,
            "state": "ERROR", "request_preview": "hello"}  # fmt: skip
    span = read_bytes(mlflow, orjson.dumps({"info": info, "data": {"spans": []}})).spans[0]
    assert (span.end_ns or 0) - (span.start_ns or 0) == 1_500_000_000
    assert (span.status, span.attributes["mlflow.spanInputs"]) == ("error", "hello")


# -- Langfuse -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "spans"), LANGFUSE_SPANS.items())
def test_each_langfuse_export_is_one_whole_trace(name: str, spans: int) -> None:
    read = read_fixture(langfuse, f"exports/langfuse/{name}.trace.json")
    assert (len(read.traces), len(read.roots), len(read.spans), read.rejected) == (1, 1, spans, [])
    assert set(read.sources()) <= {"judge"}


def test_langfuse_session_and_user_stand_on_the_trace_and_reach_every_span() -> None:
    read = read_fixture(langfuse, "exports/langfuse/autogen-2025-06-06.trace.json")
    assert {(span.attributes["session.id"], span.attributes["user.id"]) for span in read.spans} == {
        ("session_abc", "user_123")
    }


def test_langfuse_doubly_encoded_texts_are_decoded() -> None:
    root = read_fixture(langfuse, "exports/langfuse/llamaindex-2025-06-05.trace.json").roots[0]
    assert root.attributes["langfuse.trace.input"] == "What is Langfuse?"


def test_langfuse_cost_0_is_unknown_and_stands_on_model_calls_only() -> None:
    read = read_fixture(langfuse, "exports/langfuse/openai-agents-2025-09-30.trace.json")
    costs = {span.name: span.attributes.get("langfuse.observation.cost_details") for span in read.spans}
    assert costs["Agent workflow"] is None
    assert [cost for cost in costs.values() if cost] != []
    assert all(cost["total"] > 0 for cost in costs.values() if cost)


def langfuse_observation(**said: object) -> dict[str, object]:
    return {"id": "o1", "traceId": "t1", "type": "GENERATION", "startTime": "2026-05-01T10:00:00.123Z",
            "endTime": "2026-05-01T10:00:01Z", "parentObservationId": None} | said  # fmt: skip


@pytest.mark.parametrize(
    ("usage", "tok_in", "tok_out"),
    [
        ({"input": 76, "input_cached_tokens": 64, "output": 24, "total": 164}, 140, 24),
        ({"input": 10, "output": 5, "output_reasoning_tokens": 20, "total": 35}, 10, 25),
        ({"input": 140, "prompt_details.cache_read": 64, "output": 24, "total": 164}, 140, 24),
    ],
)
def test_langfuse_input_that_leaves_out_cached_tokens_gets_them_back(
    usage: dict[str, int], tok_in: int, tok_out: int
) -> None:
    span = read_bytes(langfuse, orjson.dumps(langfuse_observation(usageDetails=usage))).spans[0]
    counted = span.attributes["langfuse.observation.usage_details"]
    assert (counted["input_tokens"], counted["output_tokens"]) == (tok_in, tok_out)


def test_a_langfuse_observation_without_an_end_is_a_half() -> None:
    span = read_bytes(langfuse, orjson.dumps(langfuse_observation(endTime=None))).spans[0]
    assert (span.arrival, span.status, span.end_ns) == (Arrival.HALF, "running", None)


def test_langfuse_scores_posted_by_an_sdk_are_the_users() -> None:
    read = read_fixture(langfuse_scores, "otlp/langfuse-sdk/002-api_public_scores.json")
    thumbs, faithfulness, escalated = read.scores
    assert (thumbs["source"], thumbs["bool"], thumbs["value"], thumbs["target_level"]) == ("user", True, 1.0, "trace")
    assert (faithfulness["span_id"], faithfulness["target_level"]) == ("790427b53698d7f0", "span")
    assert (escalated["label"], escalated["data_type"]) == ("yes", "categorical")


@pytest.mark.parametrize(("source", "ours"), [("API", "user"), ("EVAL", "judge"), ("ANNOTATION", "human")])
def test_langfuse_score_sources_keep_their_meaning(source: str, ours: str) -> None:
    score = {"name": "n", "value": 1, "traceId": "t", "source": source}
    assert read_bytes(langfuse_scores, orjson.dumps([score])).scores[0]["source"] == ours


@pytest.mark.parametrize("score", [{"name": "n", "value": 1}, {"value": 1, "traceId": "t"}, 7])
def test_a_langfuse_score_of_nothing_is_refused_and_the_rest_kept(score: object) -> None:
    read = read_bytes(langfuse_scores, orjson.dumps([score, {"name": "n", "value": 1, "traceId": "t"}]))
    assert (len(read.scores), len(read.rejected)) == (1, 1)


# -- Phoenix --------------------------------------------------------------------------------------------------------


def test_phoenix_json_dataframe_and_rest_hold_the_same_spans() -> None:
    json = read_fixture(phoenix, "exports/phoenix-export/support.spans.json")
    parquet = read_fixture(phoenix, "exports/phoenix-export/support.spans_dataframe.parquet")
    rest = read_fixture(phoenix_otlp, "exports/phoenix-export/support.otlpv1.rest.json")
    assert len(json.spans) == 15
    ids = {(span.trace_id, span.span_id, span.parent_span_id, span.name) for span in json.spans}
    for other in (parquet, rest):
        assert {(span.trace_id, span.span_id, span.parent_span_id, span.name) for span in other.spans} == ids


def test_phoenix_dataframe_says_what_the_json_says_without_its_filling() -> None:
    json = read_fixture(phoenix, "exports/phoenix-export/support.spans.json")
    parquet = read_fixture(phoenix, "exports/phoenix-export/support.spans_dataframe.parquet")
    by_id = {span.span_id: span.attributes for span in json.spans}
    for span in parquet.spans:
        same = by_id[span.span_id]
        for key in ("llm.token_count.prompt", "llm.model_name", "retrieval.documents.0.document.content",
                    "llm.input_messages.0.message.role", "metadata.tenant", "session.id"):  # fmt: skip
            assert span.attributes.get(key) == same.get(key), (span.name, key)


def test_phoenix_default_project_holds_fifty_spans() -> None:
    assert len(read_fixture(phoenix, "exports/phoenix-export/default.spans.json").spans) == 50


@pytest.mark.parametrize("name", ["annotations.csv", "annotations.parquet", "span_annotations.rest.json"])
def test_phoenix_annotations_are_spelled_alike_in_all_three_forms(name: str) -> None:
    rest = read_fixture(phoenix_annotations, "exports/phoenix-export/support.span_annotations.rest.json")
    read = read_fixture(phoenix_annotations, f"exports/phoenix-export/support.{name}")
    assert read.rejected == []
    assert sorted(read.scores, key=lambda score: str(score["id"])) == sorted(
        rest.scores, key=lambda score: str(score["id"])
    )


def test_phoenix_thumbs_are_the_users_and_llm_annotations_a_judges() -> None:
    read = read_fixture(phoenix_annotations, "exports/phoenix-export/default.annotations.csv")
    assert read.sources() == Counter(judge=9, user=5)
    assert {score.get("judge_model") for score in read.scores if score["source"] == "judge"} == {"gpt-4o"}


# -- conversations --------------------------------------------------------------------------------------------------


def test_tau_bench_conversations_become_sessions_turns_and_tool_calls() -> None:
    read = read_fixture(chat_messages, "exports/tau-bench/gpt-4o-airline.json")
    kinds = Counter(span.attributes["openinference.span.kind"] for span in read.spans)
    assert len({span.attributes["session.id"] for span in read.spans}) == 200
    assert (len(read.traces), len(read.roots)) == (1490, 1490)  # user messages
    assert kinds == Counter(CHAIN=1490, LLM=2454, TOOL=1164)
    assert len({(span.trace_id, span.span_id) for span in read.spans}) == 5108


def test_tau_bench_tool_calls_have_arguments_and_their_own_results() -> None:
    read = read_fixture(chat_messages, "exports/tau-bench/gpt-4o-airline.json")
    tools = [span for span in read.spans if span.attributes["openinference.span.kind"] == "TOOL"]
    assert all(span.attributes["input.value"].startswith("{") for span in tools)
    assert sum("output.value" in span.attributes for span in tools) == 1164 - 92  # `think` answers nothing
    handed_over = {span.attributes["session.id"] for span in tools if span.name == "transfer_to_human_agents"}
    assert len(handed_over) == 48


def test_results_go_to_their_own_calls_although_call_ids_repeat_in_a_conversation() -> None:
    def call(argument: str) -> dict[str, object]:
        return {"role": "assistant", "tool_calls": [{"id": "c1", "function": {"name": "look", "arguments": argument}}]}

    messages = [{"role": "user", "content": "go"},
                call("1"), {"role": "tool", "tool_call_id": "c1", "content": "first"},
                call("2"), {"role": "tool", "tool_call_id": "c1", "content": "second"}]  # fmt: skip
    read = read_bytes(chat_messages, orjson.dumps({"messages": messages}))
    looked = [span.attributes for span in read.spans if span.name == "look"]
    assert [(one["input.value"], one["output.value"]) for one in looked] == [("1", "first"), ("2", "second")]


def test_tau_bench_reward_is_a_code_score_of_the_session() -> None:
    read = read_fixture(chat_messages, "exports/tau-bench/gpt-4o-airline.json")
    assert len(read.scores) == 200
    assert {(score["source"], score["target_level"]) for score in read.scores} == {("code", "session")}
    assert {score["session_id"] for score in read.scores} == {span.attributes["session.id"] for span in read.spans}


def test_every_message_of_tau_bench_is_kept_once() -> None:
    read = read_fixture(chat_messages, "exports/tau-bench/gpt-4o-airline.json")
    said = [span.attributes.get(f"gen_ai.{side}.messages", []) for span in read.spans for side in ("input", "output")]
    unheard = 1490 - sum(any(m["role"] == "user" for m in messages) for messages in said)
    ends = 5308 - sum(map(len, said)) - unheard  # what follows a conversation's last model call: tool results
    assert ends == 51


def test_a_conversation_without_times_has_no_times_made_up() -> None:
    read = read_fixture(chat_messages, "exports/tau-bench/gpt-4o-airline.json")
    assert {(span.start_ns, span.end_ns) for span in read.spans} == {(None, None)}


def test_openai_style_logs_keep_their_id_model_and_answer() -> None:
    line = {"id": "chat-7", "model": "gpt-4o", "usage": {"prompt_tokens": 9, "completion_tokens": 3},
            "messages": [{"role": "system", "content": "Be brief"},
                         {"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
            "choices": [{"message": {"role": "assistant", "content": "Hello"}}]}  # fmt: skip
    root, call = read_bytes(chat_messages, orjson.dumps(line) + b"\n").spans
    assert (root.attributes["session.id"], root.attributes["input.value"]) == ("chat-7", "Hi")
    assert (call.attributes["gen_ai.response.model"], call.attributes["gen_ai.usage.input_tokens"]) == ("gpt-4o", 9)
    assert [message["role"] for message in call.attributes["gen_ai.input.messages"]] == ["system", "user"]


# -- our own lines --------------------------------------------------------------------------------------------------


def test_our_own_lines_hold_spans_and_scores() -> None:
    lines = [
        {"trace_id": "t1", "span_id": "s1", "start_ts": "2026-05-01T10:00:00.000000001Z", "duration_ns": 5,
         "kind": "llm", "name": "answer", "tok_in": 3, "input_text": "q", "attributes": {"x": 1}},
        {"trace_id": "t1", "name": "helpful", "value": 0.5, "source": "human", "explanation": "why"},
        {"trace_id": "", "span_id": "s1", "start_ts": 1},
        {"trace_id": "t1"},
    ]  # fmt: skip
    read = read_bytes(benchbook_lines, b"\n".join(map(orjson.dumps, lines)))
    (span,) = read.spans
    assert (span.start_ns, span.end_ns) == (1777629600000000001, 1777629600000000006)
    assert span.attributes == {"x": 1, "benchbook.kind": "llm", "benchbook.tok_in": 3, "benchbook.input": "q"}
    assert read.scores[0]["source"] == "human"
    assert read.scores[0]["value"] == 0.5
    assert [rejected.position for rejected in read.rejected] == ["line 3", "line 4"]


# -- hostile input --------------------------------------------------------------------------------------------------


def test_every_column_of_our_own_lines_reaches_its_column(tmp_path: Path) -> None:
    said = {
        "kind": "llm", "tenant": "acme", "model": "gpt-4o", "tok_in": 12, "tok_out": 3, "cost_total": 0.5, "app": "bot",
        "app_version": "2", "environment": "prod", "prompt_name": "p", "prompt_version": "7", "retrieval_config": "r1",
        "input_text": "what is open", "output_text": "nothing", "step": "ignored", "provider": "openai",
    }  # fmt: skip
    line = {"trace_id": "a" * 32, "span_id": "b" * 16, "start_ts": "2026-05-01T10:00:00Z", "name": "answer"} | said
    preparer = Preparer(Settings(home=tmp_path), bytes(32))
    raws = benchbook_lines.read(BytesIO(orjson.dumps(line)))
    prepared = preparer.prepare(
        raws, source_format="benchbook", batch="b", received_at=datetime(2026, 5, 2, tzinfo=UTC)
    )
    (row,) = prepared.spans.to_pylist()
    expected = said | {"step": "answer", "cost_total": Decimal("0.5")}
    assert {name: row[name] for name in said} == expected
    assert row["cost_source"] == "client"
