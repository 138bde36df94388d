"""What a worker process of the endpoint is asked: one request in, what may be kept of it out."""

from pathlib import Path

import orjson
import pytest

from errors import Malformed
from ingest.apart import MOST_APART
from ingest.prepare import prepare_request, prepare_worker_start
from ingest.prepared import Prepared
from ingest.steps import step_of
from settings import Settings
from tests.ingest.built import RECEIVED, SPAN, START_NS, TRACE, request, span


@pytest.fixture(autouse=True)
def _worker(tmp_path: Path) -> None:
    prepare_worker_start(Settings(home=tmp_path))


def asked(body: bytes, content: str, encoding: str) -> Prepared:
    return prepare_request(body, content=content, encoding=encoding, batch="b", received_at=RECEIVED)


def test_a_trace_is_prepared_from_protobuf_and_json_with_when_and_how_it_came() -> None:
    one = {"traceId": TRACE, "spanId": SPAN, "startTimeUnixNano": START_NS, "endTimeUnixNano": START_NS + 10**9}
    as_json = orjson.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]})

    for body, encoding in ((request(span()), "protobuf"), (as_json, "json")):
        (row,) = asked(body, "traces", encoding).spans.to_pylist()
        assert (row["trace_id"], row["span_id"]) == (TRACE, SPAN)
        assert (row["received_at"], row["ingest_batch"]) == (RECEIVED, "b")
        assert row["source_format"] == f"otlp-{encoding}"
        assert row["sequence"] is None


def test_scores_of_the_langfuse_client_are_prepared() -> None:
    sent = [{"id": "s-1", "traceId": TRACE, "name": "thumbs", "value": 1, "dataType": "BOOLEAN", "comment": "good"}]
    (score,) = asked(orjson.dumps(sent), "scores", "json").scores.to_pylist()

    assert (score["id"], score["trace_id"], score["name"], score["value"]) == ("s-1", TRACE, "thumbs", 1.0)


@pytest.mark.parametrize(("content", "encoding"), [
    ("traces", "protobuf"), ("traces", "json"), ("logs", "protobuf"), ("logs", "json"),
])  # fmt: skip
def test_a_body_that_cannot_be_read_is_malformed(content: str, encoding: str) -> None:
    with pytest.raises(Malformed):
        asked(b"\x0a\xff\xff not a request", content, encoding)


def test_a_half_that_failed_already_is_an_error() -> None:
    (row,) = asked(request(span(end_time_unix_nano=0, status={"code": 2})), "traces", "protobuf").spans.to_pylist()

    assert (row["arrival"], row["status"]) == ("half", "error")


@pytest.mark.parametrize("strange", [[0], [6], [2, 3], list(range(7))])
def test_spans_that_meet_an_error_of_ours_are_refused_alone(
    strange: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.prepare.step_of", _stumbles)
    body = request(
        *(span(name="strange" if n in strange else "good", span_id=bytes(7) + bytes([n + 1])) for n in range(7))
    )

    done = asked(body, "traces", "protobuf")

    assert done.received == 7
    assert [int(row["span_id"], 16) - 1 for row in done.spans.to_pylist()] == [n for n in range(7) if n not in strange]
    assert [one.position for one in done.rejected] == [f"span {n + 1}" for n in strange]
    assert {one.reason.partition(" at ")[0] for one in done.rejected} == {"could not be read (ValueError"}
    assert "quotes" not in str(done.rejected)


def test_a_request_of_nothing_but_strange_spans_is_not_taken_apart_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.prepare.step_of", _stumbles)
    body = request(*(span(name="strange", span_id=n.to_bytes(8, "big")) for n in range(1, MOST_APART + 2)))

    with pytest.raises(ValueError, match="quotes"):
        asked(body, "traces", "protobuf")


def _stumbles(name: str, model: str | None) -> str:
    if name == "strange":
        raise ValueError("an error that quotes a trace")
    return step_of(name, model)
