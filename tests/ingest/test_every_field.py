"""Every string of every format, one after the other, becomes an e-mail address: none is in a byte of what is kept."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.part import Part, Reader
from ingest.pieces import Piece
from ingest.recognise import known_formats
from settings import Settings
from storage.schema import SCORES, SPANS, Holds, Kind

Json = dict[str, object]
PLANT = "wren{:06d}@example-mail.com"
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
AT = "2026-05-01T10:00:00Z"
NS = "1793000000000000000"


def _value(text: str) -> Json:
    return {"stringValue": text}


def _said(**attributes: str) -> list[Json]:
    return [{"key": key.replace("__", "."), "value": _value(text)} for key, text in attributes.items()]


_SPAN: Json = {
    "traceId": TRACE, "spanId": SPAN, "parentSpanId": "00f067aa0ba902b7", "name": "n", "traceState": "a=b",
    "startTimeUnixNano": NS, "endTimeUnixNano": NS, "status": {"code": 2, "message": "m"},
    "attributes": _said(
        openinference__span__kind="LLM", llm__model_name="m", llm__provider="p", input__value="i", output__value="o",
        llm__finish_reason="stop", session__id="s", user__id="u", tenant="t", metadata='{"k": "v"}', tool__name="t",
        gen_ai__tool__call__id="c", gen_ai__evaluation__name="q", gen_ai__evaluation__score__label="l",
        llm__input_messages__0__message__role="user", llm__input_messages__0__message__content="hello",
        retrieval__documents__0__document__id="d", retrieval__documents__0__document__content="c",
        annotations__0__annotation__name="q", annotations__0__annotation__annotator_kind="LLM",
        annotations__0__annotation__label="l", annotations__0__annotation__explanation="e",
        benchbook__kind="llm", benchbook__status="ok", benchbook__source_format="x", benchbook__level="ERROR",
    ),
    "events": [{"name": "e", "timeUnixNano": NS, "attributes": _said(exception__type="t", exception__message="m")}],
    "links": [{"traceId": TRACE, "spanId": SPAN, "traceState": "a", "attributes": _said(why="w")}],
}  # fmt: skip
_RESOURCE: Json = {"attributes": _said(service__name="a", host__name="h")}
_SCOPE: Json = {"name": "s", "version": "1", "attributes": _said(a="b")}
_LOG: Json = {
    "traceId": TRACE, "spanId": SPAN, "timeUnixNano": NS, "eventName": "gen_ai.evaluation.result", "body": _value("b"),
    "severityText": "INFO", "attributes": _said(
        gen_ai__evaluation__name="q", gen_ai__evaluation__score__label="l", gen_ai__evaluation__explanation="e",
        gen_ai__request__model="m", own="o",
    ),
}  # fmt: skip
_SCORE: Json = {
    "id": "i", "traceId": TRACE, "observationId": SPAN, "sessionId": "s", "name": "q", "value": "good", "comment": "c",
    "dataType": "CATEGORICAL", "stringValue": "good", "longStringValue": "good", "source": "EVAL", "timestamp": AT,
    "authorUserId": "a", "configId": "c", "queueId": "q", "executionTraceId": TRACE, "environment": "e",
    "metadata": {"k": "v"}, "createdAt": AT, "updatedAt": AT,
}  # fmt: skip
_OBSERVATION: Json = {
    "id": SPAN, "traceId": TRACE, "parentObservationId": "p", "type": "GENERATION", "name": "n", "startTime": AT,
    "endTime": AT, "completionStartTime": AT, "level": "ERROR", "statusMessage": "m", "model": "m",
    "modelParameters": {"k": "v"}, "input": "i", "output": "o", "metadata": {"attributes": {"k": "v"}, "scope": {
        "name": "s"}, "resourceAttributes": {"k": "v"}, "k": "v"}, "usageDetails": {"input": 1}, "costDetails": {
        "total": 1}, "promptName": "p", "promptVersion": "1", "environment": "e", "version": "1", "updatedAt": AT,
}  # fmt: skip
_TRACE: Json = {
    "id": TRACE, "projectId": "p", "name": "n", "sessionId": "s", "userId": "u", "release": "r", "version": "v",
    "environment": "e", "tags": ["t"], "metadata": {"k": "v"}, "input": "i", "output": "o", "timestamp": AT,
    "scores": [_SCORE],
}  # fmt: skip
_ASSESSMENT: Json = {
    "assessment_id": "i", "assessment_name": "q", "source": {"source_type": "LLM_JUDGE", "source_id": "j"},
    "span_id": SPAN, "rationale": "r", "feedback": {"value": "yes"}, "metadata": {"k": "v"}, "overrides": "o",
    "create_time": AT, "last_update_time": AT,
}  # fmt: skip
_MLFLOW: Json = {
    "info": {"trace_id": f"tr-{TRACE}", "trace_metadata": {"mlflow.trace.session": "s", "mlflow.trace.user": "u"},
             "tags": {"mlflow.traceName": "n", "k": "v"}, "state": "OK", "request_time": AT, "request_preview": "p",
             "assessments": [_ASSESSMENT, {**_ASSESSMENT, "source": {"source_type": "HUMAN", "source_id": "a"}},
                             {**_ASSESSMENT, "issue": {"issue_name": "n"}}]},
    "data": {"spans": [{"trace_id": TRACE, "span_id": SPAN, "parent_span_id": "p", "name": "n", "start_time_unix_nano":
             NS, "end_time_unix_nano": NS, "status": {"code": "STATUS_CODE_ERROR", "message": "m"}, "attributes": {
             "mlflow.spanInputs": '"i"', "mlflow.spanType": '"LLM"'}, "events": [{"name": "e", "time_unix_nano": NS,
             "attributes": {"k": "v"}}], "links": [{"trace_id": TRACE, "k": "v"}]}]},
}  # fmt: skip
_PHOENIX: Json = {
    "name": "n", "context": {"trace_id": TRACE, "span_id": SPAN}, "span_kind": "LLM", "parent_id": "p",
    "start_time": AT, "end_time": AT, "status_code": "ERROR", "status_message": "m", "id": "i",
    "attributes": {"input.value": "i", "metadata": {"k": "v"}},
    "events": [{"name": "e", "timestamp": AT, "attributes": {"k": "v"}}],
}  # fmt: skip
_ANNOTATION: Json = {
    "id": "i", "span_id": SPAN, "trace_id": TRACE, "session_id": "s", "name": "q", "annotator_kind": "LLM",
    "result": {"label": "l", "score": 1, "explanation": "e"}, "metadata": {"k": "v", "judge_model": "m"},
    "identifier": "x", "user_id": "u", "source": "API", "created_at": AT, "updated_at": AT,
}  # fmt: skip
_PHOENIX_OTLP: Json = {
    "trace_id": TRACE, "span_id": SPAN, "parent_span_id": "p", "name": "n", "kind": "LLM", "start_time_unix_nano": NS,
    "end_time_unix_nano": NS, "status": {"code": 2, "message": "m"}, "trace_state": "a",
    "attributes": [{"key": "input.value", "value": {"string_value": "i"}}],
    "events": [{"name": "e", "time_unix_nano": NS, "attributes": [{"key": "k", "value": {"string_value": "v"}}]}],
    "links": [{"trace_id": TRACE, "span_id": SPAN}],
}  # fmt: skip
_OWN_SPAN: Json = {column.name: "x" for column in SPANS} | {
    "trace_id": TRACE, "span_id": SPAN, "start_ts": AT, "end_ts": AT, "status": "error", "kind": "tool",
    "tags": ["t"], "problems": ["p"], "injection_rules": ["r"], "attributes": {"k": "v"}, "resource": {"k": "v"},
    "documents": [{"id": "d", "content": "c", "role": "r", "title": "t", "url": "u", "metadata": {"k": "v"}}],
    "events": [{"name": "e", "time_ns": NS, "attributes": {"k": "v"}}], "links": [{"trace_id": TRACE, "k": "v"}],
}  # fmt: skip
_OWN_SCORE: Json = {column.name: "x" for column in SCORES} | {
    "trace_id": TRACE, "source": "judge", "metadata": {"k": "v"}, "rubric_scale": {"k": "v"}, "created_at": AT,
}  # fmt: skip
_CHAT: Json = {
    "traj": [{"role": "system", "content": "c"}, {"role": "user", "content": "c", "name": "n"},
             {"role": "assistant", "content": None, "tool_calls": [{"id": "i", "type": "function", "function": {
                 "name": "f", "arguments": '{"a": "b"}'}}]},
             {"role": "tool", "tool_call_id": "i", "name": "f", "content": "c"}],
    "task_id": 1, "reward": 1.0, "info": {"k": "v"}, "model": "m", "metadata": {"k": "v"},
}  # fmt: skip
_MT_RAG: Json = {
    "tasks": [{"task_id": "t", "task_type": "rag", "conversation_id": "c", "turn_id": 1, "collection": "c",
               "input": [{"speaker": "user", "text": "t"}], "targets": [{"speaker": "agent", "text": "t"}],
               "contexts": [{"document_id": "d", "text": "t", "title": "t", "source": "s"}]}],
    "evaluations": [{"task_id": "t", "model_id": "m", "model_response": "r",
                     "annotations": {"faithful": {"a": {"value": "yes", "duration": 1}}}}],
    "name": "n", "filters": [], "models": [{"model_id": "m", "name": "n"}], "metrics": [{"name": "faithful",
    "author": "human", "values": [{"value": "yes"}]}],
}  # fmt: skip

RECORDS: list[tuple[str, Json]] = [
    ("otlp-json", {"resourceSpans": [{"resource": _RESOURCE, "schemaUrl": "u", "scopeSpans": [
        {"scope": _SCOPE, "schemaUrl": "u", "spans": [_SPAN]}]}]}),
    ("otlp-json-logs", {"resourceLogs": [{"resource": _RESOURCE, "scopeLogs": [{"scope": _SCOPE, "logRecords": [
        _LOG, {**_LOG, "eventName": "gen_ai.user.message"}]}]}]}),
    ("phoenix", _PHOENIX), ("phoenix-annotations", _ANNOTATION), ("phoenix-otlp", _PHOENIX_OTLP),
    ("mlflow", _MLFLOW), ("mt-rag", _MT_RAG), ("langfuse", {"trace": _TRACE, "observations": [_OBSERVATION]}),
    ("langfuse-scores", _SCORE), ("langfuse-scores", {**_SCORE, "dataType": "CORRECTION"}),
    ("benchbook", _OWN_SPAN), ("benchbook", _OWN_SCORE), ("chat-messages", _CHAT),
]  # fmt: skip
NOT_JSON = {"otlp-protobuf", "otlp-protobuf-logs"}
"""Their reading is that of the same messages in JSON but for the wire; the canary plants in theirs."""


def planted(record: object, name: Callable[[], str]) -> Iterator[object]:
    """The record again and again, each time with another of its strings or keys replaced."""
    if isinstance(record, str):
        yield name()
        if record[:1] in ("{", '"'):
            yield from (json.dumps(one) for one in planted(json.loads(record), name))
    elif isinstance(record, dict):
        for key, value in record.items():
            yield from ({**record, key: one} for one in planted(value, name))
            yield {**{other: said for other, said in record.items() if other != key}, name(): value}
    elif isinstance(record, list):
        for place, value in enumerate(record):
            yield from ([*record[:place], one, *record[place + 1 :]] for one in planted(value, name))
    elif record is not None:
        yield name()


class Names:
    """Addresses that nobody else has."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def __call__(self) -> str:
        self.made.append(PLANT.format(len(self.made)))
        return self.made[-1]

    def found_in(self, content: bytes) -> list[str]:
        return [one for one in self.made if one.partition("@")[0].encode() in content]


