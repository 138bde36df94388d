"""The tree of a trace: who called whom, in the order to read it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timed:
    """A span as far as time and calling go; `end_ns` is None when unknown."""

    span_id: str
    parent_id: str | None
    start_ns: int
    end_ns: int | None

    @property
    def duration_ns(self) -> int | None:
        return None if self.end_ns is None or self.end_ns < self.start_ns else self.end_ns - self.start_ns


@dataclass(frozen=True, slots=True)
class Node:
    """Where a span stands: its `row` in the sequence given, the row of its parent, its depth (a root has 0)."""

    row: int
    parent: int | None
    depth: int


def span_tree(spans: Sequence[Timed]) -> list[Node]:
    """Every span once, parents before children, siblings by start.

    A span whose parent has not arrived is a root. A cycle is cut at its earliest span, which becomes a root.
    """
    row_of = {span.span_id: row for row, span in enumerate(spans)}
    by_start = sorted(range(len(spans)), key=lambda row: (spans[row].start_ns, row))
    children: dict[int, list[int]] = {}
    roots: list[int] = []
    for row in by_start:
        parent = row_of.get(spans[row].parent_id or "")
        if parent is None or parent == row:
            roots.append(row)
        else:
            children.setdefault(parent, []).append(row)
    placed: dict[int, Node] = {}
    for root in roots:
        _walk(root, children, placed)
    for row in by_start:  # only members of cycles are left
        if row not in placed:
            _walk(row, children, placed)
    return list(placed.values())


def _walk(root: int, children: dict[int, list[int]], placed: dict[int, Node]) -> None:
    """Add the spans below `root`, depth first; an own stack, as a chain may be deeper than Python recurses."""
    stack: list[Node] = [Node(root, None, 0)]
    while stack:
        node = stack.pop()
        if node.row in placed:
            continue
        placed[node.row] = node
        stack.extend(
            Node(child, node.row, node.depth + 1)
            for child in reversed(children.get(node.row, ()))
            if child not in placed
        )
