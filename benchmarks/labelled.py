"""Texts with labels of what is personal in them, read from the files that evaluations of scrubbers are kept in.

- Presidio's evaluation format: a JSON list of `{"full_text", "spans": [{"entity_type", "start_position",
  "end_position"}]}`, or the same one object a line. `metadata` may name a `trace` (texts of one conversation, which
  are scrubbed together) and a `surface` (prose, tool, document, json).
- Conversations of tau-bench: a JSON list of `{"traj": [message, ...]}`. Labels are the exact places of the values
  that the customer's records hold, so a finding of somebody else counts as false.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

SURFACES = {"user": "prose", "assistant": "prose", "tool": "tool", "system": "document"}

KEYS = {
    "address1": "ADDRESS", "address2": "ADDRESS", "zip": "ADDRESS", "email": "EMAIL_ADDRESS", "dob": "DATE_OF_BIRTH",
    "phone": "PHONE_NUMBER", "user_id": "USER_ID", "last_four": "CREDIT_CARD",
}  # fmt: skip
"""Keys of tau-bench's customers, and the type of what they hold. A user's id is made of the name."""


@dataclass(frozen=True, slots=True)
class Label:
    """A place of a text, in characters, and the type that the set gives it."""

    start: int
    end: int
    entity: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text, what is personal in it, and the conversation it is a part of (each text its own, if none is named)."""

    text: str
    labels: tuple[Label, ...]
    trace: str
    surface: str


def read(file: Path, surface: str) -> list[list[Labelled]]:
    """The texts of a file by conversation; `surface` is for those that name none.

    Raises ValueError for another format.
    """
    records = _records(file.read_text())
    if records and "traj" in records[0]:
        return [list(_conversation(record, str(number))) for number, record in enumerate(records)]
    texts = [_text(record, str(number), surface) for number, record in enumerate(records)]
    return [list(group) for _, group in groupby(texts, key=lambda text: text.trace)]


def _records(content: str) -> list[dict[str, Any]]:
    if content.lstrip().startswith("["):
        return list(json.loads(content))
    return [json.loads(line) for line in content.splitlines() if line.strip()]


def _text(record: Mapping[str, Any], number: str, surface: str) -> Labelled:
    if "full_text" not in record:
        raise ValueError("neither Presidio's evaluation format nor conversations with `traj`")
    about = record.get("metadata") or {}
    labels = [Label(s["start_position"], s["end_position"], s["entity_type"]) for s in record.get("spans", ())]
    return Labelled(
        record["full_text"], tuple(labels), about.get("trace", f"text {number}"), about.get("surface", surface)
    )


def _conversation(record: Mapping[str, Any], number: str) -> Iterator[Labelled]:
    """User's, assistant's and tools' messages; the customer's values are what the tools' JSON says of a customer."""
    messages = [message for message in record["traj"] if isinstance(message.get("content"), str)]
    values = {value: entity for message in messages for value, entity in _personal(message["content"])}
    for message in messages:
        text = message["content"]
        yield Labelled(text, tuple(_places(text, values)), f"conversation {number}", SURFACES[message["role"]])


def _personal(text: str) -> Iterator[tuple[str, str]]:
    try:
        said = json.loads(text)
    except ValueError:
        return
    yield from _of_people(said)


def _of_people(said: object) -> Iterator[tuple[str, str]]:
    """Values of people at any depth of a record: names whole and in parts, and what `KEYS` names."""
    if isinstance(said, Mapping):
        names = [said[part] for part in ("first_name", "last_name") if isinstance(said.get(part), str)]
        yield from ((name, "PERSON") for name in (" ".join(names), *names) if name)
        yield from ((said[key], entity) for key, entity in KEYS.items() if isinstance(said.get(key), str) and said[key])
    inner = said.values() if isinstance(said, Mapping) else said if isinstance(said, list) else ()
    for value in inner:
        yield from _of_people(value)


def _places(text: str, values: Mapping[str, str]) -> Iterator[Label]:
    """Where values stand as whole words; of two that overlap, the longer."""
    end = 0
    if not values:
        return
    either = "|".join(map(re.escape, sorted(values, key=len, reverse=True)))
    for found in re.finditer(rf"(?<![^\W_])(?:{either})(?![^\W_])", text):
        if found.start() >= end:
            end = found.end()
            yield Label(found.start(), end, values[found[0]])
