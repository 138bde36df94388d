"""Malformed, odd and hostile requests: each is answered, kept or refused as said, and the next one works."""

import gzip
import json
import math
import zlib
from collections.abc import Iterator

import httpx
import pytest
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

from tests.receive import otlp
from tests.receive.otlp import NOW_NS, SECOND_NS, Spec
from tests.receive.served import JSON, PROTOBUF, Served

TRACES = "/v1/traces"


@pytest.fixture(autouse=True)
def the_next_request_works(served: Served) -> Iterator[None]:
    """After each case a normal request is kept: nothing may stop the writer."""
    yield
    spec = Spec("after the odd one")
    answer = served.post(TRACES, otlp.request(spec))
    assert (answer.status_code, answer.content) == (200, b"")
    assert_kept(served, spec)


def assert_kept(served: Served, *specs: Spec, distinct: int | None = None) -> None:
    """Each span is one row that pages can see."""
    traces = ", ".join(f"'{trace}'" for trace in sorted({spec.key[0] for spec in specs}))
    served.eventually(
        f"SELECT count(*) AS spans FROM spans WHERE trace_id IN ({traces})", [{"spans": distinct or len(specs)}]
    )


def assert_refused(answer: httpx.Response, status: int) -> None:
    """Refused with a google.rpc.Status in the request's encoding."""
    assert answer.status_code == status, answer.content
    if answer.headers["content-type"] == JSON:
        assert answer.json()["message"]
    else:
        assert answer.headers["content-type"] == PROTOBUF
        assert Status.FromString(answer.content).message


# What cannot be read at all

_ONE = otlp.request(Spec())
_ONE_JSON = json.dumps(otlp.json_request(otlp.json_span(Spec()))).encode()


@pytest.mark.parametrize(
    ("body", "content_type", "headers", "status"),
    [
        pytest.param(b"\xff\xff\xff", PROTOBUF, {}, 400, id="no protobuf"),
        pytest.param(_ONE[:-7], PROTOBUF, {}, 400, id="truncated protobuf"),
        pytest.param(_ONE_JSON, PROTOBUF, {}, 400, id="JSON called protobuf"),
        pytest.param(b"", JSON, {}, 400, id="empty JSON"),
        pytest.param(b"{", JSON, {}, 400, id="no JSON"),
        pytest.param(_ONE_JSON[:-9], JSON, {}, 400, id="truncated JSON"),
        pytest.param(_ONE, JSON, {}, 400, id="protobuf called JSON"),
        pytest.param(b"[7]", JSON, {}, 400, id="a JSON list"),
        pytest.param(b"null", JSON, {}, 400, id="JSON null"),
        pytest.param(b"7", JSON, {}, 400, id="a JSON number"),
        pytest.param(b'"\xff"', JSON, {}, 400, id="JSON that is not UTF-8"),
        pytest.param(b"[" * 100_000, JSON, {}, 400, id="JSON nested without end"),
        pytest.param(b"no gzip", PROTOBUF, {"Content_Encoding": "gzip"}, 400, id="no gzip"),
        pytest.param(gzip.compress(_ONE)[:-5], PROTOBUF, {"Content_Encoding": "gzip"}, 400, id="truncated gzip"),
        pytest.param(b"no zlib", PROTOBUF, {"Content_Encoding": "deflate"}, 400, id="no deflate"),
        pytest.param(gzip.compress(bytes(2**25)), PROTOBUF, {"Content_Encoding": "gzip"}, 413, id="gzip bomb"),
        pytest.param(zlib.compress(bytes(2**25)), JSON, {"Content_Encoding": "deflate"}, 413, id="deflate bomb"),
        pytest.param(bytes(2**21 + 1), PROTOBUF, {}, 413, id="too large"),
        pytest.param(bytes(2**23), JSON, {}, 413, id="far too large"),
        pytest.param(_ONE, PROTOBUF, {"Content_Encoding": "br"}, 415, id="a coding that is not read"),
        pytest.param(_ONE, "text/plain", {}, 415, id="plain text"),
        pytest.param(_ONE, None, {}, 415, id="no content type"),
        pytest.param(_ONE_JSON, "application/json; charset=utf-16", {}, 415, id="another charset"),
    ],
)
@pytest.mark.parametrize("path", [TRACES, "/v1/logs"])
def test_what_cannot_be_read_is_refused(
    served: Served, path: str, body: bytes, content_type: str | None, headers: dict[str, str], status: int
) -> None:
    assert_refused(served.post(path, body, content_type, **headers), status)


