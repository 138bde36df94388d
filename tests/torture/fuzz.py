"""Wrong payloads by the thousand against the receiver: never 500, never a hang, each span acknowledged kept once."""

import json
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.journey.canary import Canary
from tests.receive.served import JSON, PROTOBUF, Served
from tests.torture import mutations, payloads
from tests.torture.attack import OneRound, Place

REQUESTS_A_ROUND = 960
CLIENTS = 16
ANSWERED_SECONDS = 60
KEPT_SECONDS = 40
TOLD = {200, 202, 207, 400, 413, 415}
"""What may be answered to nonsense; 503 asks to come back, and is asked again."""
TRACES = ("/v1/traces", "/v1/traces", "/api/public/otel/v1/traces")
_AGAIN = 30


@dataclass(frozen=True, slots=True)
class Request:
    """One payload, and the spans of it that nobody could call wrong."""

    path: str
    body: bytes
    content_type: str
    coding: str = ""
    spans: frozenset[tuple[str, str]] = field(default_factory=frozenset)


@contextmanager
def receiver(place: Place) -> Iterator[OneRound]:
    """Wrong payloads over HTTP."""
    canary, shapes = payloads.planted(place.seed)
    app = Served(place.folder / "home").start()
    clients = [httpx.Client(base_url=app.url, timeout=ANSWERED_SECONDS) for _ in range(CLIENTS)]

    def one_round() -> None:
        dice = place.dice()
        requests = [_request(shapes, dice) for _ in range(REQUESTS_A_ROUND)]
        place.count("payloads sent", len(requests))
        with ThreadPoolExecutor(CLIENTS) as pool:
            answers = list(pool.map(lambda n: _answer(place, clients[n % CLIENTS], requests[n]), range(len(requests))))
        kept: set[tuple[str, str]] = set()
        for request, answer in zip(requests, answers, strict=True):
            _check_answer(place, request, answer, canary)
            if answer is not None and answer.status_code == 200:
                kept |= request.spans
        _check_kept(place, app, kept)

    try:
        yield one_round
        place.expect(app.process is not None and app.process.poll() is None, "the app ended")
        place.expect("unforeseen" not in app.said(), f"an error that nobody foresaw: {_places(app)}")
        place.expect("Traceback" not in app.said(), "a traceback in the log")
    finally:
        for client in clients:
            client.close()
        app.close()
    for value, where in canary.found_in(app.home, app.log).items():
        place.found(f"{where}: a value of {len(value)} characters was kept", zero="personal values found")


def _request(shapes: payloads.Shapes, dice: random.Random) -> Request:
    match dice.randrange(20):
        case 0 | 1:
            return _scores(shapes, dice)
        case 2:
            return _logs(shapes, dice)
        case 3 | 4:
            return _any_bytes(dice)
        case 5 | 6 | 7 | 8 | 9 | 10 | 11:
            return _traces_json(shapes, dice)
    return _traces_protobuf(shapes, dice)


def _traces_protobuf(shapes: payloads.Shapes, dice: random.Random) -> Request:
    message = shapes.few_spans(dice)
    mutations.mutated_message(message, dice, share=dice.choice((0.0, 0.03, 0.15)))
    body = message.SerializeToString()
    spans = frozenset((trace, own) for trace, own in mutations.spans_of(body) if trace.strip("0") and own.strip("0"))
    return _sent(dice.choice(TRACES), body, PROTOBUF, dice, spans)


def _traces_json(shapes: payloads.Shapes, dice: random.Random) -> Request:
    said = mutations.mutated(payloads.as_json(shapes.few_spans(dice)), dice, share=dice.choice((0.0, 0.01, 0.08)))
    return _sent(
        dice.choice(TRACES), mutations.json_bytes(said, dice), JSON, dice, frozenset(payloads.plainly_valid(said))
    )


def _logs(shapes: payloads.Shapes, dice: random.Random) -> Request:
    message = shapes.few_logs(dice)
    if dice.random() < 0.5:
        said = mutations.mutated(payloads.as_json(message), dice, share=0.03)
        return _sent("/v1/logs", mutations.json_bytes(said, dice), JSON, dice)
    mutations.mutated_message(message, dice)
    return _sent("/v1/logs", message.SerializeToString(), PROTOBUF, dice)


