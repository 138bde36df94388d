"""What a model call cost, when the client does not say: the team's own prices, else genai-prices at the span's time.

Unknown cost is None with a reason, never 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from genai_prices import Usage, calc_price

from ingest.values import money

SOURCE = f"computed:genai-prices@{version('genai-prices')}"
_MILLION = Decimal(1_000_000)
_PROVIDERS = {"moonshot": "moonshotai"}
_DEPLOYMENTS = {
    "azure", "aws", "google", "vertex_ai", "bedrock", "openrouter", "litellm_proxy", "openai", "models", "anthropic",
    "groq", "mistral", "gemini", "together_ai", "fireworks_ai", "deepseek", "xai", "cohere",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cost:
    """Cost of one call in US dollars, or why it is unknown."""

    cost_in: Decimal | None = None
    cost_out: Decimal | None = None
    total: Decimal | None = None
    source: str | None = None
    missing: str | None = None


class Prices:
    """Prices calls. `own` is `[prices]` of `benchbook.toml`: model to US dollars per million tokens."""

    def __init__(self, own: Mapping[str, Mapping[str, float]]) -> None:
        self._own = own

    def fill(self, row: dict[str, Any]) -> None:
        """Set the cost columns of a span's row: the client's figures stand, the rest is computed or explained."""
        if _clients(row):
            return
        if row.get("kind") not in ("llm", "embedding", "reranker") and row.get("tok_in") is None:
            return
        if row.get("kind") not in ("llm", "embedding", "reranker") and row.get("model") is None:
            return
        if row.get("arrival") == "content":
            return
        cost = self.of(row)
        row.update(cost_in=cost.cost_in, cost_out=cost.cost_out, cost_total=cost.total)
        row.update(cost_source=cost.source, cost_missing=cost.missing)

    def of(self, row: Mapping[str, Any]) -> Cost:
        """The cost of a row's tokens at its start."""
        model = row.get("model") or row.get("model_request")
        if model is None:
            return Cost(missing="no model")
        tok_in, tok_out = row.get("tok_in"), row.get("tok_out")
        if tok_in is None and tok_out is None:
            return Cost(missing="failed before tokens were counted" if row.get("status") == "error" else "no tokens")
        read, write = row.get("tok_cache_read") or 0, row.get("tok_cache_write") or 0
        own = self._own.get(model)
        if own is not None:
            return _own_cost(own, tok_in or 0, tok_out or 0, read, write)
        if len(str(model)) > LONGEST_MODEL:
            return Cost(missing="unknown model")
        day = (row.get("start_ns") or 0) // (86_400 * 10**9)
        return _computed(str(model), row.get("provider"), day, (tok_in or 0, tok_out or 0, read, write))


def _clients(row: dict[str, Any]) -> bool:
    """Whether the client gave a cost. A 0 beside tokens, or on a span without any, says that it did not know."""
    total = row.get("cost_total")
    if total is None and (row.get("cost_in") is not None or row.get("cost_out") is not None):
        total = row["cost_total"] = (row.get("cost_in") or Decimal(0)) + (row.get("cost_out") or Decimal(0))
    if total:
        row["cost_source"] = "client"
        return True
    for column in ("cost_in", "cost_out", "cost_total"):
        row.pop(column, None)
    return False


def _own_cost(own: Mapping[str, float], tok_in: int, tok_out: int, read: int, write: int) -> Cost:
    """Cached tokens are part of `tok_in`; without a price of their own they cost what others do."""
    price_in = Decimal(str(own.get("input_mtok", 0)))
    price_read = Decimal(str(own.get("cache_read_mtok", price_in)))
    price_write = Decimal(str(own.get("cache_write_mtok", price_in)))
    plain = max(tok_in - read - write, 0)
    cost_in = money((plain * price_in + read * price_read + write * price_write) / _MILLION)
    cost_out = money(tok_out * Decimal(str(own.get("output_mtok", 0))) / _MILLION)
    if cost_in is None or cost_out is None:
        return Cost(missing="the price set for the model gives no sensible cost")
    return Cost(cost_in, cost_out, cost_in + cost_out, "override")


LONGEST_MODEL = 200
"""Characters of a model's name; what is asked for is remembered, so it must be small."""


