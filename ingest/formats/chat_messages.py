"""Conversations as lists of chat messages: tau-bench results and OpenAI-style logs (`{"messages": [...]}` per line).

A conversation is a session and each user turn a trace: a root, a model call per assistant message, a tool span per
tool call with its result. There are no times: spans have the order of the messages, and no durations. A model call's
input is what was said since the one before it, since the whole history in every call would repeat each text many times.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from ingest.formats.otlp_spans import refused
from ingest.formats.said_scores import said
from ingest.json_stream import values
from ingest.json_values import as_list, as_table, as_text, present
from ingest.raw import Attributes, Raws, RawScore, RawSpan, Rejected
from ingest.values import json_text

NAME = "chat-messages"
_LISTS = ("messages", "traj", "conversation", "history")
_IDS = ("conversation_id", "session_id", "thread_id", "chat_id", "id")
_ASSISTANT = frozenset({"assistant", "ai", "model"})
_USER = frozenset({"user", "human"})
_RESULT = frozenset({"tool", "function"})


def recognises(head: bytes, file_name: str) -> bool:  # noqa: ARG001  # all formats have one header
    """Whether the file begins like conversations: a list of messages, each with a role and content."""
    has_list = any(b'"%s"' % name.encode() in head for name in _LISTS)
    is_other = any(
        key in head for key in (b'"span_id"', b'"traceId"', b'"resourceSpans"', b'"trace_id"', b'"info": {"tr')
    )
    return has_list and b'"role"' in head and not is_other


def read(stream: BinaryIO) -> Raws:
    """The turns of each conversation, and its reward as a score."""
    for found in values(stream):
        if isinstance(found, Rejected):
            yield found
            continue
        position, sent = found
        listed = next((as_list(sent[name]) for name in _LISTS if as_list(sent.get(name))), [])
        messages = _with_answer([message for message in listed if isinstance(message, dict)], sent)
        if not messages:
            yield refused(position, "a conversation without messages", json_text(sent))
            continue
        yield from _Conversation(sent, messages).raws()


def _with_answer(messages: list[dict[str, Any]], sent: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages, and the answer where a log keeps it beside them."""
    choices = as_list(sent.get("choices")) or as_list(as_table(sent.get("response")).get("choices"))
    answers = [as_table(as_table(choice).get("message")) for choice in choices[:1]]
    return messages + [answer for answer in answers if answer]


