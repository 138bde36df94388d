"""Where personal data is in a text: JSON walked, long text in pieces, hidden spellings read, overlaps resolved."""

import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from scrub.cache import NOTHING, Cache, Findings, Span, Spans
from scrub.encoded import encoded_words
from scrub.evasion import plain_form
from scrub.json_walk import DEEPEST, Leaf, Places, is_json, is_json_like, leaves, unescaped
from scrub.keys import NO_KEY, Key, bare, is_of_person, is_plain_word, meaning, meaning_beside, says_something
from scrub.languages import UNSURE
from scrub.policy import PLACEHOLDERS, Policy
from scrub.pseudonyms import HASH_CHARACTERS
from scrub.recogniser import FailedError, MaskWholeError
from scrub.recognisers import Recogniser, TextKind, recognisers
from scrub.secrets import private_keys
from scrub.values import kind_of, long_number
from scrub.written_in import languages_of

CHUNK = 16_384
OVERLAP = 512
LONGEST = 32 * 2**20
"""Characters; a longer text is masked whole."""
SECONDS_PER_CHARACTER = 5e-6
SECONDS_OF_OTHERS = 5e-4
"""The same where a model or a class of the team's own looks, too."""
SECONDS_AT_LEAST = 2.0
_BEGINS_JSON = frozenset(' \t\r\n"{[')
ALL_ALIKE = 2
"""A text that is no JSON is searched alike at this depth and above: words encoded three times over are still read."""
SHORT = 2_000
"""Characters; asking the clock costs as much as such a text, and none as short takes long."""

_log = logging.getLogger("benchbook.scrub")
_DIGIT = re.compile(r"\d")
_HARMLESS = re.compile(  # a word, an id, a time: most of what JSON holds, and nothing can be in it
    r"[a-z]{1,17}|[a-z]{1,9}_[a-z]{1,9}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
)
_FIRST = ("MASKED", "SECRET")
_ORDER = ("EMAIL_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "US_SSN", "DATE_OF_BIRTH", "BANK_ACCOUNT",
          "ID_NUMBER", "IP_ADDRESS", "MAC_ADDRESS", "CRYPTO", "PHONE_NUMBER", "PERSON", "ADDRESS")  # fmt: skip
_RANK = {entity: rank for rank, entity in enumerate(_ORDER, start=1)} | dict.fromkeys(_FIRST, -1)
"""Of two findings of one length the first wins. Not listed, so before most: what a team or a country calls its own."""


