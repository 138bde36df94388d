"""Words that are text in another spelling: base64 and hexadecimal, read so that personal data in them is found."""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{12,}(?:\r?\n[A-Za-z0-9+/_-]{4,76}){0,20000}={0,2}")
_PART = re.compile(r"[A-Za-z0-9+_-]{12,}={0,2}")
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:[2-7][0-9A-Fa-f]|0[9AaDd]){6,}(?![0-9A-Za-z])")
_URL_SAFE = str.maketrans("-_", "+/", "\r\n=")
_SPACES = "\t\r\n"


class Encoded(NamedTuple):
    """An encoded word: its place in the text and what it says."""

    start: int
    end: int
    says: str


def encoded_words(text: str) -> Iterator[Encoded]:
    """Words of 12 characters or more that are encoded text. A picture or a hash is none: it is no readable text."""
    for word in _BASE64.finditer(text):
        yield from _base64_words(word)
    for word in _HEX.finditer(text):
        if says := _readable(bytes.fromhex(word[0])):
            yield Encoded(*word.span(), says)


def _base64_words(word: re.Match[str]) -> Iterator[Encoded]:
    """The word as a whole; else the readable parts of a path or of lines that only stand below one another."""
    if word[0][1:] == word[0][1:].lower() or word[0] == word[0].upper():
        return  # base64 of text has letters of both cases: most words need not be tried
    if says := _from_base64(word[0]):
        yield Encoded(*word.span(), says)
        return
    if "/" not in word[0] and "\n" not in word[0]:
        return
    for part in _PART.finditer(word[0]):
        if says := _from_base64(part[0]):
            yield Encoded(word.start() + part.start(), word.start() + part.end(), says)


def _from_base64(word: str) -> str:
    plain = word.translate(_URL_SAFE)
    plain = plain[: len(plain) - 1] if len(plain) % 4 == 1 else plain  # cut by somebody
    try:
        return _readable(base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True))
    except binascii.Error:
        return ""


def _readable(raw: bytes) -> str:
    """The bytes as text, or nothing when they are none. The last character may be cut."""
    try:
        said = raw.decode()
    except UnicodeDecodeError as error:
        if error.start < len(raw) - 3:
            return ""
        said = raw[: error.start].decode()
    return said if all(character.isprintable() or character in _SPACES for character in said) else ""
