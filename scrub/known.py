"""Values that a trace has named once, under a key or after a cue, found wherever else the trace repeats them."""

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from scrub.cache import Span, Spans
from scrub.json_walk import DEEPEST, Leaf, Places, is_json, is_json_like, leaves, unescaped, whole_number
from scrub.keys import bare, is_plain_word
from scrub.lexicon import lexicon
from scrub.official_names import OFFICIAL
from scrub.pseudonyms import normalised
from scrub.recogniser import lowered

MOST = 2_000
"""Spellings of values that are remembered of one trace, and as many of single names."""

_SHORTEST = {
    "PERSON": 3, "ADDRESS": 8, "EMAIL_ADDRESS": 6, "PHONE_NUMBER": 7, "US_SSN": 7, "ID_NUMBER": 5, "CREDIT_CARD": 8,
    "BANK_ACCOUNT": 6, "USER_ID": 5, "SESSION_ID": 8, "IBAN_CODE": 10, "DATE_OF_BIRTH": 8,
}  # fmt: skip

_SHORTEST_OFFICIAL = 7
"""Characters; see `_SHORTEST`."""
_SHORTEST_IN_WORD = 6
"""Characters of a value with a digit that is found between `_`, too, as file names and ids join words."""
_SHORTEST_NUMBER = 7
"""Digits of a number that is also known without its `+` or the zeros before it."""

_LAST_WORD = re.compile(r"(?<![^\W_])([^\W\d_]{2,40})[ _]\Z")
_FIRST_WORD = re.compile(r"[ _]([^\W\d_]{2,40})(?![^\W_])")
_POWER = re.compile(r"(?<![\w.])-?[0-9]{1,20}(?:\.[0-9]{1,20})?[eE]\+?[0-9]{1,2}(?![\w.])")
_LIKE_POWER = re.compile(r"[0-9][eE][+0-9]")
_PLAIN = re.compile(r"[\w .,:;@+()#'-]*", re.ASCII)
_DIGIT = re.compile(r"\d")
_CODED = re.compile(r"(?:\\(?:[nrtbf]|[ux]([0-9a-fA-F]{2,4}))|%([0-9a-fA-F]{2}))\Z")
_LONGEST_CODE = 6


@dataclass(frozen=True, slots=True)
class _Value:
    """A known value. `spellings`: how texts write it; `digits`: as a number; `in_words`: it is found between `_`, too.

    `by_case`: a part of a name, which counts with its capitals alone. `is_word`: so does the name where a text joins it
    otherwise, for it is made of words: `Mark_Price`, but not `mark_price`.
    """

    entity: str
    value: str
    spellings: tuple[str, ...]
    digits: str = ""
    in_words: bool = False
    by_case: bool = False
    is_word: bool = False


class _Place(NamedTuple):
    """Where a text repeats a known value. `value` says more where another name of the person stands beside it."""

    start: int
    end: int
    value: str
    known: _Value
    quote: bool = False


