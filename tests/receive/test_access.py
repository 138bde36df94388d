"""Hosts, origins, token and headers, on the middleware itself."""

import asyncio
import base64
from typing import Any

import pytest
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from ingest.receive.access import AllowedHosts, SecurityHeaders, bears_token


async def _app(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"in"})


def _asked(kind: str = "http", server: str = "127.0.0.1", **headers: str) -> list[Message]:
    """What the middleware sends for a request; 'in' when it let it through."""
    scope: dict[str, Any] = {
        "type": kind,
        "method": "GET",
        "path": "/",
        "server": (server, 8501),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    guard = AllowedHosts(_app, allowed=lambda: ["localhost", "127.0.0.1", "[::1]", "*.bench.example"])
    asyncio.run(guard(scope, receive, send))
    return sent


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8501", "127.0.0.1:8501", "[::1]:8501", "a.bench.example", "a.bench.example:443"]
)
def test_our_hosts_are_let_in_with_any_port(host: str) -> None:
    assert _asked(host=host)[-1]["body"] == b"in"


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8501", "127.0.0.1.evil.example", "bench.example.evil", "", "[::1", "xbench.example"],
)
def test_other_hosts_are_refused(host: str) -> None:
    assert _asked(host=host)[0]["status"] == 400


def test_the_address_that_a_request_came_in_on_is_ours() -> None:
    assert _asked(server="192.168.1.5", host="192.168.1.5:8501")[-1]["body"] == b"in"
    assert _asked(server="127.0.0.1", host="192.168.1.5:8501")[0]["status"] == 400


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:9999", "http://localhost"])
def test_a_websocket_from_another_sites_page_is_closed(origin: str) -> None:
    assert _asked("websocket", host="localhost:8501", origin=origin)[0]["type"] == "websocket.close"


def test_a_websocket_from_our_own_page_or_without_a_page_is_let_in() -> None:
    assert _asked("websocket", host="localhost:8501", origin="http://localhost:8501")[-1]["body"] == b"in"
    assert _asked("websocket", host="localhost:8501", origin="https://LOCALHOST:8501")[-1]["body"] == b"in"
    assert _asked("websocket", host="localhost:8501")[-1]["body"] == b"in"


def test_every_answer_carries_the_policy() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    asyncio.run(SecurityHeaders(_app)({"type": "http"}, receive, send))
    headers = Headers(raw=sent[0]["headers"])
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    "header", ["Bearer s3cret", "bearer s3cret", _basic("pk-lf-1", "s3cret"), _basic("", "s3cret")]
)
def test_the_token_is_taken_as_bearer_and_as_basic_password(header: str) -> None:
    assert bears_token(Headers({"authorization": header}), "s3cret")


@pytest.mark.parametrize(
    "header",
    ["", "s3cret", "Bearer", "Bearer s3cre", "Bearer s3crett", _basic("s3cret", ""), "Basic !!!", "Basic /w=="],
)
def test_anything_else_is_not_the_token(header: str) -> None:
    assert not bears_token(Headers({"authorization": header}), "s3cret")


def test_without_a_token_set_nobody_needs_one() -> None:
    assert bears_token(Headers({}), None)


@pytest.mark.parametrize("given", ["Bearer ", "Bearer", "Basic " + base64.b64encode(b"user:").decode(), "Basic ", ""])
def test_an_empty_token_opens_nothing(given: str) -> None:
    assert not bears_token(Headers({"authorization": given}), "")
