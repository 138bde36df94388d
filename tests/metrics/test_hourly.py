"""Figures from hourly rows: counts and sums are those of the spans, percentiles at most 1 % off."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics import cost, error_rate, latency, tokens
from metrics.filters import NOT_GIVEN, TrafficFilter
from metrics.grain import Grain
from metrics.hourly import Basis, basis, hourly_latency
from metrics.questions import Group
from metrics.trends import FEWEST, METRICS, trends, trends_basis, trends_of_spans
from tests.metrics.built import START, BuiltWarehouse, llm, span

DAY = TrafficFilter(START.replace(hour=0), START.replace(hour=0) + timedelta(days=1))
S = 10**9


def percentiles(durations_ns: Sequence[int], *, hours: int = 5) -> tuple[float, float, float]:
    """p50, p95 and p99 (ms) of spans dealt to hours in turn, from the rows of those hours."""
    built = BuiltWarehouse().load(
        span(f"t{place}", at_s=place % hours * 3600, duration_ns=lasts) for place, lasts in enumerate(durations_ns)
    )
    (row,) = hourly_latency(built, DAY, by=["step"]).to_dict("records")
    assert row["timed_spans"] == len(durations_ns)
    return row["p50_ms"], row["p95_ms"], row["p99_ms"]


def of_spans(durations_ns: Sequence[int]) -> list[float]:
    return [float(one) / 1e6 for one in np.quantile(np.array(durations_ns, dtype=float), [0.5, 0.95, 0.99])]


@st.composite
def durations(draw: st.DrawFn) -> list[int]:
    """Lognormal, of two humps, all the same, or any at all; 100 to 400 spans, 0 to 10 days each, in ns."""
    many, seed = draw(st.integers(100, 400)), draw(st.integers(0, 2**32 - 1))
    drawn = np.random.default_rng(seed)
    match draw(st.sampled_from(["lognormal", "bimodal", "constant", "any"])):
        case "lognormal":
            values = drawn.lognormal(draw(st.floats(0, 25)), draw(st.floats(0.01, 3)), many)
        case "bimodal":
            slow = drawn.random(many) < draw(st.floats(0, 1))
            values = np.where(slow, drawn.normal(9e9, 1e8, many), drawn.normal(3e6, 1e5, many))
        case "constant":
            values = np.full(many, draw(st.integers(0, 10**15)))
        case _:
            values = np.array(draw(st.lists(st.integers(0, 864 * 10**12), min_size=many, max_size=many)))
    return [int(one) for one in np.clip(values, 0, 864e12)]


@settings(max_examples=12, deadline=None)
@given(durations())
def test_percentiles_over_several_hours_are_at_most_1_percent_off(durations_ns: list[int]) -> None:
    found, exact = percentiles(durations_ns), of_spans(durations_ns)

    assert found == pytest.approx(exact, rel=0.01, abs=1e-12)


def test_the_percentiles_of_one_hour_are_exact() -> None:
    lasts = [int(one) for one in np.random.default_rng(3).lognormal(20, 1, 200)]

    assert percentiles(lasts, hours=1) == pytest.approx(of_spans(lasts), rel=1e-12)


def _traffic() -> list[dict[str, object]]:
    """Two apps and tenants, judged and retried, over 30 hours that begin within one."""
    chosen = np.random.default_rng(11)
    rows: list[dict[str, object]] = []
    for turn in range(150):
        at, trace = float(chosen.uniform(0, 30 * 3600)), f"t{turn}"
        said = {"app": f"app{turn % 2}", "tenant": f"tenant{turn % 3}", "app_version": f"v{turn % 4}",
                "environment": "production"}  # fmt: skip
        root, judge = f"root{turn}", f"judge{turn}"
        price = None if chosen.random() < 0.3 else round(float(chosen.random()), 6)
        model = str(chosen.choice(["small", "large"]))
        rows += [
            span(trace, span_id=root, at_s=at, lasts_s=9, tok_in=100, usage_is_rollup=True, **said),
            llm(trace, parent_span_id=root, at_s=at, lasts_s=float(chosen.lognormal(0, 1)), model=model, cost=price,
                prompt_version=f"p{turn % 2}", status="error" if chosen.random() < 0.1 else "ok", **said),
            span(trace, span_id=judge, parent_span_id=root, at_s=at + 4000, kind="evaluator", step="judge", **said),
            llm(trace, parent_span_id=judge, at_s=at + 4001, step="answer", cost=0.5, tok_out=None, **said),
            span(trace, at_s=at, lasts_s=None, step="lookup", **said),
        ]  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def traffic() -> BuiltWarehouse:
    return BuiltWarehouse().load(_traffic())


@pytest.fixture(scope="module")
def half_stale() -> BuiltWarehouse:
    """The same, of which every second hour was touched since: its figures do not count."""
    built = BuiltWarehouse().load(_traffic())
    touched = "SELECT DISTINCT hour_ts FROM step_hours WHERE hour(hour_ts) % 2 = 0"
    built.connection.execute(f"INSERT INTO stale_hours {touched}")
    built.connection.execute("UPDATE step_hours SET spans = -1000 WHERE hour_ts IN (FROM stale_hours)")
    return built


WINDOWS = [
    TrafficFilter(START - timedelta(days=1), START + timedelta(days=5)),
    TrafficFilter(START + timedelta(hours=3, minutes=17, microseconds=5), START + timedelta(hours=21, minutes=40)),
]
QUESTIONS: list[tuple[tuple[str, ...], dict[str, tuple[str, ...]]]] = [
    (("step",), {}), (("app", "step", "purpose"), {}), (("step", "model"), {"steps": ("synthesis", "answer")}),
    (("tenant",), {"apps": ("app1",), "tenants": ("tenant0", "tenant2")}), (("app_version",), {}),
    (("purpose",), {"prompt_versions": ("p1", "(not given)")}), ((), {"environments": ("production",)}),
]  # fmt: skip


@pytest.mark.parametrize(("built", "window"), [("traffic", WINDOWS[0]), ("half_stale", WINDOWS[1])])
@pytest.mark.parametrize(("by", "narrowed"), QUESTIONS)
def test_hourly_figures_are_those_of_the_spans(
    built: str,
    window: TrafficFilter,
    by: tuple[str, ...],
    narrowed: dict[str, tuple[str, ...]],
    request: pytest.FixtureRequest,
) -> None:
    warehouse: BuiltWarehouse = request.getfixturevalue(built)
    wanted = TrafficFilter(window.since, window.until, **narrowed)
    for metric in METRICS:
        if metric == "traces":
            continue
        of_hours = trends(warehouse, wanted, metric=metric, by=by, grain=Grain.DAY)
        exact = trends_of_spans(warehouse, wanted, metric=metric, by=by, grain=Grain.DAY)
        enough = exact["n"] >= FEWEST.get(metric, 1)

        assert not of_hours.empty
        assert of_hours[list(by)].to_numpy().tolist() == exact[list(by)].to_numpy().tolist()
        assert of_hours["n"].tolist() == exact["n"].tolist()
        off = 0.01 if metric.startswith("latency") else 1e-12
        assert of_hours["value"][enough].tolist() == pytest.approx(exact["value"][enough].tolist(), rel=off)


def test_what_several_dimensions_ask_for_is_counted_from_spans_and_said_to_be() -> None:
    tenant = TrafficFilter(DAY.since, DAY.until, tenants=("north",))
    minutes = TrafficFilter(START, START + timedelta(minutes=59))

    assert basis(tenant, by=["step", "tenant", "purpose", "app"]) is Basis.HOURS
    assert basis(tenant, by=["step", "model"]) is Basis.SPANS
    assert basis(DAY, by=["tool_name"]) is Basis.SPANS
    assert basis(DAY, by=["step"], bucket_ns=900 * S) is Basis.SPANS
    assert basis(minutes, by=["step"]) is Basis.SPANS
    assert trends_basis(tenant, metric="latency_p95", by=["tenant"]) == "from hourly figures, within 1 %"
    assert trends_basis(tenant, metric="cost", by=["tenant"]) == "exact"


def test_combined_filters_are_answered_from_the_spans(traffic: BuiltWarehouse) -> None:
    wanted = TrafficFilter(WINDOWS[0].since, WINDOWS[0].until, tenants=("tenant1",), models=("large",))

    found = trends(traffic, wanted, metric="volume", by=["step"], grain=Grain.WEEK)

    told = traffic.frame("""SELECT count(*) AS n FROM span_rows JOIN traces USING (trace_id)
                            WHERE traces.tenant = 'tenant1' AND span_rows.model = 'large'""")
    assert found["value"].sum() == told["n"].iloc[0] > 0


def test_no_traffic_is_an_empty_answer() -> None:
    assert hourly_latency(BuiltWarehouse(), DAY, by=["step"]).empty
    assert isinstance(trends(BuiltWarehouse(), DAY, metric="latency_p95"), pd.DataFrame)


@pytest.mark.parametrize("group", list(Group))
@pytest.mark.parametrize("bucket_ns", [3600 * S, 6 * 3600 * S])
def test_pages_show_the_same_from_hourly_figures_and_from_spans(
    half_stale: BuiltWarehouse, group: Group, bucket_ns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every frame of a traffic page: columns, order, counts and sums alike, percentiles within 1 %."""
    wanted, series = WINDOWS[1], ("synthesis", "judge", "lookup", "large", "small", "p1", NOT_GIVEN)

    def frames() -> list[pd.DataFrame]:
        over_time = {"group": group, "series": series, "bucket_ns": bucket_ns}
        return [
            latency.latency_by_group(half_stale, wanted, group=group),
            cost.cost_by_group(half_stale, wanted, group=group),
            tokens.tokens_by_group(half_stale, wanted, group=group),
            error_rate.errors_by_group(half_stale, wanted, group=group),
            latency.latency_over_time(half_stale, wanted, **over_time),  # type: ignore[arg-type]
            cost.cost_over_time(half_stale, wanted, **over_time),  # type: ignore[arg-type]
            tokens.tokens_over_time(half_stale, wanted, **over_time),  # type: ignore[arg-type]
            error_rate.errors_over_time(half_stale, wanted, **over_time),  # type: ignore[arg-type]
        ]  # fmt: skip

    from_hours = frames()
    for room in (latency, cost, tokens, error_rate):
        monkeypatch.setattr(room, "basis", lambda *_, **__: Basis.SPANS)

    for told, exact in zip(from_hours, frames(), strict=True):
        assert not exact.empty
        off = 0.01 if "p95_ms" in exact else 1e-12
        pd.testing.assert_frame_equal(told, exact, check_dtype=False, rtol=off, atol=1e-9)
