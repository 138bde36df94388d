"""A connection that sends no request is closed; one that does is served as always."""

import asyncio
from collections.abc import Awaitable, Callable

import uvicorn
from starlette.responses import PlainTextResponse

from ingest.receive.heads import HeadsInTime

SOON = 0.3
_REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


class _Soon(HeadsInTime):
    head_seconds = SOON


def _with_server(client: Callable[[int], Awaitable[None]]) -> None:
    async def run() -> None:
        config = uvicorn.Config(PlainTextResponse("hello"), port=0, http=_Soon, lifespan="off", log_level="error")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110  # uvicorn tells it in no other way
            await asyncio.sleep(0.01)
        await client(server.servers[0].sockets[0].getsockname()[1])
        server.should_exit = True
        await serving

    asyncio.run(run())


async def _is_closed(reader: asyncio.StreamReader) -> bool:
    async with asyncio.timeout(60):
        return await reader.read() == b""


def test_a_connection_without_a_request_or_with_half_a_head_is_closed() -> None:
    async def client(port: int) -> None:
        for start in (b"", b"POST /v1/traces HTTP/1.1\r\nHost: x\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(start)
            assert await _is_closed(reader)
            writer.close()

    _with_server(client)


def test_half_a_second_request_is_closed_too() -> None:
    async def client(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(_REQUEST)
        assert b"200 OK" in await reader.readuntil(b"hello")
        writer.write(b"GET / HT")
        assert await _is_closed(reader)
        writer.close()

    _with_server(client)


def test_a_kept_connection_serves_one_request_after_the_other() -> None:
    async def client(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            writer.write(_REQUEST)
            assert b"200 OK" in await reader.readuntil(b"hello")
            await asyncio.sleep(1.2 * SOON)
        writer.close()

    _with_server(client)
