"""Who is served worse: gaps between segments, in outcomes and in quality, also where a judge is unfair itself."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from metrics.clustered import ratio_mean
from metrics.filters import TrafficFilter
from metrics.outcomes.conversations import conversations
from metrics.outcomes.fairness import gaps
from metrics.outcomes.quality import corrected_by_segment, judged_by_segment
from metrics.outcomes.rules import built_in
from metrics.outcomes.shares import FEWEST
from review.calibration.reviewed import Reviewed
from tests.metrics.built import BuiltWarehouse, span
from tests.review.calibration.test_release_gate import Bank

EVER = TrafficFilter(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


def ended(tenant: str, topic: str, *, escalated: int, of: int) -> pd.DataFrame:
    is_handed = np.arange(of) < escalated
    return pd.DataFrame({
        "tenant": tenant, "topic": topic, "is_open": False, "is_escalated": is_handed, "is_contained": ~is_handed,
        "is_abandoned": False, "is_repeated": False, "is_corrected": False, "is_solved": None, "solved_by": None,
        "thumbs_up": 0, "thumbs_down": 0,
    })  # fmt: skip


def test_the_surest_gap_comes_first_and_false_discoveries_are_controlled_over_all_segments() -> None:
    found = pd.concat([
        ended("north", "cards", escalated=3, of=60), ended("south", "cards", escalated=30, of=60),
        ended("north", "loans", escalated=4, of=60), ended("south", "loans", escalated=24, of=60),
    ])  # fmt: skip

    table = gaps(found, by=["tenant", "topic"])

    first = table.to_dict("records")[:4]
    assert {(row["by"], row["outcome"]) for row in first} == {("tenant", "escalated"), ("tenant", "contained")}
    south = next(row for row in first if row["segment"] == "south" and row["outcome"] == "escalated")
    assert south["gap"] == pytest.approx(54 / 120 - 7 / 120)
    assert south["gap_low"] > 0.25
    by_topic = table[(table["by"] == "topic") & (table["outcome"] == "escalated")]
    assert (by_topic["q"] > 0.05).all()


def test_topics_are_not_compared_by_the_mood_that_their_own_words_have() -> None:
    found = pd.concat([ended("north", "stolen cards", escalated=3, of=60).assign(mood_last=-0.4),
                       ended("south", "savings", escalated=3, of=60).assign(mood_last=0.4)])  # fmt: skip

    told = gaps(found, by=["tenant", "topic"])

    unhappy = told[told["outcome"] == "unhappy at the end"]
    assert set(unhappy["by"]) == {"tenant"}
    assert (unhappy["q"] < 0.01).all()


def test_a_small_segment_is_named_without_a_figure() -> None:
    found = pd.concat([ended("big", "cards", escalated=3, of=60), ended("few", "cards", escalated=5, of=FEWEST - 1)])

    few = gaps(found, by=["tenant"]).query("segment == 'few'")

    assert few[["share", "gap", "low", "trials"]].isna().all(axis=None)
    assert set(few["lacks"]) == {f"fewer than {FEWEST} conversations"}


def judge_says(value: float, trace: str) -> dict[str, Any]:
    return {"id": f"{trace}-{value}", "target_level": "trace", "trace_id": trace, "name": "helpfulness", "value": value,
            "source": "judge", "judge_name": "house", "created_at": 0}  # fmt: skip


def test_a_judges_mean_has_conversations_as_units() -> None:
    """Twelve conversations of two turns each: six say 2 and 4, six 4 and 6, so means 3 and 5, and 4 in all."""
    traces = [(f"{tenant}{place}-{turn}", f"{tenant}{place}", tenant, 2 + turn * 2 + 2 * (place % 2))
              for tenant in ("north", "south", "few") for place in range(5 if tenant == "few" else 12)
              for turn in (0, 1)]  # fmt: skip
    spans = [span(trace, session_id=session, tenant=tenant) for trace, session, tenant, _ in traces]
    scores = [judge_says(value, trace) for trace, _, _, value in traces]
    built = BuiltWarehouse().load(spans, scores=scores)
    found = conversations(built, EVER, {None: built_in()}).assign(is_open=False)

    said = judged_by_segment(built, EVER, found, by="tenant").set_index("segment").to_dict("index")

    north = said["north"]
    assert (north["mean"], north["conversations"], north["scored"]) == (4.0, 12, 24)
    error = np.sqrt(12 * 2**2 * 12 / 11) / 24  # sums of the conversations lie 2 off: Lohr 5.17
    assert north["high"] - north["mean"] == pytest.approx(2.20099 * error, rel=1e-4)
    assert ratio_mean(np.array([6.0, 10.0] * 6), np.array([2.0] * 12)) == pytest.approx((4.0, error))
    assert abs(north["gap"]) < 0.1
    assert north["gap_low"] < 0 < north["gap_high"]
    assert pd.isna(said["few"]["mean"])
    assert pd.isna(said["few"]["scored"])
    assert said["few"]["lacks"] == f"fewer than {FEWEST} conversations"


def unfair(points: float) -> tuple[Reviewed, pd.DataFrame]:
    """A judge that gives the south so many points too little, and the conversations of the traffic."""
    one = Bank().reviewed(seed=2)
    units = one.units.assign(cluster=one.units["item"])
    lowered = one.judged["value"] - points * (one.judged["tenant"] == "south")
    judged = one.judged.assign(value=lowered)
    (said,) = one.study.judges
    study = replace(one.study, judges=(replace(said, scores=judged[["item", "value"]]),))
    found = units[["item", "tenant"]].rename(columns={"item": "conversation_id"}).assign(is_open=False)
    return replace(one, study=study, said=lambda: judged, units=units), found


def test_a_judge_that_is_unfair_to_a_tenant_is_set_right_by_peoples_labels() -> None:
    one, found = unfair(1.0)

    said = corrected_by_segment([one], found, by="tenant").set_index("segment").to_dict("index")

    south, north = said["south"], said["north"]
    assert south["judge_mean"] < north["judge_mean"] - 0.9
    assert abs(south["gap"]) < 0.2
    assert south["gap"] == pytest.approx(-north["gap"])
    assert south["q"] > 0.05
    assert south["labelled"] + north["labelled"] == one.study.labels["item"].nunique()


def test_traffic_without_a_segment_is_on_neither_side_and_few_labels_give_no_gap() -> None:
    one, found = unfair(0.0)
    half = found[found["conversation_id"] < "01200"].assign(tenant="east")
    few = found[found["conversation_id"] >= "02385"].assign(tenant="west")

    said = corrected_by_segment([one], pd.concat([half, few]), by="tenant").set_index("segment").to_dict("index")

    assert (said["east"]["traces"], said["west"]["traces"]) == (1200, 15)
    assert said["west"]["gap"] is None
    assert "30 are needed" in said["west"]["lacks"]
