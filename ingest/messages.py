"""Chat messages of every vendor in one shape: `[{role, parts: [{type, text | name, arguments | result ...}]}]`.

Each text is kept once: a part whose text is the whole of `input_text`, `output_text` or `system_text` holds
`{"type": "text", "ref": "input_text"}` instead. `resolve_refs` puts the text back.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ingest.values import Bounded, parsed, text_of

Message = dict[str, Any]

_ROLES = {
    "human": "user", "ai": "assistant", "model": "assistant", "asssistant": "assistant", "bot": "assistant",
    "aimessagechunk": "assistant", "function": "tool", "developer": "system", "toolmessage": "tool",
    "humanmessage": "user", "aimessage": "assistant", "systemmessage": "system", "functionmessage": "tool",
}  # fmt: skip
_KNOWN_ROLES = {"user", "assistant", "system", "tool"}
_TEXT_TYPES = {"text", "input_text", "output_text", "summary_text", "refusal"}
_CALL_TYPES = {"tool_call", "tool_use", "tool-call", "function_call", "server_tool_call", "functioncall"}
_RESULT_TYPES = {"tool_call_response", "tool_result", "tool-result", "function_call_output", "function_response",
                 "server_tool_call_response"}  # fmt: skip
_THOUGHT_TYPES = {"reasoning", "thinking", "redacted_thinking"}
_TEXT_PART = {"type", "text"}
_PLAIN = {"role", "content"}
_STRUCTURED = ("[{", '["')
_SAYING = {"content", "parts", "contents", "tool_calls", "function_call"}
_LISTS = ("messages", "choices", "generations", "candidates", "contents", "output", "input")


def role_of(said: object, otherwise: str) -> str:
    """One spelling for a role."""
    role = str(said).strip().lower() if isinstance(said, str) and said else otherwise
    return _ROLES.get(role, role)


def normalised(value: object, *, otherwise: str = "user") -> list[Message]:
    """The messages that a value holds: a list, one message, or text. `otherwise` is the role of one that names none."""
    value = parsed(value)
    if value is None or value == "":
        return []
    if isinstance(value, dict):
        return [_message(value, otherwise)]
    if not isinstance(value, list):
        return [{"role": otherwise, "parts": [{"type": "text", "text": text_of(value)}]}]
    found: list[Message] = []
    for item in map(parsed, value):
        if isinstance(item, list) and not _is_pair(item):
            found.extend(normalised(item, otherwise=otherwise))
        elif item is not None:
            found.append(_message(item, otherwise))
    return found


def _is_pair(item: object) -> bool:
    """LangChain's short form: `["user", "the text"]`."""
    return (isinstance(item, list) and len(item) == 2 and all(isinstance(half, str) for half in item)
            and role_of(item[0], "") in _KNOWN_ROLES)  # fmt: skip


def _message(item: object, otherwise: str) -> Message:
    if isinstance(item, dict) and len(item) == 1 and isinstance(inner := item.get("message"), dict):
        item = inner  # OpenInference's wrapper
    if isinstance(item, dict) and item.keys() == _PLAIN and isinstance(said := item["content"], str):
        role = role_of(item["role"], otherwise)
        if said and role != "tool" and said[:2] not in _STRUCTURED:
            return {"role": role, "parts": [{"type": "text", "text": said}]}
    if isinstance(item, list) and _is_pair(item):
        return {"role": role_of(item[0], otherwise), "parts": [{"type": "text", "text": item[1]}]}
    if not isinstance(item, dict):
        return {"role": otherwise, "parts": [{"type": "text", "text": text_of(item) or ""}]}
    for wrapper in ("message", "kwargs", "data", "prompt", "completion"):
        inner = parsed(item.get(wrapper))
        if isinstance(inner, dict):
            below = _message(inner, role_of(_lc_role(item) or item.get("role"), otherwise))
            return _with_reason(below, item)
    role = role_of(item.get("role") or _lc_role(item), otherwise)
    message: Message = {"role": role, "parts": _parts(item, role)}
    name = item.get("name")
    if isinstance(name, str) and name and role != "tool" and "call_id" not in item:
        message["name"] = name
    return _with_reason(message, item)


def _with_reason(message: Message, item: Mapping[str, Any]) -> Message:
    reason = item.get("finish_reason") or item.get("finishReason")
    if isinstance(reason, str) and reason:
        message["finish_reason"] = reason
    return message


def _lc_role(item: Mapping[str, Any]) -> str | None:
    """The role of LangChain's serialised messages: in the class name or in `type`."""
    made = item.get("id")
    if item.get("lc") and isinstance(made, list) and made:
        return str(made[-1]).lower().removesuffix("chunk")
    kind = item.get("type")
    return kind if isinstance(kind, str) and (kind.lower() in _ROLES or kind.lower() in _KNOWN_ROLES) else None


