"""Where the time of traces went, for many at once: each span's time alone, and its time on the critical path.

The same as one trace's anatomy shows, on arrays: by sorting and by doubling steps, so that it stays fast for a span
with 100,000 children. Times are ns; a span of unknown duration has `UNKNOWN` as its end.
"""

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from storage.loading import tree
from storage.loading.tree import Flags, Rows

UNKNOWN = -(2**62)
DEEPEST = 1_000
"""Levels below a root that a path is followed to; a chain that is deeper ends there."""


def write(cursor: duckdb.DuckDBPyConnection, *, first_ns: int, end_ns: int) -> None:
    """Into `span_rows` the times of all traces with a span in the stale hours of [first_ns, end_ns).

    In the order of arrival, so that of two spans with the same times the same one was waited for after a rebuild.

    Raises `duckdb.Error`.
    """
    cursor.execute("""
        CREATE OR REPLACE TEMP TABLE touched_traces AS SELECT trace_id, first_span_ts, last_span_ts FROM traces
        WHERE first_span_ts < make_timestamp_ns($end) AND last_span_ts >= make_timestamp_ns($first) AND trace_id IN (
            SELECT trace_id FROM span_rows
            WHERE start_ts >= make_timestamp_ns($first) AND start_ts < make_timestamp_ns($end)
              AND date_trunc('hour', start_ts) IN (FROM stale_hours))
    """, {"first": first_ns, "end": end_ns})  # fmt: skip
    times = "SELECT epoch_ns(min(first_span_ts)), epoch_ns(max(last_span_ts)) FROM touched_traces"
    first, last = cursor.execute(times).fetchall()[0]
    if first is None:
        return
    cursor.execute("""
        CREATE OR REPLACE TEMP TABLE timed_spans AS
        SELECT row_number() OVER (ORDER BY sequence) - 1 AS place, rowid AS home, trace_id, span_id,
               parent_span_id, start_ts, time_source, duration_ns
        FROM span_rows
        WHERE start_ts >= make_timestamp_ns($first) AND start_ts <= make_timestamp_ns($last)
          AND trace_id IN (SELECT trace_id FROM touched_traces)
    """, {"first": first, "last": last})  # fmt: skip
    question = Path(__file__).with_name("times_of_traces.sql").read_text()
    said = cursor.execute(question, {"unknown": UNKNOWN}).fetchnumpy()
    cursor.register("times_found", _times({name: np.asarray(values) for name, values in said.items()}))
    cursor.execute("""
        UPDATE span_rows SET self_ns = found.self_ns, critical_ns = found.critical_ns
        FROM times_found found
        WHERE span_rows.rowid = found.home
          AND start_ts >= make_timestamp_ns($first) AND start_ts <= make_timestamp_ns($last)
          AND (span_rows.self_ns IS DISTINCT FROM found.self_ns
               OR span_rows.critical_ns IS DISTINCT FROM found.critical_ns)
    """, {"first": first, "last": last})  # fmt: skip
    cursor.unregister("times_found")
    cursor.execute("DROP TABLE timed_spans; DROP TABLE touched_traces")


def _times(said: dict[str, Rows]) -> pa.Table:
    parents, starts, ends = said["parent"].astype(np.int64), said["start_ns"], said["end_ns"]
    nothing = np.zeros(len(parents), dtype=bool)
    spans = tree.Spans(parents, starts, nothing, nothing, np.zeros(len(parents), dtype=np.int64))
    parents = tree.without_cycles(spans, tree.on_a_cycle(parents))
    _, traces = np.unique(said["trace"], return_inverse=True)
    unknown = ends == UNKNOWN
    return pa.table({
        "home": said["home"],
        "self_ns": pa.array(self_times(parents, starts, ends), mask=unknown),
        "critical_ns": pa.array(critical_times(parents, starts, ends, traces), mask=unknown),
    })  # fmt: skip


