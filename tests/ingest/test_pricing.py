"""Costs are genai-prices' to the last place, whether asked of it or told from a model's rates."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from genai_prices import Usage, calc_price
from hypothesis import given
from hypothesis import strategies as st

from ingest.pricing import SOURCE, Prices
from ingest.values import money

START_NS = 1_788_220_800_000_000_000  # 2026-09-01
MIDNIGHT = datetime(2026, 9, 1, tzinfo=UTC)
MODELS = {"gpt-4o-mini-2024-07-18": "openai", "claude-3-5-haiku-20241022": "anthropic", "gemini-2.5-pro": "google"}
"""The last costs more per token beyond 200,000 of them."""
TOKENS = st.one_of(st.integers(0, 5_000), st.integers(0, 2_000_000))


def _row(model: str, provider: str | None, **tokens: int) -> dict[str, object]:
    return {"kind": "llm", "model": model, "provider": provider, "start_ns": START_NS, **tokens}


@given(model=st.sampled_from(sorted(MODELS)), tok_in=TOKENS, tok_out=TOKENS)
def test_a_cost_is_what_genai_prices_says(model: str, tok_in: int, tok_out: int) -> None:
    usage = Usage(input_tokens=tok_in, output_tokens=tok_out)
    said = calc_price(usage, model, provider_id=MODELS[model], genai_request_timestamp=MIDNIGHT)

    cost = Prices({}).of(_row(model, MODELS[model], tok_in=tok_in, tok_out=tok_out))

    assert (cost.cost_in, cost.cost_out, cost.total) == tuple(
        map(money, (said.input_price, said.output_price, said.total_price))
    )
    assert (cost.source, cost.missing) == (SOURCE, None)


def test_a_step_in_a_price_is_kept() -> None:
    below, above = (
        Prices({}).of(_row("gemini-2.5-pro", "google", tok_in=tokens, tok_out=0)) for tokens in (100_000, 1_000_000)
    )
    assert below.cost_in is not None
    assert above.cost_in is not None
    assert above.cost_in > below.cost_in * 10


def test_cached_tokens_cost_less_than_others() -> None:
    plain = Prices({}).of(_row("gpt-4o-mini-2024-07-18", "openai", tok_in=1_000, tok_out=0))
    cached = Prices({}).of(_row("gpt-4o-mini-2024-07-18", "openai", tok_in=1_000, tok_out=0, tok_cache_read=1_000))
    assert plain.cost_in == Decimal("0.00015")
    assert cached.cost_in == Decimal("0.000075")


@pytest.mark.parametrize("tokens", [{"tok_in": 5, "tok_out": 5}, {"tok_in": 0, "tok_out": 0}])
def test_an_unknown_model_has_no_cost_and_says_why(tokens: dict[str, int]) -> None:
    cost = Prices({}).of(_row("a-model-of-our-own", None, **tokens))
    assert (cost.total, cost.missing) == (None, "unknown model")
