"""The scale that people and judge answer on, and how written values become numbers on it."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

_YES = frozenset({"yes", "true", "1", "1.0", "pass", "passed", "y"})
_NO = frozenset({"no", "false", "0", "0.0", "fail", "failed", "n"})


MOST_LEVELS = 101
"""Of a scale: 0 to 100 and everything shorter."""
LARGEST_NUMBER = 1e6
"""Beyond it, either way, no scale reaches: a slip of the pen."""
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


class Kind(StrEnum):
    ORDINAL = "ordinal"
    BINARY = "binary"
    NOMINAL = "nominal"


@dataclass(frozen=True, slots=True)
class Scale:
    """`levels` as numbers, in order; `names` as people write them. An item passes at `threshold` and above.

    `declared`: a rubric names the levels, so that a number outside of them is an error; else they are what was seen.
    Levels of a nominal scale are places in `names` and mean nothing as numbers.
    """

    kind: Kind
    levels: tuple[float, ...]
    names: tuple[str, ...]
    threshold: float | None
    declared: bool = False

    @property
    def is_guessed(self) -> bool:
        """Whether its ends are only what people happened to use."""
        return self.kind is Kind.ORDINAL and not self.declared

    @property
    def ends(self) -> str:
        """`1 to 5`."""
        return " to ".join(dict.fromkeys([*self.names[:1], *self.names[-1:]]))

    @property
    def span(self) -> float:
        """Width from the lowest to the highest level, in points."""
        return self.levels[-1] - self.levels[0] if len(self.levels) > 1 else 0.0

    def number(self, written: object) -> float | None:
        """A written value as a number of this scale; None when it is not on it."""
        said = number(written, self.kind, self.names)
        if said is None or self.kind is Kind.NOMINAL or not self.declared:
            return said
        return said if self.levels and self.levels[0] <= said <= self.levels[-1] else None

    def score(self, written: object) -> float | None:
        """As `number` of what a judge wrote, which on yes or no may be a chance of yes."""
        said = self.number(written)
        if said is None and self.kind is Kind.BINARY:
            chance = number(written, Kind.ORDINAL)
            return chance if chance is not None and 0 <= chance <= 1 else None
        return said

    def outside(self, values: Iterable[float]) -> float:
        """Share of the values that lie below the lowest or above the highest level."""
        said = np.array(list(values), dtype=float)
        return float(((said < self.levels[0]) | (said > self.levels[-1])).mean()) if len(said) else 0.0

    def including(self, values: Iterable[float]) -> "Scale":
        """The scale with the whole numbers that a judge used beyond what people happened to."""
        if self.declared or self.kind is not Kind.ORDINAL or not all(map(float.is_integer, self.levels)):
            return self
        said = [math.floor(value + 0.5) for value in np.unique(list(values))]
        if not said:
            return self
        low, high = min(*said, int(self.levels[0])), max(*said, int(self.levels[-1]))
        if high - low >= MOST_LEVELS:
            return self
        return ordinal((float(level) for level in range(low, high + 1)), threshold=self.threshold)


def number(written: object, kind: Kind, names: tuple[str, ...] = ()) -> float | None:
    """A written value as a number; None when it cannot be one. Of a nominal scale, its place among `names`."""
    text = str(written).strip()
    if kind is Kind.NOMINAL:
        return float(names.index(text)) if text in names else None
    if kind is Kind.BINARY:
        said = text.casefold()
        return 1.0 if said in _YES else 0.0 if said in _NO else None
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def scale_of(
    written: Iterable[object],
    kind: Kind,
    *,
    threshold: float | None = None,
    ends: tuple[float, float] | None = None,
) -> Scale:
    """The scale that these values of people span, or that has these `ends`, which declares it.

    Whole numbers make every step between lowest and highest a level.
    """
    if kind is Kind.BINARY:
        return Scale(kind, (0.0, 1.0), ("no", "yes"), 1.0)
    if kind is Kind.NOMINAL:
        names = tuple(sorted({str(one).strip() for one in written}))
        return Scale(kind, tuple(float(place) for place in range(len(names))), names, None)
    said = sorted({*map(float, ends or ()), *(value for one in written if (value := number(one, kind)) is not None)})
    whole = bool(said) and all(value.is_integer() for value in said)
    is_short = whole and said[-1] - said[0] < MOST_LEVELS
    levels = [float(level) for level in range(int(said[0]), int(said[-1]) + 1)] if is_short else said
    return ordinal(levels, threshold=threshold, declared=ends is not None)


def ordinal(levels: Iterable[float], *, threshold: float | None = None, declared: bool = False) -> Scale:
    """An ordinal scale; without `threshold` the lowest level above its middle passes (4 of 1 to 5)."""
    ordered = tuple(sorted(levels))
    middle = (ordered[0] + ordered[-1]) / 2 if ordered else 0.0
    passing = threshold if threshold is not None else next((level for level in ordered if level > middle), None)
    return Scale(Kind.ORDINAL, ordered, tuple(f"{level:g}" for level in ordered), passing, declared)