def kept(tmp_path: Path, format_name: str, content: bytes) -> tuple[int, bytes]:
    """How much was taken of a piece, and every byte of it: rows, and rejects with their reasons."""
    part = Part(Piece(content, "line"), format_name, "batch", datetime(2026, 5, 1, tzinfo=UTC))
    done = Reader(Settings(home=tmp_path)).prepared(part)
    said = (one.to_ipc() + str((one.spans.to_pylist(), one.scores.to_pylist(), one.rejected)).encode() for one in done)
    return sum(one.spans.num_rows + one.scores.num_rows for one in done), b"".join(said)


@pytest.mark.parametrize(("name", "record"), RECORDS, ids=[f"{number}-{one[0]}" for number, one in enumerate(RECORDS)])
def test_no_string_of_any_format_is_kept_as_it_was_sent(tmp_path: Path, name: str, record: Json) -> None:
    whole, _ = kept(tmp_path, name, json.dumps(record).encode())
    names = Names()
    lines = [json.dumps(one).encode() for one in planted(record, names)]
    contents = lines if name == "mt-rag" else [b"\n".join(lines)]
    taken, found = 0, list[str]()
    for content in contents:
        rows, said = kept(tmp_path, name, content)
        taken += rows
        found += names.found_in(said)

    assert whole > 0
    assert taken > len(names.made) / 2
    assert found == []