def _scores(shapes: payloads.Shapes, dice: random.Random) -> Request:
    scores = [shapes.score | {"id": f"{dice.getrandbits(60):x}"} for _ in range(dice.randint(1, 5))]
    said: Any = mutations.mutated(scores, dice, share=0.08)
    if isinstance(said, list) and said and dice.random() < 0.4:
        said = said[0]
    return _sent("/api/public/scores", mutations.json_bytes(said, dice), JSON, dice)


def _any_bytes(dice: random.Random) -> Request:
    path, kind = dice.choice((*TRACES, "/v1/logs", "/api/public/scores")), dice.choice((JSON, PROTOBUF))
    return Request(path, dice.randbytes(dice.randint(0, 300)), kind, dice.choice(mutations.CODINGS))


def _sent(
    path: str, body: bytes, kind: str, dice: random.Random, spans: frozenset[tuple[str, str]] = frozenset()
) -> Request:
    """The request as it goes out: in a coding; one of five with bytes changed, of which nothing is expected then.

    Bytes are changed only where no personal value is: half of one would be found nowhere and mean nothing.
    """
    coding = dice.choice(mutations.CODINGS)
    if dice.random() < 0.2:
        return Request(path, mutations.coded(mutations.damaged(_HARMLESS[kind], dice), coding, dice), kind, coding)
    plain = mutations.coded(body, coding, random.Random(1))  # noqa: S311 - a good coding: seed 1 damages none
    return Request(path, plain, kind, coding, spans)


_HARMLESS_SPAN = {
    "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "name": "step",
    "startTimeUnixNano": "1793000000000000000", "endTimeUnixNano": "1793000001000000000",
    "attributes": [{"key": "input.value", "value": {"stringValue": "question"}}],
}  # fmt: skip
_HARMLESS_JSON = {"resourceSpans": [{"scopeSpans": [{"spans": [_HARMLESS_SPAN]}]}]}


def _protobuf_of_nothing() -> bytes:
    from tests.receive import otlp
    from tests.receive.otlp import Spec

    said: dict[str, otlp.Value] = {"input.value": "question", "llm.token_count.prompt": 5, "x": 0.5}
    return otlp.request(Spec("a", trace=b"\7" * 16, id=b"\7" * 8, attributes=said))


_HARMLESS = {JSON: json.dumps(_HARMLESS_JSON).encode(), PROTOBUF: _protobuf_of_nothing()}


def _answer(place: Place, client: httpx.Client, request: Request) -> httpx.Response | None:
    headers = {"Content-Type": request.content_type}
    if request.coding:
        headers["Content-Encoding"] = request.coding
    for _ in range(_AGAIN):
        try:
            answer = client.post(request.path, content=request.body, headers=headers)
        except httpx.TimeoutException:
            return None
        if answer.status_code != 503:
            return answer
        place.count("asked to come back")
        time.sleep(0.5)
    return answer


def _check_answer(place: Place, request: Request, answer: httpx.Response | None, canary: Canary) -> None:
    if answer is None:
        place.found(f"no answer in {ANSWERED_SECONDS} s on {request.path}", zero="answers that never came")
        return
    place.count(f"answered {answer.status_code}")
    if answer.status_code >= 500:
        place.found(f"{answer.status_code} on {request.path}", zero="answers of 500")
    elif answer.status_code not in TOLD:
        place.found(f"{answer.status_code} on {request.path}")
    said = answer.text
    for value, where in canary.planted.items():
        if value in said:
            place.found(f"the answer quotes what was sent ({where})", zero="personal values found")


def _check_kept(place: Place, app: Served, spans: set[tuple[str, str]]) -> None:
    """Every span of requests that were answered 200 is there once."""
    place.count("spans acknowledged", len(spans))
    traces = sorted({trace for trace, _ in spans})
    asked = f"SELECT trace_id, span_id FROM spans WHERE trace_id IN ({', '.join(map(repr, traces)) or 'NULL'})"
    ends, rows = time.monotonic() + KEPT_SECONDS, []
    while time.monotonic() < ends:
        rows = [(str(row["trace_id"]), str(row["span_id"])) for row in app.sql(asked)]
        if spans <= set(rows):
            break
        time.sleep(0.2)
    lost, doubled = spans - set(rows), len(rows) - len(set(rows))
    if lost:
        place.found(
            f"{len(lost)} spans that were answered 200 are not there", zero="acknowledged spans lost", by=len(lost)
        )
    if doubled:
        place.found(f"{doubled} spans are there twice", zero="doubled", by=doubled)


def _places(app: Served) -> str:
    return "; ".join(sorted({line.strip()[-200:] for line in app.said().splitlines() if "unforeseen" in line})[:4])