def _parts(item: Mapping[str, Any], role: str) -> list[dict[str, Any]]:
    if isinstance(item.get("type"), str) and item["type"].lower() in _CALL_TYPES | _RESULT_TYPES | _THOUGHT_TYPES:
        return [part_of(item)]
    parts: list[dict[str, Any]] = []
    said = item.get("parts")
    if said is None:
        said = item.get("content")
    if said is None:
        said = item.get("contents", item.get("text"))
    structured = parsed(said) if isinstance(said, str) and said[:2] in _STRUCTURED else said
    if role == "tool" and not _has_result(structured):
        return [_result(item.get("tool_call_id") or item.get("id"), item.get("name"), parsed(said))]
    if isinstance(structured, list):
        parts.extend(part_of(part) for part in structured if part is not None)
    elif isinstance(structured, dict):
        parts.append(part_of(structured))
    elif structured not in (None, ""):
        parts.append({"type": "text", "text": text_of(structured)})
    parts.extend(_calls(item, parts))
    return parts


def _has_result(said: object) -> bool:
    return isinstance(said, list) and any(
        isinstance(part, dict) and (str(part.get("type")) in _RESULT_TYPES or "function_response" in part)
        for part in said
    )


def _calls(item: Mapping[str, Any], known: Sequence[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    more = item.get("additional_kwargs")
    calls = parsed(item.get("tool_calls")) or (more.get("tool_calls") if isinstance(more, dict) else None) or []
    if isinstance(item.get("function_call"), dict):
        calls = [*calls, item["function_call"]] if isinstance(calls, list) else [item["function_call"]]
    seen = {part.get("id") for part in known if part["type"] == "tool_call"} - {None}
    for call in map(parsed, calls if isinstance(calls, list) else []):
        if isinstance(call, dict):
            inner = call.get("tool_call")
            made = _call(inner if isinstance(inner, dict) else call)
            if made.get("id") not in seen:
                yield made


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    function = call["function"] if isinstance(call.get("function"), dict) else call
    given = next((function[key] for key in ("arguments", "args", "input") if function.get(key) is not None), None)
    made = {
        "type": "tool_call",
        "id": _word(call.get("id") or call.get("call_id") or call.get("toolCallId") or call.get("tool_call_id")),
        "name": _word(function.get("name") or call.get("toolName")),
        "arguments": parsed(given),
    }
    return {key: value for key, value in made.items() if value is not None}


def _result(call_id: object, name: object, result: object) -> dict[str, Any]:
    made = {"type": "tool_result", "id": _word(call_id), "name": _word(name), "result": result}
    return {key: value for key, value in made.items() if value is not None}


def _word(said: object) -> str | None:
    """An id or a name as text, whatever was sent in its place."""
    return said if isinstance(said, str) else text_of(said)


def part_of(said: object) -> dict[str, Any]:
    """One part of a message in our shape."""
    said = parsed(said)
    if not isinstance(said, dict):
        return {"type": "text", "text": text_of(said) or ""}
    inner = said.get("message_content")
    part: dict[str, Any] = inner if isinstance(inner, dict) else said
    kind = str(part.get("type") or "").lower()
    if kind in _CALL_TYPES:
        return _call(part)
    if kind in _RESULT_TYPES:
        return _result_part(part)
    for key, wraps in (("function_call", _call), ("functionCall", _call), ("function_response", _result_part)):
        if isinstance(part.get(key), dict):
            return wraps(part[key])
    text = part.get("text", part.get("content", part.get("thinking")))
    if kind in _THOUGHT_TYPES:
        return {"type": "reasoning", "text": text_of(text) or text_of(part.get("summary")) or ""}
    if kind in _TEXT_TYPES or (not kind and isinstance(text, str)):
        return {"type": "text", "text": text_of(text if text is not None else part.get("refusal")) or ""}
    return _other(part, kind)


def _result_part(part: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("response", "result", "output", "content")
    result = next((part[key] for key in keys if part.get(key) is not None), None)
    called = part.get("id") or part.get("tool_use_id") or part.get("call_id") or part.get("toolCallId")
    return _result(called, part.get("name") or part.get("toolName"), parsed(result))


def _other(part: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Images, audio, files: what they are, without their bytes."""
    kept = {key: without_bytes(value) for key, value in part.items() if key != "type"}
    return {"type": kind or "other", **kept}


def without_bytes(value: object) -> object:
    """The value without base64 content; how long it was stays."""
    if isinstance(value, str) and len(value) > 512 and (value.startswith("data:") or _looks_base64(value)):
        what = value[:40].partition(",")[0] if value.startswith("data:") else "base64"
        return f"{what} ({len(value)} characters left out)"
    if isinstance(value, dict):
        return {key: without_bytes(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_bytes(item) for item in value]
    return value


def _looks_base64(text: str) -> bool:
    head = text[:256]
    return " " not in head and head.isascii() and all(c.isalnum() or c in "+/=_-\n\r" for c in head)


def conversation(value: object, *, otherwise: str) -> tuple[list[Message], dict[str, Any]] | None:
    """Messages inside a request or answer as vendors write them, and what else stood there; None when it is neither."""
    value = parsed(value)
    if isinstance(value, list):
        return (normalised(value, otherwise=otherwise), {}) if value and all(map(_is_message, value)) else None
    if not isinstance(value, dict):
        return None
    for key in _LISTS:
        listed = parsed(value.get(key))
        while isinstance(listed, list) and len(listed) == 1 and isinstance(listed[0], list) and not _is_pair(listed[0]):
            listed = listed[0]
        if isinstance(listed, list) and listed and all(map(_is_message, listed)):
            rest = {name: item for name, item in value.items() if name != key}
            return _merged(normalised([_unwrapped(item) for item in listed], otherwise=otherwise)), rest
    if _is_message(value):
        return normalised(_unwrapped(value), otherwise=otherwise), {}
    return None


def _merged(messages: list[Message]) -> list[Message]:
    """OpenAI's Responses list calls and reasoning as items of their own: neighbours of one speaker are one message."""
    merged: list[Message] = []
    for message in messages:
        if merged and merged[-1]["role"] == message["role"] == "assistant" and _only_calls(message, merged[-1]):
            merged[-1]["parts"].extend(message["parts"])
        else:
            merged.append(message)
    return merged


def _only_calls(message: Message, before: Message) -> bool:
    kinds = {part["type"] for part in [*message["parts"], *before["parts"]]}
    return bool(kinds) and kinds <= {"tool_call", "reasoning"}


def _unwrapped(item: object) -> object:
    """Gemini's candidates hold the message in `content`."""
    if isinstance(item, dict) and isinstance(item.get("content"), dict) and "parts" in item["content"]:
        return {"role": "assistant", **item["content"]}
    return item


def _is_message(item: object) -> bool:
    item = parsed(item)
    if not isinstance(item, dict):
        return _is_pair(item)
    if isinstance(item.get("role"), str) and item.keys() & _SAYING:
        return True
    if any(isinstance(item.get(key), dict) for key in ("message", "kwargs")) and (
        item.keys() & {"lc", "finish_reason", "generation_info", "index", "text"}
    ):
        return True
    if isinstance(item.get("content"), dict) and "parts" in item["content"]:
        return True
    kind = item.get("type")
    if not isinstance(kind, str):
        return False
    if kind.lower() in _CALL_TYPES | _RESULT_TYPES | {"reasoning"}:
        return bool(item.keys() & {"name", "call_id", "summary", "output"})
    return _lc_role(item) is not None and bool(item.keys() & {"content", "data"})


def last_words(messages: Sequence[Message], role: str) -> str | None:
    """The text of the last message of a role that has any."""
    for message in reversed(messages):
        if message["role"] == role and (text := words(message)):
            return text
    return None


def words(message: Message) -> str:
    """The text parts of a message, joined."""
    return "\n".join(str(part["text"]) for part in message["parts"] if part["type"] == "text" and part.get("text"))


def with_refs(messages: list[Message], texts: Mapping[str, str | None]) -> list[Message]:
    """The messages with a reference for each part that is the whole of one of `texts` (column to text)."""
    columns = {text: column for column, text in reversed(list(texts.items())) if text}
    if not columns:
        return messages
    for message in messages:
        for place, part in enumerate(message["parts"]):
            column = columns.get(part["text"]) if part["type"] == "text" and "text" in part else None
            if column is not None:
                message["parts"][place] = {"type": "text", "ref": column}
    return messages


def resolve_refs(messages: Sequence[Message] | None, texts: Mapping[str, str | None]) -> list[Message]:
    """The messages with each reference replaced by its text, for reading.

    `texts` holds the row's `input_text`, `output_text` and `system_text`; one that is missing leaves an empty text.
    """
    return [
        {**message, "parts": [_resolved(part, texts) for part in message.get("parts", ())]}
        for message in messages or ()
    ]


def _resolved(part: Mapping[str, Any], texts: Mapping[str, str | None]) -> dict[str, Any]:
    if "ref" not in part:
        return dict(part)
    return {"type": part.get("type", "text"), "text": texts.get(str(part["ref"])) or ""}


def bounded(messages: list[Message], limits: Bounded) -> list[Message]:
    """The messages within the limits of size and depth."""
    return [
        {**{key: limits.of(value) for key, value in message.items() if key != "parts"},
         "parts": [_bounded_part(part, limits) for part in message["parts"]]}
        for message in messages
    ]  # fmt: skip


def _bounded_part(part: Mapping[str, Any], limits: Bounded) -> dict[str, Any]:
    if part.keys() == _TEXT_PART and part["type"] == "text" and isinstance(part["text"], str):
        return {"type": "text", "text": limits.text(part["text"])}
    return {str(key): limits.of(item) for key, item in part.items()}