class Detector:
    """Finds personal data by a policy, and remembers what it found. The clock counts this thread's CPU seconds."""

    def __init__(self, policy: Policy, clock: Callable[[], float] = time.thread_time) -> None:
        self._policy = policy
        self._clock = clock
        self._cache = Cache()
        self._seconds_per_character = SECONDS_OF_OTHERS if policy.model or policy.classes else SECONDS_PER_CHARACTER
        codes = (*policy.languages, UNSURE) if len(policy.languages) > 1 else policy.languages
        self._rules = {(kind, code): recognisers(policy, kind, code) for kind in TextKind for code in codes}
        self._allow = frozenset(word.casefold() for word in policy.allow)
        entities = {entity for rules in self._rules.values() for one in rules for entity in one.supported_entities}
        self._placeholder = re.compile("|".join(_placeholders(policy, entities)))
        self.failures: Counter[tuple[str, str]] = Counter()
        """Texts that a class of the team's own failed on, by its name and the type of what it raised."""

    def spans(self, text: str, kind: TextKind, key: Key = NO_KEY, depth: int = 0) -> Spans:
        """Personal data in the text, in its order, without overlaps."""
        return self.findings(text, kind, key, depth).spans

    def findings(self, text: str, kind: TextKind, key: Key = NO_KEY, depth: int = 0) -> Findings:
        """The same, and the languages of the text that the policy does not name."""
        if not key.entity and (len(text) < 3 or self._is_harmless(text)):
            return NOTHING
        name = self._cache.name(text, _about(text, kind, key, depth))
        found = self._cache.get(name)
        if found is None:
            others: set[str] = set()
            spans = tuple(self._resolved(text, self._look(text, kind, key, depth, others)))
            found = Findings(spans, frozenset(others)) if spans or others else NOTHING
            self._cache.put(name, found)
        return found

    def _is_harmless(self, text: str) -> bool:
        """Whether nothing can be in it; a team's own patterns may be of anything."""
        return not self._policy.has_own_rules and len(text) < 40 and _HARMLESS.fullmatch(text) is not None

    def _look(self, text: str, kind: TextKind, key: Key, depth: int, others: set[str]) -> Iterator[Span]:
        """Findings as they come; `others` gets the languages of the text that the policy does not name."""
        if len(text) > LONGEST:
            yield Span(0, len(text), "MASKED")
        elif depth < DEEPEST and is_json(text):
            yield from self._in_json(text, kind, depth, others)
        elif key.claims(text):
            yield Span(*bare(text), key.entity, named=True)
        else:
            found = list(self._in_text(text, kind, others))
            yield from (span for span in found if not key.drops(span.entity, text))
            if depth < DEEPEST and found != [Span(0, len(text), "MASKED")]:
                yield from self._in_encoded(text, depth)

    def _in_json(self, text: str, kind: TextKind, depth: int, others: set[str]) -> Iterator[Span]:
        found = list(leaves(text, says_something))
        people = {leaf.owner for leaf in found if leaf.is_key and is_of_person(text[leaf.start : leaf.end])}
        for leaf in found:
            if leaf.is_number:
                yield from self._number(text, leaf)
                continue
            literal = text[leaf.start : leaf.end]
            if leaf.is_key and is_plain_word(literal):
                continue
            says = meaning_beside if leaf.owner in people else meaning
            said = NO_KEY if leaf.is_key else says(leaf.key, leaf.parent)
            used = TextKind.DATA if leaf.is_key else kind if not leaf.is_prose else TextKind.PROSE
            inside = self._in_literal(literal, used, said, depth + 1)
            others |= inside.languages
            for span in inside.spans:
                yield span._replace(start=leaf.start + span.start, end=leaf.start + span.end)

    def _in_literal(self, literal: str, kind: TextKind, key: Key, depth: int) -> Findings:
        """Findings in a JSON string, at their places between the quotes. Remembered, for unescaping is slow."""
        if "\\" not in literal:
            return self.findings(literal, kind_of(literal, kind), key, depth)
        name = self._cache.name(literal, f"literal{kind.value}{depth}{key.entity}{key.sure:d}{key.is_id:d}")
        found = self._cache.get(name)
        if found is None:
            value = unescaped(literal)
            found = self.findings(value, kind_of(value, kind), key, depth)
            if found.spans:
                found = found._replace(spans=tuple(_escaped(found.spans, Places(literal))))
            self._cache.put(name, found)
        return found

    def _number(self, text: str, leaf: Leaf) -> Iterator[Span]:
        said = meaning(leaf.key, leaf.parent)
        value = text[leaf.start : leaf.end]
        if said.entity not in {"", "PERSON", "EMAIL_ADDRESS"} and said.claims(value):
            yield Span(leaf.start, leaf.end, said.entity, quote=True, named=True)
        elif digits := long_number(value):
            found = self.spans(digits, TextKind.DATA, said)
            yield from (Span(leaf.start, leaf.end, span.entity, quote=True) for span in found[:1])

    def _in_encoded(self, text: str, depth: int) -> Iterator[Span]:
        """Words in base64 or hexadecimal that hold personal data, each as a whole."""
        for word in encoded_words(text):
            for span in self.spans(word.says, TextKind.DATA, depth=depth + 1)[:1]:
                yield Span(word.start, word.end, span.entity)

    def _in_text(self, text: str, kind: TextKind, others: set[str]) -> Iterator[Span]:
        """Findings of all recognisers; the whole text when that takes longer than it may."""
        written_in = self._policy.languages[0]
        if kind is not TextKind.LABEL:
            written_in, unnamed = languages_of(text, self._policy.languages)
            others |= unnamed
        rules = self._rules[kind, written_in]
        timed = len(text) > SHORT or self._clock is not time.thread_time
        stop = self._clock() + max(SECONDS_AT_LEAST, len(text) * self._seconds_per_character) if timed else float("inf")
        found = [Span(*key) for key in private_keys(text)]
        for start, end in _chunks(text):
            try:
                found.extend(self._in_chunk(text[start:end], start, rules))
            except FailedError as error:
                self._note(error)
                stop = 0
            except MaskWholeError:
                stop = 0
            if stop == 0 or (timed and self._clock() > stop):
                found = [Span(0, len(text), "MASKED")]
                break
        yield from found

    def _note(self, error: FailedError) -> None:
        """Count a failure; the first of a kind is told in the log, by names alone."""
        kind = error.named, error.raised
        if not self.failures[kind]:
            _log.warning("recogniser %s raised %s; texts that it fails on are masked whole", *kind)
        self.failures[kind] += 1

    def _in_chunk(self, chunk: str, offset: int, rules: Sequence[Recogniser]) -> Iterator[Span]:
        for start, end, entity, named in self._found(chunk, rules):
            yield Span(offset + start, offset + end, entity, named=named)
        hidden = plain_form(chunk)
        if hidden:
            where = hidden.places
            for first, last in hidden.windows():
                for start, end, entity, named in self._found(hidden.text[first:last], rules):
                    yield Span(offset + where[first + start], offset + where[first + end], entity, named=named)

    @staticmethod
    def _found(text: str, rules: Sequence[Recogniser]) -> Iterator[tuple[int, int, str, bool]]:
        has_digits = _DIGIT.search(text) is not None
        for recogniser in rules:
            if has_digits or not recogniser.needs_digits:
                yield from ((*found, recogniser.named) for found in recogniser.find(text))

    def _resolved(self, text: str, found: Iterable[Span]) -> Iterator[Span]:
        """In order, overlaps joined, what the policy keeps left out, placeholders left alone."""
        wanted = [span for span in found if span.end > span.start and span.entity not in self._policy.keep]
        if not wanted:
            return
        guarded = [match.span() for match in self._placeholder.finditer(text)] if "<" in text else []
        for span in joined(wanted):
            for piece in _outside(span, guarded):
                value = text[piece.start : piece.end]
                if any(character.isalnum() for character in value) and value.casefold() not in self._allow:
                    yield piece


