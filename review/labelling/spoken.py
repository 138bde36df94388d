"""What was said in a trace: the question, the answer, and the messages before, found in the texts of its spans."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import orjson

Texts = Mapping[str, str]
"""Text columns of one span that are not empty."""
SPEAKERS = ("user", "assistant")
JUDGES = "evaluator"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation; `role` is user or assistant."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Span:
    """One span as the warehouse has it, in order of start."""

    span_id: str
    parent_span_id: str | None
    kind: str | None
    name: str | None
    status: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """What a person asked and what they were answered; empty where nothing was recorded."""

    question: str
    answer: str
    before: tuple[Message, ...]
    """Messages that the model was sent before the question; only they are known of a turn without a session."""


def unjudged(spans: Sequence[Span]) -> list[Span]:
    """The spans without evaluators and whatever they called: a judge's verdict stands in those."""
    kinds = {span.span_id: span.kind for span in spans}
    parents = {span.span_id: span.parent_span_id for span in spans}

    def is_judged(at: str | None) -> bool:
        seen: set[str] = set()
        while at in parents and at not in seen:
            if kinds[at] == JUDGES:
                return True
            seen.add(at)
            at = parents[at]
        return False

    return [span for span in spans if not is_judged(span.span_id)]


def said(spans: Sequence[Span], texts: Mapping[str, Texts], *, root: str | None) -> Said:
    """Question and answer of one turn, from its `unjudged` spans: of the root, else of its model calls."""
    calls = [span.span_id for span in spans if span.kind == "llm" and span.span_id in texts]
    top = texts.get(root or "", {}) if root in {span.span_id for span in spans} else {}
    answering = calls[-1] if calls else None
    messages = _messages(texts[answering], "messages_in") if answering else []
    if not messages:
        messages = _messages(top, "messages_in")
    asked = [place for place, message in enumerate(messages) if message.role == "user"]
    last_asked = messages[asked[-1]].text if asked else ""
    first_in = next((texts[call]["input_text"] for call in calls if "input_text" in texts[call]), "")
    last_out = next((texts[call]["output_text"] for call in reversed(calls) if "output_text" in texts[call]), "")
    return Said(
        question=readable(top.get("input_text") or last_asked or first_in),
        answer=readable(top.get("output_text") or last_out),
        before=tuple(messages[: asked[-1]] if asked else ()),
    )


def readable(text: str) -> str:
    """JSON as a person reads it: the one text that an object holds, else indented; anything else as it is."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    match value:
        case {**one} if len(one) == 1 and isinstance(only := next(iter(one.values())), str):
            return only
        case dict() | list():
            with suppress(orjson.JSONEncodeError):  # it reads what is nested 1,000 deep, and writes 254
                return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    return text


def _messages(texts: Texts, column: str) -> list[Message]:
    """What user and assistant said in a list of messages; a part `{"ref": column}` stands for that column's text."""
    try:
        parsed = orjson.loads(texts.get(column) or "[]")
    except orjson.JSONDecodeError:
        return []
    found = [_message(one, texts) for one in parsed if isinstance(one, dict)] if isinstance(parsed, list) else []
    return [message for message in found if message.role in SPEAKERS and message.text.strip()]


def _message(one: Mapping[str, object], texts: Texts) -> Message:
    parts = one.get("parts")
    said_in = [_part(part, texts) for part in parts] if isinstance(parts, list) else []
    return Message(str(one.get("role") or ""), "\n".join(filter(None, said_in)))


def _part(part: object, texts: Texts) -> str:
    if not isinstance(part, dict) or part.get("type") not in ("text", None):
        return ""
    if isinstance(part.get("ref"), str):
        return texts.get(part["ref"], "")
    text = part.get("text")
    return text if isinstance(text, str) else ""
