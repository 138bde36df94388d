"""The mood of a user's words in English: from -1, bitter, over 0 to 1, delighted."""

from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

UNHAPPY = -0.05
"""At or below it words are called negative (the library's own threshold)."""
_REMEMBERED = 50_000


@lru_cache(_REMEMBERED)
def mood(words: str) -> float:
    """Compound sentiment in -1 to 1; 0 where no word of the lexicon is used. About 0.1 ms for 10 words.

    A lexicon knows words, not what is meant: irony is lost, and "my card was stolen" is negative though nobody is
    cross. So read changes and differences, not single values.
    Source: Hutto and Gilbert 2014, VADER, ICWSM 8:216-225.
    """
    return float(_analyzer().polarity_scores(words)["compound"])


@cache
def _analyzer() -> "SentimentIntensityAnalyzer":
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()
