"""The one table from attributes to columns, read once and turned round: from an attribute's name to what takes it."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from errors import UsageError
from ingest.raw import Attributes
from ingest.values import parsed

_TABLE = Path(__file__).with_name("mapping.toml")
KNOWN_NAMES = 20_000
"""Attribute names remembered; beyond that a new one is looked up each time."""
LONGEST_KNOWN = 200
"""Characters of such a name: a client may send names of megabytes."""
MOST_STEPS = 64
"""Dots of a name that are steps of a path."""
_TEXTS = {"input_text": "input", "output_text": "output"}
"""Columns that are made from a part of the table."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a value goes: a column or part, its place in that one's order, and the position below a `.*`."""

    slot: str
    rank: int
    unit: str = ""
    below: tuple[str, ...] | None = None
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """What to do with one attribute name."""

    targets: tuple[Target, ...] = ()
    opens: bool = False  # paths of the table go on inside its value
    decode: bool = False
    drop: bool = False
    only: Target | None = None  # set when the value goes there as it is and nowhere else: the usual case, made quick


@dataclass(slots=True)
class Found:
    """One value that a slot can take, and the attribute it came from."""

    rank: int
    source: str
    value: Any
    unit: str = ""


@dataclass(slots=True)
class Sorted:
    """Attributes sorted into slots, best first; `rest` is what nothing took."""

    slots: dict[str, list[Found]] = field(default_factory=dict)
    rest: Attributes = field(default_factory=dict)
    _gathered: dict[tuple[str, int], tuple[str, dict[tuple[str, ...], Any]]] = field(default_factory=dict)

    def add(self, target: Target, source: str, value: Any) -> None:
        """Put a value where its target says."""
        if target.below is not None:
            gathered = self._gathered.get((target.slot, target.rank))
            if gathered is None:
                gathered = self._gathered[target.slot, target.rank] = (target.prefix, {})
            gathered[1][target.below] = value
            return
        self.slots.setdefault(target.slot, []).append(Found(target.rank, source, value, target.unit))

    def close(self) -> None:
        """Undo the flattening of what stood below each `.*`, and order the slots."""
        for (slot, rank), (prefix, parts) in self._gathered.items():
            self.slots.setdefault(slot, []).append(Found(rank, prefix, unflattened(parts)))
        for found in self.slots.values():
            if len(found) > 1:
                found.sort(key=lambda one: one.rank)

    def take(self, slot: str) -> Any:
        """The best value of a slot, or None. Others stay in `rest` unless they say the same."""
        found = self.slots.get(slot)
        if not found:
            return None
        best = found[0]
        for other in found[1:]:
            if other.value != best.value:
                self.rest[other.source] = other.value
        return best.value

    def all_of(self, slot: str) -> list[Any]:
        """Every value of a slot, best first; all are consumed."""
        return [one.value for one in self.slots.get(slot, ())]


def unflattened(parts: Mapping[tuple[str, ...], Any]) -> Any:
    """Nested dicts and lists from paths such as `("0", "message", "role")`; numbers become positions in a list."""
    if len(parts) > _PATHS_REMEMBERED or any(isinstance(value, dict) for value in parts.values()):
        return _unflattened(parts)
    return _filled(_shape(tuple(parts)), list(parts.values()))


_PATHS_REMEMBERED, _LETTERS_REMEMBERED, _SHAPES_REMEMBERED = 64, 4_096, 1_024
_shapes: dict[tuple[tuple[str, ...], ...], Any] = {}


def _shape(paths: tuple[tuple[str, ...], ...]) -> Any:
    """What the paths make, with the place of a path where its value belongs: spans of one client are of few shapes."""
    shape = _shapes.get(paths)
    if shape is None:
        shape = _unflattened({path: place for place, path in enumerate(paths)})
        if len(_shapes) < _SHAPES_REMEMBERED and sum(map(len, chain(*paths))) < _LETTERS_REMEMBERED:
            _shapes[paths] = shape
    return shape


def _filled(shape: Any, values: list[Any]) -> Any:
    if isinstance(shape, int):
        return values[shape]
    if isinstance(shape, list):
        return [_filled(below, values) for below in shape]
    return {key: values[below] if isinstance(below, int) else _filled(below, values) for key, below in shape.items()}


def _unflattened(parts: Mapping[tuple[str, ...], Any]) -> Any:
    tree: dict[str, Any] = {}
    for path, value in parts.items():
        at = tree
        for step in path[:-1]:
            below = at.get(step)
            if not isinstance(below, dict):
                below = at[step] = {} if below is None else {"": below}
            at = below
        last = path[-1]
        if isinstance(at.get(last), dict):
            at[last][""] = value
        else:
            at[last] = value
    return _lists(tree)


