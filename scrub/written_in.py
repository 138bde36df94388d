"""Which language a text is written in: quickly by its small words, else from letters by py3langid, on this machine."""

import re
from functools import cache
from typing import TYPE_CHECKING

from scrub.languages import LANGUAGES, UNSURE
from scrub.lexicon import lexicon

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

SAMPLE = 240
"""Characters of the beginning, middle and end of a text that are looked at."""
LEAST_LETTERS = 40
LEAST_WORDS = 7
"""A shorter text may be of many languages; no language but a named one is told of it."""
LEAST_SMALL = 3
"""Small words of a language that nobody named, and twice as many as of one that is: then it is that."""
LEAST_SURE = 0.9
_ENOUGH = 0.2
"""Share of small words from which on a text is in their language. Prose has 0.3 and more, a list of names none."""
_NEARLY_ALL = 0.8
"""Share of words that English has: then no letters need to be looked at."""
_PLAIN = 0.7
"""Share of letters and spaces: code, tables and logs have fewer and are in no language."""
_NO_LANGUAGE = "zxx"
_NONE: frozenset[str] = frozenset()
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Scripts that put no spaces between words."""


def languages_of(text: str, named: tuple[str, ...]) -> tuple[str, frozenset[str]]:
    """The named language that the text is mostly in, and all other languages of it that nobody named.

    `UNSURE` where nothing tells, whatever is named first; the one named where it is one. Codes are of ISO 639-1.
    """
    if len(named) == 1 and len(text) < LEAST_LETTERS and text.isascii():
        return named[0], _NONE
    found: list[str] = []
    others = _NONE
    for sample in _samples(text):
        code = _told(sample, named)
        if code in named:
            found.append(code)
        elif code:
            others |= {code}
    if found:
        return max(found, key=found.count), others
    return (UNSURE if len(named) > 1 else named[0]), others


def _samples(text: str) -> tuple[str, ...]:
    """Beginning, middle and end of a long text; else the text."""
    if len(text) <= 3 * SAMPLE:
        return (text,)
    middle = (len(text) - SAMPLE) // 2
    return text[:SAMPLE], text[middle : middle + SAMPLE], text[-SAMPLE:]


def _told(sample: str, named: tuple[str, ...]) -> str:
    """The language of a sample; empty when it cannot be told."""
    words = sample.lower().split()  # quick, and enough for nearly every text
    if names := lexicon().frequent_firsts.intersection(words):
        said = zip(words, sample.split(), strict=True)
        words = [low for low, word in said if not (low in names and word[0].isupper())]
    counts = [sum(map(LANGUAGES[code].common.__contains__, words)) for code in named]
    most = max(counts)
    leading = [code for code, count in zip(named, counts, strict=True) if count == most > 0]
    likely = leading[0] if len(leading) == 1 else ""
    is_enough = most >= _ENOUGH * len(words)
    if likely and is_enough:
        return likely
    if "en" in named and sum(map(lexicon().words.__contains__, words)) >= _NEARLY_ALL * len(words):
        return "en"
    others = {code: sum(map(one.common.__contains__, words)) for code, one in LANGUAGES.items() if code not in named}
    other = max(others, key=others.__getitem__, default="")
    if other and others[other] >= max(LEAST_SMALL, _ENOUGH * len(words), 2 * most):
        return other
    words = [word.lower() for word in _WORD.findall(sample)]
    letters, unspaced = sum(map(len, words)), 0 if sample.isascii() else len(_UNSPACED.findall(sample))
    if unspaced < LEAST_LETTERS / 3:
        if letters < LEAST_LETTERS or len(words) < LEAST_WORDS or letters + sample.count(" ") < _PLAIN * len(sample):
            return likely or ("en" if "en" in named and _is_short_english(sample) else "")
        if leading and is_enough:
            return min(leading)
        if 2 * sum(map(lexicon().is_word, words)) > len(words):
            return "en"
    code, probability = _identifier().classify(sample)
    return str(code) if probability >= LEAST_SURE and code != _NO_LANGUAGE else likely


def _is_short_english(sample: str) -> bool:
    """Whether a message of few words is English: by the words without a capital, or by the first when all have one."""
    words = _WORD.findall(sample)
    small = [word for word in words if word[0].islower()] or [word.lower() for word in words[:1] if len(words) > 1]
    return bool(small) and all(map(lexicon().is_word, small))


@cache
def _identifier() -> "LanguageIdentifier":
    """Read once, in about half a second, when first in doubt.

    Source: Lui and Baldwin 2012, ACL system demonstrations, 25-30, in py3langid, with its probabilities.
    """
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
