"""Messages of a model call, read from the JSON that is kept, ready to be drawn as a conversation."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

ROLES = ("user", "assistant", "system", "tool")


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `role` is one of ROLES or `other`; `said_role` is the role as sent. `text` is hostile."""

    role: str
    said_role: str
    text: str


def read_messages(kept: object, texts: Mapping[str, object]) -> list[Message] | None:
    """The messages of `messages_in` or `messages_out`; None when it is not a list of messages.

    A part that holds `{"ref": "input_text"}` stands for that column of `texts`.
    """
    if not isinstance(kept, str) or not kept:
        return None
    try:
        parsed = json.loads(kept)
    except (ValueError, RecursionError):
        return None
    if not isinstance(parsed, list):
        return None
    return [_message(each, texts) for each in parsed if isinstance(each, dict)]


def _message(said: Mapping[str, object], texts: Mapping[str, object]) -> Message:
    role = str(said.get("role") or "")
    parts = said.get("parts", said.get("content", []))
    listed = parts if isinstance(parts, list) else [parts]
    text = "\n".join(filter(None, (_part(part, texts) for part in listed)))
    return Message(role if role in ROLES else "other", role, text)


def _part(part: object, texts: Mapping[str, object]) -> str:
    if not isinstance(part, dict):
        return "" if part is None else str(part)
    if isinstance(ref := part.get("ref"), str):
        return str(texts.get(ref) or "")
    for name in ("text", "content"):
        if isinstance(part.get(name), str):
            return str(part[name])
    return json.dumps(part, ensure_ascii=False, indent=1)
