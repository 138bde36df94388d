"""How much a single capitalised word speaks for a name, from what the lists say of it."""

import re
from enum import IntEnum
from functools import lru_cache
from typing import Final

from scrub.lexicon import lexicon


class Flag:
    """What the lists say of a word; plain integers, for they are tested for every capitalised word."""

    FIRST: Final = 1
    FREQUENT: Final = 2  # a first name that many have
    LAST: Final = 4
    WORD: Final = 8  # English writes it with a small letter, too
    FIRM: Final = 16  # a month, a people, a product: hardly ever a name by itself
    PLACE: Final = 32
    LARGE_PLACE: Final = 64
    CAPITALS: Final = 128
    NO_NAME: Final = 256  # camelCase, digits, or allowed by the team
    INITIAL: Final = 512
    PROPER: Final = 1024  # newspapers write it with a capital: a firm, if no name stands beside it

    LISTED: Final = FIRST | LAST


class Strictness(IntEnum):
    """How much must speak for a name."""

    LABEL = 0
    DATA = 1
    PROSE = 2


_HYPHEN = re.compile(r"[-‐‑]")
_UPPER = "".join(filter(str.isupper, map(chr, range(0x1F00))))
_ONE_CAPITAL = re.compile(
    rf"(?:Mc|Mac|De|Di|La|Le|Van|Von|O['’]|D['’]|Fitz|St)?[{_UPPER}][^{_UPPER}]*(?:[-'’‐‑][^\W\d_][^{_UPPER}]*)*"
)
ORGANISATIONS = frozenset(
    (
        "inc llc ltd corp corporation company co gmbh plc ag bank group university college school institute "
        "foundation airport airlines airways hotel hospital church museum library river lake mountain bay "
        "beach island county city street avenue road drive lane court park square bridge station stadium "
        "festival award prize theorem algorithm sea ocean gulf olympics games cup league state fairgrounds center "
        "centre building cathedral palace mosque monument memorial gallery theatre theater opera zoo arena club union "
        "association society committee council commission department ministry agency bureau journal gazette tribune "
        "magazine news network records studios pictures entertainment productions motors electric energy "
        "pharmaceuticals laboratories labs technologies technology systems software solutions services consulting "
        "partners holdings capital ventures investments securities insurance bistro cafe restaurant analytics"
    ).split()
)
"""What is named after somebody and is nobody."""

PARTICLES = frozenset("de la le el di del della da do dos du los las lo van von der den ter ten zu y".split())
"""Small words inside of names; with a capital in some: `Chiara De Luca`."""
_MADE_WORD = re.compile(  # endings that English makes words with, and names hardly ever have
    r".{3,40}(?:[ai]bility|[st]ions?|ness|ments?|ally|ously|ingly|ology|graphy|metry|ware|i[sz]ing|i[sz]ed|i[sz]ers?|[ai]ble"
    r"|icals?|less|isms?|ential|ional|ualy?|point(?:s|ing)?|back|word|words|ization)"
)
_ENDINGS = (
    ("s", ""),
    ("es", ""),
    ("ies", "y"),
    ("ed", ""),
    ("ed", "e"),
    ("ing", ""),
    ("ing", "e"),
    ("ly", ""),
    ("er", ""),
)


@lru_cache(maxsize=65_536)
def flags_of(word: str) -> int:
    """The flags of a word as it is written."""
    if len(word) == 1:
        return Flag.INITIAL
    if any(character.isdigit() or character == "_" for character in word):
        return Flag.NO_NAME
    if "-" in word and word.rpartition("-")[2].lower() in ORGANISATIONS:
        return Flag.NO_NAME
    flags = _listed(word.lower())
    if word.isupper():
        return flags | Flag.CAPITALS
    return flags if _ONE_CAPITAL.fullmatch(word) or word.islower() else Flag.NO_NAME


def _listed(lower: str) -> int:
    known = lexicon()
    parts = [part for part in _HYPHEN.split(lower) if part]
    double = len(parts) > 1 and not all(map(known.is_word, parts))
    checks = (
        (Flag.FIRST, lower in known.firsts or (double and parts[0] in known.firsts)),
        (Flag.FREQUENT, lower in known.frequent_firsts),
        (Flag.LAST, lower in known.lasts or (double and parts[-1] in known.lasts)),
        (Flag.FIRM, lower in known.firm),
        (Flag.PLACE, lower in known.places),
        (Flag.LARGE_PLACE, lower in known.large_places),
        (Flag.PROPER, lower in known.proper),
    )
    flags = sum(flag for flag, holds in checks if holds)
    if known.is_word(lower) or (len(parts) > 1 and not double) or (not flags and _is_inflected(lower)):
        flags |= Flag.WORD
    return flags


def _is_inflected(lower: str) -> bool:
    words = lexicon().words
    if any(lower.endswith(end) and lower.removesuffix(end) + base in words for end, base in _ENDINGS):
        return True
    return lower.isascii() and _MADE_WORD.fullmatch(lower) is not None


def weight(flags: int, strictness: Strictness, *, alone: bool) -> float:
    """How much a word speaks for a name: 2 is enough anywhere, 0.8 in prose."""
    if flags & Flag.NO_NAME:
        return -9
    if flags & Flag.INITIAL:
        return 0.2
    if not flags & Flag.LISTED:
        return _unlisted(flags, strictness, alone=alone)
    if flags & (Flag.WORD | Flag.FIRM):
        score = 0.6 if flags & Flag.FIRST else 0.3
    else:
        score = 2.0 if flags & Flag.FREQUENT else 1.3 if flags & Flag.FIRST else 1.0
    if alone and flags & (Flag.LARGE_PLACE | Flag.CAPITALS | Flag.FIRM):
        return score - 1.5
    return score - (0.2 if flags & Flag.PLACE else 0)


def _unlisted(flags: int, strictness: Strictness, *, alone: bool) -> float:
    if flags & (Flag.WORD | Flag.CAPITALS) or (alone and flags & Flag.PROPER):
        return -1
    if flags & Flag.PLACE:
        return 0
    return 1.0 if strictness is Strictness.PROSE else 0.4