class Known:
    """The known values of one trace. They live as long as its batch is scrubbed."""

    __slots__ = ("_beside", "_called", "_parts", "_seen", "_values")

    def __init__(self) -> None:
        self._beside: set[str] = set()  # names that are words, too: only beside another of the person's names
        self._values = _Spelled(self._beside)
        self._seen: set[tuple[str, str]] = set()
        self._parts: dict[str, bool] = {}  # single names, and whether each alone means somebody
        self._called: dict[str, dict[str, frozenset[str]]] = {}  # by each word of their names: people, and these words

    def add(self, entity: str, value: str) -> None:
        """Remember a value, unless it is too short to mean the same elsewhere."""
        if (entity, value) in self._seen or self._values.is_full():
            return
        self._seen.add((entity, value))
        plain = " ".join(value[slice(*bare(value))].split())
        if len(plain) < _SHORTEST.get(entity, _SHORTEST_OFFICIAL if entity in OFFICIAL else 10_000) or len(plain) > 200:
            return
        if entity == "PERSON":
            if not plain.islower():
                self._add_person(plain)
            return
        has_digits = _DIGIT.search(plain) is not None
        if has_digits or entity not in {"ADDRESS", "USER_ID", "SESSION_ID"}:
            number = plain.lstrip("+0") if plain.isascii() and plain.lstrip("+").isdecimal() else ""
            spellings = (*_spellings(plain.lower()), *([number] if len(number) >= _SHORTEST_NUMBER else ()))
            in_words = "@" in plain or (has_digits and len(plain) >= _SHORTEST_IN_WORD)
            self._values.add(_Value(entity, plain, spellings, number, in_words=in_words))

    def _add_person(self, plain: str) -> None:
        names = plain.split()
        sure = [name for name in names if self._add_part(name) and len(name) > 3]
        if len(names) > 1:
            words = _words(plain)
            for word in words:
                self._called.setdefault(word, {})[plain] = words
            is_word = not sure and any(lexicon().is_word(name.lower()) for name in names)
            self._values.add(_Value("PERSON", plain, _spellings(plain.lower()), in_words=True, is_word=is_word))

    def _add_part(self, name: str) -> bool:
        """Whether the name alone means the person."""
        if name in self._parts:
            return self._parts[name]
        lower, words = name.lower(), lexicon()
        is_name = len(name) >= 3 and name[0].isupper() and name.isalpha() and not words.is_word(lower)
        if is_name and (lower in words.frequent_firsts or lower not in words.places):
            self._values.add(_Value("PERSON", name, _spellings(name), in_words=True, by_case=True))
            self._parts[name] = True
            return True
        if name[:1].isupper() and name.isalpha():
            self._beside.add(name)
        self._parts[name] = False
        return False

    def whole_name(self, name: str) -> str:
        """`Mehmet Yilmaz` for `Mehmet`, if that is the only person known who is called so; else the name itself."""
        words = _words(name)
        called = next((self._called[word] for word in words if word in self._called), {})
        fits = {whole: others for whole, others in called.items() if words <= others}
        if not fits:
            return name
        whole = max(fits, key=lambda one: len(fits[one]))
        return whole if all(others <= fits[whole] for others in fits.values()) else name

    def find(self, text: str, found: Spans = ()) -> Iterator[tuple[Span, str]]:
        """Each place where the text repeats a known value, with the value, but for those inside of what was `found`.

        In JSON a place is in one of its strings or keys, or it is a whole number.
        """
        there: set[tuple[int, int]] | None = None
        new: list[_Place] = []
        for place in self._values.places(text):
            there = {(span.start, span.end) for span in found} if there is None else there
            if (place.start, place.end) in there:
                yield Span(place.start, place.end, place.known.entity), place.value
            elif not _is_inside(place, found):
                new.append(place)
        for place in _in_json(text, new, self._beside):
            yield Span(place.start, place.end, place.known.entity, quote=place.quote), place.value


class _Spelled:
    """Values by how texts may write them."""

    __slots__ = ("_beside", "_by_case", "_digits", "_names", "_whole")

    def __init__(self, beside: set[str], values: Iterable[_Value] = ()) -> None:
        self._beside = beside
        self._whole: dict[str, _Value] = {}  # in small letters
        self._names: dict[str, _Value] = {}  # the same with spaces for what joins names
        self._by_case: dict[str, _Value] = {}
        self._digits: dict[str, _Value] = {}
        for value in values:
            self.add(value)

    def add(self, value: _Value) -> None:
        """Look for this one, too."""
        spelt = self._by_case if value.by_case else self._names if value.entity == "PERSON" else self._whole
        for spelling in value.spellings:
            spelt.setdefault(_apart(spelling) if spelt is self._names else spelling, value)
        if value.digits:
            self._digits.setdefault(value.digits, value)

    def is_full(self) -> bool:
        """Whether no more are taken."""
        return len(self._whole) + len(self._names) >= MOST or len(self._by_case) >= MOST

    def places(self, text: str) -> Iterator[_Place]:
        """Where the text has one of them, by its letters alone, in no order."""
        low = lowered(text)
        yield from _repeated(self._whole, low, low)
        yield from (self._with_other_name(text, place) for place in _repeated(self._by_case, text, text))
        if self._names:
            for place in _repeated(self._names, _apart(low), low):
                if _is_joined_as_known(text[place.start : place.end], place.known):
                    yield place
        if self._digits and _LIKE_POWER.search(text):
            for power in _POWER.finditer(text):
                if known := self._digits.get(whole_number(power[0])):
                    yield _Place(*power.span(), known.value, known)

    def _with_other_name(self, text: str, place: _Place) -> _Place:
        """The name, with the one before or behind it when the person is called that, too: `Angel Quirion`."""
        start, end, name = place.start, place.end, place.value
        before = _LAST_WORD.search(text, max(0, start - 42), start)
        if before and before[1] in self._beside:
            start, name = before.start(1), f"{before[1]} {name}"
        behind = _FIRST_WORD.match(text, end)
        if behind and behind[1] in self._beside:
            end, name = behind.end(1), f"{name} {behind[1]}"
        return _Place(start, end, name, place.known)