def test_no_cell_of_an_annotation_in_csv_or_parquet_is_kept_as_it_was_sent(tmp_path: Path) -> None:
    columns = {
        "annotation_name": "q", "annotator_kind": "HUMAN", "span_id": SPAN, "trace_id": TRACE, "result.label": "l",
        "result.explanation": "e", "metadata": "{'k': 'v'}", "identifier": "i", "user_id": "u", "id": "i",
        "created_at": AT,
    }  # fmt: skip
    names = Names()
    rows = [{**columns, key: names()} for key in columns]
    table = BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), table)
    cells = "\n".join(",".join(row.values()) for row in rows)
    for content in (f"{','.join(columns)}\n{cells}\n".encode(), table.getvalue()):
        taken, said = kept(tmp_path, "phoenix-annotations", content)
        assert taken > 5
        assert names.found_in(said) == []


def test_every_format_is_tried() -> None:
    assert {name for name, _ in RECORDS} | NOT_JSON == set(known_formats())


def test_a_word_of_a_score_that_nobody_knows_is_left_out(tmp_path: Path) -> None:
    sent = {"trace_id": TRACE, "span_id": SPAN, "name": "q", "value": 1, "target_level": "whole team",
            "data_type": "percent", "source": "boss", "review_seconds": 4539148803436467}  # fmt: skip
    part = Part(Piece(json.dumps(sent).encode(), "line"), "benchbook", "batch", datetime(2026, 5, 1, tzinfo=UTC))
    (row,) = Reader(Settings(home=tmp_path)).prepared(part)[0].scores.to_pylist()

    assert (row["target_level"], row["data_type"], row["source"]) == ("span", "numeric", "code")
    assert row["review_seconds"] is None


def test_columns_of_facts_are_not_text_but_for_those_that_we_fill() -> None:
    """A new column that says a fact in words has to be looked at: whether its words come from outside."""
    in_words = (Kind.TEXT, Kind.TEXTS, Kind.JSON)

    assert {one.name for one in SPANS if one.holds is Holds.FACT and one.kind in in_words} == {
        "time_source", "kind", "status", "cost_source", "cost_missing", "source_format", "problems", "entities",
        "scrub_version", "injection_rules", "injection_version", "arrival", "ingest_batch", "content_hash",
    }  # fmt: skip
