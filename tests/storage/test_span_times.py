"""Time alone and time on the critical path of many traces at once are those of each trace by itself."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.critical_path import critical_path_ns
from metrics.self_time import self_times_ns
from metrics.span_tree import Timed
from storage.loading.span_times import UNKNOWN, critical_times, self_times
from tests.storage.arrivals import SECOND_NS, Bench, span


@st.composite
def traces(draw: st.DrawFn) -> list[list[Timed]]:
    """1 to 3 traces with several roots, parallel branches, children outside their parents, unknown ends."""
    made = []
    for _ in range(draw(st.integers(1, 3))):
        spans: list[Timed] = []
        for number in range(draw(st.integers(1, 12))):
            above = draw(st.none() | st.integers(0, number - 1)) if number else None
            start, lasts = draw(st.integers(0, 20)), draw(st.none() | st.integers(0, 15))
            spans.append(Timed(str(number), None if above is None else str(above), start,
                               None if lasts is None else start + lasts))  # fmt: skip
        made.append(spans)
    return made


@given(traces())
def test_all_at_once_is_the_same_as_one_by_one(many: list[list[Timed]]) -> None:
    firsts = np.cumsum([0, *(len(spans) for spans in many)])
    parents = [-1 if one.parent_id is None else int(first + int(one.parent_id))
               for first, spans in zip(firsts[:-1], many, strict=True) for one in spans]  # fmt: skip
    every = [one for spans in many for one in spans]
    starts = np.array([one.start_ns for one in every])
    ends = np.array([UNKNOWN if one.end_ns is None else one.end_ns for one in every])
    numbers = np.repeat(np.arange(len(many)), [len(spans) for spans in many])

    own = [None if one == UNKNOWN else one for one in self_times(np.array(parents), starts, ends).tolist()]
    path = critical_times(np.array(parents), starts, ends, numbers).tolist()

    assert own == [time for spans in many for time in self_times_ns(spans)]
    assert path == [time for spans in many for time in critical_path_ns(spans)]


@pytest.mark.parametrize("children", [1, 50_000])
def test_a_span_of_very_many_children_in_a_row_waited_for_each(children: int) -> None:
    parents = np.r_[-1, np.zeros(children, dtype=np.int64)]
    starts, ends = np.r_[0, np.arange(children)], np.r_[children + 5, np.arange(children) + 1]

    assert self_times(parents, starts, ends)[0] == 5
    assert critical_times(parents, starts, ends, np.zeros(children + 1, dtype=np.int64)).sum() == children + 5


def test_a_load_tells_what_each_span_did_itself(tmp_path: Path) -> None:
    """plan 1 to 3 s, two searches beside each other 3 to 7 and 4 to 6, of which the longer was waited for."""
    bench = Bench(tmp_path / "home")
    bench.take(
        span("plan", "root", at=1, lasts=2), span("long", "root", at=3, lasts=4), span("short", "root", at=4, lasts=2),
        span("x", "y", trace="cycle", lasts=2), span("y", "x", trace="cycle", at=1, lasts=1),
    )  # fmt: skip
    bench.take(span("root", lasts=10), span("half", "root", at=8, lasts=None))

    told = set(bench.warehouse.rows("SELECT span_id, self_ns / 1e9, critical_ns / 1e9 FROM span_rows"))

    # the root works alone in 0 to 1 and 7 to 10; the cycle is cut above its earliest span
    assert told == {
        ("root", 4, 4), ("plan", 2, 2), ("long", 4, 4), ("short", 2, 0), ("half", None, None), ("x", 1, 1), ("y", 1, 1),
    }  # fmt: skip
    bench.close()


def test_of_two_spans_at_the_same_time_the_same_one_was_waited_for_after_a_rebuild(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "home")
    bench.take(span("root", lasts=9), span("one", "root", at=1, lasts=None), span("other", "root", at=1, lasts=2))
    bench.take(span("one", "root", at=1, lasts=2))  # its row is written anew, after the other
    asked = "SELECT span_id, critical_ns FROM span_rows ORDER BY span_id"
    before = bench.warehouse.rows(asked)

    bench.warehouse.rebuild()

    assert bench.warehouse.rows(asked) == before
    assert before[:2] == [("one", 2 * SECOND_NS), ("other", 0)]
    bench.close()