def self_times(parents: Rows, starts: Rows, ends: Rows) -> Rows:
    """Duration of each span less the union of its children's, cut to it; `UNKNOWN` where it has none.

    `parents` has no cycles.
    """
    known = ends != UNKNOWN
    children = np.flatnonzero((parents >= 0) & known)
    above = parents[children]
    low, high = np.maximum(starts[children], starts[above]), np.minimum(ends[children], ends[above])
    within = high > low
    children, above, low, high = children[within], above[within], low[within], high[within]
    order = np.lexsort((low, above))
    above, low, high = above[order], low[order], high[order]
    reached = _highest_before(above, high)
    covered = np.zeros(len(parents), dtype=np.int64)
    np.add.at(covered, above, np.maximum(0, high - np.maximum(low, reached)))
    return np.where(known, ends - starts - covered, UNKNOWN)


def critical_times(parents: Rows, starts: Rows, ends: Rows, traces: Rows) -> Rows:
    """What each span holds of its trace's critical path, children excluded; 0 for one that is not on it.

    From the end backwards: the child that ended last was waited for, before it began the one that ended last before
    that, and so on; what lies between is the span's own. `traces` numbers the traces from 0; roots of one trace are
    taken as children of it. Source: as `metrics.critical_path`.
    """
    spans, known = len(parents), ends != UNKNOWN
    above = np.where(parents >= 0, parents, spans + traces)
    nodes = spans + (int(traces.max()) + 1 if spans else 0)
    timed = np.flatnonzero(known)
    by_parent = timed[np.argsort(above[timed], kind="stable")]
    first = np.searchsorted(above[by_parent], np.arange(nodes + 1))
    own = np.zeros(nodes, dtype=np.int64)
    at = np.arange(spans, nodes)  # the traces themselves
    low, high = np.full(len(at), -(2**63)), np.full(len(at), 2**63 - 1)
    for _ in range(DEEPEST + 1):
        if not len(at):
            break
        many = first[at + 1] - first[at]
        frame = np.repeat(np.arange(len(at)), many)
        offset = np.arange(len(frame)) - np.repeat(np.cumsum(many) - many, many)
        child = by_parent[first[at][frame] + offset]
        begun, ended = np.maximum(starts[child], low[frame]), np.minimum(ends[child], high[frame])
        order = np.lexsort((child, starts[child], begun, -ended, frame))
        order = order[begun[order] < ended[order]]
        order = order[_waited_for(frame[order], begun[order], ended[order])]
        frame, child, begun, ended = frame[order], child[order], begun[order], ended[order]
        np.subtract.at(own, at[frame], ended - begun)
        own[child] += ended - begun
        at, low, high = child, begun, ended
    return own[:spans]


def _waited_for(frame: Rows, begun: Rows, ended: Rows) -> Flags:
    """Of intervals in order of their frame and of falling ends: the first of each frame, then always the next that
    ended before the last one chosen began.
    """
    many = len(frame)
    chosen = np.zeros(many, dtype=bool)
    if not many:
        return chosen
    heads = np.flatnonzero(np.r_[True, frame[1:] != frame[:-1]])
    beyond = np.r_[heads[1:], many][np.cumsum(np.r_[True, frame[1:] != frame[:-1]]) - 1]
    lowest, highest = np.arange(many) + 1, beyond.copy()  # where the next one is, by halving
    while (open_ := lowest < highest).any():
        middle = (lowest + highest) // 2
        is_before = ended[np.minimum(middle, many - 1)] <= begun
        highest = np.where(open_ & is_before, middle, highest)
        lowest = np.where(open_ & ~is_before, middle + 1, lowest)
    following = np.r_[np.where(lowest < beyond, lowest, many), many]
    chosen = np.r_[chosen, False]
    chosen[heads] = True
    while (following[:many] < many).any():  # each round marks twice as far from the heads
        chosen[following[np.flatnonzero(chosen)]] = True
        following = following[following]
    marked: Flags = chosen[:many]
    return marked


def _highest_before(groups: Rows, values: Rows) -> Rows:
    """For each place the highest value before it in its group (groups stand together), else `UNKNOWN`."""
    same = np.r_[False, groups[1:] == groups[:-1]]
    highest = np.where(same, np.r_[UNKNOWN, values[:-1]], UNKNOWN)
    step = 1
    while step < len(groups) and (alike := groups[step:] == groups[:-step]).any():
        highest[step:] = np.where(alike, np.maximum(highest[step:], highest[:-step].copy()), highest[step:])
        step *= 2
    return highest
