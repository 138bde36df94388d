"""The list of traces and what one trace is made of."""

from datetime import timedelta

import pytest

from metrics.filters import TrafficFilter
from metrics.sessions import one_session, turns_of_session
from metrics.traces import (
    ListFilter,
    Only,
    Sort,
    documents_of_trace,
    one_trace,
    scores_of_trace,
    spans_of_trace,
    trace_count,
    trace_list,
)
from tests.metrics.built import START, BuiltWarehouse, llm, moment_ns, span

DAY = TrafficFilter(since=START, until=START + timedelta(hours=24))


def listed(
    built: BuiltWarehouse, wanted: ListFilter, *, sort: Sort = Sort.NEWEST, first: int = 0, rows: int = 50
) -> list[str]:
    return list(trace_list(built, wanted, sort=sort, first=first, rows=rows)["trace_id"])


@pytest.fixture
def built() -> BuiltWarehouse:
    return BuiltWarehouse().load([
        llm("cheap", at_s=0, cost=0.01, lasts_s=9), llm("dear", at_s=10, cost=0.5, lasts_s=2),
        llm("unknown", at_s=20, cost=None, lasts_s=5), span("unknown", at_s=21),
        span("failed", at_s=30, status="error", step="pay", lasts_s=1), span("half", at_s=40, lasts_s=None),
    ], scores=[
        {"id": "1", "trace_id": "dear", "name": "correct", "label": "no", "source": "human", "target_level": "trace"},
        {"id": "2", "trace_id": "dear", "name": "tone", "value": 0.25, "source": "judge", "target_level": "span"},
        {"id": "3", "trace_id": "dear", "name": "wanted", "label": "x", "is_expectation": True},
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        (Sort.NEWEST, "half"),
        (Sort.OLDEST, "cheap"),
        (Sort.SLOWEST, "cheap"),
        (Sort.DEAREST, "dear"),
        (Sort.MOST_ERRORS, "failed"),
        (Sort.MOST_SPANS, "unknown"),
    ],
)
def test_each_order_puts_its_trace_on_top(built: BuiltWarehouse, sort: Sort, first: str) -> None:
    assert listed(built, ListFilter(DAY), sort=sort)[0] == first


def test_an_unknown_cost_comes_last_not_as_zero(built: BuiltWarehouse) -> None:
    frame = trace_list(built, ListFilter(DAY), sort=Sort.DEAREST, first=0, rows=50).set_index("trace_id")

    assert frame["cost_usd"].isna()["unknown"]
    assert list(frame.index[:2]) == ["dear", "cheap"]


def test_pages_follow_each_other_without_gap_or_overlap(built: BuiltWarehouse) -> None:
    whole = listed(built, ListFilter(DAY))

    assert listed(built, ListFilter(DAY), first=0, rows=2) + listed(built, ListFilter(DAY), first=2, rows=9) == whole


@pytest.mark.parametrize(
    ("only", "traces"), [(Only.ALL, 5), (Only.ERRORS, 1), (Only.INCOMPLETE, 1), (Only.PROBLEMS, 0)]
)
def test_the_list_can_be_limited(built: BuiltWarehouse, only: Only, traces: int) -> None:
    assert len(listed(built, ListFilter(DAY, only=only))) == traces
    assert trace_count(built, ListFilter(DAY, only=only)).iloc[0]["traces"] == traces


def test_errors_of_a_step_are_errors_in_that_step() -> None:
    built = BuiltWarehouse().load(
        [span("a", step="pay"), span("a", step="plan", status="error"), span("b", step="pay", status="error")]
    )
    pay = TrafficFilter(since=DAY.since, until=DAY.until, steps=("pay",))

    assert listed(built, ListFilter(pay, only=Only.ERRORS)) == ["b"]


def test_traces_behind_a_point_hold_a_span_of_that_step_in_that_time() -> None:
    built = BuiltWarehouse().load([
        span("early", at_s=0, step="plan"), span("early", at_s=100, step="search"),
        span("late", at_s=200, step="search"),
    ])  # fmt: skip
    point = TrafficFilter(since=START + timedelta(seconds=90), until=START + timedelta(seconds=150), steps=("search",))

    assert listed(built, ListFilter(point)) == ["early"]


def test_a_text_search_narrows_the_list(built: BuiltWarehouse) -> None:
    assert listed(built, ListFilter(DAY, found=("dear", "nobody"))) == ["dear"]
    assert listed(built, ListFilter(DAY, found=())) == []


def test_scores_are_listed_and_expectations_are_not(built: BuiltWarehouse) -> None:
    frame = trace_list(built, ListFilter(DAY), sort=Sort.DEAREST, first=0, rows=50).set_index("trace_id")

    assert frame.loc["dear", "scores"] == "correct no, tone 0.25"


def test_one_trace_gives_its_spans_in_order() -> None:
    built = BuiltWarehouse().load([span("a", at_s=2, step="second"), span("a", at_s=1, step="first"), span("b")])

    row = one_trace(built, "a").iloc[0]
    spans = spans_of_trace(built, "a", first_ns=row["first_ns"], last_ns=row["last_ns"])

    assert list(spans["step"]) == ["first", "second"]
    assert spans["start_ns"].iloc[0] == moment_ns(timedelta(seconds=1))


def test_a_trace_that_is_not_there_has_no_row(built: BuiltWarehouse) -> None:
    assert one_trace(built, "nobody").empty
    assert documents_of_trace(built, "nobody").empty


def test_scores_of_the_session_belong_to_its_traces() -> None:
    built = BuiltWarehouse().load(
        [span("a", session_id="s")],
        scores=[{"id": "1", "session_id": "s", "name": "solved", "bool": True, "target_level": "session"},
                {"id": "2", "trace_id": "b", "session_id": "s", "name": "other", "target_level": "trace"}],
    )  # fmt: skip

    assert list(scores_of_trace(built, "a", session_id="s")["name"]) == ["solved"]
    assert scores_of_trace(built, "a", session_id=None).empty


def test_a_session_is_its_turns_in_order() -> None:
    built = BuiltWarehouse().load([span(f"t{i}", at_s=-i, session_id="s") for i in range(4)])

    assert one_session(built, "s").iloc[0]["traces"] == 4
    assert list(turns_of_session(built, "s", first=0, rows=3)["trace_id"]) == ["t3", "t2", "t1"]
    assert list(turns_of_session(built, "s", first=3, rows=3)["trace_id"]) == ["t0"]
