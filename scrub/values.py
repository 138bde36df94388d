"""A JSON-like value of dicts, lists and strings, walked with what its keys say of each string and number."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from scrub.json_walk import LONGEST_NUMBER, PROSE_ROLES, whole_number
from scrub.keys import NO_KEY, Key, is_of_person, is_plain_word, meaning, meaning_beside
from scrub.recognisers import TextKind
from scrub.siblings import is_part_of_name, whole_names

DEEPEST = 100
"""Lists in lists deeper than this are masked whole."""

PROSE_WORDS = 4
"""A string in a value with fewer words than this is a value, not prose, whoever wrote it."""

SHORTEST_NUMBER = 5
"""Digits of a number that may be one the trace has named elsewhere."""
LONG_NUMBER = 12
"""Digits of a number that may be personal by itself."""
LONGEST_PIECE = 40
"""Characters of a piece of a stream, at most."""
_WHOLE = re.compile(rf"-?(\d{{{LONG_NUMBER},}})(?:\.0+)?")
_POWER = re.compile(r"-?\d\.\d{1,20}[eE]\+?\d{1,2}")

Visit = Callable[[str, TextKind, Key], str]


def walked(value: object, kind: TextKind, visit: Visit) -> object:
    """The value with every key and string, and every number under a personal key, as `visit` returns it."""
    return _Walk(kind, visit).at(value, key="", parent="", role="", depth=0)


def long_number(text: str) -> str:
    """The digits of a number as JSON writes it, when it is a long one; empty for any other."""
    if len(text) > LONGEST_NUMBER:
        return ""
    if _POWER.fullmatch(text):
        text = format(Decimal(text), "f")
    whole = _WHOLE.fullmatch(text)
    return whole[1] if whole else ""


def kind_of(text: str, kind: TextKind) -> TextKind:
    """How a string inside a value of a kind reads."""
    return kind if kind is TextKind.PROSE and text.count(" ") >= PROSE_WORDS - 1 else TextKind.DATA


class _Beside(NamedTuple):
    """What the keys of a record say of one another. `names`: whole names by the keys that hold a part of them."""

    is_of_person: bool = False
    names: Mapping[str, str] = MappingProxyType({})


NOTHING = _Beside()
_OF_PERSON = _Beside(is_of_person=True)
_FEW_KEYS = 40
"""Of a record like many others, whose keys are looked through once."""


def _beside(record: Mapping[object, object], parent: str) -> _Beside:
    keys = tuple(record)
    is_of, may_name = (_told_by if len(keys) <= _FEW_KEYS else _told_by.__wrapped__)(keys)
    if not may_name:
        return _OF_PERSON if is_of else NOTHING
    strings = [(name, said) for name, said in record.items() if isinstance(name, str) and isinstance(said, str)]
    return _Beside(is_of, whole_names(strings, parent))


@lru_cache(maxsize=2_048)
def _told_by(keys: tuple[object, ...]) -> tuple[bool, bool]:
    """Whether keys are those of a person, and whether several of them may hold parts of a name."""
    names = [key for key in keys if isinstance(key, str)]
    return any(map(is_of_person, names)), sum(map(is_part_of_name, names)) > 1


class _Walk:
    def __init__(self, kind: TextKind, visit: Visit) -> None:
        self._kind = kind
        self._visit = visit

    def at(self, value: object, *, key: str, parent: str, role: str, depth: int, beside: _Beside = NOTHING) -> object:
        """The value under a key."""
        if isinstance(value, str):
            is_prose = role in PROSE_ROLES and key in {"content", "text"}
            kind = kind_of(value, TextKind.PROSE if is_prose else self._kind)
            said = (meaning_beside if beside.is_of_person else meaning)(key, parent)
            whole = beside.names.get(key)
            return self._visit(value, kind, replace(said, whole=whole) if whole else said)
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | float):
            return self._number(value, meaning(key, parent))
        if depth >= DEEPEST:
            return "<MASKED>"
        if isinstance(value, Mapping):
            speaker = value.get("role", role)
            role = speaker if isinstance(speaker, str) else role
            beside = _beside(value, key)
            return {
                self._key(name): self.at(inner, key=str(name), parent=key, role=role, depth=depth + 1, beside=beside)
                for name, inner in value.items()
            }
        if isinstance(value, list | tuple):
            done = [self.at(inner, key=key, parent=parent, role=role, depth=depth + 1) for inner in value]
            return self._rejoined(value, done)
        return value

    def _rejoined(self, pieces: Sequence[object], done: list[object]) -> list[object]:
        """The list; or its pieces as one text, when they are the pieces of a stream and say more together."""
        strings = [piece for piece in pieces if isinstance(piece, str) and len(piece) <= LONGEST_PIECE]
        if len(strings) < 2 or len(strings) < len(pieces) or strings != done:
            return done
        whole = "".join(strings)
        clean = self._visit(whole, TextKind.LABEL, NO_KEY)
        return done if clean == whole else [clean]

    def _key(self, name: object) -> object:
        if not isinstance(name, str) or is_plain_word(name):
            return name
        return self._visit(name, TextKind.DATA, NO_KEY)

    def _number(self, number: float, said: Key) -> object:
        """A number stays one, unless its key or its digits say that it is personal."""
        text = str(number)
        digits = whole_number(text)
        personal = said.entity not in {"", "PERSON", "EMAIL_ADDRESS", "ADDRESS"} or (
            said.entity == "ADDRESS" and said.sure
        )
        if personal and said.claims(text):
            shown = digits if said.claims(digits) else text
        else:
            shown = digits if SHORTEST_NUMBER <= len(digits) < LONG_NUMBER else long_number(text)
        if not shown:
            return number
        clean = self._visit(shown, TextKind.DATA, said)
        return number if clean == shown else clean
