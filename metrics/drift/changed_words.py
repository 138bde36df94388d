"""Which words tell the questions of two windows apart."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse, stats
from sklearn.feature_extraction.text import CountVectorizer

from metrics.drift.compared import FEWEST, Codes, Columns, Flags, many_of, shares_of_columns

_FEWEST_WITH = 5
"""Conversations that must use a word, lest one person's name becomes a topic."""
_PATTERN = r"(?u)\b[^\W\d_]{3,}\b"


@dataclass(frozen=True, slots=True)
class Word:
    """A word (or two in a row): its share of the texts before and now, the change's 95 % interval (0-1), and its q."""

    word: str
    before: float
    now: float
    low: float
    high: float
    q: float
    places: tuple[int, ...]
    """Texts of the newer window that use it."""


def changed_words(texts: Sequence[str], conversations: Codes, is_new: Flags, *, most: int = 12) -> tuple[Word, ...]:
    """Words that a changed share of the questions use, the largest change first; none where nothing is sure (q < .05).

    A word counts once per text; placeholders of personal data are no words. False discoveries over all words are
    controlled by Benjamini and Yekutieli 2001, as words come together.
    """
    if min(many_of(conversations[side]) for side in (is_new, ~is_new)) < FEWEST:
        return ()
    counting = CountVectorizer(binary=True, ngram_range=(1, 2), token_pattern=_PATTERN, min_df=_FEWEST_WITH,
                               max_features=4000, stop_words="english")  # fmt: skip
    plain = [_without_placeholders(text) for text in texts]
    try:
        uses = counting.fit_transform(plain).tocsc()
    except ValueError:  # no word is common enough
        return ()
    names = counting.get_feature_names_out()
    compared = shares_of_columns(uses, conversations, is_new)
    wide = np.flatnonzero(compared.conversations >= _FEWEST_WITH)
    if not len(wide):
        return ()
    q = np.ones(len(names))
    q[wide] = stats.false_discovery_control(compared.p[wide], method="by")
    sure = [int(place) for place in wide[q[wide] < 0.05]]
    sure.sort(key=lambda place: -abs(compared.now[place] - compared.before[place]))
    found = [_word(str(names[place]), uses, place, compared, float(q[place]), is_new) for place in sure]
    return tuple(_distinct(found)[:most])


def _word(name: str, uses: sparse.csc_array, place: int, compared: Columns, q: float, is_new: Flags) -> Word:
    used = uses.indices[uses.indptr[place] : uses.indptr[place + 1]]
    before, now, half = (float(one[place]) for one in (compared.before, compared.now, 1.959964 * compared.error))
    apart = now - before
    return Word(name, before, now, max(-1.0, apart - half), min(1.0, apart + half), q,
                tuple(int(text) for text in np.sort(used[is_new[used]])[:20]))  # fmt: skip


def _distinct(words: list[Word]) -> list[Word]:
    """Without words that say what a longer one before or after them says as strongly."""
    kept: list[Word] = []
    for one in words:
        parts = set(one.word.split())
        covers = [other for other in kept if parts & set(other.word.split()) and math.isclose(
            other.now - other.before, one.now - one.before, rel_tol=0.25)]  # fmt: skip
        if not covers:
            kept.append(one)
    return kept


def _without_placeholders(text: str) -> str:
    return " ".join(part for part in text.split() if not part.startswith("<"))
