"""Answers are what the standard's own classes read, in both encodings."""

import json

import pytest
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from errors import Busy, Malformed, StoreFailed, TooLarge, UnsupportedMedia
from ingest.raw import Rejected
from ingest.receive import answers
from ingest.receive.job import Content, Encoding, Refusal, encoding_of, refusal_of


@given(st.integers(400, 599), st.text())
def test_a_refusal_in_protobuf_is_a_google_rpc_status(status: int, message: str) -> None:
    message = message.encode("utf-8", "ignore").decode()
    answer = answers.refused(Refusal(status, message), Encoding.PROTOBUF)
    assert answer.status_code == status
    assert Status.FromString(bytes(answer.body)).message == message


@given(st.integers(1, 2**40), st.text(min_size=1))
def test_a_partial_success_says_how_many_and_why(spans: int, reason: str) -> None:
    reason = reason.encode("utf-8", "ignore").decode()
    rejected = [Rejected("span 2 of 3", reason, spans=spans)]
    said = ExportTraceServiceResponse.FromString(
        bytes(answers.taken(rejected, Content.TRACES, Encoding.PROTOBUF).body)
    ).partial_success
    assert (said.rejected_spans, said.error_message) == (spans, f"span 2 of 3: {reason}")
    told = json.loads(bytes(answers.taken(rejected, Content.TRACES, Encoding.JSON).body))["partialSuccess"]
    assert told == {"rejectedSpans": str(spans), "errorMessage": f"span 2 of 3: {reason}"}


def test_logs_say_log_records() -> None:
    rejected = [Rejected("record 1 of 1", "no time", spans=1)]
    body = bytes(answers.taken(rejected, Content.LOGS, Encoding.PROTOBUF).body)
    assert ExportLogsServiceResponse.FromString(body).partial_success.rejected_log_records == 1
    told = json.loads(bytes(answers.taken(rejected, Content.LOGS, Encoding.JSON).body))
    assert told["partialSuccess"]["rejectedLogRecords"] == "1"


def test_full_success_is_an_empty_message() -> None:
    assert bytes(answers.taken([], Content.TRACES, Encoding.PROTOBUF).body) == b""
    assert bytes(answers.taken([], Content.TRACES, Encoding.JSON).body) == b"{}"


def test_the_same_reason_is_told_once_and_many_reasons_are_counted() -> None:
    same = [Rejected(f"span {n} of 9", "no id") for n in range(1, 10)]
    assert b"span 1 of 9: no id" in bytes(answers.taken(same, Content.TRACES, Encoding.JSON).body)
    assert b"span 2" not in bytes(answers.taken(same, Content.TRACES, Encoding.JSON).body)
    many = [Rejected(f"span {n}", f"reason {n}") for n in range(9)]
    assert b"and 4 other reasons" in bytes(answers.taken(many, Content.TRACES, Encoding.JSON).body)


@pytest.mark.parametrize(
    ("error", "status", "retry"),
    [
        (Malformed("not JSON"), 400, None),
        (TooLarge(2**20), 413, None),
        (UnsupportedMedia("the Content-Type", ["application/json"]), 415, None),
        (Busy(3), 503, "3"),
        (StoreFailed("lake", "being written", "the disk is full"), 503, "5"),
    ],
)
def test_what_may_be_sent_again_is_503_with_a_time(error: Exception, status: int, retry: str | None) -> None:
    answer = answers.refused(refusal_of(error), Encoding.JSON)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert answer.headers.get("retry-after") == retry


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("application/x-protobuf", Encoding.PROTOBUF),
        ("application/protobuf", Encoding.PROTOBUF),
        ("APPLICATION/JSON", Encoding.JSON),
        ("application/json; charset=utf-8", Encoding.JSON),
        ('application/json;charset="UTF-8"; x=y', Encoding.JSON),
    ],
)
def test_content_types_are_read_with_their_parameters(header: str, encoding: Encoding) -> None:
    assert encoding_of(header) is encoding


@pytest.mark.parametrize("header", ["", "text/plain", "application/json; charset=utf-16", "application/jsonx", ";"])
def test_other_content_types_are_refused(header: str) -> None:
    with pytest.raises(UnsupportedMedia):
        encoding_of(header)


def test_scores_are_answered_as_langfuse_does() -> None:
    single = answers.scores_taken([], ["s1"], is_single=True)
    assert (single.status_code, json.loads(bytes(single.body))) == (200, {"id": "s1"})
    array = answers.scores_taken([], ["s1", "s2"], is_single=False)
    assert (array.status_code, json.loads(bytes(array.body))) == (202, {"message": "Accepted"})
    some = answers.scores_taken([Rejected("score 2 of 2", "no name")], ["s1"], is_single=False)
    assert some.status_code == 207
    assert json.loads(bytes(some.body)) == {
        "accepted": 1,
        "rejected": 1,
        "errors": [{"message": "score 2 of 2: no name"}],
    }
    none = answers.scores_taken([Rejected("score 1 of 1", "no name")], [], is_single=True)
    assert none.status_code == 400
