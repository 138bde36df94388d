"""Clients of which no request was captured, as their documentation and sources spell their spans."""

import json
import pickle

import pytest

from errors import BenchbookError, Busy, HomeHeld, Malformed, StoreFailed, TooLarge, UnknownFormat, UsageError
from tests.ingest.built import START_NS, row, rows, span

USAGE = {"input_tokens": 9, "output_tokens": 3, "input_token_details": {"cache_read": 4}}


def test_langsmith_puts_every_input_where_prompts_belong() -> None:
    call = row(
        {
            "langsmith.span.kind": "llm",
            "gen_ai.operation.name": "chat",
            "gen_ai.system": "langchain",
            "gen_ai.prompt": json.dumps(
                {"messages": [[{"lc": 1, "id": ["x", "HumanMessage"], "kwargs": {"content": "q"}}]]}
            ),
            "gen_ai.completion": json.dumps(
                {"generations": [[{"text": "a", "message": {"kwargs": {"content": "a"}}}]]}
            ),
            "langsmith.metadata.ls_model_name": "gpt-4o-mini",
            "langsmith.metadata.usage_metadata": json.dumps(USAGE),
        }
    )
    found = row(
        {
            "langsmith.span.kind": "retriever",
            "gen_ai.operation.name": "embeddings",
            "gen_ai.prompt": json.dumps({"query": "refunds"}),
            "gen_ai.completion": json.dumps({"documents": [{"id": "1", "page_content": "text", "metadata": {}}]}),
        }
    )

    assert (call["kind"], call["input_text"], call["output_text"]) == ("llm", "q", "a")
    assert (call["model"], call["tok_in"], call["tok_out"], call["tok_cache_read"]) == ("gpt-4o-mini", 9, 3, 4)
    assert (found["kind"], found["input_text"]) == ("retriever", "refunds")
    assert found["documents"][0]["content"] == "text"


def test_vercels_calls_and_tools() -> None:
    call, tool = rows(
        span(
            {
                "ai.operationId": "ai.generateText.doGenerate",
                "ai.model.id": "gpt-4o",
                "ai.model.provider": "openai.chat",
                "ai.prompt.messages": json.dumps([{"role": "user", "content": [{"type": "text", "text": "q"}]}]),
                "ai.response.text": "a",
                "ai.response.finishReason": "tool-calls",
                "ai.response.msToFirstChunk": 12.5,
                "ai.response.toolCalls": json.dumps([{"toolCallId": "c", "toolName": "t", "args": '{"x": 1}'}]),
                "ai.prompt.tools": ['{"type": "function", "name": "t"}'],
                "ai.settings.maxRetries": 2,
                "ai.usage.promptTokens": 9,
                "gen_ai.usage.input_tokens": 9,
                "ai.telemetry.metadata.userId": "u-1",
            }
        ),
        span(
            {
                "ai.operationId": "ai.toolCall",
                "ai.toolCall.name": "t",
                "ai.toolCall.id": "c",
                "ai.toolCall.args": '{"x": 1}',
                "ai.toolCall.result": '"done"',
            },
            span_id=b"12345678",
        ),
    )

    assert (call["kind"], call["provider"], call["finish_reason"]) == ("llm", "openai", "tool_call")
    assert (call["input_text"], call["output_text"], call["ttft_ns"]) == ("q", "a", 12_500_000)
    assert call["messages_out"][0]["parts"][1] == {"type": "tool_call", "id": "c", "name": "t", "arguments": {"x": 1}}
    assert call["tools"] == [{"type": "function", "name": "t"}]
    assert (call["user_id"], call["tok_in"], call["model_params"]) == ("u-1", 9, {"maxRetries": 2})
    assert (tool["kind"], tool["tool_name"], tool["tool_call_id"]) == ("tool", "t", "c")
    assert (tool["input_text"], tool["output_text"]) == ('{"x":1}', "done")


def test_googles_agent_kit() -> None:
    call, tool = rows(
        span(
            {
                "gen_ai.system": "gcp.vertex.agent",
                "gen_ai.request.model": "gemini-2.0-flash",
                "gcp.vertex.agent.session_id": "s-1",
                "gen_ai.usage.input_tokens": 5,
                "gcp.vertex.agent.llm_request": json.dumps(
                    {
                        "model": "gemini-2.0-flash",
                        "config": {"system_instruction": "be kind", "tools": [{"name": "t"}]},
                        "contents": [{"role": "user", "parts": [{"text": "q"}]}],
                    }
                ),
                "gcp.vertex.agent.llm_response": json.dumps({"content": {"role": "model", "parts": [{"text": "a"}]}}),
            }
        ),
        span(
            {
                "gen_ai.operation.name": "execute_tool",
                "gen_ai.tool.name": "t",
                "gcp.vertex.agent.llm_request": "{}",
                "gcp.vertex.agent.tool_call_args": '{"x": 1}',
                "gcp.vertex.agent.tool_response": '{"y": 2}',
            },
            span_id=b"12345678",
        ),
    )

    assert (call["kind"], call["provider"], call["session_id"]) == ("llm", "google", "s-1")
    assert (call["input_text"], call["output_text"], call["system_text"]) == ("q", "a", "be kind")
    assert call["tools"] == [{"name": "t"}]
    assert (json.loads(tool["input_text"]), json.loads(tool["output_text"])) == ({"x": 1}, {"y": 2})


def test_messages_as_events_of_the_span() -> None:
    made = span({"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"})
    for name, content in (("gen_ai.system.message", "be kind"), ("gen_ai.user.message", "q")):
        made.events.add(name=name).attributes.add(key="content").value.string_value = content
    made.events.add(name="gen_ai.choice").attributes.add(key="message").value.string_value = '{"content": "a"}'
    (said,) = rows(made)

    assert (said["system_text"], said["input_text"], said["output_text"]) == ("be kind", "q", "a")
    assert said["events"] is None


def test_the_first_chunk_tells_the_time_to_the_first_token() -> None:
    made = span({"openinference.span.kind": "LLM"})
    for number in range(3):
        made.events.add(name="llm.content.completion.chunk", time_unix_nano=START_NS + 7 + number)

    assert rows(made)[0]["ttft_ns"] == 7


@pytest.mark.parametrize(
    "error",
    [
        UsageError("x"),
        UnknownFormat("f", ["a"]),
        Malformed("y"),
        TooLarge(7),
        Busy(3),
        HomeHeld("h"),
        StoreFailed("lake", "being read", "hint"),
    ],
)
def test_errors_cross_processes_with_message_and_facts(error: BenchbookError) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301

    assert type(again) is type(error)
    assert (str(again), vars(again)) == (str(error), vars(error))
