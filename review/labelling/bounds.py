"""How much of an item is shown: a browser stands still over tens of megabytes, and any client may send such a trace."""

from collections.abc import Callable, Sequence
from typing import TypeVar

MOST_CHARACTERS = 500_000
"""Of the conversation before; as many of the documents, and of the tool calls."""
MOST_PARTS = 400
"""Messages, documents or tool calls."""
_Part = TypeVar("_Part")


def first_ones(parts: Sequence[_Part], size: Callable[[_Part], int]) -> Sequence[_Part]:
    """As many as may be shown, from the first on; the first one in any case."""
    shown, characters = 0, 0
    for part in parts[:MOST_PARTS]:
        characters += size(part)
        if shown and characters > MOST_CHARACTERS:
            break
        shown += 1
    return parts[:shown]


def last_ones(parts: Sequence[_Part], size: Callable[[_Part], int]) -> Sequence[_Part]:
    """As many as may be shown, the last of them in any case."""
    return first_ones(parts[::-1], size)[::-1]


def cut(text: str, most: int) -> str:
    """The beginning of a text, and a word on how much of it that is."""
    return text if len(text) <= most else f"{text[:most]}\n… the first {most:,} of {len(text):,} characters"
