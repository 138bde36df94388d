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
    """The text as it would be kept, and what was found, at its places in the text as given."""

    text: str
    found: tuple[Span, ...]

    def as_json(self) -> dict[str, Any]:
        """`text` and `entities`: type, start and end, in code points of the text as given."""
        entities = [{"type": span.entity, "start": span.start, "end": span.end} for span in self.found]
        return {"text": self.text, "entities": entities}


def shown(scrubber: Scrubber, text: str, surface: str) -> Sample:
    """The sample scrubbed as text of a surface (`SURFACES`)."""
    kind = SURFACES[surface]
    with scrubber.trace(TRACE) as one:
        one.learn(text, kind)
        found = one.find(text, kind)
        clean = one.text(text, kind).text
    return Sample(Numberer().number(TRACE, clean), tuple(found))
