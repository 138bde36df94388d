"""Tags become numbers: `<PERSON_1>` is the first person that a trace names, wherever its spans were scrubbed."""

import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from scrub.pseudonyms import TAG_CHARACTERS, TAG_CLOSE, TAG_OPEN

TRACES_KEPT = 20_000
_TAGGED = re.compile(f"_{TAG_OPEN}([a-z2-7]+){TAG_CLOSE}>")
_FOUND = re.compile(rf"<([A-Z][A-Z0-9_]*?)_(?:{TAG_OPEN}([a-z2-7]+){TAG_CLOSE}|(\d{{1,6}}))>")


@dataclass(slots=True)
class _Numbers:
    """Numbers of one kind in one trace."""

    of_tag: dict[str, int] = field(default_factory=dict)
    parts: dict[int, frozenset[str]] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)

    def number(self, tag: str) -> int:
        known = self.of_tag.get(tag)
        if known is None:
            parts = frozenset(tag[i : i + TAG_CHARACTERS] for i in range(0, len(tag), TAG_CHARACTERS))
            known = self.of_tag[tag] = self._same_as(parts) or self._next()
            self.parts[known] = self.parts.get(known, frozenset()) | parts
        return known

    def _same_as(self, parts: frozenset[str]) -> int | None:
        """The one whose name contains, or is contained in, this name; nobody when two could be meant."""
        fits = [number for number, known in self.parts.items() if parts <= known or known <= parts]
        return fits[0] if len(fits) == 1 else None

    def _next(self) -> int:
        number = len(self.parts) + 1
        while number in self.taken:
            number += 1
        self.taken.add(number)
        return number


class Numberer:
    """Numbers placeholders per trace in order of appearance. One lives in the process that commits.

    What it knows of the latest traces is kept in memory only, and only as keyed tags.
    """

    def __init__(self, traces: int = TRACES_KEPT) -> None:
        self._limit = traces
        self._traces: OrderedDict[str, dict[str, _Numbers]] = OrderedDict()

    def number(self, trace_id: str, text: str) -> str:
        """The text with each tag as its number in this trace."""
        if TAG_OPEN not in text:
            return text
        kinds = self._kinds(trace_id)

        def numbered(found: re.Match[str]) -> str:
            word, tag, literal = found.groups()
            numbers = kinds.setdefault(word, _Numbers())
            if tag is None:  # already numbered, by us earlier: that number is somebody's
                numbers.taken.add(int(literal))
                return found[0]
            return f"<{word}_{numbers.number(tag)}>"

        return _FOUND.sub(numbered, text)

    def forget(self, traces: Iterable[str]) -> None:
        """Drop what is known of these traces; a placeholder that comes later begins anew at 1."""
        for trace_id in traces:
            self._traces.pop(trace_id, None)

    def _kinds(self, trace_id: str) -> dict[str, _Numbers]:
        kinds = self._traces.setdefault(trace_id, {})
        self._traces.move_to_end(trace_id)
        if len(self._traces) > self._limit:
            self._traces.popitem(last=False)
        return kinds


def without_numbers(text: str) -> str:
    """The text with `<PERSON>` for every person: for words that belong to no trace."""
    return _TAGGED.sub(">", text) if TAG_OPEN in text else text
