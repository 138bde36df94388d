"""Every vendor's messages in one shape, each text once, and back again for reading."""

import json
from typing import Any

import pytest

from ingest.messages import Message, conversation, normalised, resolve_refs
from ingest.steps import step_of
from tests.ingest.built import row

TEXT = [{"type": "text", "text": "hello"}]
CALL = {"type": "tool_call", "id": "c1", "name": "weather", "arguments": {"city": "Paris"}}
ARGUMENTS = '{"city": "Paris"}'

SAME_TEXT: dict[str, Any] = {
    "openai": {"role": "user", "content": "hello"},
    "openai parts": {"role": "user", "content": [{"type": "text", "text": "hello"}]},
    "responses": {"role": "user", "content": [{"type": "input_text", "text": "hello"}]},
    "openinference": {"message": {"role": "user", "content": "hello"}},
    "openinference contents": {
        "message": {"role": "user", "contents": [{"message_content": {"type": "text", "text": "hello"}}]}
    },
    "gen_ai": {"role": "user", "parts": [{"type": "text", "content": "hello"}]},
    "gemini": {"role": "user", "parts": [{"text": "hello"}]},
    "langchain": {"type": "human", "data": {"content": "hello", "type": "human"}},
    "langchain dump": {
        "lc": 1,
        "type": "constructor",
        "id": ["langchain", "HumanMessage"],
        "kwargs": {"content": "hello"},
    },
    "langchain pair": ["user", "hello"],
    "json in a string": '{"role": "user", "content": "hello"}',
    "plain text": "hello",
    "completions": {"prompt": {"text": "hello"}},
    "misspelt role": {"role": "HUMAN", "content": "hello"},
}
SAME_CALL: dict[str, Any] = {
    "openai": {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c1", "function": {"name": "weather", "arguments": ARGUMENTS}}],
    },
    "openinference": {
        "message": {
            "role": "assistant",
            "tool_calls": [{"tool_call": {"id": "c1", "function": {"name": "weather", "arguments": ARGUMENTS}}}],
        }
    },
    "traceloop": {"role": "assistant", "tool_calls": [{"id": "c1", "name": "weather", "arguments": ARGUMENTS}]},
    "langchain": {
        "type": "ai",
        "data": {
            "content": "",
            "tool_calls": [{"id": "c1", "name": "weather", "args": {"city": "Paris"}, "type": "tool_call"}],
        },
    },
    "gen_ai": {
        "role": "assistant",
        "parts": [{"type": "tool_call", "id": "c1", "name": "weather", "arguments": ARGUMENTS}],
    },
    "anthropic": {
        "role": "assistant",
        "content": [{"type": "tool_use", "id": "c1", "name": "weather", "input": {"city": "Paris"}}],
    },
    "vercel": {
        "role": "assistant",
        "content": [{"type": "tool-call", "toolCallId": "c1", "toolName": "weather", "args": {"city": "Paris"}}],
    },
    "gemini": {
        "role": "model",
        "parts": [{"function_call": {"id": "c1", "name": "weather", "args": {"city": "Paris"}}}],
    },
    "responses": {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": ARGUMENTS},
}
SAME_RESULT: dict[str, Any] = {
    "openai": {"role": "tool", "tool_call_id": "c1", "content": '{"sky": "rain"}'},
    "gen_ai": {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": {"sky": "rain"}}]},
    "anthropic": {
        "role": "tool",
        "content": [{"type": "tool_result", "tool_use_id": "c1", "content": '{"sky": "rain"}'}],
    },
    "vercel": {"role": "tool", "content": [{"type": "tool-result", "toolCallId": "c1", "result": {"sky": "rain"}}]},
    "langchain": {"type": "tool", "data": {"content": '{"sky": "rain"}', "tool_call_id": "c1"}},
}


@pytest.mark.parametrize("vendor", list(SAME_TEXT))
def test_a_users_words_have_one_shape(vendor: str) -> None:
    assert normalised([SAME_TEXT[vendor]]) == [{"role": "user", "parts": TEXT}]


@pytest.mark.parametrize("vendor", list(SAME_CALL))
def test_a_tool_call_has_one_shape(vendor: str) -> None:
    assert normalised([SAME_CALL[vendor]], otherwise="assistant") == [{"role": "assistant", "parts": [CALL]}]


@pytest.mark.parametrize("vendor", list(SAME_RESULT))
def test_a_tools_result_has_one_shape(vendor: str) -> None:
    expected = {"type": "tool_result", "id": "c1", "result": {"sky": "rain"}}
    assert normalised([SAME_RESULT[vendor]]) == [{"role": "tool", "parts": [expected]}]


@pytest.mark.parametrize(
    "answer",
    [
        {"choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello"}}]},
        {
            "generations": [
                [{"text": "hello", "message": {"lc": 1, "id": ["AIMessage"], "kwargs": {"content": "hello"}}}]
            ]
        },
        {"candidates": [{"content": {"role": "model", "parts": [{"text": "hello"}]}}]},
        {"output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hello"}]}]},
        {"role": "assistant", "type": "message", "content": [{"type": "text", "text": "hello"}]},
        {"content": {"role": "model", "parts": [{"text": "hello"}]}},
        json.dumps({"messages": [{"role": "assistant", "content": "hello"}]}),
    ],
)
def test_an_answer_is_found_in_every_vendors_response(answer: object) -> None:
    found = conversation(answer, otherwise="assistant")

    assert found is not None
    assert [(message["role"], message["parts"]) for message in found[0]] == [("assistant", TEXT)]


