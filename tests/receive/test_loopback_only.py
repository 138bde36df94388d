"""Pages are refused to other machines while nothing proves who somebody is; traces are taken from them all the same."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Message, Scope

from ingest.receive.access import LoopbackOnly


async def answer(address: str | None, path: str, *, wanted: bool, kind: str = "http") -> int:
    """The status of a request that came in on this address of the machine."""
    app = Starlette(routes=[Route("/{rest:path}", lambda _: PlainTextResponse("here"), methods=["GET", "POST"])])
    scope: Scope = {
        "type": kind, "path": path, "raw_path": path.encode(), "query_string": b"", "headers": [], "method": "GET",
        "server": None if address is None else (address, 8501),
    }  # fmt: skip
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect" if kind == "websocket" else "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    await LoopbackOnly(app, wanted=lambda: wanted)(scope, receive, send)
    return int(sent[0].get("status") or sent[0]["code"])


@pytest.mark.parametrize(
    ("address", "path", "wanted", "status"),
    [
        ("127.0.0.1", "/", True, 200),
        ("::1", "/", True, 200),
        (None, "/", True, 200),
        ("192.168.1.7", "/", True, 403),
        ("fe80::1", "/download/x", True, 403),
        ("192.168.1.7", "/v1/traces", True, 200),
        ("192.168.1.7", "/", False, 200),
    ],
    ids=["loopback", "loopback 6", "socket file", "network", "network 6", "traces", "signed in or trusted"],
)
def test_pages_come_from_loopback_only(address: str | None, path: str, wanted: bool, status: int) -> None:
    import anyio

    async def ask() -> int:
        return await answer(address, path, wanted=wanted)

    assert anyio.run(ask) == status


def test_the_websocket_of_the_pages_is_refused_too() -> None:
    import anyio

    async def ask() -> int:
        return await answer("192.168.1.7", "/_stcore/stream", wanted=True, kind="websocket")

    assert anyio.run(ask) == 1008
