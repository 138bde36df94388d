"""The corrected difference of two versions: how they are spelt, and what it says when little is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from errors import UsageError
from review.calibration.corrected_difference import CorrectedDifference, corrected_difference, spelled, version
from review.calibration.corrected_mean import ONE_LEVEL
from review.calibration.scale import ordinal
from review.calibration.study import Judged, Study

FIVE = ordinal([1.0, 2.0, 3.0, 4.0, 5.0], declared=True)


def made(*, items: int = 160, spread: float = 0.8, seed: int = 1) -> tuple[Study, pd.DataFrame, pd.Series]:
    """4,000 traces, half of `v4, long`; the judge errs by .4 around what people say."""
    rng = np.random.default_rng(seed)
    prompt = np.where(rng.random(4_000) < 0.5, "v4, long", "v3")
    quality = rng.normal(3.5, spread, 4_000)
    units = pd.DataFrame({"item": np.arange(4_000).astype(str), "prompt": prompt, "model": "gpt-4o"})
    units = units.assign(app="", app_version="", retrieval="")
    drawn = rng.choice(4_000, items, replace=False)
    labels = pd.DataFrame({
        "item": drawn.astype(str), "reviewer": "ana", "value": quality[drawn], "weight": 4_000 / items,
        "stratum": "all", "cluster": drawn.astype(str),
    })  # fmt: skip
    judges = (Judged("j", pd.DataFrame({"item": [], "value": []}), 0),)
    judged = pd.Series(quality + rng.normal(0, spread / 2, 4_000), index=units["item"])
    return Study(labels, judges, FIVE, {"all": 4_000.0}), units, judged


LONG, SHORT = {"prompt": "v4, long"}, {"prompt": "v3"}


@pytest.mark.parametrize(
    ("spelt", "meant"),
    [
        ("prompt=v4", {"prompt": "v4"}),
        ("prompt=v4,model=gpt-4o", {"prompt": "v4", "model": "gpt-4o"}),
        (' prompt = v4 , model = "gpt-4o" ', {"prompt": "v4", "model": "gpt-4o"}),
        ('prompt="v4, long",model=gpt-4o', {"prompt": "v4, long", "model": "gpt-4o"}),
        ('prompt="say ""hello"", please"', {"prompt": 'say "hello", please'}),
        ("model=openai/gpt-4o:beta=2", {"model": "openai/gpt-4o:beta=2"}),
    ],
)
def test_a_version_is_read_as_it_was_meant(spelt: str, meant: dict[str, str]) -> None:
    assert version(spelt) == meant
    assert version(spelled(meant)) == meant


@pytest.mark.parametrize(
    "wrong", ["prompt=v4, long", 'prompt="v4', 'prompt=5" screens', "prompt=v4,weather=good", ",", "prompt"]
)
def test_what_cannot_be_read_is_refused_and_the_way_out_is_named(wrong: str) -> None:
    with pytest.raises(UsageError, match='prompt="v4, long" where a value has a comma'):
        version(wrong)


def test_a_column_is_named_once() -> None:
    with pytest.raises(UsageError, match="one prompt; it is given twice"):
        version("prompt=v4,prompt=v5")


def test_versions_may_be_given_as_columns_and_values() -> None:
    study, units, judged = made()
    by_hand = corrected_difference(study, units, judged, versions=('prompt="v4, long"', "prompt=v3"))
    assert corrected_difference(study, units, judged, versions=(LONG, SHORT)) == by_hand
    assert by_hand.candidate.named == 'prompt="v4, long"'


def width(found: CorrectedDifference) -> float:
    assert found.low is not None
    assert found.high is not None
    return found.high - found.low


def test_a_judge_that_scored_a_tenth_of_the_traffic_widens_the_interval_and_not_the_truth() -> None:
    study, units, judged = made()
    labelled = judged.index.isin(study.labels["item"])
    tenth = judged[labelled | (np.arange(4_000) % 10 == 0)]
    whole, part = (
        corrected_difference(study, units, one, versions=(LONG, SHORT), weight=0.8) for one in (judged, tenth)
    )
    assert width(part) > 1.02 * width(whole)
    assert whole.error is not None
    assert part.error is not None
    rest = [judged[~labelled & (units["prompt"] == one["prompt"]).to_numpy() & (np.arange(4_000) % 10 == 0)]
            for one in (LONG, SHORT)]  # fmt: skip
    added = sum(0.64 * one.var() / len(one) for one in rest)
    assert part.error**2 - whole.error**2 == pytest.approx(added, rel=0.2)  # less what the finite traffic takes off


def test_over_many_draws_a_partly_judged_difference_holds_the_truth() -> None:
    held = 0
    for seed in range(200):
        study, units, judged = made(seed=seed)
        quality = np.random.default_rng(seed)
        side = np.where(quality.random(4_000) < 0.5, "v4, long", "v3") == "v4, long"
        values = quality.normal(3.5, 0.8, 4_000)
        seen = judged.index.isin(study.labels["item"]) | (np.arange(4_000) % 20 == 0)
        found = corrected_difference(study, units, judged[seen], versions=(LONG, SHORT), weight=0.8)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= values[side].mean() - values[~side].mean() <= found.high
    assert 0.92 <= held / 200 <= 0.985


def test_a_judge_of_the_labelled_items_alone_corrects_nothing_and_says_so() -> None:
    study, units, judged = made()
    few = judged[judged.index.isin(study.labels["item"])]
    found = corrected_difference(study, units, few, versions=(LONG, SHORT))
    assert found.value is None
    assert "nothing of prompt=" in found.lacks
    assert "people alone" in found.lacks


def test_a_sample_of_a_part_of_the_traffic_does_not_speak_for_all_of_it_through_a_judge() -> None:
    study, units, judged = made()
    narrow = replace(study, sizes={"all": 2_000.0})
    assert "part of the traffic" in corrected_difference(narrow, units, judged, versions=(LONG, SHORT)).lacks
    assert corrected_difference(narrow, units, None, versions=(LONG, SHORT)).value is not None


def test_a_stratum_whose_size_is_missing_is_refused_and_not_made_endless() -> None:
    study, units, judged = made()
    labels = study.labels.assign(stratum=np.where(np.arange(160) % 2, "a", "b"))
    with pytest.raises(UsageError, match="unknown size"):
        corrected_difference(replace(study, labels=labels, sizes={"a": 4_000.0}), units, judged, versions=(LONG, SHORT))
    free = corrected_difference(replace(study, labels=labels, sizes=None), units, None, versions=(LONG, SHORT))
    known = corrected_difference(study, units, None, versions=(LONG, SHORT))
    assert width(free) == pytest.approx(width(known) / np.sqrt(1 - 160 / 4_000))  # no correction for a finite traffic


def test_equal_labels_of_both_versions_leave_the_difference_open() -> None:
    study, units, _ = made(spread=0.0)
    alike = replace(study, labels=study.labels.assign(value=4.0))
    found = corrected_difference(alike, units, None, versions=(LONG, SHORT))
    assert found.value == 0.0
    assert width(found) > 0.2
    nothing = corrected_difference(replace(alike, scale=ordinal([4.0])), units, None, versions=(LONG, SHORT))
    assert (nothing.value, nothing.lacks) == (None, ONE_LEVEL)
