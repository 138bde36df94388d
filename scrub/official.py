"""Official numbers of many countries: Presidio's recognisers and a few of ours, run on the words around their cues.

Most of these numbers look like any other, and a checksum alone holds for one in ten by chance, so a word that says what
it is must stand within five words; then form and checksum decide. What is a part of something longer (an id, a hash, a
time, a decimal) is none.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from presidio_analyzer import PatternRecognizer, predefined_recognizers

from scrub.languages import LANGUAGES
from scrub.official_abroad import OUR_NUMBERS
from scrub.official_names import PRESIDIO_CLASSES, WITHOUT_CUE
from scrub.recogniser import Found, Rules, lowered

LEAST_DIGITS = 3
"""No official number has fewer; some forms of Presidio's also take words."""
WORDS_NEAR = 5
_FURTHEST = 90
"""Characters; five words are hardly longer, and a text without spaces is not searched to its end."""
_WORD_BEFORE = re.compile(r"\S{1,40}\s{1,8}")
_WORD_AFTER = re.compile(r"\s{0,8}\S{1,40}")
_GROUP = re.compile(r"\s{0,8}[\d./-]{1,12}\s{0,8}")
"""A group of digits is a part of a number and no word: `2 69 05 49 588 157 80`."""
_IN_A_NAME = re.compile(r"[-_./@](?!n[or]|num|nummer|id|k)[a-z]")
"""`passport-jwt` and `nhs.uk` say nothing, `Pass-Nr` does."""
_GROUPED = re.compile(r"(?<![^\W_])[A-Z\d]{1,12}(?:[ .-][A-Z\d]{1,12}){1,60}(?![^\W_])")
"""A number as people write it: `86 095 742 719`, `12.345.678-Z`."""
_PART = re.compile(r"[A-Z\d]+")
_MOST_PARTS = 8
_LENGTHS = range(7, 21)
"""Letters and digits of a number that is written in groups."""
_NO_NUMBER = re.compile(  # a decimal, a phone, a date
    r"\d+\.\d+|\d{3}\D\d{3}\D\d{4}|(?:0?[1-9]|[12]\d|3[01])\D(?:0?[1-9]|1[0-2])\D(?:19|20)\d\d|(?:19|20)\d\d\D\d{1,2}\D\d{1,2}"
)
_GOES_ON_BEFORE = re.compile(r"(?:[\w]|[\w][-./:+@])\Z")
_GOES_ON_AFTER = re.compile(r"\w|[-./:+@]\w")

Places = Callable[[str], Iterable[tuple[int, int]]]
"""Where in a window a number is."""


@dataclass(frozen=True, slots=True)
class Number:
    """One kind of number: its entity, the words that say it, in small letters, and where it is in a window."""

    entity: str
    cues: tuple[str, ...]
    places: Places


class OfficialRules(Rules):
    """The official numbers that a policy names."""

    needs_digits = True

    def __init__(self, entities: Iterable[str]) -> None:
        numbers = [number(entity) for entity in entities]
        self._anywhere = [one for one in numbers if one.entity in WITHOUT_CUE]
        self._by_cue: dict[str, list[Number]] = {}
        for one in numbers:
            for cue in one.cues if one.entity not in WITHOUT_CUE else ():
                self._by_cue.setdefault(cue, []).append(one)
        super().__init__(*(one.entity for one in numbers))

    def find(self, text: str) -> Iterator[Found]:
        low = lowered(text)
        for one in self._anywhere:
            yield from _within(text, one.places(text), one)
        for cue, numbers in self._by_cue.items():
            for start, stop in _windows(text, low, cue):
                window, grouped = text[start:stop], _Grouped(text, start, stop)
                for one in numbers:
                    plain = ((start + first, start + last) for first, last in one.places(window))
                    yield from _within(text, plain, one)
                    if grouped.text:
                        yield from _within(text, grouped.places(one), one)


