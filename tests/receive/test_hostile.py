"""Whatever bytes are sent: an answer that says what is wrong, never 500, and the next request is kept."""

import gzip
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.receive import otlp
from tests.receive.otlp import Spec
from tests.receive.served import JSON, PROTOBUF, Served

PATHS = ("/v1/traces", "/v1/logs", "/api/public/otel/v1/traces", "/api/public/scores")
TOLD = {200, 202, 207, 400, 413, 415}
over_http = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

_SEED = otlp.request(
    Spec("a", attributes={"input.value": "question", "llm.token_count.prompt": 5, "x": 0.5}), Spec("b", status=2)
)
_SEED_JSON = json.dumps(otlp.json_request(otlp.json_span(Spec("a", attributes={"input.value": "q"})))).encode()


def _answered(served: Served, path: str, body: bytes, content_type: str, **headers: str) -> None:
    answer = served.post(path, body, content_type, **headers)
    assert answer.status_code in TOLD, (answer.status_code, path, content_type, body[:200])
    if answer.status_code == 400 and content_type == JSON:
        assert answer.json()["message"]


@st.composite
def damaged(draw: st.DrawFn, seed: bytes) -> bytes:
    """A good body with a few bytes changed, put in or cut out."""
    body = bytearray(seed)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(body) - 1)))
        match draw(st.integers(0, 2)):
            case 0:
                body[at : at + 1] = bytes([draw(st.integers(0, 255))])
            case 1:
                body[at:at] = draw(st.binary(max_size=8))
            case _:
                del body[at : at + draw(st.integers(1, 40))]
    return bytes(body)


@over_http
@given(path=st.sampled_from(PATHS), kind=st.sampled_from([JSON, PROTOBUF]), body=st.binary(max_size=400))
def test_any_bytes(served: Served, path: str, kind: str, body: bytes) -> None:
    _answered(served, path, body, kind)


@over_http
@given(path=st.sampled_from(PATHS[:3]), body=damaged(_SEED))
def test_damaged_protobuf(served: Served, path: str, body: bytes) -> None:
    _answered(served, path, body, PROTOBUF)


@over_http
@given(path=st.sampled_from(PATHS[:3]), body=damaged(_SEED_JSON))
def test_damaged_json(served: Served, path: str, body: bytes) -> None:
    _answered(served, path, body, JSON)


@over_http
@given(body=damaged(gzip.compress(_SEED)), coding=st.sampled_from(["gzip", "deflate", "identity", "GZIP", "br", ""]))
def test_damaged_compression(served: Served, body: bytes, coding: str) -> None:
    _answered(served, "/v1/traces", body, PROTOBUF, Content_Encoding=coding)


_KEYS = [
    "resourceSpans", "scopeSpans", "spans", "resource", "attributes", "key", "value", "stringValue", "intValue",
    "doubleValue", "arrayValue", "kvlistValue", "values", "bytesValue", "traceId", "spanId", "parentSpanId", "name",
    "startTimeUnixNano", "endTimeUnixNano", "events", "links", "status", "code", "kind", "timeUnixNano",
    "droppedAttributesCount", "resourceLogs", "scopeLogs", "logRecords", "body", "id", "comment", "dataType",
]  # fmt: skip
_LEAVES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["0" * 32, "f" * 16, "1790000000000000000", "STATUS_CODE_ERROR", "gen_ai.input.messages"]),
)
_JSON: st.SearchStrategy[Any] = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=5),
    max_leaves=30,
)


@over_http
@given(path=st.sampled_from(PATHS), value=_JSON)
def test_any_json_of_the_words_that_otlp_uses(served: Served, path: str, value: object) -> None:
    _answered(served, path, json.dumps(value).encode(), JSON)


@over_http
@given(span=st.dictionaries(st.sampled_from(_KEYS), _JSON, max_size=8))
def test_a_span_of_anything_harms_no_other(served: Served, span: dict[str, object]) -> None:
    good = otlp.json_span(Spec("good"))
    answer = served.post("/v1/traces", json.dumps(otlp.json_request(good, good | span, span)).encode(), JSON)
    assert answer.status_code == 200


@pytest.fixture(autouse=True, scope="module")
def the_app_still_works(served: Served) -> Any:
    yield
    spec = Spec("still works")
    assert served.post("/v1/traces", otlp.request(spec)).content == b""
    served.eventually(f"SELECT name FROM spans WHERE trace_id = '{spec.key[0]}'", [{"name": "still works"}])
    assert "unforeseen" not in served.said()
    assert "Traceback" not in served.said()
