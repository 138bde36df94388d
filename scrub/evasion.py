"""Texts that hide what they say: zero-width characters, full-width letters, look-alikes, entities, percent signs."""

import heapq
import html
import re
import unicodedata
from array import array
from collections.abc import Iterator, Sequence
from typing import NamedTuple

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_CODED = re.compile(
    r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});|(?:%(?:25){0,4}[0-9A-Fa-f]{2}){1,12}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}"
    r"|[\[({] ?(?:at|AT|dot|DOT) ?[\])}] ?|(?<=\w)\+(?=\w)"
)
_SUSPICIOUS = (  # a character that a text must have, and what it must begin
    ("&", re.compile(r"&[#A-Za-z]")),
    ("%", re.compile(r"%[0-9A-Fa-f]{2}")),
    ("\\", re.compile(r"\\[ux]")),
    ("[", re.compile(r"\[ ?(?:at|AT|dot|DOT)\b")),
    ("(", re.compile(r"\( ?(?:at|AT|dot|DOT)\b")),
    ("{", re.compile(r"\{ ?(?:at|AT|dot|DOT)\b")),
    ("+", re.compile(r"=[\w.%-]{1,40}\+\w")),
)
_PERCENT = re.compile(r"%(?:25){0,4}([0-9A-Fa-f]{2})")  # %2540 is %40 in a link in a link
_ODD = re.compile(r"[&%\\\[({+\x80-\U0010ffff]")
"""What may read otherwise begins with one of these; a class by itself is searched for quickly."""
_HIDING = re.compile(  # invisible, full-width, styled, digits of other scripts, mixed scripts
    f"{INVISIBLE.pattern}|(?![0-9])\\d|[\uff01-\uff5e\u2100-\u214f\u2460-\u24ff\ufb00-\ufb06\U0001d400-\U0001d7ff]"
    "|[\u1d2c-\u1d6a\u2070-\u209c]|\\d[\u00a0\u2000-\u2015\u202f\u205f\u2212\u3000]|[A-Za-z][\u0370-\u052f]|[\u0370-\u052f][A-Za-z]"
    "|[\u2000-\u200a\u202f\u205f\u3000]"
)
_MIXED = re.compile("[A-Za-z][\u0370-\u052f]|[\u0370-\u052f][A-Za-z]")
_WORD = re.compile(r"\w+")
_WORD_LETTER = re.compile(r"\w")
AROUND = 400
"""Characters on either side of what reads otherwise: an address with its lines, or a cue and its value, are shorter."""
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһԛԝвкмнтАВЕКМНОРСТХУІЈЅαορνΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",  # Cyrillic and Greek that look Latin
    "aeopcyxijsdhqwbkmhtABEKMHOPCTXYIJSaopvABEZHIKMNOPTYX",
)


class Plain(NamedTuple):
    """A text as it reads. `places`: where each of its characters begins in the original, and where that ends.

    `changed`: places in the plain text that read otherwise than they are written, in order.
    """

    text: str
    places: Sequence[int]
    changed: Sequence[int]

    def windows(self) -> Iterator[tuple[int, int]]:
        """The parts of the plain text around what changed: nothing else can be found in it that was not before.

        They begin and end at blanks, so that no value is cut, and do not overlap.
        """
        start, stop, last = 0, -1, -1
        for place in self.changed:
            if place == last:  # of a run of invisible characters
                continue
            last = place
            if stop < 0 or place - AROUND > stop:
                if stop >= 0:
                    yield start, stop
                start = self._blank_before(place - AROUND, stop)
            if place + AROUND > stop:
                stop = self._blank_behind(place + AROUND)
        if stop >= 0:
            yield start, stop

    def _blank_before(self, place: int, least: int) -> int:
        least = max(0, least)
        return (
            max(self.text.rfind(" ", least, max(0, place)), self.text.rfind("\n", least, max(0, place)), least - 1) + 1
        )

    def _blank_behind(self, place: int) -> int:
        ends = [end for blank in " \n" if (end := self.text.find(blank, place)) >= 0]
        return min(ends, default=len(self.text))


def _is_suspicious(text: str) -> bool:
    return any(character in text and form.search(text) is not None for character, form in _SUSPICIOUS)


def plain_form(text: str) -> Plain | None:
    """The text as it reads; None when it already reads as it is written."""
    if not _is_suspicious(text) and (text.isascii() or not _HIDING.search(text)):
        return None
    pieces: list[str] = []
    places = array("l")
    changed = array("l")
    at = 0
    for odd in _ODD.finditer(text):
        start, end = odd.span()
        if start < at:
            continue
        if odd[0] < "\x80":
            coded = _CODED.match(text, start)
            if coded is None:
                continue
            end, reads = coded.end(), _decoded(coded[0])
            start -= odd[0] in "[({" and start > at and text[start - 1] == " "
        else:
            reads = plain_letter(odd[0])
        pieces += (text[at:start], reads)
        places.extend(range(at, start))
        if reads != text[start:end]:
            changed.append(len(places))
        places.extend([start] * len(reads))
        at = end
    pieces.append(text[at:])
    places.extend(range(at, len(text) + 1))
    joined = "".join(pieces)
    plain = _without_lookalikes(joined)
    if plain is not joined:
        swapped = (place for place, (old, new) in enumerate(zip(joined, plain, strict=True)) if old != new)
        changed = array("l", heapq.merge(changed, swapped))
    return None if plain == text else Plain(plain, places, changed)


def plain_letter(character: str) -> str:
    """A character as it reads: nothing when invisible, ASCII for digits, dashes and spaces of any alphabet."""
    if character < "\x7f":
        return character
    if INVISIBLE.match(character):
        return ""
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Zs":
        return " "
    if category == "Pd":
        return "-"
    return unicodedata.normalize("NFKC", character)


def _decoded(coded: str) -> str:
    return "".join(map(plain_letter, _undone(coded)))


def _undone(coded: str) -> str:
    if coded[0] == "&":
        return html.unescape(coded)
    if coded[0] == "%":
        return bytes.fromhex("".join(_PERCENT.findall(coded))).decode("utf-8", "replace")
    if coded == "+":  # a space in a form or a query
        return " "
    if coded[0] == "\\":
        return bytes.fromhex(coded[2:].zfill(4)).decode("utf-16-be", "replace")
    return "@" if "a" in coded.lower() else "."


def _without_lookalikes(text: str) -> str:
    """Cyrillic and Greek letters as Latin ones, but only in words that mix alphabets."""

    def latin(letters: str) -> str:
        mixes = any(c < "ʰ" and c.isalpha() for c in letters) and any("Ͱ" <= c <= "ԯ" for c in letters)
        return letters.translate(_LOOKALIKES) if mixes else letters

    pieces: list[str] = []
    at = 0
    for mixed in _MIXED.finditer(text):  # few words: the rest is not looked at
        start, end = mixed.span()
        if start < at:
            continue
        while start > at and _WORD_LETTER.match(text, start - 1):
            start -= 1
        word = _WORD.match(text, start)
        end = word.end() if word else end
        pieces += (text[at:start], latin(text[start:end]))
        at = end
    return "".join((*pieces, text[at:])) if pieces else text