def _about(text: str, kind: TextKind, key: Key, depth: int) -> str:
    """What findings depend on beside the text: of its key only what counts, of its depth only where it runs out."""
    claimed = f"{key.entity}{key.sure:d}" if key.entity and key.claims(text) else ""
    near_end = depth if depth > ALL_ALIKE or (text[:1] in _BEGINS_JSON and is_json_like(text)) else 0
    return f"{kind.value}{near_end}{claimed}{key.is_id:d}"


def _escaped(spans: Spans, where: Places) -> Iterator[Span]:
    """Spans of an unescaped string as spans of the literal, given where its characters begin there."""
    for span in spans:
        levels = span.levels + 1
        yield span._replace(start=where[span.start], end=where[span.end], levels=levels)


def joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Overlapping spans as one that covers them all, of the type of the surest or longest. Neighbours stay two."""
    best: Span | None = None
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if best is None or span.start >= best.end:
            if best is not None:
                yield best
            best = span
        else:
            winner = min(best, span, key=_precedence)
            best = winner._replace(start=best.start, end=max(best.end, span.end), quote=best.quote or span.quote)
    if best is not None:
        yield best


def _precedence(span: Span) -> tuple[int, int]:
    return span.start - span.end, _RANK.get(span.entity, 0)


def _outside(span: Span, guarded: list[tuple[int, int]]) -> Iterator[Span]:
    """The parts of a span that are not already a placeholder."""
    start = span.start
    for first, last in guarded:
        if first < span.end and last > start:
            if first > start:
                yield span._replace(start=start, end=first)
            start = max(start, last)
    if start < span.end:
        yield span._replace(start=start)


def _chunks(text: str) -> Iterator[tuple[int, int]]:
    """Pieces of at most 16 kB that overlap by at most 512 characters and are cut at spaces where there are some."""
    start = 0
    while len(text) - start > CHUNK:
        end = start + CHUNK
        space = text.rfind(" ", end - OVERLAP // 4, end)
        end = space if space > 0 else end
        yield start, end
        back = text.find(" ", end - OVERLAP, end - OVERLAP // 2)
        start = back + 1 if back >= 0 else end - OVERLAP
    yield start, len(text)


def _placeholders(policy: Policy, entities: Iterable[str]) -> Iterator[str]:
    """How what was replaced already looks. A hash is one only of what this policy hashes, or it could hide a name."""
    words = {*PLACEHOLDERS.values(), *map(policy.placeholder, entities)}
    yield rf"<(?:{'|'.join(map(re.escape, sorted(words)))})(?:_\d{{1,6}})?>"
    hashed = {policy.placeholder(entity) for entity, action in policy.actions.items() if action == "hash"}
    if hashed:
        yield rf"<(?:{'|'.join(map(re.escape, sorted(hashed)))})_[a-z2-7]{{{HASH_CHARACTERS}}}>"
