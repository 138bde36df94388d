"""What a worker process of the endpoint is asked: one request in, what may be kept of it out."""

from pathlib import Path

import orjson
import pytest

from errors import Malformed
from ingest.prepare import prepare_request, prepare_worker_start
from ingest.prepared import Prepared
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
