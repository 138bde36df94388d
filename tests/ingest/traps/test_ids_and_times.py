"""Whose a span is and when it was: ids in every spelling, sessions, people, clocks, halves and repeats."""

import base64
from typing import Any

import orjson
import pytest

from ingest.formats import otlp_json, otlp_protobuf
from ingest.raw import RawSpan
from tests.ingest.built import SPAN, START_NS, TRACE, prepared, preparer, request, row, rows, span, unscrubbed


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
    (said,), (elsewhere,) = rows(span()), rows(span(), by=unscrubbed(b"x" * 32))

    assert said["content_hash"] != elsewhere["content_hash"]


def test_trap_8_a_span_that_is_its_own_parent_is_a_root_and_says_so() -> None:
    (said,) = rows(span(parent_span_id=bytes.fromhex(SPAN)))

    assert (said["parent_span_id"], said["problems"]) == (None, ["own_parent"])


def test_trap_9_overlapping_branches_keep_their_own_times() -> None:
    left, right = rows(span(), span(span_id=b"12345678", start_time_unix_nano=START_NS + 1))

    assert left["start_ns"] < right["start_ns"] < left["end_ns"]
    assert right["duration_ns"] == 10**9 - 1
