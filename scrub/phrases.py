"""What stands before a name, looked up and not searched for: a cue is read for every capitalised word of a text."""

from collections.abc import Iterable, Iterator
from functools import cache

from scrub.languages import Language

_BLANKS = " \u00a0"
_TAIL = " \u00a0\t\r\n\"'“„«*,!."
"""Between a cue and its name."""
_INTRODUCING = frozenset(" \u00a0\"'“„«*")
_GREETING = frozenset(", *")
_LONGEST_TAIL = 6
_WORDS = 6
"""Of the longest cue."""
_BREAKS = str.maketrans(dict.fromkeys('-/([{<"“„«:;>=\\\t\r\n*#_,.!?¿¡|', "\n"))
"""What a word may be glued to, as one character."""
TITLE, INTRODUCED, GREETED, CLOSED = 8, 4, 2, 1
"""What may stand between differs: `Dr. `, `name is "`, `hello, `, and `regards,` with a new line."""


class Cues:
    """The cues of some languages, by their words. Each phrase has the bits of what it is."""

    def __init__(self) -> None:
        self._kinds: dict[str, int] = {}
        self._last: set[str] = set()

    def add(self, kind: int, pattern: str) -> None:
        """Cues of a kind, as an expression of alternatives, options and letters in brackets.

        What is abbreviated (`z. Hd.`) stands before a name as a title does, what ends in a comma as a greeting.
        """
        for written in expanded(pattern):
            phrase = written.rstrip(_TAIL)
            shown = kind if phrase == written else TITLE if written.endswith(".") else GREETED
            self._kinds[phrase] = self._kinds.get(phrase, 0) | shown
            self._last.add(phrase.rpartition(" ")[2])

    def add_language(self, language: Language) -> None:
        """All cues that a language tells."""
        self.add(TITLE, language.titles)
        self.add(INTRODUCED, language.introduced)
        self.add(GREETED | CLOSED, language.greeted)

    def strength(self, before: str) -> float:
        """3 after a title, 2 after words that introduce somebody, 1 after those that often do, else 0."""
        body = before.rstrip(_TAIL)
        tail = before[len(body) :]
        kinds = _allowed(tail) if 0 < len(tail) <= _LONGEST_TAIL else 0
        if not kinds:
            return 0
        found = 0
        for phrase in self._ends(body.lower()):
            found |= self._kinds.get(phrase, 0)
        found &= kinds
        return 3 if found & TITLE else 2 if found & INTRODUCED else 1 if found else 0

    def _ends(self, body: str) -> Iterator[str]:
        """The last words of a text, one, two, three ... of them, also without what they are glued to.

        None where no cue ends in the last word, as nearly always.
        """
        stop = len(body)
        for words in range(_WORDS):
            start = body.rfind(" ", 0, stop) + 1
            word = body[start:stop]
            glued = word.translate(_BREAKS).rfind("\n", 0, len(word) - 1) + 1
            if words == 0 and word not in self._last and word[glued:] not in self._last:
                return
            yield body[start:]
            if glued:
                yield body[start + glued :]
            stop = start - 1
            if stop < 0:
                return


def _allowed(tail: str) -> int:
    """The kinds of cue that this may stand behind."""
    said, kinds = set(tail), 0
    if tail.strip(_BLANKS) in {"", "."} and tail[-1] in _BLANKS:
        kinds |= TITLE
    if len(tail) <= 3 and said <= _INTRODUCING:
        kinds |= INTRODUCED
    if len(tail) <= 3 and said <= _GREETING:
        kinds |= GREETED
    if tail.removeprefix(",").isspace():
        kinds |= CLOSED
    return kinds


@cache
def expanded(pattern: str) -> frozenset[str]:
    """All texts of an expression with nothing but alternatives `a|b`, groups `(?:...)`, options `?`, letters `[ab]`."""
    texts, end = _alternatives(pattern, 0)
    assert end == len(pattern)  # noqa: S101  the expressions are ours
    return frozenset(text for text in texts if text)


def _alternatives(pattern: str, at: int) -> tuple[list[str], int]:
    found: list[str] = []
    while True:
        texts, at = _sequence(pattern, at)
        found += texts
        if at == len(pattern) or pattern[at] == ")":
            return found, at
        at += 1  # the bar


def _sequence(pattern: str, at: int) -> tuple[list[str], int]:
    texts = [""]
    while at < len(pattern) and pattern[at] not in "|)":
        pieces, at = _piece(pattern, at)
        if pattern[at : at + 1] == "?":
            pieces, at = [*pieces, ""], at + 1
        texts = [text + piece for text in texts for piece in pieces]
    return texts, at


def _piece(pattern: str, at: int) -> tuple[Iterable[str], int]:
    if pattern[at] == "[":
        end = pattern.index("]", at)
        return list(pattern[at + 1 : end]), end + 1
    if pattern.startswith("(?:", at):
        texts, end = _alternatives(pattern, at + 3)
        return texts, end + 1
    if pattern[at] == "\\":
        return [pattern[at + 1]], at + 2
    return [pattern[at]], at + 1
