"""The judge's kappa less people's own, of the same items."""

import math

import numpy as np
import pandas as pd
import pytest

from benchmarks.coverage.weeks import SETTINGS, census, traffic, week
from review.agreement.coefficient import Coefficient
from review.agreement.kappa import weighted_kappa
from review.agreement.weights import Weights
from review.calibration.assessment import people
from review.calibration.kappa_less_people import kappa_less_people
from review.calibration.pairs import one_value, pairs_of
from review.calibration.scale import ordinal
from review.calibration.study import Study

FIVE = ordinal([1.0, 2.0, 3.0, 4.0, 5.0], declared=True)


def found(study: Study, judged: pd.Series) -> tuple[float, float, float, float, float]:
    """Value, low and high of the difference, and how wide it would be of two independent figures, and the truth's."""
    pairs = pairs_of(study, judged)
    kappa = weighted_kappa(pairs.judge, pairs.human, levels=study.scale.levels, design=pairs.design)
    among = people(study).kappa
    less = kappa_less_people(study, pairs, kappa, among)
    assert less.value is not None
    assert less.low is not None
    assert less.high is not None
    assert kappa.value is not None
    assert among.value is not None
    spread = [one.high - one.low for one in (kappa, among) if one.low is not None and one.high is not None]
    return less.value, less.low, less.high, math.hypot(*spread), kappa.value - among.value


def test_hard_items_that_part_the_judge_from_people_and_people_from_each_other_cancel() -> None:
    """On half of the items everybody guesses: both kappas rise and fall with how many of those were drawn."""
    rng = np.random.default_rng(2)
    clear = rng.integers(1, 6, 200).astype(float)
    is_hard = rng.random(200) < 0.5
    said = [np.where(is_hard, rng.integers(1, 6, 200).astype(float), clear) for _ in range(3)]
    item = np.arange(200).astype(str)
    labels = pd.concat([
        pd.DataFrame({"item": item, "reviewer": name, "value": values})
        for name, values in zip(("ana", "ben"), said[:2], strict=True)
    ])  # fmt: skip
    labels = labels.assign(weight=1.0, stratum="all", cluster=labels["item"]).reset_index(drop=True)
    value, low, high, apart, plain = found(Study(labels, (), FIVE, {"all": 1e6}), pd.Series(said[2], index=item))
    assert value == pytest.approx(plain)
    assert low < value < high
    assert high - low < 0.95 * apart


def test_without_spread_in_one_of_them_they_count_as_independent() -> None:
    labels = pd.DataFrame({"item": ["a", "a", "b", "b"], "reviewer": ["x", "y"] * 2, "value": [1.0, 1, 5, 5]})
    study = Study(labels.assign(weight=1.0, stratum="all", cluster=labels["item"]), (), FIVE, {"all": 100.0})
    pairs = pairs_of(study, pd.Series([1.0, 4.0], index=["a", "b"]))
    judge, among = Coefficient("kappa", 0.6, 0.5, 0.7, 2, 4), Coefficient("kappa", 1.0, 0.7, 1.0, 2, 4)
    less = kappa_less_people(study, pairs, judge, among)
    assert (less.value, less.low) == pytest.approx((-0.4, -0.4 - 0.1))
    nothing = kappa_less_people(study, pairs, judge, Coefficient("kappa", None, None, None, 0, 0, lacks="no pairs"))
    assert (nothing.value, nothing.lacks) == (None, "no pairs")


def test_over_many_weeks_it_holds_the_truth_as_often_as_it_says() -> None:
    of = traffic(SETTINGS[2], seed=9)
    by_item = one_value(census(of).judges[0].scores, is_nominal=False)
    both = np.column_stack([of.first, of.second])
    levels = of.scale.levels
    judge = weighted_kappa(np.tile(of.judge, 2), both.T.ravel(), levels=levels).value or 0.0
    among = (
        weighted_kappa(both.T.ravel(), both[:, ::-1].T.ravel(), weights=Weights.QUADRATIC, levels=levels).value or 0.0
    )
    held = []
    for seed in range(150):
        _, low, high, _, _ = found(week(of, per_stratum=30, seed=seed), by_item)
        held.append(low <= judge - among <= high)
    assert 0.91 <= np.mean(held) <= 0.985
