"""Reviewers' own words (comments, corrected answers, reasons) without personal data, before they are kept."""

import secrets
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scrub import Policy, without_numbers
from scrub.strictest import strictest

if TYPE_CHECKING:
    from scrub import Scrubber
    from scrub.sample import Sample


@dataclass(frozen=True, slots=True)
class ScrubbedText:
    """A text as it may be kept, and how many of each entity type were replaced in it."""

    text: str
    replaced: dict[str, int] = field(default_factory=dict)


class Words:
    """Scrubs by the home's policy and key. Safe to share between threads.

    What people write may be of any application, so it is scrubbed by all that any of them asks for.

    The engine takes a second of work to load, so it is loaded when it is first needed, or in the background by `warm`.
    Placeholders that stand in the text already (`<PERSON_1>` of the answer that is corrected) stay as they are; what is
    new gets no number, as only the one who commits a trace knows who is number one.
    """

    def __init__(self, policy: Policy, key: bytes) -> None:
        self._policy = policy
        self._rules = policy.version
        self._key = key
        self._lock = threading.Lock()
        self._engine: Scrubber | None = None
        self._sampling = threading.Lock()
        self._sampler: Scrubber | None = None

    def scrubbed(self, text: str) -> ScrubbedText:
        """The text without personal data; line ends as `\\n`."""
        clean = text.replace("\r\n", "\n").replace("\r", "\n")
        if not clean.strip():
            return ScrubbedText(clean)
        with self._lock:
            done = self._loaded().text(clean)
        return ScrubbedText(without_numbers(done.text), dict(done.counts))

    def is_personal(self, name: str, *, is_id: bool) -> bool:
        """Whether a short name (or an id that rows are joined by) is kept replaced, since personal data is in it."""
        from scrub import TextKind

        with self._lock:
            engine = self._loaded()
            return engine.join_key(name) != name if is_id else bool(engine.find(name, TextKind.LABEL))

    @property
    def apps(self) -> tuple[str, ...]:
        """Applications for which the policy says something of their own."""
        return tuple(sorted(self._policy.apps))

    @property
    def rules(self) -> str:
        """The rules and policy it scrubs by, as kept beside every scrubbed row."""
        return self._rules

    def sample(self, text: str, surface: str, *, app: str | None = None) -> "Sample":
        """What scrubbing would do to a text of a surface, of an application; it is not remembered.

        By a key of its own, or whoever may paste a name could look for its hash among the traces.
        """
        from scrub import Scrubber  # brings Presidio
        from scrub.sample import shown

        with self._sampling:
            if self._sampler is None:
                self._sampler = Scrubber(self._policy, secrets.token_bytes(32))
            return shown(self._sampler.for_app(app), text, surface)

    def warm(self) -> None:
        """Load the engine in the background, once."""
        if self._engine is None:
            threading.Thread(target=self._load, name="reviewers' words", daemon=True).start()

    def _load(self) -> None:
        with self._lock:
            self._loaded()

    def _loaded(self) -> "Scrubber":
        if self._engine is None:
            from scrub import Scrubber  # brings Presidio

            self._engine = Scrubber(strictest(self._policy), self._key)
        return self._engine
