"""Critical path: the spans that made the trace take as long as it did.

Read backwards from the end of a span: the child that ended last was waited for; before it began, the child that ended
last before that; what lies between is the span's own. Children are cut to their parent's time. A child that overlaps
the one waited for is not on the path: shortening it alone would save nothing.
Source: Eaton, Stewart, Tedesco, Tas 2022, "Distributed Latency Profiling through Critical Path
Tracing", ACM Queue 20(1).
"""

from collections.abc import Sequence

from metrics.span_tree import Timed, span_tree


def critical_path_ns(spans: Sequence[Timed]) -> list[int]:
    """For each span the time it holds on the path itself, children excluded, in ns; 0 for one that is not on it.

    The times of a trace with one root add up to the root's duration. With several roots each has its own path
    where they do not overlap. Spans of unknown duration are not on it.
    """
    own = [0] * len(spans)
    children: dict[int | None, list[int]] = {}
    for node in span_tree(spans):
        children.setdefault(node.parent, []).append(node.row)
    timed_roots = [row for row in children.get(None, []) if spans[row].duration_ns is not None]
    if not timed_roots:
        return own
    last_end = max(spans[row].end_ns or 0 for row in timed_roots)
    stack = [(row, low, high) for row, low, high in _waited_for(spans, timed_roots, low=0, high=last_end)]
    while stack:
        row, low, high = stack.pop()
        waited = _waited_for(spans, children.get(row, []), low=low, high=high)
        own[row] += (high - low) - sum(end - start for _, start, end in waited)
        stack.extend(waited)
    return own


def _waited_for(spans: Sequence[Timed], rows: list[int], *, low: int, high: int) -> list[tuple[int, int, int]]:
    """Which of `rows` were waited for in [low, high], latest first: (row, start, end), disjoint."""
    cut = [
        (row, max(spans[row].start_ns, low), min(spans[row].end_ns or 0, high))
        for row in rows
        if spans[row].duration_ns is not None
    ]
    waited: list[tuple[int, int, int]] = []
    cursor = high
    for row, start, end in sorted(cut, key=lambda piece: (-piece[2], piece[1])):
        if start < end <= cursor:
            waited.append((row, start, end))
            cursor = start
    return waited