def _in_json(text: str, places: list[_Place], beside: set[str], depth: int = 0) -> Iterator[_Place]:
    """The places as they are; in JSON, those that its strings, keys and numbers have when they are read one by one."""
    if not places or depth >= DEEPEST or not is_json(text):
        yield from places
        return
    places = sorted(places, key=_start)
    starts = [place.start for place in places]
    for leaf in leaves(text):
        here = places[bisect_left(starts, leaf.start) : bisect_left(starts, leaf.end)]
        if not here:
            continue
        literal = text[leaf.start : leaf.end]
        if leaf.is_number:
            yield from _whole_number(leaf, whole_number(literal), here)
        elif "\\" in literal or is_json_like(literal):
            said, where = unescaped(literal), Places(literal)
            inside = list(_Spelled(beside, {place.known: None for place in here}).places(said))
            for place in _in_json(said, inside, beside, depth + 1):
                yield place._replace(start=leaf.start + where[place.start], end=leaf.start + where[place.end])
        else:
            is_name = leaf.is_key and is_plain_word(literal)
            for place in here:
                if place.end <= leaf.end and not (is_name and "_" in text[place.start - 1 : place.end + 1]):
                    yield place


def _whole_number(leaf: Leaf, digits: str, places: Iterable[_Place]) -> Iterator[_Place]:
    """A number is a known value when the digits before its point are: then all of it is replaced."""
    for place in places:
        if digits and place.known.digits == digits:
            yield _Place(leaf.start, leaf.end, place.value, place.known, quote=True)
            return


def _words(name: str) -> frozenset[str]:
    return frozenset(normalised("PERSON", name).split())


def _is_inside(place: _Place, found: Spans) -> bool:
    """Whether a finding covers it."""
    before = bisect_right(found, place.start, key=_start) - 1
    return before >= 0 and found[before].end >= place.end


def _start(place: _Place | Span) -> int:
    return place.start


def _spellings(value: str) -> tuple[str, ...]:
    """A value plain and as JSON writes it once and twice, with and without codes for its letters."""
    if _PLAIN.fullmatch(value):
        return (value,)
    spellings = {value: None}
    for ascii_only in (True, False):
        written = value
        for _ in range(2):
            written = json.dumps(written, ensure_ascii=ascii_only)[1:-1]
            spellings[written] = None
    spellings[value.replace("/", "\\/")] = None
    return tuple(spellings)


def _apart(text: str) -> str:
    """The text with a space for each `_`, `.`, `+` and `-`, as file names, links and ids join the names of a person."""
    return text.replace("_", " ").replace(".", " ").replace("+", " ").replace("-", " ")


def _is_joined_as_known(said: str, known: _Value) -> bool:
    """Whether it says the name: in any capitals where it is joined as is known, else only one that is no words."""
    return not known.is_word or said.lower() in known.spellings or _apart(said) == _apart(known.value)


def _repeated(spelt: Mapping[str, _Value], text: str, original: str) -> Iterator[_Place]:
    """Where spellings are in the text, and no word goes on beyond them in the original of the text."""
    for spelling, known in spelt.items():
        if spelling not in text:  # quicker than `find`, and this is what most are
            continue
        at = text.find(spelling)
        while at >= 0:
            end = at + len(spelling)
            if not _continues(original, at, end, known):
                yield _Place(at, end, known.value, known)
            at = text.find(spelling, end)


def _continues(text: str, start: int, end: int, known: _Value) -> bool:
    """Whether the word goes on beyond the value."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if after and text[end - 1].isalnum() and (after.isalnum() or (after == "_" and not known.in_words)):
        return True
    if not before or not text[start].isalnum():
        return False
    return (before == "_" and not known.in_words) or (before.isalnum() and not _ends_code(text, start))


def _ends_code(text: str, end: int) -> bool:
    """Whether what stands before a place is the code of something between words: of a new line, a tab, a space."""
    code = _CODED.search(text, max(0, end - _LONGEST_CODE), end)
    if code is None:
        return False
    digits = code[1] or code[2]
    return not digits or not chr(int(digits, 16)).isalnum()
