"""Injection flags counted: by day, by rule, as a trend, as a filter of the list and as a stratum of samples."""

from datetime import timedelta
from typing import Any

import pytest

from metrics.filters import TrafficFilter
from metrics.injection_flags import flagged_share, flags_by_day, rules_matched
from metrics.traces import ListFilter, Only, trace_count
from metrics.trends import trends
from review.sampling.frames import read_frame
from review.sampling.plans import plan_of
from tests.metrics.built import START, BuiltWarehouse, span

WEEKS = TrafficFilter(START - timedelta(days=1), START + timedelta(days=30))
DAY_S = 86_400
FLAG: dict[str, Any] = {"injection_flag": True, "injection_rules": ["tool/override", "user/persona"]}


def _built() -> BuiltWarehouse:
    rows = [span(f"t{number}", injection_version="1", injection_flag=False) for number in range(8)]
    rows += [span("t0", injection_version="1", kind="tool", **FLAG), span("late", injection_version="1", at_s=DAY_S)]
    rows += [span("old", injection_flag=None), span("failed", injection_version="1", injection_flag=None)]
    rows += [span("judged", kind="evaluator", injection_version="1", **FLAG)]
    return BuiltWarehouse().load(rows)


def test_flags_are_a_share_of_what_was_judged_and_judging_is_left_out() -> None:
    by_day = flags_by_day(_built())
    assert [(r["judged_spans"], r["flagged_spans"], r["flagged_traces"], r["unjudged_spans"]) for r in
            by_day.to_dict("records")] == [(9, 1, 1, 1), (1, 0, 0, 0)]  # fmt: skip
    first, second = flagged_share(by_day).to_dict("records")
    assert first["share"] == pytest.approx(1 / 9)
    assert first["low"] < 1 / 9 < first["high"]
    assert (second["share"], second["low"]) == (0, 0)
    assert flagged_share(flags_by_day(BuiltWarehouse())).empty


def test_rules_are_counted_with_where_they_matched() -> None:
    rules = rules_matched(_built()).to_dict("records")
    assert [(r["rule"], r["place"], r["spans"], r["traces"]) for r in rules] == [
        ("override", "tool", 1, 1), ("persona", "user", 1, 1),
    ]  # fmt: skip


def test_the_trend_of_flags_has_an_interval_and_tells_judging_apart() -> None:
    rows = trends(_built(), WEEKS, metric="injection_flags", by=["purpose"]).to_dict("records")
    assert [(row["purpose"], row["value"], row["n"]) for row in rows] == [
        ("app", pytest.approx(1 / 9), 9), ("evaluation", 1.0, 1), ("app", 0.0, 1),
    ]  # fmt: skip
    assert rows[0]["low"] < 1 / 9 < rows[0]["high"]


def test_the_list_can_be_limited_to_flagged_traces() -> None:
    counts = trace_count(_built(), ListFilter(WEEKS, Only.FLAGGED)).iloc[0]
    assert counts["traces"] == 2  # the flagged one, and the judge's own


def test_flagged_traces_are_a_stratum_of_a_sample() -> None:
    plan = plan_of({"name": "attacks", "size": 4, "strata": ["injection_flag"], "floor": 2})
    frame = read_frame(_built(), plan, week="2026-W10")
    assert {one.name: sorted(one.units) for one in frame.strata}["injection_flag=yes"] == ["t0"]
    certain = plan_of({"name": "attacks", "size": 4, "certainty": [{"injection_flag": "yes"}]})
    assert [sorted(one.units) for one in read_frame(_built(), certain, week="2026-W10").strata if one.certainty] == [
        ["t0"]
    ]
