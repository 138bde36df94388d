"""Reads a request's body within limits of size, time and memory; nothing is decoded here."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.requests import ClientDisconnect, Request

from errors import Busy, TooLarge

WHOLE_BODY_SECONDS = 60.0
NEXT_CHUNK_SECONDS = 15.0
DISCARD_SECONDS = 5.0
RETRY_SECONDS = 1


class Bodies:
    """The bodies held in memory at once, over all requests. Lives on the event loop's thread."""

    def __init__(self, *, limit_bytes: int, together_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._together_bytes = together_bytes
        self._held_bytes = 0

    @asynccontextmanager
    async def body(self, request: Request) -> AsyncIterator[bytes]:
        """The body as sent, counted as held until the block ends.

        Raises `TooLarge` beyond the limit; `Busy` when the client is too slow or too much is held already:
        both pass, so the client may send it again.
        """
        pieces: list[bytes] = []
        try:
            await self._read(request, pieces)
            yield b"".join(pieces)
        finally:
            self._held_bytes -= sum(map(len, pieces))

    async def _read(self, request: Request, pieces: list[bytes]) -> None:
        chunks, size = _chunks(request), 0
        try:
            async with asyncio.timeout(WHOLE_BODY_SECONDS):
                async for chunk in chunks:
                    size += len(chunk)
                    self._check(size)
                    self._held_bytes += len(chunk)
                    pieces.append(chunk)
        except TimeoutError as error:
            raise Busy(RETRY_SECONDS) from error
        except (TooLarge, Busy):
            await _discard(chunks)
            raise

    def _check(self, size: int) -> None:
        if size > self._limit_bytes:
            raise TooLarge(self._limit_bytes)
        if self._held_bytes > self._together_bytes:
            raise Busy(RETRY_SECONDS)


async def discard(request: Request) -> None:
    """Read the body and forget it, for a while: a client that is still sending would not see the answer."""
    await _discard(_chunks(request))


async def _discard(chunks: AsyncIterator[bytes]) -> None:
    with suppress(TimeoutError, ClientDisconnect):
        async with asyncio.timeout(DISCARD_SECONDS):
            async for _ in chunks:
                pass


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    more = True
    while more:
        async with asyncio.timeout(NEXT_CHUNK_SECONDS):
            message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        yield message.get("body", b"")
        more = message.get("more_body", False)
