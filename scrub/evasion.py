"""Texts that hide what they say: zero-width characters, full-width letters, look-alikes, entities, percent signs."""

import html
import re
import unicodedata
from array import array
from collections.abc import Sequence

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_CODED = re.compile(
    r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});|(?:%(?:25){0,4}[0-9A-Fa-f]{2}){1,12}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}"
    r"| ?[\[({] ?(?:at|AT|dot|DOT) ?[\])}] ?|(?<=\w)\+(?=\w)"
)
_SUSPICIOUS = re.compile(r"&[#A-Za-z]|%[0-9A-Fa-f]{2}|\\[ux]|[\[({] ?(?:at|AT|dot|DOT)\b|=[\w.%-]{1,40}\+\w")
_PERCENT = re.compile(r"%(?:25){0,4}([0-9A-Fa-f]{2})")  # %2540 is %40 in a link in a link
_ODD = re.compile(f"{_CODED.pattern}|[^\\x00-\\x7f]")
_HIDING = re.compile(  # invisible, full-width, styled, digits of other scripts, mixed scripts
    f"{INVISIBLE.pattern}|(?![0-9])\\d|[\uff01-\uff5e\u2100-\u214f\u2460-\u24ff\ufb00-\ufb06\U0001d400-\U0001d7ff]"
    "|[\u1d2c-\u1d6a\u2070-\u209c]|\\d[\u00a0\u2000-\u2015\u202f\u205f\u2212\u3000]|[A-Za-z][\u0370-\u052f]|[\u0370-\u052f][A-Za-z]"
    "|[\u2000-\u200a\u202f\u205f\u3000]"
)
_MIXED = re.compile("[A-Za-z][\u0370-\u052f]|[\u0370-\u052f][A-Za-z]")
_WORD = re.compile(r"\w+")
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһԛԝвкмнтАВЕКМНОРСТХУІЈЅαορνΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",  # Cyrillic and Greek that look Latin
    "aeopcyxijsdhqwbkmhtABEKMHOPCTXYIJSaopvABEZHIKMNOPTYX",
)


def plain_form(text: str) -> tuple[str, Sequence[int]] | None:
    """The text as it reads, and where each of its characters begins in the original (one entry more at the end).

    None when the text already reads as it is written.
    """
    if not _SUSPICIOUS.search(text) and (text.isascii() or not _HIDING.search(text)):
        return None
    pieces: list[str] = []
    places = array("l")
    at = 0
    for odd in _ODD.finditer(text):
        reads = _decoded(odd[0]) if odd[0].isascii() else plain_letter(odd[0])
        pieces += (text[at : odd.start()], reads)
        places.extend(range(at, odd.start()))
        places.extend([odd.start()] * len(reads))
        at = odd.end()
    pieces.append(text[at:])
    places.extend(range(at, len(text) + 1))
    plain = _without_lookalikes("".join(pieces))
    return None if plain == text else (plain, places)


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

    def latin(word: re.Match[str]) -> str:
        letters = word[0]
        mixes = any(c < "ʰ" and c.isalpha() for c in letters) and any("Ͱ" <= c <= "ԯ" for c in letters)
        return letters.translate(_LOOKALIKES) if mixes else letters

    return _WORD.sub(latin, text) if _MIXED.search(text) else text
