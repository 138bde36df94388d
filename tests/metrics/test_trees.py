"""The tree of a trace, its critical path, self times and repeated calls."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.critical_path import critical_path_ns
from metrics.repeats import Repeat, repeated_calls
from metrics.self_time import covered_ns, self_times_ns
from metrics.span_tree import Timed, span_tree


def timed(name: str, parent: str | None, start: int, end: int | None) -> Timed:
    return Timed(name, parent, start, end)


#   root  0 ------------------------------ 100
#   plan    5 --- 20
#   search         20 ------- 60      (waited for)
#   cache          20 --- 40          (beside it)
#   write                        65 ------ 100
#   tool                           70 - 80
TRACE = [
    timed("root", None, 0, 100), timed("plan", "root", 5, 20), timed("search", "root", 20, 60),
    timed("cache", "root", 20, 40), timed("write", "root", 65, 100), timed("tool", "write", 70, 80),
]  # fmt: skip


def test_the_critical_path_is_what_was_waited_for() -> None:
    # root: 0-5 before plan and 60-65 before write; cache ran beside search, so it is not on the path
    assert dict(zip([s.span_id for s in TRACE], critical_path_ns(TRACE), strict=True)) == {
        "root": 10, "plan": 15, "search": 40, "cache": 0, "write": 25, "tool": 10,
    }  # fmt: skip


def test_self_time_subtracts_overlapping_children_once() -> None:
    # the root works alone in 0 to 5 and in 60 to 65
    assert self_times_ns(TRACE) == [10, 15, 40, 20, 25, 10]


def test_a_child_that_outlives_its_parent_is_cut_to_it() -> None:
    spans = [timed("root", None, 0, 10), timed("late", "root", 5, 50)]

    assert critical_path_ns(spans) == [5, 5]
    assert self_times_ns(spans) == [5, 45]


def test_spans_without_an_end_have_no_self_time_and_no_place_on_the_path() -> None:
    spans = [timed("root", None, 0, 10), timed("half", "root", 5, None)]

    assert critical_path_ns(spans) == [10, 0]
    assert self_times_ns(spans) == [10, None]


def test_a_trace_without_times_has_no_path() -> None:
    assert critical_path_ns([timed("a", None, 0, None), timed("b", "a", 1, None)]) == [0, 0]


def test_parents_come_before_children_and_siblings_by_start() -> None:
    spans = [timed("b", "r", 9, 10), timed("a", "r", 1, 2), timed("r", None, 5, 20), timed("aa", "a", 1, 2)]

    assert [(spans[n.row].span_id, n.depth) for n in span_tree(spans)] == [("r", 0), ("a", 1), ("aa", 2), ("b", 1)]


def test_an_orphan_is_a_root() -> None:
    assert [n.depth for n in span_tree([timed("a", "gone", 0, 1), timed("b", "a", 0, 1)])] == [0, 1]


def test_a_cycle_and_an_own_parent_are_cut_not_lost() -> None:
    spans = [timed("a", "b", 0, 1), timed("b", "a", 1, 2), timed("self", "self", 3, 4)]

    assert sorted((spans[n.row].span_id, n.depth) for n in span_tree(spans)) == [("a", 0), ("b", 1), ("self", 0)]


def test_a_chain_deeper_than_python_recurses_is_walked() -> None:
    spans = [timed(str(i), str(i - 1) if i else None, i, 20_000) for i in range(10_000)]

    assert span_tree(spans)[-1].depth == 9_999
    assert sum(critical_path_ns(spans)) == 20_000


@st.composite
def traces(draw: st.DrawFn) -> list[Timed]:
    """Traces with one root at 0-1000 and children that may overlap, outlive their parents or have no end."""
    many = draw(st.integers(1, 25))
    spans = [timed("0", None, 0, 1000)]
    for number in range(1, many):
        start = draw(st.integers(0, 1200))
        end = draw(st.one_of(st.none(), st.integers(start, 1500)))
        spans.append(timed(str(number), str(draw(st.integers(0, number - 1))), start, end))
    return spans


@given(traces())
def test_the_path_adds_up_to_the_root(spans: list[Timed]) -> None:
    assert sum(critical_path_ns(spans)) == 1000


@given(traces())
def test_no_span_holds_more_of_the_path_than_its_own_time(spans: list[Timed]) -> None:
    for span, own in zip(spans, critical_path_ns(spans), strict=True):
        assert 0 <= own <= (span.duration_ns or 0)


@given(traces())
def test_self_time_lies_between_nothing_and_the_duration(spans: list[Timed]) -> None:
    for span, own in zip(spans, self_times_ns(spans), strict=True):
        assert (own is None) == (span.duration_ns is None)
        assert own is None or 0 <= own <= (span.duration_ns or 0)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60))), st.integers(0, 30), st.integers(30, 60))
def test_the_union_is_what_counting_instants_gives(intervals: list[tuple[int, int]], since: int, until: int) -> None:
    counted = sum(any(start <= t < end for start, end in intervals) for t in range(since, until))

    assert covered_ns(intervals, since=since, until=until) == counted


@given(traces(), st.integers(-(10**6), 10**6))
def test_every_span_is_in_the_tree_once(spans: list[Timed], seed: int) -> None:
    shuffled = random.Random(seed).sample(spans, len(spans))  # noqa: S311 - repeatable, no secret

    assert sorted(node.row for node in span_tree(shuffled)) == list(range(len(spans)))


def test_identical_calls_are_numbered() -> None:
    calls = [("balance", '{"a": 1, "b": 2}'), ("balance", '{"b":2,"a":1}'), ("balance", "{}"), ("send", "{}")]

    assert repeated_calls(calls) == [Repeat(1, 2), Repeat(2, 2), None, None]


@pytest.mark.parametrize("arguments", ["not json", "", "[" * 100_000])
def test_arguments_that_are_not_json_are_compared_as_text(arguments: str) -> None:
    assert repeated_calls([("t", arguments), ("t", f" {arguments} ")]) == [Repeat(1, 2), Repeat(2, 2)]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["{}", "1"]))))
def test_the_last_of_identical_calls_says_how_many_there_were(calls: list[tuple[str, str]]) -> None:
    for call, repeat in zip(calls, repeated_calls(calls), strict=True):
        same = calls.count((call[0], json.dumps(json.loads(call[1]))))
        assert (repeat is None) == (same == 1)
        assert repeat is None or 1 <= repeat.nth <= repeat.times == same
