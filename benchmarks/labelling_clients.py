"""Reviewers without a browser: websocket clients that speak to the page Label as Streamlit's own front end does."""

import asyncio
import json
import random
import time
from dataclasses import dataclass, field
from typing import Any, Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

PANEL = "benchbook_labelling"
_TRIGGERS = "$$STREAMLIT_INTERNAL_KEY_{}__events"
_LONGEST_WAIT_S = 60.0


@dataclass
class Client:
    """One reviewer in a session of its own. `saved_ms` is how long each submit took to be answered."""

    url: str
    cookie: str
    item_seconds: float
    saved_ms: list[float] = field(default_factory=list)
    _told: dict[str, Any] = field(default_factory=dict)
    _panel: str = ""
    _page: str = ""
    _sent: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def work(self, until: asyncio.Event) -> Self:
        """Label one item every `item_seconds`, each with a draft, until told to stop or nothing is left."""
        headers = {"Cookie": self.cookie}
        async with connect(
            f"{self.url}/_stcore/stream", additional_headers=headers, max_size=None, compression=None
        ) as line:
            listening = asyncio.create_task(self._listen(line))
            try:
                await self._open(line)
                await asyncio.sleep(random.random() * self.item_seconds)  # not all at the same moment
                while self._told["items"] and not until.is_set():
                    await self._label(line)
            finally:
                listening.cancel()
        return self

    async def _label(self, line: ClientConnection) -> None:
        assignment = self._told["items"][0]["assignment"]
        said = {
            "assignment": assignment, "answers": {"helpfulness": "4", "groundedness": "5", "resolved": "yes"},
            "comment": "", "corrected": None, "active_seconds": self.item_seconds,
        }  # fmt: skip
        await asyncio.sleep(self.item_seconds / 2)
        await self._say(line, said | {"kind": "draft"})
        await asyncio.sleep(self.item_seconds / 2)
        began = time.perf_counter()
        await self._say(line, said | {"kind": "submit"})
        self.saved_ms.append((time.perf_counter() - began) * 1000)
        if self._told["more"]:
            await self._say(line, {"kind": "more"})

    async def _open(self, line: ClientConnection) -> None:
        message = BackMsg()
        message.rerun_script.page_name = "label"
        await line.send(message.SerializeToString())
        await self._until(lambda: bool(self._told))

    async def _say(self, line: ClientConnection, said: dict[str, Any]) -> None:
        """Send one message and wait for its answer."""
        self._sent += 1
        name = f"{id(self)}-{self._sent}"
        message = BackMsg()
        message.rerun_script.page_script_hash = self._page
        widgets = message.rerun_script.widget_states.widgets
        widgets.add(id=self._panel, json_value="{}")  # without it the page finds no panel to read from
        state = widgets.add()
        state.id = _TRIGGERS.format(self._panel)
        state.json_trigger_value = json.dumps([{"event": "outbox", "value": {"messages": [said | {"id": name}]}}])
        await line.send(message.SerializeToString())
        await self._until(lambda: any(ack["id"] == name for ack in self._told["acks"]))
        refused = next(ack for ack in self._told["acks"] if ack["id"] == name)
        if not refused["ok"]:
            raise RuntimeError(refused["reason"])

    async def _until(self, happened: Any) -> None:
        async with asyncio.timeout(_LONGEST_WAIT_S):
            while not happened():
                self._news.clear()
                await self._news.wait()

    async def _listen(self, line: ClientConnection) -> None:
        async for frame in line:
            message = ForwardMsg.FromString(frame if isinstance(frame, bytes) else frame.encode())
            if message.HasField("new_session"):
                self._page = message.new_session.page_script_hash
            panel = message.delta.new_element.bidi_component
            if panel.component_name.endswith(PANEL):
                self._panel, self._told = panel.id, json.loads(panel.json)
                self._news.set()