def _windows(text: str, low: str, cue: str) -> Iterator[tuple[int, int]]:
    """The words around each place of a cue; those of cues that stand close together are one window."""
    start, stop = 0, -1
    at = low.find(cue)
    while at >= 0:
        end = at + len(cue)
        glued = (low[at - 1 : at].isalpha() and cue[0].isalpha()) or _IN_A_NAME.match(low, end)
        if not glued and at >= stop:
            if stop >= 0:
                yield start, stop
            start = _begin(text, at)
        if not glued:
            stop = _stop(text, end)
        at = low.find(cue, end)
    if stop >= 0:
        yield start, stop


def _begin(text: str, start: int) -> int:
    """Where the fifth word before a cue begins."""
    first = max(0, start - _FURTHEST)
    words = [match.start() for match in _WORD_BEFORE.finditer(text, first, start) if not _GROUP.fullmatch(match[0])]
    return words[-WORDS_NEAR] if len(words) >= WORDS_NEAR else first


def _stop(text: str, end: int) -> int:
    """Where the fifth word behind a cue ends."""
    stop, left = end, WORDS_NEAR + 1  # the first is the rest of the cue's own word
    while left and (word := _WORD_AFTER.match(text, stop, min(len(text), end + _FURTHEST))):
        left -= not _GROUP.fullmatch(word[0])
        stop = word.end()
    return stop


class _Grouped:
    """What may be one number in a part of a text, when its groups are put together; one in a line."""

    def __init__(self, text: str, start: int, stop: int) -> None:
        self._where: dict[int, tuple[int, int]] = {}
        lines: list[str] = []
        length = 0
        for run in _GROUPED.finditer(text, start, stop):
            if _NO_NUMBER.fullmatch(run[0]):
                continue
            parts = [part.span() for part in _PART.finditer(text, *run.span())]
            for first in range(len(parts) - 1):
                line = text[slice(*parts[first])]
                for begin, end in parts[first + 1 : first + _MOST_PARTS]:
                    line += text[begin:end]
                    if len(line) not in _LENGTHS or _NO_NUMBER.fullmatch(text, parts[first][0], end):
                        continue
                    self._where[length] = parts[first][0], end
                    lines.append(line)
                    length += len(line) + 1
        self.text = "\n".join(lines)

    def places(self, one: Number) -> Iterator[tuple[int, int]]:
        """Where in the whole text the number is: a line of its own, from end to end. Of several, the longest there."""
        stop = 0
        for begin, end in sorted(self._lines(one), key=lambda place: (place[0], -place[1])):
            if end > stop:
                yield begin, end
                stop = end

    def _lines(self, one: Number) -> Iterator[tuple[int, int]]:
        for first, last in one.places(self.text):
            if first in self._where and self.text[last : last + 1] in {"", "\n"}:
                yield self._where[first]


def _within(text: str, places: Iterable[tuple[int, int]], one: Number) -> Iterator[Found]:
    for begin, end in places:
        if not _GOES_ON_BEFORE.search(text, max(0, begin - 2), begin) and not _GOES_ON_AFTER.match(text, end):
            yield begin, end, one.entity


@cache
def number(entity: str) -> Number:
    """The number that an entity of Presidio's or of ours names, with the cues of all languages."""
    cues = tuple(cue for language in LANGUAGES.values() for cue in language.cues.get(entity, ()))
    if entity in OUR_NUMBERS:
        return Number(entity, cues, OUR_NUMBERS[entity])
    recogniser = getattr(predefined_recognizers, PRESIDIO_CLASSES[entity])(supported_language="en")
    own = tuple(word.lower() for word in recogniser.context or ())
    return Number(entity, cues or own, _places_by(recogniser))


def _places_by(recogniser: PatternRecognizer) -> Places:
    """Presidio's patterns and checks, less their scores: the cue is there."""

    def places(window: str) -> Iterator[tuple[int, int]]:
        for result in recogniser.analyze(window, recogniser.supported_entities):
            digits = sum(map(str.isdigit, window[result.start : result.end]))
            if digits >= LEAST_DIGITS:
                yield result.start, result.end

    return places