@dataclass(slots=True)
class _Conversation:
    """One conversation on its way into spans."""

    sent: dict[str, Any]
    messages: list[dict[str, Any]]
    _number: int = 0
    _key: str = field(init=False)
    _session: str = field(init=False)

    def __post_init__(self) -> None:
        told = {"messages": self.messages, "which": [self.sent.get(name) for name in ("task_id", "trial", *_IDS)]}
        self._key = hashlib.blake2b(json_text(told).encode(), digest_size=16).hexdigest()
        own = next((as_text(self.sent[name]) for name in _IDS if as_text(self.sent.get(name))), "")
        self._session = own or f"conversation-{self._key[:24]}"

    def raws(self) -> Raws:
        """Spans in the order of the messages, then the score."""
        for turn in self._turns():
            yield from self._spans(turn)
        yield from self._reward()

    def _turns(self) -> Iterator[list[dict[str, Any]]]:
        """Messages from one user message to the next; what stands before the first belongs to the first."""
        turn: list[dict[str, Any]] = []
        for message in self.messages:
            if _role(message) in _USER and any(_role(one) in _USER | _ASSISTANT for one in turn):
                yield turn
                turn = []
            turn.append(message)
        yield turn

    def _spans(self, turn: list[dict[str, Any]]) -> Iterator[RawSpan]:
        trace_id = self._id("trace", 16)
        asked = next((_content(message) for message in turn if _role(message) in _USER), "")
        answers = [_content(message) for message in turn if _role(message) in _ASSISTANT]
        answered = next((answer for answer in reversed(answers) if answer), "")
        root = self._span(
            trace_id, None, "turn", {"openinference.span.kind": "CHAIN", "input.value": asked, "output.value": answered}
        )
        yield root
        heard: list[dict[str, Any]] = []
        for place, message in enumerate(turn):
            if _role(message) not in _ASSISTANT:
                heard.append(message)
                continue
            yield self._span(trace_id, root.span_id, "assistant", self._call(heard, message))
            heard = []
            results = _results(turn[place + 1 :])
            for call in _tool_calls(message):
                yield self._span(trace_id, root.span_id, call["name"], _tool(call, results))

    def _span(self, trace_id: str, parent: str | None, name: str, attributes: Attributes) -> RawSpan:
        of_all = {"session.id": self._session, "user.id": self._user()}
        return RawSpan(
            trace_id=trace_id,
            span_id=self._id("span", 8),
            name=name,
            parent_span_id=parent,
            attributes=present(of_all | attributes),
            source_ids=present({name: self.sent.get(name) for name in ("task_id", "trial")}),
        )

    def _id(self, what: str, size: int) -> str:
        """An id from the conversation and the position in it, so that reading it again gives the same."""
        self._number += 1
        told = f"{what}\0{self._session}\0{self._key}\0{self._number}"
        return hashlib.blake2b(told.encode("utf-8", "replace"), digest_size=size).hexdigest()

    def _user(self) -> str:
        task = as_table(as_table(self.sent.get("info")).get("task"))
        return as_text(task.get("user_id")) or as_text(self.sent.get("user_id")) or as_text(self.sent.get("user"))

    def _call(self, heard: list[dict[str, Any]], message: dict[str, Any]) -> Attributes:
        is_last = message is self.messages[-1]
        usage = as_table(message.get("usage")) or (as_table(self.sent.get("usage")) if is_last else {})
        return {
            "openinference.span.kind": "LLM",
            "gen_ai.input.messages": heard,
            "gen_ai.output.messages": [message],
            "gen_ai.response.model": as_text(message.get("model")) or as_text(self.sent.get("model")),
            "gen_ai.usage.input_tokens": usage.get("prompt_tokens", usage.get("input_tokens")),
            "gen_ai.usage.output_tokens": usage.get("completion_tokens", usage.get("output_tokens")),
        }

    def _reward(self) -> Iterator[RawScore]:
        reward = self.sent.get("reward")
        if isinstance(reward, int | float) and not isinstance(reward, bool):
            target = {"id": f"{self._key[:24]}-reward", "target_level": "session", "session_id": self._session}
            info = as_table(as_table(self.sent.get("info")).get("reward_info")).get("info")
            yield RawScore(
                target
                | {"name": "reward", "source": "code", "judge_name": "reward"}
                | said(reward)
                | present({"metadata": as_table(info)})
            )


def _content(message: dict[str, Any]) -> str:
    """The text of a message, also when it is sent in parts."""
    content = message.get("content")
    if isinstance(content, list):
        return "\n".join(text for part in content if (text := as_text(as_table(part).get("text"))))
    return as_text(content)


def _results(after: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Call id and text of the tool messages up to the next model call. Ids are not unique in a conversation."""
    found = []
    for message in after:
        if _role(message) in _ASSISTANT:
            break
        if _role(message) in _RESULT:
            found.append((as_text(message.get("tool_call_id")), _content(message)))
    return found


def _tool(call: dict[str, str], results: list[tuple[str, str]]) -> Attributes:
    """A tool call with its own result, which is taken out of `results`: by its id, else the next one."""
    place = next((place for place, (call_id, _) in enumerate(results) if call_id == call["id"]), 0)
    result = results.pop(place)[1] if results else None
    return {
        "openinference.span.kind": "TOOL",
        "tool.name": call["name"],
        "tool.id": call["id"],
        "input.value": call["arguments"],
        "output.value": result,
    }


def _tool_calls(message: dict[str, Any]) -> Iterator[dict[str, str]]:
    calls = as_list(message.get("tool_calls"))
    if old := as_table(message.get("function_call")):
        calls = [*calls, {"function": old}]
    for call in calls:
        table = as_table(call)
        function = as_table(table.get("function")) or table
        arguments = function.get("arguments", function.get("args"))
        yield {
            "id": as_text(table.get("id")),
            "name": as_text(function.get("name")) or "tool",
            "arguments": arguments if isinstance(arguments, str) else json_text(arguments or {}),
        }


def _role(message: dict[str, Any]) -> str:
    return as_text(message.get("role")).lower()
