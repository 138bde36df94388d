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


@lru_cache(maxsize=65_536)
def _computed(model: str, provider: str | None, day: int, tokens: tuple[int, int, int, int]) -> Cost:
    tok_in, tok_out, read, write = tokens
    at = datetime.fromtimestamp(day * 86_400, UTC) if 0 < day < 50_000 else None
    known = _known_as(model, provider, at)
    if known is None:
        return Cost(missing="unknown model")
    cached = {"cache_read_tokens": read or None, "cache_write_tokens": write or None}
    usage = Usage(input_tokens=tok_in, output_tokens=tok_out, **cached)
    try:
        price = calc_price(usage, known[0], provider_id=known[1], genai_request_timestamp=at)
    except (LookupError, ValueError):
        return Cost(missing="no price for this use of the model")
    cost_in, cost_out, total = money(price.input_price), money(price.output_price), money(price.total_price)
    return Cost(cost_in, cost_out, total, SOURCE)


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