def _computed(model: str, provider: str | None, day: int, tokens: tuple[int, int, int, int]) -> Cost:
    """The cost by genai-prices: from the model's rates where they are all there is to it, since asking takes 85 µs."""
    tok_in, tok_out, read, write = tokens
    rates = None if read or write else _rates(model, provider, day)
    if rates is None:
        return _asked(model, provider, day, tokens)
    cost_in, cost_out, total = (rate.of(tok_in, tok_out) for rate in rates)
    return Cost(cost_in, cost_out, total, SOURCE)


@dataclass(frozen=True, slots=True)
class _Rate:
    """One price as a line: US dollars of any call, and of each token in and out."""

    call: Decimal
    token_in: Decimal
    token_out: Decimal

    def of(self, tok_in: int, tok_out: int) -> Decimal | None:
        return money(self.call + tok_in * self.token_in + tok_out * self.token_out)


_MILLION_TOKENS = 1_000_000
_PROBES = ((1, 1), (3, 700), (999, 1), (127_999, 8_191), (1_000_003, 65_537), (20_000_000, 20_000_000))
"""Tokens in and out at which rates must give what genai-prices does: prices with steps do not."""


@lru_cache(maxsize=4096)
def _rates(model: str, provider: str | None, day: int) -> tuple[_Rate, _Rate, _Rate] | None:
    """Rates of input, output and both; None when a cost does not follow from them, or there is none."""
    lines = ((0, 0), (_MILLION_TOKENS, 0), (0, _MILLION_TOKENS))
    base, with_in, with_out = (_prices(model, provider, day, (*tokens, 0, 0)) for tokens in lines)
    if base is None or with_in is None or with_out is None:
        return None
    rates = [
        _Rate(none, (some_in - none) / _MILLION, (some_out - none) / _MILLION)
        for none, some_in, some_out in zip(base, with_in, with_out, strict=True)
    ]
    for tokens in _PROBES:
        asked = _prices(model, provider, day, (*tokens, 0, 0))
        if asked is None or [money(price) for price in asked] != [rate.of(*tokens) for rate in rates]:
            return None
    return rates[0], rates[1], rates[2]


@lru_cache(maxsize=65_536)
def _asked(model: str, provider: str | None, day: int, tokens: tuple[int, int, int, int]) -> Cost:
    if _known_as(model, provider, _moment(day)) is None:
        return Cost(missing="unknown model")
    prices = _prices(model, provider, day, tokens)
    if prices is None:
        return Cost(missing="no price for this use of the model")
    cost_in, cost_out, total = map(money, prices)
    return Cost(cost_in, cost_out, total, SOURCE)


def _prices(
    model: str, provider: str | None, day: int, tokens: tuple[int, int, int, int]
) -> tuple[Decimal, Decimal, Decimal] | None:
    """US dollars of input, output and both as genai-prices says; None when it has no price."""
    at = _moment(day)
    known = _known_as(model, provider, at)
    if known is None:
        return None
    tok_in, tok_out, read, write = tokens
    cached = {"cache_read_tokens": read or None, "cache_write_tokens": write or None}
    usage = Usage(input_tokens=tok_in, output_tokens=tok_out, **cached)
    try:
        price = calc_price(usage, known[0], provider_id=known[1], genai_request_timestamp=at)
    except (LookupError, ValueError):
        return None
    return price.input_price, price.output_price, price.total_price


def _moment(day: int) -> datetime | None:
    """The start of a day since 1970, UTC."""
    return datetime.fromtimestamp(day * 86_400, UTC) if 0 < day < 50_000 else None


@lru_cache(maxsize=4096)
def _known_as(model: str, provider: str | None, at: datetime | None) -> tuple[str, str | None] | None:
    """Model and provider as genai-prices spells them: prefixes such as `azure/` come off until it knows one."""
    names = [model]
    while "/" in names[-1] and names[-1].partition("/")[0].lower() in _DEPLOYMENTS:
        names.append(names[-1].partition("/")[2])
    if "/" in model:
        names.append(model.rpartition("/")[2])
    probe = Usage(input_tokens=1, output_tokens=1)
    wanted = _PROVIDERS.get(provider or "", provider)
    guessed = "openai" if wanted is None and names[-1].startswith("text-embedding-") else None
    for provider_id in dict.fromkeys((wanted, None, guessed)):
        for name in dict.fromkeys(names):
            try:
                calc_price(probe, name, provider_id=provider_id, genai_request_timestamp=at)
            except (LookupError, ValueError):
                continue
            return name, provider_id
    return None
