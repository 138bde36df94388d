"""Closes connections whose request line and headers do not come: uvicorn waits for those for ever."""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 20.0


class HeadsInTime(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, with a time limit for each request's head."""

    head_seconds = HEAD_SECONDS
    _head_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected: its first head is due."""
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Bytes have come: of a head, which stays due, or of what follows it."""
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._expect_head()
        elif self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None

    def _expect_head(self) -> None:
        if self._head_due is None:
            self._head_due = self.loop.call_later(self.head_seconds, self._head_is_late)

    def _head_is_late(self) -> None:
        self._head_due = None
        is_ours = self.transport.get_protocol() is self  # not a websocket meanwhile
        if is_ours and self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()
