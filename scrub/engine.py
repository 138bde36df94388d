"""The scrubber: text in, scrubbed text and counts by entity type out."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from scrub import pseudonyms
from scrub.policy import UNNUMBERED, Policy
from scrub.pseudonyms import TAG_CLOSE, TAG_OPEN, Pseudonyms

_RULES = {
    "EMAIL_ADDRESS": re.compile(r"[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24}"),
    "US_SSN": re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"),
    "PERSON": re.compile(r"(?<=\b(?:Mr|Ms|Dr)\. )[A-Z][a-z]{1,20}(?: [A-Z][a-z]{1,20})?|"
                         r"(?<=[Mm]y name is )[A-Z][a-z]{1,20}(?: [A-Z][a-z]{1,20})?"),
}
_ID_LIKE = re.compile(r"[0-9a-fA-F]{8,128}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class TextKind(StrEnum):
    """How a text reads, and so how strictly it is searched."""

    PROSE = "prose"  # words of users and assistants
    DATA = "data"  # tool results, documents, JSON, stack traces
    LABEL = "label"  # a short name that traffic is grouped by


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """A text without its personal data, and how many of each entity type were replaced."""

    text: str
    counts: dict[str, int]


class Scrubber:
    """Replaces personal data by the policy. Placeholders carry tags until a `Numberer` numbers them."""

    def __init__(self, policy: Policy, key: bytes, trace_id: str = "") -> None:
        self._policy = policy
        self._key = key
        self._pseudonyms = Pseudonyms(key, trace_id)

    @property
    def version(self) -> str:
        """Rules and policy, as kept beside every scrubbed row."""
        return self._policy.version

    @contextmanager
    def trace(self, trace_id: str) -> Iterator["Scrubber"]:
        """A scrubber for one trace: its pseudonyms are the trace's own, and it knows what `learn` was shown."""
        yield Scrubber(self._policy, self._key, trace_id)

    def learn(self, value: object, kind: TextKind = TextKind.DATA) -> None:
        """Remember the personal values that keys and cues name in `value`, to find them in the whole trace."""

    def text(self, text: str, kind: TextKind = TextKind.PROSE) -> Scrubbed:
        """The text without its personal data."""
        counts: Counter[str] = Counter()
        clean = text.replace(TAG_OPEN, "").replace(TAG_CLOSE, "")
        for entity, rule in _RULES.items():
            clean, found = rule.subn(lambda match, e=entity: self._placeholder(e, match[0]), clean)
            if found:
                counts[entity] += found
        return Scrubbed(clean, dict(counts))

    def _placeholder(self, entity: str, value: str) -> str:
        word = self._policy.placeholder(entity)
        return f"<{word}>" if entity in UNNUMBERED else self._pseudonyms.placeholder(entity, word, value)

    def data(self, value: object, kind: TextKind = TextKind.DATA) -> tuple[object, dict[str, int]]:
        """A JSON-like value without its personal data, keys included; other values come back as they are."""
        counts: Counter[str] = Counter()
        return self._walk(value, kind, counts), dict(counts)

    def _walk(self, value: object, kind: TextKind, counts: Counter[str]) -> object:
        if isinstance(value, str):
            scrubbed = self.text(value, kind)
            counts.update(scrubbed.counts)
            return scrubbed.text
        if isinstance(value, Mapping):
            return {self._walk(k, kind, counts): self._walk(v, kind, counts) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self._walk(item, kind, counts) for item in value]
        return value

    def identifier(self, value: str, field: str) -> str:
        """A keyed hash that stands for a person or session in this home: `u_`, `s_`, `a_` and 20 characters."""
        return pseudonyms.identifier(self._key, value, field)

    def join_key(self, value: str) -> str:
        """An id that rows are joined by: unchanged, unless personal data is in it; then a keyed hash."""
        if _ID_LIKE.fullmatch(value) or not self.text(value, TextKind.LABEL).counts:
            return value
        return pseudonyms.identifier(self._key, value, "key")

    def digest(self, content: bytes | str) -> str:
        """A keyed hash of content, for duplicates and rejects: 32 hex digits."""
        raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        return hashlib.blake2b(raw, key=self._key[:64], digest_size=16, person=b"benchbook").hexdigest()
