"""What a team looks for itself: by expressions, by lists of words, and by classes in Python."""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from presidio_analyzer import Pattern, PatternRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from scrub import classes
from scrub.checked import compiled
from scrub.recogniser import SCORE, FailedError, Found, OverBudgetError, Rules, lowered
from scrub.time_limit import TookTooLong, broken_off_after

PATTERN_SECONDS = 0.5
"""A team's own expression may take this long on 16 kB; then the text is masked whole."""
CLASS_SECONDS = 5.0
"""CPU time that a team's class may take on as much. It is asked for when the class is done."""
BREAK_OFFS = 3
"""A class that was broken off so often in a row is not asked for a while, so that a request of many texts ends."""
REST_SECONDS = 60.0
LEAST_SCORE = 0.4
"""A result of a class with a lower score does not count; Presidio's patterns have it for what a cue must support."""

_WORD = re.compile(r"\w+")
_PIECE = re.compile(r"\w+|\s+|[^\w\s]")


class PatternRules(PatternRecognizer):
    """A pattern of the team's own. Presidio's class skips a pattern that takes too long; this one says so."""

    named = False
    needs_digits = False

    def __init__(self, entity: str, expression: str) -> None:
        self._expression = compiled(entity, expression)
        super().__init__(supported_entity=entity, patterns=[Pattern(entity, expression, SCORE)], name=f"team {entity}")

    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: NlpArtifacts | None = None,  # noqa: ARG002  Presidio's signature
        regex_flags: int | None = None,  # noqa: ARG002
    ) -> list[RecognizerResult]:
        """The matches; raises `OverBudgetError` rather than leave any out."""
        entity = self.supported_entities[0]
        if entity not in entities:
            return []
        return [RecognizerResult(entity, start, end, SCORE) for start, end, _ in self.find(text)]

    def find(self, text: str) -> Iterator[Found]:
        """The matches; raises `OverBudgetError` rather than leave any out."""
        entity = self.supported_entities[0]
        try:
            matches = list(self._expression.finditer(text, timeout=PATTERN_SECONDS))
        except TimeoutError as error:
            raise OverBudgetError from error
        yield from ((*match.span(), entity) for match in matches if match[0])


class DenyRules(Rules):
    """Words that the team lists: whole words in any case, however many spaces stand between them.

    Found by the first word of each, so that ten thousand of them cost no more than ten.
    """

    def __init__(self, entity: str, listed: Iterable[str]) -> None:
        self._entity = entity
        self._by_first: dict[str, list[tuple[int, re.Pattern[str]]]] = {}
        for said in listed:
            plain = lowered(said.strip())
            first = _WORD.search(plain)
            if first is None:
                continue
            pieces = (r"\s{1,8}" if piece.isspace() else re.escape(piece) for piece in _PIECE.findall(plain))
            form = re.compile("".join(pieces) + (r"(?!\w)" if plain[-1].isalnum() else ""))
            self._by_first.setdefault(first[0], []).append((first.start(), form))
        super().__init__(entity)

    def find(self, text: str) -> Iterator[Found]:
        low = lowered(text)
        for word in _WORD.finditer(low):
            for before, form in self._by_first.get(word[0], ()):
                if match := form.match(low, max(0, word.start() - before)):
                    yield *match.span(), self._entity


@dataclass(slots=True)
class _Hung:
    """How often in a row a class was broken off, and until when it is then left alone."""

    times: int = 0
    until: float = 0.0


@cache
def _hung(_named: str) -> _Hung:
    """One for all kinds of text, languages and applications that the class looks at."""
    return _Hung()


class ClassRules(Rules):
    """A team's class. What it raises, or answers that makes no sense, ends in `FailedError`: the text is masked."""

    def __init__(self, named: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._named = named
        self._clock = clock
        self._hung = _hung(named)
        self._analyser = classes.loaded(named)
        super().__init__(*self._analyser.supported_entities)

    def find(self, text: str) -> Iterator[Found]:
        """The findings of the class; raises `FailedError`, also when it took too long or is left alone for now."""
        if self._hung.times >= BREAK_OFFS and self._clock() < self._hung.until:
            raise FailedError(self._named, TimeoutError.__name__)
        began = time.thread_time()
        try:
            with broken_off_after(classes.CLASS_PATIENCE_SECONDS):
                results = list(self._analyser.analyze(text, list(self.supported_entities), None) or ())
                found = [self._found(result, len(text)) for result in results if result.score >= LEAST_SCORE]
        except TookTooLong:
            self._hung.times += 1
            self._hung.until = self._clock() + REST_SECONDS
            raise FailedError(self._named, TimeoutError.__name__) from None
        except (Exception, SystemExit) as error:  # noqa: BLE001  it may raise anything, with the text in its words
            raise FailedError(self._named, type(error).__name__) from None
        self._hung.times = 0
        if time.thread_time() - began > CLASS_SECONDS:
            raise FailedError(self._named, TimeoutError.__name__)
        yield from found

    def _found(self, result: RecognizerResult, length: int) -> Found:
        start, end, entity = int(result.start), int(result.end), str(result.entity_type)
        if not 0 <= start <= end <= length or entity not in self.supported_entities:
            raise ValueError
        return start, end, entity
