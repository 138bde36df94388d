"""Trends: one metric over time by any columns, and what is refused."""

from datetime import timedelta

import pytest

from errors import UsageError
from metrics.filters import TrafficFilter
from metrics.grain import Grain
from metrics.trends import METRICS, trends
from tests.metrics.built import START, BuiltWarehouse, llm, span

HOUR_S, DAY_S = 3600, 86_400
WEEKS = TrafficFilter(START - timedelta(days=1), START + timedelta(days=30))


def found(built: BuiltWarehouse, metric: str, *by: str, grain: Grain = Grain.DAY) -> list[dict[str, object]]:
    rows = trends(built, WEEKS, metric=metric, by=by, grain=grain).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def test_a_trend_has_a_row_per_bucket_and_group() -> None:
    built = BuiltWarehouse().load([
        span("a", tenant="north", lasts_s=1), span("b", tenant="north", lasts_s=3), span("c", lasts_s=5),
        span("d", tenant="north", at_s=DAY_S, lasts_s=9),
    ])  # fmt: skip

    rows = found(built, "latency_p50", "tenant")

    assert [(row["bucket_start"].day, row["tenant"], row["value"], row["n"]) for row in rows] == [  # type: ignore[attr-defined]
        (2, "(not given)", 5000.0, 1), (2, "north", 2000.0, 2), (3, "north", 9000.0, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(("grain", "buckets"), [(Grain.HOUR, 4), (Grain.DAY, 3), (Grain.WEEK, 2)])
def test_buckets_are_hours_days_or_weeks_from_monday(grain: Grain, buckets: int) -> None:
    at = [0, HOUR_S, DAY_S, 7 * DAY_S - 10 * HOUR_S + HOUR_S]  # Monday twice, Tuesday, the next Monday at midnight
    built = BuiltWarehouse().load([span(f"t{place}", at_s=second) for place, second in enumerate(at)])

    rows = found(built, "volume", grain=grain)

    assert len(rows) == buckets
    assert sum(int(str(row["value"])) for row in rows) == 4


def test_cost_keeps_judging_apart_and_counts_no_roll_up_twice() -> None:
    built = BuiltWarehouse().load([
        span("a", span_id="root", kind="agent", cost_total=None), llm("a", parent_span_id="root", cost=0.25),
        llm("a", parent_span_id="root", cost=0.25, usage_is_rollup=True), llm("a", cost=None),
        span("a", span_id="judge", parent_span_id="root", kind="evaluator"), llm("a", parent_span_id="judge", cost=1),
    ])  # fmt: skip

    rows = found(built, "cost", "purpose")

    assert [(row["purpose"], row["value"], row["n"]) for row in rows] == [("app", 0.25, 1), ("evaluation", 1.0, 1)]


@pytest.mark.parametrize("by", [("step",), ("step", "model")])  # from hourly figures, and from spans
def test_time_alone_and_the_share_of_the_critical_path_are_told_by_step(by: tuple[str, ...]) -> None:
    """root 0 to 10 s; search 1 to 5, beside it cache 1 to 3, which nobody waited for."""
    built = BuiltWarehouse().load([
        span("a", span_id="root", step="root", lasts_s=10), span("b", step="cache", lasts_s=10),
        span("a", parent_span_id="root", step="search", at_s=1, lasts_s=4), span("b", step="half", lasts_s=None),
        span("a", parent_span_id="root", step="cache", at_s=1, lasts_s=2),
    ])  # fmt: skip

    own = {row["step"]: (row["value"], row["n"]) for row in found(built, "self_time", *by)}
    share = {row["step"]: row["value"] for row in found(built, "critical_share", *by)}

    assert own == {"root": (6000, 1), "search": (4000, 1), "cache": (6000, 2)}
    assert share == {"root": pytest.approx(0.3), "search": pytest.approx(0.2), "cache": pytest.approx(0.5)}


def test_a_share_has_an_interval_and_a_percentile_of_few_has_no_value() -> None:
    built = BuiltWarehouse().load([span(f"t{place}", status="error" if place < 2 else "ok") for place in range(10)])

    (errors,) = found(built, "errors", "app")
    (p95,) = found(built, "latency_p95", "app")

    assert (errors["value"], errors["n"]) == (0.2, 10)
    assert (errors["low"], errors["high"]) == pytest.approx((0.0567, 0.5098), abs=5e-5)
    assert str(p95["value"]) == "nan"
    assert p95["n"] == 10


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_answers_also_where_there_is_no_traffic(metric: str) -> None:
    assert found(BuiltWarehouse(), metric, "step", "model") == []
    (row,) = found(BuiltWarehouse().load([llm(f"t{place}") for place in range(120)]), metric)
    assert row["value"] is not None


def test_what_there_is_not_is_refused_with_what_there_is() -> None:
    with pytest.raises(UsageError, match="no such metric; choose of latency_p50"):
        trends(BuiltWarehouse(), WEEKS, metric="speed")
    with pytest.raises(UsageError, match="not grouped by colour; choose of step"):
        trends(BuiltWarehouse(), WEEKS, metric="cost", by=["colour"])
    with pytest.raises(UsageError, match="not grouped by step; DROP"):
        trends(BuiltWarehouse(), WEEKS, metric="cost", by=["step; DROP TABLE traces"])
