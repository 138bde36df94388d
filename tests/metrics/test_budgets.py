"""Budgets: shares in time and mean costs by pencil, when they are breached, and what is left out."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from scipy import stats

from metrics.budgets.against import Verdict, against, over, whole
from metrics.budgets.beside_human import beside_human
from metrics.budgets.costs import conversation_costs
from metrics.budgets.limits import Limit, limits_of
from metrics.drift.compared import means_apart
from metrics.filters import TrafficFilter
from metrics.outcomes.conversations import conversations
from metrics.outcomes.rules import built_in
from metrics.sessions import costs_of_session
from metrics.traces import costs_of_trace
from settings import Settings
from settings.traffic import Budgets
from tests.metrics.built import START, BuiltWarehouse, llm, span

HOUR_NS = 3_600 * 10**9
EVER = TrafficFilter(START - timedelta(days=1), START + timedelta(days=30))


def limits(**said: Any) -> tuple[Limit, ...]:
    return limits_of(Settings(home=Path("unused"), budgets=Budgets.model_validate(said)))


def one_row(built: BuiltWarehouse, *asked: Limit, wanted: TrafficFilter = EVER) -> dict[str, Any]:
    (row,) = whole(built, wanted, asked).to_dict("records")
    return {str(name): value for name, value in row.items()}


def calls(*seconds: float, session: str | None = None, **said: Any) -> list[dict[str, Any]]:
    """A trace of one call each, a minute apart; in one conversation when it is named."""
    first = len(seconds) * 1000
    return [span(f"c{session}{first}-{place}", at_s=60 * place, lasts_s=one, step="search",
                 session_id=session or f"s{place}", **said)
            for place, one in enumerate(seconds)]  # fmt: skip


def test_a_step_s_calls_within_its_seconds_are_a_share_with_an_interval_and_a_verdict() -> None:
    (budget,) = limits(steps={"sea*": {"seconds": 2.0, "share_within": 0.9}})
    row = one_row(BuiltWarehouse().load(calls(*[1.0] * 70, *[3.0] * 30)), budget)

    assert (row["step"], row["value"], row["n"], row["conversations"]) == ("search", 0.7, 100, 100)
    wilson = stats.binomtest(70, 100).proportion_ci(method="wilson")
    assert (row["low"], row["high"]) == pytest.approx((wilson.low, wilson.high), abs=0.002)
    assert row["at_share"] == 3.0
    assert row["verdict"] == Verdict.BREACHED


def test_a_share_that_chance_could_explain_is_told_so_and_few_calls_say_nothing() -> None:
    (budget,) = limits(steps={"search": {"seconds": 2.0, "share_within": 0.9}})

    assert one_row(BuiltWarehouse().load(calls(*[1.0] * 88, *[3.0] * 12)), budget)["verdict"] == Verdict.OVER
    assert one_row(BuiltWarehouse().load(calls(*[1.0] * 95, *[3.0] * 5)), budget)["verdict"] == Verdict.WITHIN
    assert one_row(BuiltWarehouse().load(calls(*[3.0] * 9)), budget)["verdict"] == Verdict.FEW


def test_calls_of_one_conversation_are_less_evidence_than_as_many_of_different_ones() -> None:
    (budget,) = limits(steps={"search": {"seconds": 2.0, "share_within": 0.9}})
    rows = [one for number in range(10)
            for one in calls(*([3.0] * 10 if number < 2 else [1.0] * 10), session=f"talk{number}")]  # fmt: skip
    alike = one_row(BuiltWarehouse().load(rows), budget)

    assert (alike["value"], alike["n"], alike["conversations"]) == (0.8, 100, 10)
    ten = stats.binomtest(8, 10).proportion_ci(method="wilson")
    assert alike["low"] < ten.low < ten.high < alike["high"]
    apart = one_row(BuiltWarehouse().load(calls(*[3.0] * 20, *[1.0] * 80)), budget)
    assert (apart["value"], apart["verdict"]) == (0.8, Verdict.BREACHED)
    assert alike["verdict"] == Verdict.OVER


def test_a_mean_s_interval_is_that_of_clusters_as_the_changes_have_it() -> None:
    randomness = np.random.default_rng(3)
    sizes = randomness.integers(1, 6, 40)
    rows, costs, codes = [], [], []
    for talk, size in enumerate(sizes):
        for turn in range(size):
            cost = round(float(0.01 * randomness.lognormal(talk % 3, 0.4)), 6)
            rows.append(llm(f"t{talk}-{turn}", session_id=f"s{talk}", at_s=60 * talk + turn, cost=cost))
            costs.append(cost)
            codes.append(talk)
    (budget,) = limits(steps={"synthesis": {"cost_usd": 0.01}})
    row = one_row(BuiltWarehouse().load(rows), budget)

    values, talks = np.array([*costs, 0.0]), np.array([*codes, 999])
    apart, error, _ = means_apart(values, talks, talks == 999)
    assert row["value"] == pytest.approx(-apart)
    half = stats.t.ppf(0.975, 39) * error
    assert (row["low"], row["high"]) == pytest.approx((row["value"] - half, row["value"] + half))
    assert row["verdict"] == Verdict.BREACHED


def test_buckets_that_breached_are_told_apart_from_those_that_did_not() -> None:
    (budget,) = limits(conversation={"turn_seconds": 5})
    rows = [span(f"t{hour}-{n}", at_s=3600 * hour + n, lasts_s=9 if hour == 2 else 1)
            for hour in range(4) for n in range(40)]  # fmt: skip

    found = against(BuiltWarehouse().load(rows), EVER, [budget], bucket_ns=HOUR_NS)

    assert found["bucket_start"].tolist() == [START + timedelta(hours=hour) for hour in range(4)]
    assert found["verdict"].tolist() == [Verdict.WITHIN, Verdict.WITHIN, Verdict.BREACHED, Verdict.WITHIN]
    assert set(over(BuiltWarehouse().load(rows), EVER, budget)) < {f"t2-{n}" for n in range(40)}


def test_times_of_receipt_and_unknown_costs_are_left_out_and_counted() -> None:
    timed, priced = limits(conversation={"turn_seconds": 5, "cost_usd": 1.0})
    sources = ["client"] * 25 + ["receipt"] * 5
    rows = [llm(f"t{n}", session_id=f"s{n}", cost=0.5 if n < 12 else None, time_source=sources[n]) for n in range(30)]
    built = BuiltWarehouse().load(rows)

    assert {name: one_row(built, timed)[name] for name in ("n", "left_out")} == {"n": 25, "left_out": 5}
    said = one_row(built, priced)
    assert (said["value"], said["n"], said["left_out"], said["verdict"]) == (0.5, 12, 18, Verdict.WITHIN)


def test_what_judging_takes_and_costs_is_not_the_app_s() -> None:
    steps, talks = limits(steps={"synthesis": {"cost_usd": 1.0}}, conversation={"cost_usd": 1.0})[::-1]
    rows = []
    for n in range(12):
        root = span(f"t{n}", session_id=f"s{n}")
        judge = span(f"t{n}", session_id=f"s{n}", kind="evaluator", step="judge", parent_span_id=root["span_id"])
        rows += [root, llm(f"t{n}", session_id=f"s{n}", cost=0.1, parent_span_id=root["span_id"]), judge]
        rows.append(llm(f"t{n}", session_id=f"s{n}", cost=5.0, parent_span_id=judge["span_id"]))
    built = BuiltWarehouse().load(rows)

    assert [one_row(built, one)["value"] for one in (steps, talks)] == pytest.approx([0.1, 0.1])
    assert conversation_costs(built, EVER)["cost_usd"].tolist() == pytest.approx([0.1] * 12)
    (of_trace,) = costs_of_trace(built, "t3").to_dict("records")
    assert (of_trace["app_usd"], of_trace["judging_usd"]) == (pytest.approx(0.1), pytest.approx(5.0))
    assert (of_trace["priced_spans"], of_trace["unpriced_spans"]) == (1, 0)
    assert costs_of_session(built, "s3").to_dict("records") == [of_trace]


def test_a_conversation_s_cost_counts_where_it_began() -> None:
    (budget,) = limits(conversation={"cost_usd": 1.0})
    rows = [llm(f"t{n}-{turn}", session_id=f"s{n}", at_s=3000 + 3600 * turn, cost=0.4)
            for n in range(12) for turn in range(2)]  # fmt: skip

    (row,) = against(BuiltWarehouse().load(rows), EVER, [budget], bucket_ns=HOUR_NS).to_dict("records")

    assert (row["bucket_start"], row["value"], row["n"]) == (START, pytest.approx(0.8), 12)


def test_an_app_s_own_budget_stands_in_for_the_central_one() -> None:
    said = limits(conversation={"turn_seconds": 5, "cost_usd": 1}, steps={"plan": {"seconds": 1}},
                  apps={"shop": {"conversation": {"turn_seconds": 9}}})  # fmt: skip

    assert [(one.key, one.limit, one.other_apps) for one in said] == [
        ("turn latency", 5, ("shop",)), ("conversation cost", 1, ("shop",)), ("step plan latency", 1, ("shop",)),
        ("shop turn latency", 9, ()), ("shop conversation cost", 1, ()), ("shop step plan latency", 1, ()),
    ]  # fmt: skip
    slow = [span(f"{app}{n}", app=app, at_s=n, lasts_s=7) for app in ("bank", "shop") for n in range(40)]
    found = whole(BuiltWarehouse().load(slow), EVER, said)
    verdicts = {row["budget"]: row["verdict"] for row in found.to_dict("records") if row["figure"] == "latency"}
    assert verdicts == {"turn latency": Verdict.BREACHED, "shop turn latency": Verdict.WITHIN}
    of_shop = TrafficFilter(EVER.since, EVER.until, apps=("shop",))
    assert whole(BuiltWarehouse().load(slow), of_shop, said[:1]).empty


def test_the_cost_of_a_contained_conversation_bears_those_that_were_handed_over() -> None:
    rows = []
    for n in range(20):
        rows.append(llm(f"t{n}", session_id=f"s{n}", at_s=n, cost=0.3))
        if n < 5:
            rows.append(span(f"t{n}", session_id=f"s{n}", at_s=n, kind="tool", step="transfer_to_human"))
    rows.append(span("later", at_s=100_000))
    built = BuiltWarehouse().load(rows)
    ended = conversations(built, EVER, {None: built_in()})

    said = beside_human(built, EVER, ended, human_cost=0.35)

    assert (said.conversations, said.contained, said.left_out) == (20, 15, 0)
    assert (said.per_conversation, said.per_contained) == pytest.approx((0.3, 20 * 0.3 / 15))
    residuals = 0.3 - 0.4 * np.r_[np.zeros(5), np.ones(15)]
    half = stats.t.ppf(0.975, 19) * np.sqrt((residuals**2).sum() * 20 / 19) / 15
    assert said.high == pytest.approx(0.4 + half)
    assert said.is_dearer is False
    assert beside_human(built, EVER, ended, human_cost=0.1).is_dearer
    assert beside_human(built, EVER, ended.head(5), human_cost=0.1).per_contained is None
    assert beside_human(BuiltWarehouse(), EVER, pd.DataFrame(), human_cost=6).per_conversation is None


@pytest.mark.parametrize("wrong", [{"steps": {"plan": {"second": 1}}}, {"conversation": {"share_within": 1}},
                                   {"conversation": {"cost_usd": 0}}])  # fmt: skip
def test_a_budget_that_means_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        limits(**wrong)
