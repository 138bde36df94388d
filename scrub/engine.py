"""The scrubber: text in, scrubbed text and counts by entity type out."""

import hashlib
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from scrub import pseudonyms
from scrub.cache import Span, Spans
from scrub.checksums import is_iban
from scrub.detection import Detector, joined
from scrub.json_walk import unescaped, whole_number
from scrub.keys import NO_KEY, Key
from scrub.known import Known
from scrub.names import is_person
from scrub.operators import replacement
from scrub.policy import Policy
from scrub.pseudonyms import TAG_CLOSE, TAG_OPEN, Pseudonyms
from scrub.recognisers import TextKind
from scrub.siblings import whole_names_in
from scrub.values import walked

MOST_REPEATED = 5_000
"""Texts of one trace whose result is kept for when the trace repeats them."""

_ID_LIKE = re.compile(r"[0-9a-fA-F]{8,128}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
TAGS = TAG_OPEN + TAG_CLOSE
_LONGEST_ESCAPE = 64
_OPENS = re.compile(r"(?:\s|\\{1,15}[nrt]){0,64}[{\[]")
_TAG_CHARACTERS = str.maketrans("", "", TAGS)


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """A text without its personal data, and how many of each entity type were replaced.

    `languages`: those it is written in, at least in part, that the policy does not name.
    """

    text: str
    counts: dict[str, int]
    languages: frozenset[str] = frozenset()


class Scrubber:
    """Replaces personal data by the policy. Placeholders carry tags until a `Numberer` numbers them.

    Words that belong to no trace (a reviewer's, an alert's) can be scrubbed directly; use `trace` for all else.
    """

    def __init__(self, policy: Policy, key: bytes, *, clock: Callable[[], float] = time.thread_time) -> None:
        self._policy = policy
        self._key = key
        self._version = policy.version
        self._numbers_people = policy.actions.get("PERSON") != "hash"
        self._detector = Detector(policy, clock)
        self._of_apps: dict[str, Scrubber] = {}
        self._begin(trace_id="", repeats=0)

    def _begin(self, *, trace_id: str, repeats: int) -> None:
        self._pseudonyms = Pseudonyms(self._key, trace_id)
        self._known = Known()
        self._learned: set[int] = set()
        self._done: dict[tuple[str, TextKind, Key], Scrubbed] = {}
        self._wholes: dict[str, Mapping[tuple[int, int], str]] = {}
        self._repeats = repeats
        self._other_languages: Counter[str] = Counter()
        for name in self._policy.names:
            self._known.add("PERSON", name)

    @property
    def version(self) -> str:
        """Rules and policy, as kept beside every scrubbed row."""
        return self._version

    def take_other_languages(self) -> dict[str, int]:
        """Texts in a language that the policy does not name, by ISO 639-1 code, scrubbed since this was last asked.

        They are searched by the rules of the named languages, which may miss what such a text says of people.
        """
        taken = dict(self._other_languages)
        self._other_languages.clear()
        return taken

    @property
    def failures(self) -> dict[str, int]:
        """Texts that were masked whole because a recogniser of the team's own failed, by its name."""
        counts: Counter[str] = Counter()
        for (named, _), texts in self._detector.failures.items():
            counts[named] += texts
        for one in self._of_apps.values():
            counts.update(one.failures)
        return dict(counts)

    def for_app(self, app: str | None) -> "Scrubber":
        """The scrubber of an application: this one, unless its policy does more."""
        own = self._policy.apps.get(app or "")
        if own is None:
            return self
        known = self._of_apps.get(app or "")
        if known is None:
            known = self._of_apps[app or ""] = Scrubber(own, self._key)
        return known

    @contextmanager
    def trace(self, trace_id: str) -> Iterator["Scrubber"]:
        """A scrubber for one trace: its pseudonyms are the trace's own, and it knows what `learn` was shown."""
        one = object.__new__(Scrubber)
        one.__dict__.update(self.__dict__)
        one._begin(trace_id=trace_id, repeats=MOST_REPEATED)
        yield one

    def learn(self, value: object, kind: TextKind = TextKind.DATA) -> None:
        """Remember the personal values that keys and cues name in `value`, to find them in the whole trace.

        Show it everything of the trace, with the kind that it will be scrubbed as, before anything is scrubbed.
        """

        def remember(text: str, used: TextKind, key: Key) -> str:
            seen = hash((text, used, key))
            if seen in self._learned:
                return text
            self._learned.add(seen)
            self._done.clear()
            spans = self._detector.spans(text, used, key)
            if key.whole:
                self._known.add("PERSON", key.whole)
            for whole in self._whole_names(text, spans).values() if len(spans) > 1 else ():
                self._known.add("PERSON", whole)
            for span in spans:
                said = _value(text, span)
                if span.named or span.entity != "PERSON" or is_person(said):
                    self._known.add(span.entity, said)
            return text

        walked(value, kind, remember) if not isinstance(value, str) else remember(value, kind, NO_KEY)

    def text(self, text: str, kind: TextKind = TextKind.PROSE) -> Scrubbed:
        """The text without its personal data."""
        return self._scrubbed(text, kind, NO_KEY)

    def _scrubbed(self, text: str, kind: TextKind, key: Key) -> Scrubbed:
        done = self._done.get((text, kind, key))
        if done is None:
            done = self._scrub(text, kind, key)
            if len(self._done) < self._repeats:
                self._done[text, kind, key] = done
        if done.languages:
            self._other_languages.update(done.languages)
        return done

    def find(self, text: str, kind: TextKind = TextKind.PROSE) -> list[Span]:
        """What `text` would replace, in order and without overlaps; places are code points of the text as given."""
        clean = _without_tags(text)
        spans, _, _ = self._spans(clean, kind, NO_KEY)
        if clean == text:
            return list(spans)
        where = [place for place, character in enumerate(text) if character not in TAGS]
        return [span._replace(start=where[span.start], end=where[span.end - 1] + 1) for span in spans]

    def _spans(self, clean: str, kind: TextKind, key: Key) -> tuple[Spans, dict[Span, str], frozenset[str]]:
        """Findings, the values of those that only repeat what the trace named elsewhere, and languages not named."""
        spans, languages = self._detector.findings(clean, kind, key)
        values = self._repeated(clean, spans)
        return (tuple(joined([*spans, *values])) if values else spans), values, languages

    def _scrub(self, text: str, kind: TextKind, key: Key) -> Scrubbed:
        clean = _without_tags(text)
        spans, values, languages = self._spans(clean, kind, key)
        if not spans:
            return Scrubbed(clean, {}, languages)
        wholes = self._whole_names(clean, spans)
        counts: Counter[str] = Counter()
        pieces: list[str] = []
        at = 0
        for span in spans:
            value = values.get(span) or _value(clean, span)
            if span.entity == "PERSON" and self._numbers_people:
                value = wholes.get((span.start, span.end)) or key.whole or self._known.whole_name(value)
            new = self._replacement(span.entity, value)
            quote = _quote_at(clean, span.start) if span.quote else ""
            pieces += (clean[at : span.start], quote, new, quote)
            counts[span.entity] += 1
            at = span.end
        return Scrubbed("".join((*pieces, clean[at:])), dict(counts), languages)

    def _whole_names(self, text: str, spans: Spans) -> Mapping[tuple[int, int], str]:
        """Whole names by the places of their parts, where keys name these. Looked for once, for it is slow."""
        named = [span for span in spans if span.entity == "PERSON" and span.named]
        if len(named) < 2:
            return {}
        found = self._wholes.get(text)
        if found is None:
            found = whole_names_in(text, {(span.start, span.end): _value(text, span) for span in named})
            if len(self._wholes) < self._repeats:
                self._wholes[text] = found
        return found

    def _replacement(self, entity: str, value: str) -> str:
        field = pseudonyms.IDENTIFIER_FIELDS.get(entity)
        if field:
            return self.identifier(value, field)
        return replacement(self._policy, self._pseudonyms, entity=entity, value=value)

    def _repeated(self, text: str, spans: Spans) -> dict[Span, str]:
        """Known values that were not found already."""
        return {span: said for span, said in self._known.find(text, spans) if span.entity not in self._policy.keep}

    def data(self, value: object, kind: TextKind = TextKind.DATA) -> tuple[object, dict[str, int]]:
        """A JSON-like value without its personal data, keys included; what is no text comes back as it is."""
        counts: Counter[str] = Counter()

        def scrub(text: str, used: TextKind, key: Key) -> str:
            scrubbed = self._scrubbed(text, used, key)
            counts.update(scrubbed.counts)
            return scrubbed.text

        clean = scrub(value, kind, NO_KEY) if isinstance(value, str) else walked(value, kind, scrub)
        return clean, dict(counts)

    def identifier(self, value: str, field: str) -> str:
        """A keyed hash that stands for a person or session in this home: `u_`, `s_`, `a_` and 20 characters."""
        return pseudonyms.identifier(self._key, value, field)

    def join_key(self, value: str) -> str:
        """An id that rows are joined by: unchanged, unless personal data is in it; then a keyed hash."""
        plain = _without_tags(value)
        is_id = _ID_LIKE.fullmatch(plain) and not plain.isdigit() and not is_iban(plain.upper())
        if is_id or not self._detector.spans(plain, TextKind.LABEL):
            return plain
        return pseudonyms.identifier(self._key, plain, "key")

    def digest(self, content: bytes | str) -> str:
        """A keyed hash of content, for duplicates and rejects: 32 hex digits."""
        raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        return hashlib.blake2b(raw, key=self._key[:64], digest_size=16, person=b"benchbook").hexdigest()


def _without_tags(text: str) -> str:
    """Tags come from us only: a sender cannot forge one."""
    return text.translate(_TAG_CHARACTERS) if TAG_OPEN in text or TAG_CLOSE in text else text


def _value(text: str, span: Span) -> str:
    """What the span says, without JSON's escapes; of a number its digits before the point."""
    value = text[span.start : span.end]
    if span.quote:
        return whole_number(value) or value
    for _ in range(span.levels):
        value = unescaped(value)
    return value


def _quote_at(text: str, start: int) -> str:
    """A quote as the JSON around a place writes it: with as many backslashes as the quote before it has.

    JSON in a string in a string escapes a quote with 1, 3, 7 ... backslashes; text that ends in some has a multiple of
    2, 4, 8 ... more.
    """
    last = text.rfind('"', 0, start)
    before = text[max(0, last - _LONGEST_ESCAPE) : max(0, last)]
    escapes = len(before) - len(before.rstrip("\\"))
    escapes = (escapes ^ (escapes + 1)) >> 1
    if last >= 0 and _OPENS.match(text, last + 1, start):  # it opens a string: what is inside has one level more
        escapes = 2 * escapes + 1
    return "\\" * escapes + '"'
