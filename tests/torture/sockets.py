"""A visitor without a browser: speaks to the pages over their websocket, also what no browser would say."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

DRAWN_SECONDS = 60.0
QUIET_SECONDS = 0.15
"""A run may be followed by another at once; when nothing comes for so long, the page is drawn."""


@dataclass
class Drawn:
    """What a run of a page drew: its texts, and the ids of what can be pressed or filled in."""

    page_hash: str = ""
    headings: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    buttons: dict[str, str] = field(default_factory=dict)  # label -> id
    inputs: dict[str, str] = field(default_factory=dict)
    selects: dict[str, str] = field(default_factory=dict)
    forms: dict[str, str] = field(default_factory=dict)
    links: set[str] = field(default_factory=set)

    @property
    def text(self) -> str:
        return "\n".join(self.texts)


class Visitor:
    """One session. `headers` are what the browser or a proxy would send with it.

    `session` is the id of one that somebody had before, which Streamlit lets a browser take up again.
    """

    def __init__(self, url: str, headers: Mapping[str, str], *, session: str = "") -> None:
        self._url = url.replace("http", "ws", 1)
        token = generate_xsrf_token_string()
        cookies = [f"_streamlit_xsrf={token}", *filter(None, [headers.get("Cookie")])]
        self._headers = {**headers, "Cookie": "; ".join(cookies)}
        self._protocols = [Subprotocol(one) for one in ("streamlit", token, session) if one]
        self.session = ""
        self._stack = contextlib.AsyncExitStack()
        self._line: ClientConnection | None = None

    async def __aenter__(self) -> Self:
        self._line = await self._stack.enter_async_context(
            connect(
                f"{self._url}/_stcore/stream",
                additional_headers=self._headers,
                subprotocols=self._protocols,
                max_size=None,
                compression=None,
            )
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def open(self, page: str, query: str = "") -> Drawn:
        """Open a page by its address."""
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.query_string = query
        return await self.say(message)

    async def press(self, page_hash: str, *, buttons: Mapping[str, str], filled: Mapping[str, Any]) -> Drawn:
        """Send a run of the page with these buttons pressed and inputs filled (by id), whoever was shown them."""
        message = BackMsg()
        message.rerun_script.page_script_hash = page_hash
        for widget in buttons.values():
            message.rerun_script.widget_states.widgets.add(id=widget, trigger_value=True)
        for widget, value in filled.items():
            state = message.rerun_script.widget_states.widgets.add(id=widget)
            if isinstance(value, int):
                state.int_value = value
            else:
                state.string_value = value
        return await self.say(message)

    async def say(self, message: BackMsg) -> Drawn:
        """Send anything; what is drawn until the run has ended."""
        assert self._line is not None
        await self._line.send(message.SerializeToString())
        drawn, is_done = Drawn(), False
        async with asyncio.timeout(DRAWN_SECONDS):
            while True:
                try:
                    frame = await asyncio.wait_for(self._line.recv(), QUIET_SECONDS if is_done else None)
                except TimeoutError:
                    if is_done:
                        return drawn
                    raise
                said = ForwardMsg.FromString(frame if isinstance(frame, bytes) else frame.encode())
                if said.HasField("new_session") and said.new_session.page_script_hash != drawn.page_hash:
                    drawn = Drawn()  # what came before was of the page before
                self.session = said.new_session.initialize.session_id or self.session
                _note(drawn, said)
                is_done = said.WhichOneof("type") == "script_finished" or (is_done and not said.HasField("new_session"))


def _note(drawn: Drawn, said: ForwardMsg) -> None:
    if said.HasField("new_session"):
        drawn.page_hash = said.new_session.page_script_hash
        return
    if said.WhichOneof("type") != "delta" or said.delta.WhichOneof("type") != "new_element":
        return
    element = said.delta.new_element
    if kind := element.WhichOneof("type"):
        _note_element(drawn, kind, getattr(element, kind))


def _note_element(drawn: Drawn, kind: str, inner: Any) -> None:
    if kind == "heading":
        drawn.headings.append(str(inner.body))
    match kind:
        case "heading" | "markdown" | "text" | "alert" | "code":
            drawn.texts.append(str(getattr(inner, "body", "") or getattr(inner, "code_text", "")))
        case "button":
            drawn.buttons[inner.label] = inner.id
        case "text_input" | "text_area":
            drawn.inputs[inner.label] = inner.id
        case "selectbox":
            drawn.selects[inner.label] = inner.id
        case "arrow_data_frame":
            drawn.texts.append(bytes(inner.data).decode("utf-8", "ignore"))
        case "bidi_component":
            drawn.texts.append(str(inner.json))
        case _:
            drawn.texts.append(str(inner)[:20_000])
