"""Names of people, without a model: words before and after them, lists of names, and what is not an English word."""

import re
from collections.abc import Iterator
from enum import IntEnum, IntFlag
from functools import lru_cache
from typing import NamedTuple

from scrub.lexicon import lexicon
from scrub.recogniser import Found, Rules

_UPPER = "A-ZÀ-ÖØ-ÞĀ-ɏḀ-ỿ"
_TOKEN = re.compile(rf"(?<![\w@#$/\\.])[{_UPPER}](?:\w{{0,40}}(?:['’\-‐‑][^\W\d_]\w{{0,30}}){{0,3}})(?![\w@])")
_JOIN = re.compile(
    r"[ \u00a0]{1,2}|\.[ \u00a0]?|,? (?:(?:de|da|do|dos|del|della|di|du|la|le|van|von|der|den|ter|ten|"
    r"zu|zum|bin|bint|ibn|al|el|af|av|y|e|san|st\.?)[ '’]){1,3}|[ \u00a0](?:d'|o'|al-|el-)"
)
_TITLE = re.compile(
    r"(?:^|[^\w])(?:mr|mrs|ms|mx|miss|dr|prof|professor|sir|madam|mme|herr|frau|señora?|captain|"
    r"judge|senator|president|nurse|officer|doctor)\.?[ \u00a0]{1,2}$",
    re.IGNORECASE,
)
_INTRODUCED = re.compile(
    r"(?:\b(?:my|his|her|their|the|your|full|first|last|customer|user|client|patient|account holder|passenger|guest)"
    r"(?:'s)? name(?:'s)?(?: is| was|:| =)|\bname(?: is|:|=|’s|'s)|\bcalled|\bnamed|\bspeaking (?:with|to)"
    r"|\b(?:spoke|talk(?:ed)?|speak) (?:with|to)|\bsigned(?: by|,|:)|\bcardholder:?|\battn:?|\bc/o"
    r"|\b(?:passenger|patient|customer|employee|client|contact|recipient|sender|author|agent|manager|teacher|friend|"
    r"wife|husband|son|daughter|brother|sister|mother|father|colleague|boss|neighbou?r|doctor|lawyer)(?::|,| is| named)?"
    r")[ \u00a0\"'“*]{1,3}$",
    re.IGNORECASE,
)
_GREETED = re.compile(
    r"(?:\b(?:i am|i'm|i’m|this is|it's|it’s|here is|dear|hi|hello|hey|hiya|hola|welcome(?: back)?|thanks|thank you|"
    r"good (?:morning|afternoon|evening)|cheers|goodbye|bye|sorry|of course|certainly|sure|great|perfect)[, ]{1,2}"
    r"(?:there, )?|\b(?:regards|sincerely|best|love|yours|yours truly|cheers|thanks|faithfully),?\s{1,4})$",
    re.IGNORECASE,
)
_SENTENCE_START = re.compile(r"(?:^|[.!?:;•*\-–—\"'“‘(\[|>#=/_\d)]\s{0,8}|\n\s{0,8})$")
_LOWER_CUE = re.compile(
    r"(?i)\b(?:my name is|my name's|name's|i am called|they call me|full name is|first name is|last name is|"
    r"(?:spoke|talked|speaking) (?:to|with)|(?:mr|mrs|ms|dr)\.?) ([a-zà-öø-ÿ'’-]{2,20}(?: [a-zà-öø-ÿ'’-]{2,20}){0,2})"
)
_HANDLE = re.compile(r"(?<![\w.@/-])([a-z]{2,15})[._]([a-z]{2,20})[._]?\d{1,6}(?![\w@])")
_LOOK_BACK = 40


class Flag(IntFlag):
    """What the lists say of a capitalised word."""

    FIRST = 1
    FREQUENT = 2
    LAST = 4
    WORD = 8
    PLACE = 16
    CAPITALS = 32
    CAMEL = 64
    INITIAL = 128
    DIGITS = 256
    LARGE_PLACE = 512


class Strictness(IntEnum):
    """How much must speak for a name."""

    LABEL = 0
    DATA = 1
    PROSE = 2


class _Token(NamedTuple):
    start: int
    end: int
    flags: Flag


