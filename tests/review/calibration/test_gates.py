"""Two versions are compared on people's scale, by the difference of their corrected means."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from errors import UsageError
from review.calibration.corrected_difference import corrected_difference, version
from review.calibration.gate_checks import State
from review.calibration.release_gate import release_check
from review.calibration.scale import Kind, ordinal
from review.calibration.study import Judged, Study


def study(*, gap: float, items: int = 400, seed: int = 1) -> tuple[Study, pd.DataFrame, pd.Series]:
    """4,000 traces, half of them by v4 which is `gap` worse; the judge gives v4 half a point too much."""
    rng = np.random.default_rng(seed)
    prompt = np.where(rng.random(4_000) < 0.5, "v4", "v3")
    quality = rng.normal(3.5, 0.8, 4_000) - gap * (prompt == "v4")
    judged = quality + rng.normal(0, 0.4, 4_000) + 0.5 * (prompt == "v4")
    units = pd.DataFrame({"item": np.arange(4_000).astype(str), "prompt": prompt})
    units = units.assign(app="", app_version="", model="", retrieval="")
    drawn = rng.choice(4_000, items, replace=False)
    labels = pd.DataFrame({
        "item": drawn.astype(str), "reviewer": "ana", "value": quality[drawn] + rng.normal(0, 0.3, items),
        "weight": 4_000 / items, "stratum": "all", "cluster": drawn.astype(str),
    })  # fmt: skip
    made = Study(
        labels, (Judged("j", pd.DataFrame({"item": [], "value": []}), 0),), ordinal([1.0, 5.0]), {"all": 4_000.0}
    )
    return made, units, pd.Series(judged, index=units["item"])


def test_the_corrected_difference_is_peoples_though_the_judge_prefers_the_candidate() -> None:
    made, units, judged = study(gap=0.4)
    found = corrected_difference(made, units, judged, versions=("prompt=v4", "prompt=v3"))
    assert found.value == pytest.approx(-0.4, abs=0.15)
    assert found.candidate.judge_mean is not None
    assert found.baseline.judge_mean is not None
    assert found.candidate.judge_mean > found.baseline.judge_mean  # what the judge alone would have said
    assert release_check(found, margin=0.1).state is State.FAIL


def test_the_judge_makes_the_interval_shorter_than_people_alone() -> None:
    made, units, judged = study(gap=0.0)
    with_judge = corrected_difference(made, units, judged, versions=("prompt=v4", "prompt=v3"))
    alone = corrected_difference(made, units, None, versions=("prompt=v4", "prompt=v3"))
    assert with_judge.low is not None
    assert with_judge.high is not None
    assert alone.low is not None
    assert alone.high is not None
    assert with_judge.high - with_judge.low < 0.8 * (alone.high - alone.low)


def test_its_interval_holds_the_truth_as_often_as_it_says() -> None:
    held = 0
    for seed in range(200):
        made, units, judged = study(gap=0.2, items=160, seed=seed)
        found = corrected_difference(made, units, judged, versions=("prompt=v4", "prompt=v3"))
        truth = _truth(units, seed)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    assert 0.91 <= held / 200 <= 0.985


def _truth(units: pd.DataFrame, seed: int) -> float:
    rng = np.random.default_rng(seed)
    prompt = np.where(rng.random(4_000) < 0.5, "v4", "v3")
    assert (prompt == units["prompt"]).all()
    quality = rng.normal(3.5, 0.8, 4_000) - 0.2 * (prompt == "v4")
    return float(quality[prompt == "v4"].mean() - quality[prompt == "v3"].mean())


def test_few_labels_of_a_version_are_not_enough_evidence() -> None:
    made, units, judged = study(gap=0.0, items=40)
    found = corrected_difference(made, units, judged, versions=("prompt=v4", "prompt=v3"))
    check = release_check(found, margin=0.25)
    assert check.state is State.NOT_ENOUGH_EVIDENCE
    assert "30 are needed" in check.said
    assert check.labels_needed > 0


@pytest.mark.parametrize("wrong", ["v4", "prompt=", "weather=good", ""])
def test_a_version_that_names_no_column_is_refused_with_those_there_are(wrong: str) -> None:
    with pytest.raises(UsageError, match="app_version, model, prompt"):
        version(wrong)


def test_versions_that_share_traffic_cannot_be_compared() -> None:
    made, units, judged = study(gap=0.0)
    with pytest.raises(UsageError, match="share traffic"):
        corrected_difference(made, units, judged, versions=("prompt=v4", "prompt=v4"))


def test_versions_are_not_compared_by_the_mean_of_categories() -> None:
    made, units, judged = study(gap=0.0)
    categories = replace(made, scale=replace(made.scale, kind=Kind.NOMINAL))
    with pytest.raises(UsageError, match="categories have no order"):
        corrected_difference(categories, units, judged, versions=("prompt=v4", "prompt=v3"))


def test_an_item_that_the_judge_scored_twice_counts_once_by_the_mean() -> None:
    made, units, judged = study(gap=0.0)
    twice = pd.concat([judged - 0.5, judged + 0.5])
    versions = ("prompt=v4", "prompt=v3")
    again = corrected_difference(made, units, twice, versions=versions)
    once = corrected_difference(made, units, judged, versions=versions)
    assert (again.value, again.low, again.high) == pytest.approx((once.value, once.low, once.high))
