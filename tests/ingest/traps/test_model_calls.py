"""What a span is and what it used: kind, model, tokens and price, each said once though clients say it twice."""

import json
from decimal import Decimal

import pytest

from tests.ingest.built import PARENT, row, rows, span


def test_trap_1_a_roll_up_keeps_its_kind_model_and_tokens_so_that_the_loader_can_leave_it_out() -> None:
    outer, inner = rows(
        span(
            {
                "ai.operationId": "ai.generateText",
                "ai.model.id": "gpt-4o",
                "ai.usage.promptTokens": 9,
                "ai.usage.completionTokens": 3,
            },
            span_id=bytes.fromhex(PARENT),
            parent_span_id=b"",
        ),
        span(
            {
                "ai.operationId": "ai.generateText.doGenerate",
                "ai.model.id": "gpt-4o",
                "gen_ai.system": "openai.chat",
                "gen_ai.request.model": "gpt-4o",
                "ai.usage.promptTokens": 9,
                "ai.usage.completionTokens": 3,
            }
        ),
    )

    assert (outer["kind"], inner["kind"]) == ("chain", "llm")
    assert [(one["model"], one["tok_in"], one["tok_out"]) for one in (outer, inner)] == [("gpt-4o", 9, 3)] * 2
    assert inner["parent_span_id"] == outer["span_id"]


def test_trap_2_cached_tokens_are_added_where_the_client_leaves_them_out() -> None:
    langfuse = row(
        {
            "langfuse.observation.type": "generation",
            "langfuse.observation.model.name": "gpt-4o",
            "langfuse.observation.usage_details": '{"input": 76, "output": 24, "input_cached_tokens": 64}',
        }
    )
    anthropic = row(
        {
            "langfuse.observation.type": "generation",
            "langfuse.observation.usage_details": json.dumps(
                {
                    "input_tokens": 10,
                    "output_tokens": 5,
                    "cache_read_input_tokens": 100,
                    "cache_creation_input_tokens": 20,
                }
            ),
        }
    )
    openai = row(
        {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 140, "gen_ai.usage.cache_read.input_tokens": 64}
    )

    assert (langfuse["tok_in"], langfuse["tok_cache_read"]) == (140, 64)
    assert (anthropic["tok_in"], anthropic["tok_cache_read"], anthropic["tok_cache_write"]) == (130, 100, 20)
    assert (openai["tok_in"], openai["tok_cache_read"]) == (140, 64)


def test_trap_2_parts_never_exceed_their_whole() -> None:
    said = row(
        {
            "openinference.span.kind": "LLM",
            "llm.token_count.prompt": 10,
            "llm.token_count.completion": 4,
            "llm.token_count.prompt_details.cache_read": 50,
            "llm.token_count.completion_details.reasoning": 9,
        }
    )

    assert (said["tok_cache_read"], said["tok_reasoning"]) == (10, 4)


def test_trap_10_a_span_of_the_plumbing_is_a_span_and_nothing_more() -> None:
    said = row({"http.request.method": "POST", "server.address": "10.1.1.1", "http.response.status_code": 200})

    assert said["kind"] == "span"
    assert said["model"] is None
    assert said["cost_missing"] is None


def test_trap_12_two_conventions_on_one_span_are_read_once() -> None:
    said = row(
        {
            "openinference.span.kind": "LLM",
            "gen_ai.operation.name": "embeddings",
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.content": "question",
            "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": "question"}]}]),
            "llm.token_count.prompt": 7,
            "gen_ai.usage.input_tokens": 7,
            "llm.model_name": "m",
            "gen_ai.response.model": "m",
        }
    )

    assert (said["kind"], said["tok_in"], said["model"]) == ("llm", 7, "m")
    assert len(said["messages_in"]) == 1
    assert said["attributes"] is None


def test_trap_12_messages_on_a_chain_do_not_make_it_a_model_call() -> None:
    said = row(
        {
            "openinference.span.kind": "CHAIN",
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.content": "question",
        }
    )

    assert (said["kind"], said["input_text"], said["cost_missing"]) == ("chain", "question", None)


def test_trap_12_what_another_convention_says_differently_is_not_lost() -> None:
    said = row({"llm.model_name": "first", "gen_ai.response.model": "second"})

    assert said["model"] == "first"
    assert said["attributes"] == {"gen_ai.response.model": "second"}


@pytest.mark.parametrize(
    ("sent", "known"),
    [
        ("openai.chat", "openai"),
        ("az.ai.openai", "azure"),
        ("gcp.vertex.agent", "google"),
        ("OpenAI", "openai"),
        ("aws.bedrock", "aws"),
        ("our-own", "our-own"),
    ],
)
def test_trap_19_providers_have_one_spelling(sent: str, known: str) -> None:
    assert row({"gen_ai.system": sent})["provider"] == known


@pytest.mark.parametrize(
    "model", ["azure/gpt-4o-mini", "openai/gpt-4o-mini", "gpt-4o-mini", "openrouter/openai/gpt-4o-mini"]
)
def test_trap_19_a_prefixed_model_has_its_price(model: str) -> None:
    said = row(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": model,
            "gen_ai.usage.input_tokens": 1000,
            "gen_ai.usage.output_tokens": 1000,
        }
    )

    assert said["cost_total"] == Decimal("0.00075")
