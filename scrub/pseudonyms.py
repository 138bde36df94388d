"""The same value gets the same pseudonym, and nobody without the home's key can tell which value it was."""

import base64
import hashlib
import hmac
import re

from scrub.evasion import plain_form
from scrub.official_names import OFFICIAL

TAG_OPEN = "\ue000"
TAG_CLOSE = "\ue001"
HASH_CHARACTERS = 20
TAG_CHARACTERS = 13  # 65 bits: enough to keep the values of one trace apart

_IDENTIFIER_PREFIX = {"user_id": "u_", "session_id": "s_", "author": "a_"}
IDENTIFIER_FIELDS = {"USER_ID": "user_id", "SESSION_ID": "session_id"}
"""Entities that a keyed hash replaces, the same one as in the column of that name."""
_IDENTIFIER = re.compile(r"[a-z]_[a-z2-7]{20}")
_TITLE = re.compile(r"^(?:mr|mrs|ms|miss|mx|dr|prof|professor|sir|madam)\b\.?\s*")
_NOT_WORD = re.compile(r"[^\w]+")
_SEPARATORS_DROPPED = frozenset(
    {"PHONE_NUMBER", "CREDIT_CARD", "IBAN_CODE", "US_SSN", "BANK_ACCOUNT", "ID_NUMBER", "MAC_ADDRESS"}
)


def keyed(key: bytes, *parts: str) -> bytes:
    """HMAC-SHA256 of the parts, which cannot run into one another."""
    return hmac.digest(key, "\0".join(parts).encode("utf-8", "surrogatepass"), hashlib.sha256)


def base32(digest: bytes, characters: int) -> str:
    """The first `characters` (5 bits each) of a digest, lower case."""
    return base64.b32encode(digest).decode().lower()[:characters]


def identifier(key: bytes, value: str, field: str) -> str:
    """A user, session or author as `u_`, `s_`, `a_` and 96 bits; one that already looks so stays as it is."""
    prefix = _IDENTIFIER_PREFIX.get(field, "k_")
    if not value or (value.startswith(prefix) and _IDENTIFIER.fullmatch(value)):
        return value
    return prefix + base32(keyed(key, "identifier", field, value)[:12], 20)


def normalised(entity: str, value: str) -> str:
    """The form in which two spellings of one value are equal."""
    plain = (value if value.isascii() and "&" not in value and "%" not in value else _plain(value)).casefold()
    if entity in _SEPARATORS_DROPPED or entity in OFFICIAL:
        return _NOT_WORD.sub("", plain)
    if entity == "PERSON":
        plain = _TITLE.sub("", plain.strip()).removesuffix("'s").removesuffix("’s")
    return " ".join((_NOT_WORD.sub(" ", plain) if entity in {"PERSON", "ADDRESS"} else plain).split())


def _plain(value: str) -> str:
    hidden = plain_form(value)
    return hidden[0] if hidden else value


class Pseudonyms:
    """Tags of one trace: opaque, equal for equal values, unlinkable to those of other traces."""

    __slots__ = ("_home_key", "_key", "_tags")

    def __init__(self, key: bytes, trace_id: str) -> None:
        self._home_key = key
        self._key = keyed(key, "trace", trace_id)
        self._tags: dict[tuple[str, str], str] = {}

    def placeholder(self, entity: str, word: str, value: str) -> str:
        """`<WORD_` + tag + `>`. A person's tag has one part per name, so that parts of a name can be told."""
        tag = self._tags.get((entity, value))
        if tag is None:
            tag = self._tags[entity, value] = self._tag(entity, normalised(entity, value))
        return f"<{word}_{TAG_OPEN}{tag}{TAG_CLOSE}>"

    def everywhere(self, entity: str, value: str) -> str:
        """A keyed hash that stands for the value in all traces of the home: 20 characters."""
        return base32(keyed(self._home_key, "value", entity, normalised(entity, value))[:13], HASH_CHARACTERS)

    def _tag(self, entity: str, plain: str) -> str:
        parts = (plain.split() or [""]) if entity == "PERSON" else [plain]
        return "".join(base32(keyed(self._key, entity, part), TAG_CHARACTERS) for part in parts[:6])