_POSSESSIVE = ("'s", "’s")
_INNER_CAPITAL = re.compile(
    r"(?:Mc|Mac|De|Di|La|Le|Van|Von|O['’]|D['’]|Fitz|St)?[A-ZÀ-Þ][^A-ZÀ-Þ]*(?:[-'’‐‑][A-ZÀ-Þ][^A-ZÀ-Þ]*)*"
)


@lru_cache(maxsize=65_536)
def _flags(word: str) -> Flag:
    known, lower = lexicon(), word.lower()
    flags = Flag(0)
    if len(word) == 1:
        return Flag.INITIAL
    if any(character.isdigit() or character == "_" for character in word):
        flags |= Flag.DIGITS
    elif word.isupper():
        flags |= Flag.CAPITALS
    elif not _INNER_CAPITAL.fullmatch(word):
        flags |= Flag.CAMEL
    parts = [part for part in re.split(r"[-‐‑]", lower) if part]
    if lower in known.firsts or (len(parts) > 1 and parts[0] in known.firsts and not all(map(known.is_word, parts))):
        flags |= Flag.FIRST
    if lower in known.frequent_firsts:
        flags |= Flag.FREQUENT
    if lower in known.lasts or (len(parts) > 1 and parts[-1] in known.lasts and not all(map(known.is_word, parts))):
        flags |= Flag.LAST
    if known.is_word(lower) or (len(parts) > 1 and any(map(known.is_word, parts)) and not flags & Flag.FIRST):
        flags |= Flag.WORD
    if lower in known.places:
        flags |= Flag.PLACE
    if lower in known.large_places:
        flags |= Flag.LARGE_PLACE
    return flags


def _weight(flags: Flag, strictness: Strictness) -> float:
    """How much a word speaks for a name: 2 is enough by itself."""
    if flags & (Flag.CAMEL | Flag.DIGITS):
        return -9
    if flags & Flag.INITIAL:
        return 0.2
    listed = flags & (Flag.FIRST | Flag.LAST)
    if not listed:
        unknown = (
            0 if flags & (Flag.WORD | Flag.PLACE | Flag.CAPITALS) else (1.0 if strictness is Strictness.PROSE else 0.4)
        )
        return -1.0 if flags & (Flag.WORD | Flag.CAPITALS) else unknown
    weight = 2.0 if flags & Flag.FREQUENT else 1.3 if flags & Flag.FIRST else 1.0
    if flags & Flag.WORD:
        weight = 0.6 if flags & Flag.FIRST else 0.3
    if flags & Flag.PLACE and not flags & Flag.FREQUENT:
        weight -= 0.5
    elif flags & Flag.PLACE:
        weight -= 0.2
    if flags & Flag.CAPITALS:
        weight -= 0.3
    return weight


