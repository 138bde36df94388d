"""Hourly figures follow the spans: whatever arrives, in whatever order, they are those of a rebuild."""

import random
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from storage.loading import hours, loader, tree
from tests.storage.arrivals import Bench, call, span

HOUR = 3600


def rows(bench: Bench, where: str = "dimension = 'none'") -> list[dict[str, Any]]:
    return bench.all(f"FROM step_hours WHERE {where} ORDER BY ALL")


def assert_as_rebuilt(bench: Bench) -> None:
    before = bench.contents()
    bench.warehouse.rebuild()
    assert bench.contents() == before
    assert before["stale_hours"] == []


def test_an_hour_of_a_step_is_one_row_with_what_its_spans_add_up_to(bench: Bench) -> None:
    bench.take(
        span("root", lasts=9, app="bank"), call("plan", "root", at=1, lasts=2, cost="0.25"),
        call("plan2", "root", at=2, lasts=4, step="plan", cost=None, cost_missing="unknown model", status="error"),
    )  # fmt: skip

    plan, root = rows(bench)

    assert (plan["app"], plan["step"], plan["purpose"], plan["spans"], plan["error_spans"]) == (
        "bank",
        "plan",
        "app",
        2,
        1,
    )
    assert (plan["tok_in"], plan["cost_total"], plan["priced_spans"], plan["unpriced_spans"]) == (
        200,
        Decimal("0.25"),
        1,
        1,
    )
    assert (plan["duration_ns"], plan["percentiles_ns"][0]) == (6 * 10**9, 3e9)
    assert [1.02 ** (one["bucket"] + 0.5) for one in plan["buckets"]] == pytest.approx([2e9, 4e9], rel=0.00996)
    assert (root["spans"], root["timed_spans"], root["tok_in"]) == (1, 1, None)


def test_what_a_wrapper_repeats_is_not_added_again(bench: Bench) -> None:
    bench.take(call("generateText", cost="0.02"), call("doGenerate", "generateText", at=0.1, cost="0.02"))

    assert sum(row["cost_total"] or 0 for row in rows(bench)) == Decimal("0.02")
    assert sum(row["tok_in"] or 0 for row in rows(bench)) == 100


def test_judging_is_told_apart_also_when_the_judge_arrives_last(bench: Bench) -> None:
    bench.take(span("root"), call("verdict", "judge", at=HOUR + 5, cost="0.10"), call("answer", "root", cost="0.01"))
    assert {row["purpose"] for row in rows(bench)} == {"app"}

    bench.take(span("judge", "root", kind="evaluator", at=HOUR))

    spent = {(row["step"], row["purpose"]): row["cost_total"] for row in rows(bench)}
    assert spent["verdict", "evaluation"] == Decimal("0.10")
    assert spent["answer", "app"] == Decimal("0.01")
    assert_as_rebuilt(bench)


def test_a_late_span_that_names_the_tenant_moves_all_hours_of_its_trace(bench: Bench) -> None:
    bench.take(span("early"), span("other", trace="u", tenant="south"))
    bench.take(span("late", "early", at=30 * HOUR, tenant="north"))

    told = rows(bench)

    assert {(row["step"], row["only_value"]["tenant"]) for row in told} == {
        ("early", "north"),
        ("late", "north"),
        ("other", "south"),
    }
    assert_as_rebuilt(bench)


def test_a_dimension_has_rows_of_its_own_where_it_tells_spans_apart(bench: Bench) -> None:
    bench.take(
        span("a", step="s", tenant="north"), span("b", step="s", trace="u", tenant="south"),
        span("c", step="s", trace="v", tenant="south", at=HOUR),
    )  # fmt: skip

    told = [(row["hour_ts"].hour, row["value"], row["spans"]) for row in rows(bench, "dimension <> 'none'")]

    assert told == [(0, "north", 1), (0, "south", 1)]
    assert [row["only_value"]["tenant"] for row in rows(bench)] == [None, "south"]


def test_a_span_that_ends_later_or_begins_in_another_hour_is_counted_where_it_is(bench: Bench) -> None:
    bench.take(span("half", lasts=None, at=10), span("moved", at=20))
    bench.take(span("half", at=10, lasts=60), span("moved", at=2 * HOUR))

    assert [(row["step"], row["hour_ts"].hour, row["running_spans"], row["timed_spans"]) for row in rows(bench)] == [
        ("half", 0, 0, 1), ("moved", 2, 0, 1),
    ]  # fmt: skip
    assert_as_rebuilt(bench)


