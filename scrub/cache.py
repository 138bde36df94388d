"""What was found in a text is remembered by a keyed hash of the text: places only, in memory only, within bounds."""

import hashlib
import secrets
from typing import NamedTuple

ENTRIES = 60_000
"""Entries and findings of one generation, together; at most two generations are kept: about 30 MB."""


class Span(NamedTuple):
    """Personal data in a text.

    `levels`: how often JSON escaped it. `quote`: a bare number that becomes a string. `named`: its key says so.
    """

    start: int
    end: int
    entity: str
    levels: int = 0
    quote: bool = False
    named: bool = False


Spans = tuple[Span, ...]


class Findings(NamedTuple):
    """What was found in a text. `languages`: those it is written in, in part at least, that the policy names not."""

    spans: Spans = ()
    languages: frozenset[str] = frozenset()


NOTHING = Findings()


class Cache:
    """The latest texts that were asked for. A process-random key, so that a hash says nothing outside."""

    def __init__(self, entries: int = ENTRIES) -> None:
        self._limit = entries
        self._key = secrets.token_bytes(32)
        self._young: dict[bytes, Findings] = {}
        self._old: dict[bytes, Findings] = {}
        self._held = 0

    def name(self, text: str, about: str) -> bytes:
        """What a text is remembered under; `about` is all else that the findings depend on."""
        digest = hashlib.blake2b(about.encode(), key=self._key, digest_size=16)
        digest.update(text.encode("utf-8", "surrogatepass"))
        return digest.digest()

    def get(self, name: bytes) -> Findings | None:
        found = self._young.get(name)
        if found is None and (found := self._old.get(name)) is not None:
            self.put(name, found)
        return found

    def put(self, name: bytes, findings: Findings) -> None:
        if self._held >= self._limit:
            self._old, self._young, self._held = self._young, {}, 0
        self._young[name] = findings
        self._held += 1 + len(findings.spans)
