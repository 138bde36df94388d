"""A text as a model may read it: as it stands, without hiding characters, and what its encoded words say."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from scrub.encoded import encoded_words
from scrub.evasion import plain_form

MOST_ENCODED = 200
"""Encoded words of one text that are read."""
_LONG_WORD = 20
_MANY_LETTERS = 8
"""Words of one letter, from which on a text may be spelt out."""

_HIDING = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0020-\U000e007f]")
_TAGS = re.compile("[\U000e0020-\U000e007e]{4,}")
_FLAG = "\U0001f3f4"
_BETWEEN_LETTERS = re.compile("(?<=[A-Za-z])[\u00ad\u180e\u200b\u2060-\u2064\ufeff]{1,4}(?=[A-Za-z])")
_RUN = re.compile("[\u180e\u200b-\u200d\u2060-\u2064\ufeff]{8,}")
_REVERSED = re.compile("[\u202d\u202e]")
_SPELT = re.compile(r"(?<![^\W_])(?:[A-Za-z][ .\-_*]{1,4}){7,400}[A-Za-z](?![^\W_])")
_ONE_SIGN = re.compile(r"(?<=[A-Za-z])[ .\-_*](?=[A-Za-z])")
_JSON_BREAK = re.compile(r"\\{1,3}[nrt]")
_FEWEST_HIDDEN = 3


class Reading(NamedTuple):
    """One way to read the text, in small letters. `hidden`: people who look at the text do not see it."""

    text: str
    hidden: bool


def readings(text: str) -> Iterator[Reading]:
    """Every way to read the text: first as it stands, then what is hidden or encoded in it."""
    written = _JSON_BREAK.sub(" ", text) if "\\" in text else text
    yield Reading(written.lower(), hidden=False)
    may_hide = not text.isascii()
    if may_hide or "%" in text or "&" in text or "\\" in text:
        shown = plain_form(written)
        if shown is not None:
            yield Reading(shown[0].lower(), hidden=True)
    if may_hide:
        yield from (Reading(said.lower(), hidden=True) for said in _tag_words(text))
    lengths = list(map(len, text.split()))
    if max(lengths, default=0) >= _LONG_WORD:
        for _, word in zip(range(MOST_ENCODED), encoded_words(text), strict=False):
            yield Reading(word.says.lower(), hidden=True)
    if lengths.count(1) >= _MANY_LETTERS or len(lengths) <= 1:
        for letters in _SPELT.finditer(text):
            yield Reading(_ONE_SIGN.sub("", letters[0]).lower(), hidden=True)


def hidden_characters(text: str) -> Iterator[str]:
    """Names of the ways in which characters are hidden in the text, whatever they say."""
    if text.isascii() or not _HIDING.search(text):
        return
    if any(True for _ in _tag_words(text)):
        yield "hidden_tags"
    if _RUN.search(text):
        yield "hidden_run"
    between = zip(range(_FEWEST_HIDDEN), _BETWEEN_LETTERS.finditer(text), strict=False)
    if sum(1 for _ in between) == _FEWEST_HIDDEN:
        yield "hidden_between_letters"
    if _REVERSED.search(text):
        yield "reversed_text"


def _tag_words(text: str) -> Iterator[str]:
    """What Unicode's tag characters say, which no screen shows. Flags of countries without a code are written so."""
    for tags in _TAGS.finditer(text):
        if text[max(0, tags.start() - 1) : tags.start()] != _FLAG:
            yield "".join(chr(ord(letter) - 0xE0000) for letter in tags[0])
