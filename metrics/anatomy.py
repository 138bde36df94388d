"""The anatomy of one trace: its spans in reading order, with what only the whole trace can tell of each."""

import pandas as pd

from metrics.critical_path import critical_path_ns
from metrics.repeats import Repeat, repeated_calls
from metrics.self_time import self_times_ns
from metrics.span_tree import Timed, span_tree

_NS_PER_MS = 1e6


def anatomy(spans: pd.DataFrame, texts: pd.DataFrame | None = None) -> pd.DataFrame:
    """Spans of one trace, parents before children, with what follows from the tree.

    `spans` is a frame of `spans_of_trace`. `texts` has `span_id, input_text, tool_args` and tells repeated calls
    apart; without it none are marked. All columns of `spans` stay; added are `depth` (root 0), `parent_row` (row in
    this frame, -1 for none), `start_ms` (since the first span), `duration_ms` (missing when unknown or a receipt),
    `self_ms`, `critical_ms` (time on the critical path, 0 when not on it), `repeat_nth` and
    `repeat_times` (0 when single).
    """
    timed = [
        _timed(*row) for row in _columns(spans, "span_id", "parent_span_id", "start_ns", "duration_ns", "time_source")
    ]
    nodes = span_tree(timed)
    place = {node.row: place for place, node in enumerate(nodes)}
    order = [node.row for node in nodes]
    first_ns = min((span.start_ns for span in timed), default=0)
    own, path = self_times_ns(timed), critical_path_ns(timed)
    repeats = _repeats(spans, texts)
    return (
        spans.iloc[order]
        .reset_index(drop=True)
        .assign(
            depth=[node.depth for node in nodes],
            parent_row=[-1 if node.parent is None else place[node.parent] for node in nodes],
            start_ms=[(timed[row].start_ns - first_ns) / _NS_PER_MS for row in order],
            duration_ms=_milliseconds([timed[row].duration_ns for row in order]),
            self_ms=_milliseconds([own[row] for row in order]),
            critical_ms=_milliseconds([path[row] for row in order]),
            repeat_nth=[repeat.nth if (repeat := repeats[row]) else 0 for row in order],
            repeat_times=[repeat.times if (repeat := repeats[row]) else 0 for row in order],
        )
    )


def _columns(frame: pd.DataFrame, *names: str) -> list[tuple[object, ...]]:
    return list(zip(*(frame[name].astype(object) for name in names), strict=True))


def _timed(span_id: object, parent_id: object, start_ns: object, duration_ns: object, source: object) -> Timed:
    start = int(str(start_ns))
    known = source == "client" and _is_known(duration_ns)
    end = start + int(float(str(duration_ns))) if known else None
    return Timed(str(span_id), str(parent_id) if _is_known(parent_id) else None, start, end)


def _is_known(cell: object) -> bool:
    return cell is not None and cell is not pd.NaT and cell is not pd.NA and cell == cell  # noqa: PLR0124 - not NaN


def _milliseconds(values: list[int | None]) -> pd.Series:
    return pd.Series([None if value is None else value / _NS_PER_MS for value in values], dtype=float)


def _repeats(spans: pd.DataFrame, texts: pd.DataFrame | None) -> list[Repeat | None]:
    found: list[Repeat | None] = [None] * len(spans)
    if texts is None or texts.empty:
        return found
    arguments = {
        str(span_id): str(args if isinstance(args, str) and args else words or "")
        for span_id, args, words in _columns(texts, "span_id", "tool_args", "input_text")
    }
    rows = [
        (row, str(tool), arguments[str(span_id)])
        for row, (kind, tool, name, span_id) in enumerate(
            (kind, tool if isinstance(tool, str) else name, name, span_id)
            for kind, tool, name, span_id in _columns(spans, "kind", "tool_name", "name", "span_id")
        )
        if kind == "tool" and arguments.get(str(span_id))
    ]
    for (row, _, _), repeat in zip(rows, repeated_calls([(tool, args) for _, tool, args in rows]), strict=True):
        found[row] = repeat
    return found