def _lists(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    if tree and all(key.isdecimal() and len(key) < 6 for key in tree):
        return [_lists(tree[key]) for key in sorted(tree, key=int)]
    return {key: _lists(value) for key, value in tree.items()}


class Plan:
    """The table turned round. Attribute names seen before cost one look-up."""

    def __init__(
        self, rows: Mapping[str, list[tuple[str, str]]], *, decode: Iterable[str], drop: Iterable[str]
    ) -> None:
        self._exact: dict[str, list[Target]] = {}
        self._below: dict[str, list[tuple[str, int]]] = {}
        self._longest_below = 0
        self._opens: set[str] = set()
        self._drop = frozenset(path for path in drop if not path.endswith(".*"))
        self._drop_below = tuple(path[:-1] for path in drop if path.endswith(".*"))
        self._decode = tuple(decode)
        for slot, paths in rows.items():
            for rank, (path, unit) in enumerate(paths):
                self._learn(slot, rank, path, unit)
        self._known: dict[str, Entry] = {}

    def _learn(self, slot: str, rank: int, path: str, unit: str) -> None:
        name = path.removesuffix(".*")
        self._exact.setdefault(name, []).append(Target(slot, rank, unit))
        if path.endswith(".*"):
            self._below.setdefault(name, []).append((slot, rank))
            self._longest_below = max(self._longest_below, len(name.split(".")))
        steps = name.split(".")
        self._opens.update(".".join(steps[:end]) for end in range(1, len(steps)))

    def entry(self, name: str) -> Entry:
        """What to do with an attribute of this name."""
        entry = self._known.get(name)
        if entry is None:
            entry = self._entry(name)
            if len(self._known) < KNOWN_NAMES and len(name) <= LONGEST_KNOWN:
                self._known[name] = entry
        return entry

    def _entry(self, name: str) -> Entry:
        if name in self._drop or name.startswith(self._drop_below):
            return Entry(drop=True)
        targets = tuple(self._exact.get(name, ())) or tuple(self._gathering(name))
        opens, decode = name in self._opens, name.startswith(self._decode)
        is_plain = len(targets) == 1 and not opens and not decode and targets[0].below is None
        return Entry(targets, opens, decode, only=targets[0] if is_plain else None)

    def _gathering(self, name: str) -> Iterable[Target]:
        steps = name.split(".", MOST_STEPS)
        for end in range(min(len(steps) - 1, self._longest_below), 0, -1):
            prefix = ".".join(steps[:end])
            for slot, rank in self._below.get(prefix, ()):
                yield Target(slot, rank, below=tuple(steps[end:]), prefix=prefix)

    def sort(self, attributes: Mapping[str, Any]) -> Sorted:
        """Sort attributes into slots, in one pass."""
        into = Sorted()
        slots, known = into.slots, self._known
        for name, value in attributes.items():
            if value is None:
                continue
            entry = known.get(name) or self.entry(name)
            only = entry.only
            if only is None:
                self._sort_one(entry, name, value, into)
            elif (found := slots.get(only.slot)) is None:
                slots[only.slot] = [Found(only.rank, name, value, only.unit)]
            else:
                found.append(Found(only.rank, name, value, only.unit))
        into.close()
        return into

    def _sort_one(self, entry: Entry, name: str, value: Any, into: Sorted) -> None:
        if entry.drop:
            return
        if entry.decode:
            value = parsed(value)
        for target in entry.targets:
            into.add(target, name, value)
        if entry.opens:
            inside = parsed(value)
            if isinstance(inside, dict | list):
                left = self._open(name, inside, into)
                value = left
        if not entry.targets and value not in ({}, [], None):
            into.rest[name] = value

    def _open(self, name: str, inside: Any, into: Sorted) -> Any:
        """Sort what the table wants from inside a value; returns what it did not want."""
        items = inside.items() if isinstance(inside, dict) else ((str(i), item) for i, item in enumerate(inside[:64]))
        left = dict(inside) if isinstance(inside, dict) else {}
        for key, value in items:
            path = f"{name}.{key}"
            entry = self.entry(path)
            if entry.drop:
                left.pop(key, None)
                continue
            for target in entry.targets:
                into.add(target, path, value)
            if entry.targets:
                left.pop(key, None)
            elif entry.opens:
                below = parsed(value)
                if isinstance(below, dict | list):
                    left[key] = self._open(path, below, into)
        return left if isinstance(inside, dict) else inside


def _turned(groups: Mapping[str, list[str]]) -> dict[str, str]:
    return {word: name for name, words in groups.items() for word in words}


@dataclass(frozen=True, slots=True)
class Table:
    """The mapping table as read, with a team's rows in front."""

    plan: Plan
    columns: tuple[str, ...]
    kinds: Mapping[str, str]
    providers: Mapping[str, str]
    finish_reasons: Mapping[str, str]
    documents: Mapping[str, list[str]]
    chunk_events: tuple[str, ...]


@cache
def _toml() -> dict[str, Any]:
    return tomllib.loads(_TABLE.read_text())


def mappable_columns() -> list[str]:
    """The columns that a setting may add paths to."""
    return [*_toml()["columns"], *_TEXTS]


def read_table(extra: Mapping[str, list[str]]) -> Table:
    """The table with the rows of `[mapping]` in `benchbook.toml` in front.

    Raises `UsageError` for a column that cannot be mapped, with the list of those that can.
    """
    said = _toml()
    allowed = mappable_columns()
    wrong = [name for name in extra if name not in allowed]
    if wrong:
        raise UsageError(f"[mapping] {wrong[0]} is no column that can be mapped; these can: {', '.join(allowed)}")
    front = {_TEXTS.get(name, name): paths for name, paths in extra.items()}
    rows = {
        slot: [(path, "") for path in (*front.get(slot, ()), f"benchbook.{slot}")] + [_path(row) for row in paths]
        for slot, paths in (said["columns"] | said["parts"]).items()
    }
    return Table(
        plan=Plan(rows, decode=said["decode"]["namespaces"], drop=said["drop"]["paths"]),
        columns=tuple(said["columns"]),
        kinds=_turned(said["kinds"]),
        providers=_turned(said["providers"]),
        finish_reasons=_turned(said["finish_reasons"]),
        documents=said["documents"],
        chunk_events=tuple(said["drop"]["events"]),
    )


def _path(row: str | dict[str, str]) -> tuple[str, str]:
    return (row, "") if isinstance(row, str) else (row["path"], row["as"])
