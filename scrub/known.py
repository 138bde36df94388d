"""Values that a trace has named once, under a key or after a cue, found wherever else the trace repeats them."""

import json
import re
from collections.abc import Iterator

from scrub.cache import Span
from scrub.lexicon import lexicon
from scrub.official_names import OFFICIAL
from scrub.recogniser import lowered

MOST = 2_000
"""Values remembered of one trace."""

_SHORTEST = {
    "PERSON": 3, "ADDRESS": 8, "EMAIL_ADDRESS": 6, "PHONE_NUMBER": 7, "US_SSN": 7, "ID_NUMBER": 5, "CREDIT_CARD": 8,
    "BANK_ACCOUNT": 6, "USER_ID": 5, "SESSION_ID": 8, "IBAN_CODE": 10, "DATE_OF_BIRTH": 8,
}  # fmt: skip

_SHORTEST_OFFICIAL = 7
"""Characters; see `_SHORTEST`."""

_LAST_WORD = re.compile(r"(?<![\w])([^\W\d_]{2,40}) \Z")
_FIRST_WORD = re.compile(r" ([^\W\d_]{2,40})(?!\w)")


class Known:
    """The known values of one trace. They live as long as its batch is scrubbed."""

    __slots__ = ("_beside", "_parts", "_whole")

    def __init__(self) -> None:
        self._whole: dict[str, tuple[str, str]] = {}  # in small letters, as written in text or JSON: entity, value
        self._parts: dict[str, str] = {}  # one name of a person, as written
        self._beside: set[str] = set()  # names that are words, too: only beside another of the person's names

    def add(self, entity: str, value: str) -> None:
        """Remember a value, unless it is too short to mean the same elsewhere."""
        plain = " ".join(value.split())
        if (
            len(plain) < _SHORTEST.get(entity, _SHORTEST_OFFICIAL if entity in OFFICIAL else 10_000)
            or len(plain) > 200
            or len(self._whole) >= MOST
        ):
            return
        if entity in {"ADDRESS", "USER_ID", "SESSION_ID"} and not any(character.isdigit() for character in plain):
            return
        names = plain.split()
        if entity == "PERSON":
            if not any(character.isupper() for character in plain):
                return
            for name in names:
                self._add_part(name)
            if len(names) == 1:
                return
        for spelling in _spellings(plain):
            self._whole.setdefault(spelling, (entity, plain))

    def _add_part(self, name: str) -> None:
        lower, words = name.lower(), lexicon()
        is_name = len(name) >= 3 and name[0].isupper() and name.isalpha() and not words.is_word(lower)
        if is_name and (lower in words.frequent_firsts or lower not in words.places):
            for spelling in (name, json.dumps(name)[1:-1]):
                self._parts[spelling] = name
        elif name[:1].isupper() and name.isalpha():
            self._beside.add(name)

    def find(self, text: str) -> Iterator[tuple[Span, str]]:
        """Each place where the text repeats a known value, with the value."""
        if not self._whole and not self._parts:
            return
        low = lowered(text)
        for spelling, (entity, value) in self._whole.items():
            if spelling in low:
                yield from ((span, value) for span in _places(low, spelling, entity))
        for spelling, name in self._parts.items():
            if spelling in text:
                yield from (self._with_other_name(text, span, name) for span in _places(text, spelling, "PERSON"))

    def _with_other_name(self, text: str, span: Span, name: str) -> tuple[Span, str]:
        """The name, with the one before or behind it when the person is called that, too: `Angel Quirion`."""
        start, end = span.start, span.end
        before = _LAST_WORD.search(text, max(0, start - 42), start)
        if before and before[1] in self._beside:
            start, name = before.start(1), f"{before[1]} {name}"
        behind = _FIRST_WORD.match(text, end)
        if behind and behind[1] in self._beside:
            end, name = behind.end(1), f"{name} {behind[1]}"
        return span._replace(start=start, end=end), name


def _spellings(value: str) -> Iterator[str]:
    """A value in small letters, plain and as JSON writes it once and twice."""
    written = value.lower()
    for _ in range(3):
        yield written
        escaped = json.dumps(written)[1:-1]
        if escaped == written:
            return
        written = escaped


def _places(text: str, value: str, entity: str) -> Iterator[Span]:
    at = text.find(value)
    while at >= 0:
        end = at + len(value)
        before, after = text[at - 1 : at], text[end : end + 1]
        if not (_continues(before, value[0]) or _continues(after, value[-1])):
            yield Span(at, end, entity)
        at = text.find(value, end)


def _continues(neighbour: str, edge: str) -> bool:
    """Whether the word goes on beyond the value."""
    return (neighbour.isalnum() or neighbour == "_") and edge.isalnum()
