"""Latency, cost, errors, tokens and volume: values that a pencil can check."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pandas as pd
import pytest

from metrics.buckets import DAY_NS, MOST_POINTS, bucket_width_ns, bucket_words
from metrics.cost import cost_by_group, cost_over_time, cost_unknown, cost_unmetered, spend
from metrics.error_rate import error_types, errors_by_group, errors_over_time
from metrics.extent import choices, extent
from metrics.filters import NOT_GIVEN, TrafficFilter
from metrics.latency import latency_by_group, latency_of_traces, latency_over_time
from metrics.questions import Group
from metrics.tokens import tokens_by_group, tokens_over_time
from metrics.volume import volume_by_group, volume_over_time, volume_total
from tests.metrics.built import START, BuiltWarehouse, llm, span

HOUR_NS = 3600 * 10**9


def asked(**said: object) -> TrafficFilter:
    return TrafficFilter(**({"since": START, "until": START + timedelta(hours=24)} | said))  # type: ignore[arg-type]


def row(frame: pd.DataFrame, series: str) -> pd.Series:
    return frame[frame["series"] == series].iloc[0]


def test_percentiles_are_those_of_the_pencil() -> None:
    built = BuiltWarehouse().load([span("t", at_s=i, lasts_s=i + 1, step="plan") for i in range(101)])

    answer = row(latency_by_group(built, asked(), group=Group.STEP), "plan")

    # durations are 1 s ... 101 s, so the q-quantile (type 7) is 1 + 100 q seconds
    assert answer["timed_spans"] == 101
    assert (answer["p50_ms"], answer["p95_ms"], answer["p99_ms"]) == (51_000, 96_000, 100_000)


def test_percentiles_are_left_out_where_too_few_spans_carry_them() -> None:
    built = BuiltWarehouse().load([span("t", step="plan", lasts_s=1 + i) for i in range(19)])

    answer = row(latency_by_group(built, asked(), group=Group.STEP), "plan")

    assert answer["p50_ms"] == 10_000
    assert pd.isna(answer["p95_ms"])
    assert pd.isna(answer["p99_ms"])


def test_a_time_of_receipt_is_counted_but_not_a_latency() -> None:
    built = BuiltWarehouse().load([span("a", lasts_s=2), span("b", lasts_s=None, time_source="receipt", status="ok")])

    answer = row(latency_by_group(built, asked(), group=Group.STEP), "answer")

    assert (answer["timed_spans"], answer["receipt_spans"], answer["unended_spans"]) == (1, 1, 0)
    assert answer["p50_ms"] == 2_000


def test_a_running_span_is_counted_but_not_a_latency() -> None:
    built = BuiltWarehouse().load([span("a", lasts_s=2), span("b", lasts_s=None)])

    answer = row(latency_by_group(built, asked(), group=Group.STEP), "answer")

    assert (answer["timed_spans"], answer["unended_spans"]) == (1, 1)


def test_latency_over_time_holds_each_span_in_its_bucket() -> None:
    built = BuiltWarehouse().load(
        [span("a", at_s=0, lasts_s=1), span("b", at_s=3599, lasts_s=3), span("c", at_s=3600, lasts_s=7)]
    )

    answer = latency_over_time(built, asked(), group=Group.STEP, series=("answer",), bucket_ns=HOUR_NS)

    assert list(answer["timed_spans"]) == [2, 1]
    assert list(answer["p50_ms"]) == [2_000, 7_000]
    assert list(answer["bucket_start"]) == [pd.Timestamp("2026-03-02 09:00"), pd.Timestamp("2026-03-02 10:00")]


def test_latency_of_traces_is_the_whole_trace() -> None:
    built = BuiltWarehouse().load(
        [span("a", lasts_s=4), span("a", at_s=1, lasts_s=1, parent_span_id="x"), span("b", lasts_s=6)]
    )

    answer = latency_of_traces(built, asked()).iloc[0]

    assert (answer["traces"], answer["timed_traces"], answer["p50_ms"]) == (2, 2, 5_000)


def test_the_window_is_half_open() -> None:
    built = BuiltWarehouse().load([span("a", at_s=0), span("b", at_s=60)])

    answer = volume_total(built, asked(until=START + timedelta(seconds=60))).iloc[0]

    assert answer["spans"] == 1


@pytest.mark.parametrize(
    ("filtered", "traces"),
    [
        ({"apps": ("bank",)}, 2),
        ({"environments": ("staging",)}, 1),
        ({"tenants": (NOT_GIVEN,)}, 2),
        ({"tenants": ("north", NOT_GIVEN)}, 3),
        ({"models": ("haiku",)}, 1),
        ({"prompt_versions": ("v2",)}, 1),
        ({"steps": ("synthesis",)}, 2),
        ({"steps": ("synthesis",), "models": ("gpt-4o",)}, 1),
        ({"steps": ("nobody",)}, 0),
    ],
)
def test_each_filter_keeps_what_it_names(filtered: dict[str, tuple[str, ...]], traces: int) -> None:
    built = BuiltWarehouse().load([
        span("a", tenant="north"), llm("a", model="haiku", prompt_version="v2", parent_span_id="r"),
        llm("b"), span("c", app="shop", environment="staging"),
    ])  # fmt: skip

    assert volume_total(built, asked(**filtered)).iloc[0]["traces"] == traces


def test_a_filter_by_tenant_keeps_spans_that_do_not_name_it_themselves() -> None:
    built = BuiltWarehouse().load(
        [span("a", tenant="north", span_id="r"), llm("a", parent_span_id="r"), span("b", tenant="south")]
    )

    assert volume_total(built, asked(tenants=("north",))).iloc[0]["spans"] == 2


def test_unknown_cost_is_counted_and_never_zero() -> None:
    built = BuiltWarehouse().load(
        [llm("a", cost=0.25), llm("a", cost=0.5), llm("b", cost=None), llm("c", cost=None, model="x")]
    )

    total = spend(cost_by_group(built, asked(), group=Group.STEP), purpose="app")
    of_x = row(cost_by_group(built, asked(), group=Group.MODEL), "x")

    assert (total.cost_usd, total.priced_spans, total.unpriced_spans, total.spans) == (0.75, 2, 2, 4)
    assert not total.is_complete
    assert pd.isna(of_x["cost_usd"])


def test_nothing_priced_is_no_figure() -> None:
    built = BuiltWarehouse().load([llm("a", cost=None)])

    assert spend(cost_by_group(built, asked(), group=Group.STEP), purpose="app").cost_usd is None


def test_a_roll_up_is_not_counted_again() -> None:
    built = BuiltWarehouse().load([
        span("a", span_id="agent", kind="agent", cost_total=Decimal("0.30"), tok_in=300, usage_is_rollup=True),
        llm("a", parent_span_id="agent", cost=0.1), llm("a", parent_span_id="agent", cost=0.2),
    ])  # fmt: skip

    assert spend(cost_by_group(built, asked(), group=Group.STEP), purpose="app").cost_usd == pytest.approx(0.3)
    assert tokens_by_group(built, asked(), group=Group.STEP)["tok_in"].sum() == 200


def test_judging_is_kept_apart_from_the_apps_cost() -> None:
    built = BuiltWarehouse().load([
        span("a", span_id="root"), llm("a", parent_span_id="root", cost=0.1),
        span("a", span_id="judge", parent_span_id="root", kind="evaluator", step="judge"),
        span("a", span_id="inner", parent_span_id="judge"), llm("a", parent_span_id="inner", cost=0.4, step="judging"),
    ])  # fmt: skip

    answer = cost_by_group(built, asked(), group=Group.STEP)
    narrowed = cost_by_group(built, asked(steps=("judging",)), group=Group.STEP)

    assert spend(answer, purpose="app").cost_usd == pytest.approx(0.1)
    assert spend(answer, purpose="evaluation").cost_usd == pytest.approx(0.4)
    assert spend(narrowed, purpose="evaluation").cost_usd == pytest.approx(0.4)


def test_cost_over_time_adds_up_to_the_total() -> None:
    built = BuiltWarehouse().load([llm(f"t{i}", at_s=i * 1800, cost=0.01) for i in range(10)])

    daily = cost_over_time(built, asked(), group=Group.STEP, series=("synthesis",), bucket_ns=HOUR_NS)

    assert len(daily) == 5
    assert daily["cost_usd"].sum() == pytest.approx(0.1)


def test_an_unknown_cost_says_why() -> None:
    built = BuiltWarehouse().load([llm("a", cost=None), llm("b", cost=None), llm("c")])

    answer = cost_unknown(built, asked())

    assert answer.to_dict("records") == [{"reason": "unknown model", "model": "gpt-4o", "unpriced_spans": 2}]


def test_calls_without_tokens_to_price_are_no_model_calls_but_a_language_model_s_are() -> None:
    reranked = {"kind": "reranker", "model": "bge", "cost_missing": "no tokens"}
    rows = [llm("a", cost=0.5), llm("b", cost=None, tok_in=None, tok_out=None), span("a", **reranked)]
    rows.append(span("c", **reranked | {"tok_in": 10, "cost_missing": "unknown model"}))
    built = BuiltWarehouse().load(rows)

    by_group, unmetered = cost_by_group(built, asked(), group=Group.STEP), cost_unmetered(built, asked())
    total = spend(by_group, purpose="app", unmetered=unmetered)
    read = tokens_by_group(built, asked(), group=Group.STEP)

    assert unmetered.to_dict("records") == [{"purpose": "app", "model": "bge", "unmetered_spans": 1}]
    assert (total.priced_spans, total.unpriced_spans) == (1, 2)
    assert cost_unknown(built, asked())["unpriced_spans"].sum() == total.unpriced_spans
    assert total.spans == read["counted_spans"].sum() + read["uncounted_spans"].sum()


def test_the_error_rate_leaves_out_what_is_still_running() -> None:
    built = BuiltWarehouse().load(
        [span("a", status="error"), span("a"), span("b"), span("b", status="unset"), span("c", lasts_s=None)]
    )

    answer = row(errors_by_group(built, asked(), group=Group.STEP), "answer")

    assert (answer["ended_spans"], answer["error_spans"], answer["running_spans"]) == (4, 1, 1)
    assert answer["error_rate"] == 0.25
    # Wilson, z = 1.96: centre (1 + 1.9207)/(4 + 3.8415) = 0.3725; half = 1.96/(7.8415) sqrt(4*.25*.75 + .9604) = 0.3269
    assert (answer["low"], answer["high"]) == pytest.approx((0.0456, 0.6994), abs=5e-4)


@pytest.mark.parametrize(
    "over_time",
    [cost_over_time, errors_over_time, latency_over_time, tokens_over_time, volume_over_time],
    ids=lambda function: function.__name__,
)
def test_a_bucket_of_a_week_begins_on_a_monday(over_time: Callable[..., pd.DataFrame]) -> None:
    built = BuiltWarehouse().load([llm(f"t{day}", at_s=day * 86_400.0, step="answer", cost=0.1) for day in range(10)])

    weekly = over_time(
        built, asked(until=START + timedelta(days=20)), group=Group.STEP, series=("answer",), bucket_ns=7 * DAY_NS
    )

    assert list(weekly["bucket_start"]) == [pd.Timestamp("2026-03-02"), pd.Timestamp("2026-03-09")]


def test_errors_over_time_counts_each_bucket() -> None:
    built = BuiltWarehouse().load([span("a", status="error"), span("b", at_s=3600)])

    answer = errors_over_time(built, asked(), group=Group.STEP, series=("answer",), bucket_ns=HOUR_NS)

    assert list(answer["error_rate"]) == [1.0, 0.0]


def test_error_types_lead_to_their_steps() -> None:
    built = BuiltWarehouse().load([span("a", status="error", error_type="Timeout"), span("b", status="error")])

    assert set(error_types(built, asked())["error_type"]) == {"Timeout", NOT_GIVEN}


def test_model_calls_without_tokens_are_counted_apart() -> None:
    built = BuiltWarehouse().load([llm("a", tok_in=7, tok_out=3), llm("a", tok_in=None, tok_out=None)])

    answer = row(tokens_by_group(built, asked(), group=Group.STEP), "synthesis")
    over_time = tokens_over_time(built, asked(), group=Group.STEP, series=("synthesis",), bucket_ns=HOUR_NS)

    assert (answer["tok_in"], answer["tok_out"], answer["counted_spans"], answer["uncounted_spans"]) == (7, 3, 1, 1)
    assert list(over_time["tok_all"]) == [10]


def test_volume_counts_traces_once() -> None:
    built = BuiltWarehouse().load([span("a"), span("a"), span("b", session_id="s", user_id="u")])

    total = volume_total(built, asked()).iloc[0]

    assert (total["spans"], total["traces"], total["sessions"], total["users"]) == (3, 2, 1, 1)
    assert total["traces_without_session"] == 1
    assert list(volume_by_group(built, asked(), group=Group.STEP)["traces"]) == [2]
    assert list(volume_over_time(built, asked(), group=Group.STEP, series=("answer",), bucket_ns=HOUR_NS)["spans"]) == [
        3
    ]


def test_missing_models_form_a_group_of_their_own() -> None:
    built = BuiltWarehouse().load([span("a"), llm("a")])

    assert set(volume_by_group(built, asked(), group=Group.MODEL)["series"]) == {"gpt-4o", NOT_GIVEN}


def test_the_extent_counts_what_is_recent() -> None:
    built = BuiltWarehouse().load([span("a"), span("b", at_s=86_400 * 19)])

    answer = extent(built, now=START + timedelta(days=21)).iloc[0]

    assert (answer["traces"], answer["traces_day"], answer["traces_week"], answer["traces_month"]) == (2, 0, 1, 2)


def test_an_empty_warehouse_has_no_extent_and_no_choices() -> None:
    answer = extent(BuiltWarehouse(), now=START).iloc[0]

    assert answer["traces"] == 0
    assert pd.isna(answer["first_ts"])
    assert choices(BuiltWarehouse()).empty


def test_no_window_makes_points_much_wider_than_it_must() -> None:
    for days in range(15, 400):
        wanted = asked(until=START + timedelta(days=days))
        assert bucket_width_ns(wanted, most_points=8) <= max(2 * days / 8, 2) * DAY_NS


@pytest.mark.parametrize(
    ("window", "words"),
    [(timedelta(hours=1), "1 minute"), (timedelta(hours=24), "15 minutes"), (timedelta(days=7), "3 hours"),
     (timedelta(days=56), "12 hours"), (timedelta(days=365), "4 days")],
)  # fmt: skip
def test_the_window_decides_how_finely_time_is_cut(window: timedelta, words: str) -> None:
    assert bucket_words(bucket_width_ns(asked(until=START + window))) == words


@pytest.mark.parametrize("days", [0.01, 1, 3, 30, 400, 5_000, 200_000])
def test_no_line_has_more_points_than_are_drawn(days: float) -> None:
    wanted = asked(until=START + timedelta(days=days))

    window_ns = int(timedelta(days=days).total_seconds() * 10**9)

    assert window_ns / bucket_width_ns(wanted) <= MOST_POINTS
