"""Self time: how long a span worked while none of its children did."""

from collections.abc import Iterable, Sequence

from metrics.span_tree import Timed, span_tree


def self_times_ns(spans: Sequence[Timed]) -> list[int | None]:
    """For each span its duration less the union of its children's, in ns; None where the duration is unknown.

    Children are cut to their parent's time, and two that run at once are subtracted once. Equal to the
    duration for a span without children, 0 for one that only waits.
    """
    below: dict[int, list[tuple[int, int]]] = {}
    for node in span_tree(spans):
        end_ns = spans[node.row].end_ns
        if node.parent is not None and end_ns is not None:
            below.setdefault(node.parent, []).append((spans[node.row].start_ns, end_ns))
    return [_self_time_ns(span, below.get(row, ())) for row, span in enumerate(spans)]


def _self_time_ns(span: Timed, children: Iterable[tuple[int, int]]) -> int | None:
    if span.duration_ns is None or span.end_ns is None:
        return None
    return span.duration_ns - covered_ns(children, since=span.start_ns, until=span.end_ns)


def covered_ns(intervals: Iterable[tuple[int, int]], *, since: int, until: int) -> int:
    """Length of the union of `intervals` within [since, until), in ns."""
    covered, reached = 0, since
    for start, end in sorted(intervals):
        begun, ended = max(start, reached), min(end, until)
        if ended > begun:
            covered += ended - begun
            reached = ended
    return covered
