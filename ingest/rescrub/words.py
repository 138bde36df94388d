"""The measured residual risk in words: what was looked at, what was found, and what that cannot tell."""

from collections.abc import Mapping
from typing import Any

MEANING = (
    "It says how often the present rules find something in text that was scrubbed before. What no rule sees is in no "
    "such rate."
)
SECOND_LOOK = "The text had been scrubbed by the same rules: so it says what a second look finds."


def rate_words(rate: Mapping[str, Any]) -> str:
    """The measured rate with its interval and what it rests on."""
    return (
        f"Something was found in {rate['share']:.2%} of traces (95 % interval {rate['low']:.2%} to {rate['high']:.2%}; "
        f"{rate['traces']:,} traces looked at)"
    )


def meaning(found: Mapping[str, Any], version: str) -> list[str]:
    """What the rate says, given the counts of its run and the rules that looked."""
    before = found.get("scrubbed_by", {})
    said = ", ".join(f"{rules} ({spans:,} spans)" for rules, spans in before.items())
    return [MEANING, *([f"Scrubbed before by rules {said}."] if said else []),
            *([SECOND_LOOK] if set(before) == {version} else [])]  # fmt: skip