class NameRules(Rules):
    """People. PROSE also takes capitalised words that are no English word; LABEL only takes full, well-known names."""

    def __init__(self, strictness: Strictness, allow: frozenset[str] = frozenset()) -> None:
        self._strictness = strictness
        self._allow = allow
        super().__init__("PERSON")

    def find(self, text: str) -> Iterator[Found]:
        for run in self._runs(text):
            yield from self._people(text, run)
        if self._strictness is not Strictness.LABEL:
            yield from self._handles(text)
            yield from self._lower_case(text)

    def _runs(self, text: str) -> Iterator[list[_Token]]:
        """Capitalised words that stand together as the words of a name do."""
        run: list[_Token] = []
        for match in _TOKEN.finditer(text):
            word, start, end = match[0], match.start(), match.end()
            if word.endswith(_POSSESSIVE):
                word, end = word[:-2], end - 2
            flags = _flags(word)
            if word.lower() in self._allow:
                flags = Flag.CAMEL
            if run and not self._joined(text, run[-1], start):
                yield run
                run = []
            run.append(_Token(start, end, flags))
        if run:
            yield run

    @staticmethod
    def _joined(text: str, last: _Token, start: int) -> bool:
        gap = text[last.end : start] if start - last.end <= 16 else "\n"
        if not _JOIN.fullmatch(gap):
            return False
        return gap[0] != "." or bool(last.flags & Flag.INITIAL) or last.end - last.start <= 2

    def _people(self, text: str, run: list[_Token]) -> Iterator[Found]:
        """Names in a run: it is cut where a word is only a word."""
        part: list[_Token] = []
        for position, token in enumerate(run):
            only_word = token.flags & (Flag.CAMEL | Flag.DIGITS) or (
                token.flags & Flag.WORD and not token.flags & (Flag.FIRST | Flag.LAST)
            )
            if only_word:
                yield from self._person(text, part, run)
                part = []
            else:
                part.append(run[position])
        yield from self._person(text, part, run)

    def _person(self, text: str, part: list[_Token], run: list[_Token]) -> Iterator[Found]:
        while len(part) > 1 and self._is_opener(text, part):
            part = part[1:]
        if not part or (len(part) == 1 and part[0].flags & Flag.INITIAL):
            return
        before = text[max(0, part[0].start - _LOOK_BACK) : part[0].start]
        cue = self._cue(before)
        weight = cue + sum(_weight(token.flags, self._strictness) for token in part)
        if weight >= self._needed(text, part, run, before):
            yield part[0].start, part[-1].end, "PERSON"

    def _is_opener(self, text: str, part: list[_Token]) -> bool:
        """A word that is capitalised only because a sentence begins with it: `Will Maria come?`"""
        flags = part[0].flags
        if not flags & Flag.WORD or not part[1].flags & Flag.FREQUENT or part[1].flags & Flag.WORD:
            return False
        return bool(_SENTENCE_START.search(text[max(0, part[0].start - 10) : part[0].start]))

    def _needed(self, text: str, part: list[_Token], run: list[_Token], before: str) -> float:
        if self._strictness is Strictness.LABEL:
            full = len(part) == len(run) >= 2 and part[0].flags & Flag.FREQUENT
            plain = all(token.flags & (Flag.FIRST | Flag.LAST) and not token.flags & Flag.WORD for token in part)
            return 2.5 if full and plain else 99
        first_listed = part[0].flags & (Flag.FIRST | Flag.INITIAL)
        if self._strictness is Strictness.DATA:
            return 2.0 if len(part) == 1 or first_listed else 2.8
        if len(part) > 1:
            return 1.0 if first_listed or not all(token.flags & Flag.PLACE for token in part) else 2.0
        if part[0].flags & Flag.WORD:  # a name that is a word too: not where a capital is due anyway
            return 2.0 if len(run) > 1 or _SENTENCE_START.search(before[-10:]) else 0.5
        return 0.8

    @staticmethod
    def _cue(before: str) -> float:
        if _TITLE.search(before[-14:]):
            return 3
        if _INTRODUCED.search(before):
            return 2
        return 1 if _GREETED.search(before) else 0

    @staticmethod
    def _handles(text: str) -> Iterator[Found]:
        """User names made of a name: `maria_lopez_1234`."""
        known = lexicon()
        for match in _HANDLE.finditer(text):
            first, last = match[1], match[2]
            if first in known.firsts and last in known.lasts and first not in known.words and last not in known.words:
                yield *match.span(), "PERSON"

    @staticmethod
    def _lower_case(text: str) -> Iterator[Found]:
        known = lexicon()
        for match in _LOWER_CUE.finditer(text):
            end = match.start(1)
            for word in re.finditer(r"\S+", match[1]):
                lower = word[0].lower().strip("'’-")
                if known.is_word(lower) and lower not in known.firsts:
                    break
                if lower not in known.firsts | known.lasts and end > match.start(1):
                    break
                end = match.start(1) + word.start() + len(lower)
            if end > match.start(1):
                yield match.start(1), end, "PERSON"


def is_person(value: str, *, surely: bool = False) -> bool:
    """Whether a whole value is somebody's name. `surely`: the key says so, and the lists need not know it."""
    words = value.replace(".", " ").replace(",", " ").split()
    if not 1 <= len(words) <= 6 or len(value) > 80:
        return False
    flags = [_flags(word) for word in words if word[:1].isupper()]
    if surely:
        return all(any(c.isalpha() for c in word) for word in words) and not any(f & Flag.CAMEL for f in flags[:0])
    if not flags or any(f & (Flag.CAMEL | Flag.DIGITS) for f in flags):
        return False
    if any(f & Flag.WORD and not f & (Flag.FIRST | Flag.LAST) for f in flags):
        return False
    if len(flags) < len(words) and not all(_JOIN.fullmatch(f" {word} ") for word in words if word[:1].islower()):
        return False
    weight = sum(_weight(f, Strictness.DATA) for f in flags)
    return weight >= (1.3 if len(flags) > 1 else 1.8)
