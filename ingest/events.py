"""Events of a span: which are messages, which only count tokens as they came, and which are kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ingest import messages
from ingest.messages import Message
from ingest.raw import Attributes
from ingest.values import Bounded, parsed

MAX_EVENTS = 256
DETAILS_EVENT = "gen_ai.client.inference.operation.details"
_ROLES = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
_JOINS_THE_SPAN = frozenset({DETAILS_EVENT, "gen_ai.content.prompt", "gen_ai.content.completion"})


@dataclass(frozen=True, slots=True)
class Said:
    """Messages that came as events of a span or as log records."""

    messages_in: list[Message]
    messages_out: list[Message]


def split_events(
    events: Iterable[Attributes], attributes: Attributes, chunk_names: tuple[str, ...], limits: Bounded
) -> tuple[list[Attributes], Said]:
    """Events worth keeping, and the messages among them. Details of a call join the span's `attributes`.

    Chunks of a stream are counted: one event for all of a kind, with the time of the first.
    """
    kept: list[Attributes] = []
    said = Said([], [])
    chunks: dict[str, Attributes] = {}
    for event in events:
        name, inside = str(event.get("name") or ""), event.get("attributes") or {}
        if chunk := next((chunk for chunk in chunk_names if name.startswith(chunk)), None):
            _count_chunk(chunks, chunk, event)
        elif name in _JOINS_THE_SPAN:
            attributes.update({key: value for key, value in inside.items() if key not in attributes})
        elif name in _ROLES:
            said.messages_in.extend(messages.normalised(_event_message(inside), otherwise=_ROLES[name]))
        elif name == "gen_ai.choice":
            said.messages_out.extend(messages.normalised(_event_message(inside), otherwise="assistant"))
        elif len(kept) < MAX_EVENTS:
            told = {"time_ns": event.get("time_ns"), "attributes": limits.of(inside)}
            kept.append({"name": limits.text(name), **told})
        else:
            limits.cut = True
    return [*kept, *chunks.values()], said


def _event_message(inside: Mapping[str, Any]) -> Mapping[str, Any]:
    content = parsed(inside.get("gen_ai.event.content"))
    return content if isinstance(content, dict) else inside


def _count_chunk(chunks: dict[str, Attributes], name: str, event: Attributes) -> None:
    counted = chunks.setdefault(name, {"name": name, "time_ns": event.get("time_ns"), "attributes": {"count": 0}})
    counted["attributes"]["count"] += 1
