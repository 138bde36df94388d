"""What scrubbing would do to a text of somebody's own: for the shell and the page, which keep nothing."""

from dataclasses import dataclass
from typing import Any

from scrub.cache import Span
from scrub.engine import Scrubber
from scrub.placeholders import Numberer
from scrub.surfaces import SURFACES

TRACE = "sample"
"""Samples belong to no trace: their numbers begin at one in each."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The text as it would be kept, and what was found, at its places in the text as given.

    `languages`: those it is written in, at least in part, that the policy does not name: what is in it may be missed.
    """

    text: str
    found: tuple[Span, ...]
    languages: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """`text`, `entities` (type, start, end, in code points of the text as given), `other_languages`."""
        entities = [{"type": span.entity, "start": span.start, "end": span.end} for span in self.found]
        return {"text": self.text, "entities": entities, "other_languages": list(self.languages)}


def shown(scrubber: Scrubber, text: str, surface: str) -> Sample:
    """The sample scrubbed as text of a surface (`SURFACES`)."""
    kind = SURFACES[surface]
    with scrubber.trace(TRACE) as one:
        one.learn(text, kind)
        found = one.find(text, kind)
        done = one.text(text, kind)
    return Sample(Numberer().number(TRACE, done.text), tuple(found), tuple(sorted(done.languages)))
