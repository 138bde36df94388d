"""Tokens in one convention: `tok_in` includes what came from the cache, `tok_out` includes reasoning."""

from collections.abc import Mapping
from typing import Any


def complete_usage(row: dict[str, Any], *, uncached: int | None, plain_out: int | None, usage: object) -> None:
    """Fill and clamp the token columns of a row.

    `uncached` is an input count known to leave the cache out (Langfuse's `input`); `usage` is the vendor's own
    usage object, if there is one: Anthropic's `input_tokens` leave the cache out too.
    """
    read, write = row.get("tok_cache_read") or 0, row.get("tok_cache_write") or 0
    tok_in = row.get("tok_in")
    if tok_in is None and uncached is not None:
        row["tok_in"] = uncached + read + write
    elif tok_in is not None and _leaves_cache_out(row, usage, tok_in, read + write):
        row["tok_in"] = tok_in + read + write
    if row.get("tok_out") is None and plain_out is not None:
        row["tok_out"] = plain_out
    _clamp(row, "tok_cache_read", "tok_in")
    _clamp(row, "tok_cache_write", "tok_in")
    _clamp(row, "tok_reasoning", "tok_out")


def _leaves_cache_out(row: Mapping[str, Any], usage: object, tok_in: int, cached: int) -> bool:
    if not cached:
        return False
    if isinstance(usage, Mapping) and "cache_creation_input_tokens" in usage and "prompt_tokens" not in usage:
        return True
    return row.get("provider") == "anthropic" and cached > tok_in


def _clamp(row: dict[str, Any], part: str, whole: str) -> None:
    if row.get(part) is not None and row.get(whole) is not None:
        row[part] = min(row[part], row[whole])