def test_a_chunked_body_that_is_too_large_is_refused(served: Served) -> None:
    chunks = (bytes(2**16) for _ in range(40))
    answer = httpx.post(served.url + TRACES, content=chunks, headers={"Content-Type": PROTOBUF}, timeout=60)
    assert_refused(answer, 413)


def test_only_post_is_answered(served: Served) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = httpx.request(method, served.url + TRACES, timeout=30)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_an_empty_request_is_a_success(served: Served) -> None:
    protobuf = served.post(TRACES, b"")
    assert (protobuf.status_code, protobuf.content) == (200, b"")
    for empty in (b"{}", b'{"resourceSpans": []}', b'{"resourceSpans": [{"scopeSpans": [{}]}]}'):
        as_json = served.post(TRACES, empty, JSON)
        assert (as_json.status_code, as_json.content) == (200, b"{}")


# Good spans of a bad request are kept, and the answer says what was not


@pytest.mark.parametrize("bad", [Spec("bad", id=b""), Spec("bad", id=bytes(8)), Spec("bad", trace=b"")])
def test_one_bad_span_of_three_leaves_the_other_two(served: Served, bad: Spec) -> None:
    first, last = Spec("first"), Spec("last")
    answer = served.post(TRACES, otlp.request(first, bad, last))
    assert answer.status_code == 200
    spans, why = otlp.rejected_in(answer.content)
    assert spans == 1
    assert why
    assert_kept(served, first, last)


def test_one_bad_span_of_three_in_json_leaves_the_other_two(served: Served) -> None:
    first, last = Spec("first"), Spec("last")
    bad = otlp.json_span(Spec("bad")) | {"spanId": ""}
    body = json.dumps(otlp.json_request(otlp.json_span(first), bad, otlp.json_span(last))).encode()
    answer = served.post(TRACES, body, JSON)
    assert answer.status_code == 200
    assert answer.json()["partialSuccess"]["rejectedSpans"] == "1"
    assert_kept(served, first, last)


@pytest.mark.parametrize(
    "wrong",
    [
        {"attributes": "x"},
        {"attributes": [7]},
        {"startTimeUnixNano": "soon"},
        {"startTimeUnixNano": {"deep": []}},
        {"events": 3},
        {"links": {"a": 1}},
        {"status": "bad"},
        {"name": {"not": "text"}},
        {"kind": "SPAN_KIND_NEW"},
        {"parentSpanId": 12},
        {"traceId": 12},
        {"spanId": None},
    ],
)
def test_a_span_with_a_field_of_the_wrong_type_harms_no_other(served: Served, wrong: dict[str, object]) -> None:
    good, odd = Spec("good"), Spec("odd")
    body = json.dumps(otlp.json_request(otlp.json_span(good), otlp.json_span(odd) | wrong)).encode()
    answer = served.post(TRACES, body, JSON)
    assert answer.status_code == 200, answer.content
    rejected = int(answer.json().get("partialSuccess", {}).get("rejectedSpans", 0))
    assert rejected in {0, 1}
    assert_kept(served, good)
    if rejected == 0 and not {"traceId", "spanId"} & wrong.keys():
        assert_kept(served, odd)


# Odd spans are kept


def _seven_bytes() -> list[Spec]:
    return [Spec("short trace id", trace=b"1234567")]


def _own_parent() -> list[Spec]:
    spec = Spec("own parent")
    spec.parent = spec.id
    return [spec]


def _cycle() -> list[Spec]:
    one, other = Spec("one"), Spec("other")
    other.trace, one.parent, other.parent = one.trace, other.id, one.id
    return [one, other]


def _two_traces_one_id() -> list[Spec]:
    one = Spec("one")
    return [one, Spec("two", id=one.id)]