@pytest.mark.parametrize("seed", range(2))
def test_many_loads_in_any_order_end_with_the_rows_of_a_rebuild(bench: Bench, seed: int) -> None:
    drawn = random.Random(seed)  # noqa: S311 - repeatable
    arrivals = []
    for trace in range(8):
        at = drawn.uniform(0, 4 * HOUR)
        root = span(
            "root", trace=f"t{trace}", at=at, lasts=drawn.choice([None, 5]), tenant=drawn.choice([None, "north"])
        )
        judge = span("judge", "root", trace=f"t{trace}", at=at + HOUR, kind="evaluator")
        calls = [
            call(f"call{n}", drawn.choice(["root", "judge"]), trace=f"t{trace}", at=at + n,
                 lasts=drawn.lognormvariate(0, 1), cost=drawn.choice([None, "0.01", "0.5"]),
                 status=drawn.choice(["ok", "error"])) for n in range(3)
        ]  # fmt: skip
        arrivals += [root, judge, *calls, root | {"end_ns": root["start_ns"] + 10**9, "arrival": "whole",
                                                  "duration_ns": 10**9, "content_hash": f"again{trace}"}]  # fmt: skip
    drawn.shuffle(arrivals)
    while arrivals:
        many = drawn.randint(1, 25)
        bench.append(*arrivals[:many])
        del arrivals[:many]
        bench.warehouse.load(with_index=drawn.random() < 0.5)
    bench.warehouse.load()

    assert_as_rebuilt(bench)


def test_a_load_repairs_the_hours_it_touched_and_no_other(bench: Bench) -> None:
    bench.take(span("a", at=0), span("b", trace="u", at=HOUR), span("c", trace="v", at=2 * HOUR))
    bench.append(span("d", trace="w", at=HOUR + 60))
    bench.warehouse.load(with_index=False)

    assert [row["hour_ts"].hour for row in bench.all("FROM stale_hours")] == [1]
    with bench.warehouse.cursor() as cursor:  # what is not touched is not made again: a mark on it stays
        cursor.execute("UPDATE step_hours SET unended_spans = 77 WHERE hour(hour_ts) <> 1")
    assert bench.warehouse.repair_hours() == 0

    marked = {row["hour_ts"].hour: row["unended_spans"] for row in rows(bench)}
    assert marked == {0: 77, 1: 0, 2: 77}


def test_erased_spans_leave_the_hours_they_were_in(bench: Bench) -> None:
    """Whoever deletes rows notes their hours: the rest is as if the spans had never come."""
    kept = [span("a", tenant="north"), call("b", "a", at=HOUR, cost="0.30")]
    bench.take(*kept, span("c", trace="gone", tenant="south"), call("d", "c", trace="gone", at=3 * HOUR))

    with bench.warehouse.cursor() as cursor, loader.transaction(cursor):
        hours.mark_hours_of(cursor, "SELECT start_ts FROM span_rows WHERE trace_id = 'gone'")
        cursor.execute("DELETE FROM span_rows WHERE trace_id = 'gone'")
        cursor.execute("DELETE FROM traces WHERE trace_id = 'gone'")
    while bench.warehouse.repair_hours():
        pass
    found = rows(bench, "true")

    other = Bench(bench.home.parent / "other")
    other.take(*kept)
    assert found == rows(other, "true")
    other.close()


def test_a_repair_is_cut_at_hours_and_says_how_many_are_left(bench: Bench) -> None:
    bench.append(*(span(f"s{n}", trace=f"t{n}", at=n % 3 * HOUR) for n in range(30)))
    bench.warehouse.load(with_index=False)

    assert [bench.warehouse.repair_hours(most_spans=15) for _ in range(4)] == [2, 1, 0, 0]
    assert [row["spans"] for row in bench.all(
        "SELECT hour_ts, sum(spans)::BIGINT AS spans FROM step_hours WHERE dimension = 'none' GROUP BY ALL ORDER BY ALL"
    )] == [10, 10, 10]  # fmt: skip


def test_durations_and_tokens_beyond_any_sum_stop_no_repair(bench: Bench) -> None:
    huge = 9 * 10**18
    bench.take(*(call(f"s{n}", step="s", duration_ns=huge, tok=(huge, 0)) for n in range(3)))

    (row,) = rows(bench)

    assert (row["duration_ns"], row["tok_in"]) == (3 * huge, 3 * huge)


def test_what_is_below_is_found_however_deep_and_no_further() -> None:
    parents = np.array([-1, *range(2_000), -1, 2_001])
    chosen = np.zeros(len(parents), dtype=bool)
    chosen[5] = True

    found = tree.with_all_below(chosen, parents)

    assert np.flatnonzero(found).tolist() == list(range(5, 2_001))


def test_a_late_span_of_last_month_and_the_hour_that_fills_up_are_made_apart(bench: Bench) -> None:
    bench.append(span("late", at=0), span("now", trace="u", at=700 * HOUR))
    bench.warehouse.load(with_index=False)

    assert [bench.warehouse.repair_hours() for _ in range(3)] == [1, 0, 0]
    assert [row["step"] for row in rows(bench)] == ["late", "now"]
