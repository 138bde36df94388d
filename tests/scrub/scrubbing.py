"""What the tests of this room share: a scrubber, and a text as it is kept."""

from collections.abc import Mapping

from scrub import Numberer, Policy, Scrubber, TextKind

KEY = b"k" * 32
SCRUBBER = Scrubber(Policy(), KEY)


def kept(text: str, kind: TextKind = TextKind.PROSE, scrubber: Scrubber = SCRUBBER) -> str:
    """The text scrubbed in a trace of its own, with numbers."""
    with scrubber.trace("t") as one:
        return Numberer().number("t", one.text(text, kind).text)


def counted(text: str, kind: TextKind = TextKind.PROSE) -> Mapping[str, int]:
    """How many of each entity type were replaced."""
    return SCRUBBER.text(text, kind).counts