_ODD = {
    "end before start": [Spec(start_ns=NOW_NS, end_ns=NOW_NS - SECOND_NS)],
    "no end": [Spec(end_ns=0)],
    "no start and no end": [Spec(start_ns=0, end_ns=0)],
    "start beyond 2^63": [Spec(start_ns=2**63 + 5, end_ns=2**63 + 9), Spec("beside it")],
    "end beyond 2^63": [Spec(end_ns=2**64 - 1), Spec("beside it")],
    "NaN and infinity": [Spec(attributes={"a": math.nan, "b": math.inf, "gen_ai.usage.input_tokens": math.nan})],
    "NUL in text": [Spec("a\0b", attributes={"input.value": "x\0y", "k\0": "v"})],
    "a megabyte in one attribute": [Spec(attributes={"input.value": "word " * 200_000})],
    "no name": [Spec("")],
    "a name of 100,000 characters": [Spec("n" * 100_000)],
    "5,000 attributes": [Spec(attributes={f"key.{n}": n for n in range(5_000)})],
    "deep JSON in an attribute": [Spec(attributes={"input.value": "[" * 5_000 + "]" * 5_000})],
    "deep dotted key": [Spec(attributes={".".join(["a"] * 2_000): 1, "..": 2, "": 3})],
    "an index of a thousand million": [Spec(attributes={"llm.input_messages.999999999.message.role": "user"})],
    "numbers where text is due": [Spec(attributes={"session.id": 7, "gen_ai.request.model": True, "user.id": 1.5})],
    "text where numbers are due": [Spec(attributes={"gen_ai.usage.input_tokens": "many", "llm.cost.total": "free"})],
    "tokens below zero": [Spec(attributes={"gen_ai.usage.input_tokens": -5, "gen_ai.usage.output_tokens": 2**62})],
    "a cost too large for money": [Spec(attributes={"llm.cost.total": 1e300, "llm.token_count.prompt": 1})],
    "private characters of ours": [Spec(attributes={"input.value": "<PERSON_\ue000aaaaaaaaaaaaa\ue001>"})],
    "its own parent": _own_parent(),
    "a cycle of two": _cycle(),
    "one span id in two traces": _two_traces_one_id(),
    "a trace id of seven bytes": _seven_bytes(),
    "an unknown status code": [Spec(status=77)],
    "HTML and SQL": [Spec("<script>alert(1)</script>", attributes={"input.value": "'; DROP TABLE spans; --"})],
}


@pytest.mark.parametrize("specs", [pytest.param(specs, id=name) for name, specs in _ODD.items()])
def test_odd_spans_are_kept_or_refused_aloud(served: Served, specs: list[Spec]) -> None:
    answer = served.post(TRACES, otlp.request(*specs))
    assert answer.status_code == 200, answer.content
    rejected, why = otlp.rejected_in(answer.content)
    assert bool(rejected) == bool(why)
    if rejected < len(specs):
        assert_kept(served, *specs, distinct=len(specs) - rejected)


@pytest.mark.parametrize(
    "name",
    [name for name in _ODD if name not in {"a trace id of seven bytes", "no start and no end"}],
)
def test_few_oddities_are_reason_to_refuse_a_span(served: Served, name: str) -> None:
    """Only ids that are none are refused; whatever else is odd is kept and marked."""
    assert served.post(TRACES, otlp.request(*_ODD[name])).content == b""


def test_the_same_span_twice_in_one_request_is_one_span(served: Served) -> None:
    spec = Spec("twice")
    assert served.post(TRACES, otlp.request(spec, spec)).status_code == 200
    assert_kept(served, spec)


def test_json_variants_seen_in_the_wild_are_taken(served: Served) -> None:
    """Upper-case hex, names for enums, numbers for 64-bit integers, fields that nobody knows."""
    spec = Spec("variants")
    span = otlp.json_span(spec) | {
        "traceId": spec.trace.hex().upper(),
        "spanId": spec.id.hex().upper(),
        "startTimeUnixNano": NOW_NS + 7,
        "kind": "SPAN_KIND_SERVER",
        "status": {"code": "STATUS_CODE_ERROR"},
        "fieldOfTomorrow": {"a": [1]},
    }
    answer = served.post(TRACES, json.dumps(otlp.json_request(span)).encode(), JSON)
    assert (answer.status_code, answer.content) == (200, b"{}")
    served.eventually(
        f"SELECT status, epoch_ns(start_ts) AS start_ns FROM spans WHERE trace_id = '{spec.key[0]}'",
        [{"status": "error", "start_ns": NOW_NS + 7}],
    )


def test_a_refusal_never_quotes_the_request(served: Served) -> None:
    secret = "Mr. Hans Zebrafish"
    for body in (secret, json.dumps([secret]), json.dumps({"resourceSpans": secret})):
        for content_type in (JSON, PROTOBUF):
            assert "Zebrafish" not in served.post(TRACES, body.encode(), content_type).text
    span = otlp.json_span(Spec()) | {"spanId": secret, "startTimeUnixNano": secret}
    assert "Zebrafish" not in served.post(TRACES, json.dumps(otlp.json_request(span)).encode(), JSON).text
    assert "Zebrafish" not in served.said()