@pytest.mark.parametrize("other", [{"a": 1}, [1, 2], "text", None, {"messages": "x"}, [], {"role": "x"}, [["a", "b"]]])
def test_what_is_no_conversation_is_left_alone(other: object) -> None:
    assert conversation(other, otherwise="user") is None


@pytest.mark.parametrize("odd", [["a"], {"b": 1}, 7, True, 1.5])
def test_an_id_or_name_of_another_type_is_taken_as_text(odd: object) -> None:
    call = {"type": "tool_call", "id": odd, "name": odd, "arguments": {}}
    result = {"type": "tool_result", "id": odd, "name": odd, "result": "fine"}
    found = normalised([{"role": "assistant", "content": [call, result], "tool_calls": [call, {**call, "id": "2"}]}])

    parts = found[0]["parts"]
    assert [part["type"] for part in parts] == ["tool_call", "tool_result", "tool_call"]
    assert all(isinstance(part[key], str) for part in parts for key in ("id", "name"))


def test_messages_in_two_conventions_whose_texts_are_objects_are_read() -> None:
    picture = [
        {"role": "user", "content": [{"type": "image", "text": {"alt": ["a"]}}, {"type": "text", "text": "Look"}]}
    ]

    said = row({"llm.input_messages": json.dumps(picture), "gen_ai.input.messages": json.dumps(picture)})

    assert said["input_text"] == "Look"


def test_references_are_put_back_for_reading() -> None:
    said = row(
        {
            "openinference.span.kind": "LLM",
            "llm.input_messages.0.message.role": "system",
            "llm.input_messages.0.message.content": "be kind",
            "llm.input_messages.1.message.role": "user",
            "llm.input_messages.1.message.content": "question",
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.content": "answer",
        }
    )
    stored: list[Message] = said["messages_in"] + said["messages_out"]

    assert [part for message in stored for part in message["parts"]] == [
        {"type": "text", "ref": column} for column in ("system_text", "input_text", "output_text")
    ]
    assert [(message["role"], message["parts"][0]["text"]) for message in resolve_refs(stored, said)] == [
        ("system", "be kind"),
        ("user", "question"),
        ("assistant", "answer"),
    ]


def test_arguments_of_a_tool_are_its_input_and_kept_once() -> None:
    said = row(
        {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "weather",
            "gen_ai.tool.call.arguments": ARGUMENTS,
            "gen_ai.tool.call.result": "rain",
        }
    )
    both = row({"openinference.span.kind": "TOOL", "input.value": "Paris", "gen_ai.tool.call.arguments": ARGUMENTS})

    assert (json.loads(said["input_text"]), said["output_text"]) == ({"city": "Paris"}, "rain")
    assert (said["tool_args"], said["tool_result"]) == (None, None)
    assert (both["input_text"], both["tool_args"]) == ("Paris", {"city": "Paris"})


@pytest.mark.parametrize(
    ("name", "model", "step"),
    [
        ("retrieve", None, "retrieve"),
        ("turn 12", None, "turn"),
        ("step_3", None, "step"),
        ("GET /orders/4711", None, "GET /orders"),
        ("task 550e8400-e29b-41d4-a716-446655440000", None, "task"),
        ("run 9f86d081884c7d65", None, "run"),
        ("chat gpt-4o-mini", "gpt-4o-mini", "chat gpt-4o-mini"),
        ("claude-3-5-haiku-20241022", "claude-3-5-haiku-20241022", "claude-3-5-haiku-20241022"),
        ("12", None, "span"),
        ("", None, "span"),
        ("look up <EMAIL_\ue000abc\ue001>", None, "look up <EMAIL>"),
        ("node[3].call(17)", None, "node.call"),
        ("RunnableSequence", None, "RunnableSequence"),
    ],
)
def test_a_step_is_the_name_without_what_changes_from_call_to_call(name: str, model: str | None, step: str) -> None:
    assert step_of(name, model) == step
