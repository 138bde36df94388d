"""Level by level: what people say of each score, with intervals that have a width and hold."""

import math

import numpy as np
import pandas as pd
import pytest

from benchmarks.coverage.weeks import SETTINGS, traffic, week
from review.calibration.closeness import absolute_error, bias, bounded_mean_of
from review.calibration.levels import COLUMNS, by_level
from review.calibration.pairs import Pairs, one_value, paired
from review.calibration.scale import ordinal

FIVE = ordinal([1.0, 2.0, 3.0, 4.0, 5.0], declared=True)


def pairs(judge: list[float], human: list[float], *, reviewers: int = 1) -> Pairs:
    """An item per judge's value, each labelled alike by so many people."""
    rows = [(f"i{at}", f"r{by}", value) for at, value in enumerate(human) for by in range(reviewers)]
    labels = pd.DataFrame(rows, columns=["item", "reviewer", "value"])
    labels = labels.assign(weight=1.0, stratum="all", cluster=labels["item"])
    return paired(labels, pd.Series(judge, index=[f"i{at}" for at in range(len(judge))]))


def test_a_level_on_which_people_agree_keeps_the_width_that_its_labels_leave() -> None:
    """Ten say 4 of the judge's 4: up to 30.85% may say another, so from 3.07 to 4.31."""
    table = by_level(pairs([4.0] * 10 + [2.0] * 10, [4.0] * 10 + [1.0, 3.0] * 5), FIVE).set_index("level")
    four = table.loc["4"]
    assert (four["human"], four["low"], four["high"]) == pytest.approx((4.0, 3.0745, 4.3085), abs=1e-3)
    assert (four["passes"], four["passes_low"], four["passes_high"]) == pytest.approx((1.0, 0.6915, 1.0), abs=1e-3)
    assert table["low"].is_monotonic_increasing
    assert table["few"].all()


def test_two_people_who_say_the_same_of_an_item_are_one_item() -> None:
    once, twice = (
        by_level(pairs([4.0] * 10 + [2.0] * 10, [4.0] * 10 + [1.0, 3.0] * 5, reviewers=people), FIVE)
        for people in (1, 2)
    )
    assert twice["labels"].tolist() == [20, 20]
    assert twice["low"].tolist() == pytest.approx(once["low"].tolist())
    assert twice["high"].tolist() == pytest.approx(once["high"].tolist())


def test_one_label_of_a_level_says_next_to_nothing() -> None:
    table = by_level(pairs([5.0] + [2.0] * 10, [5.0] + [1.0, 3.0] * 5), FIVE).set_index("level")
    assert table["low"]["5"] == pytest.approx(5 - 4 * 0.975)
    assert table["high"]["5"] == 5.0


def test_the_interval_holds_the_expected_label_also_where_the_map_drew_it_to_its_neighbour() -> None:
    table = by_level(pairs([1.0] * 30 + [2.0] * 30, [4.0] * 29 + [5.0] + [1.0, 2.0] * 15), FIVE)
    assert table["human"].nunique() == 1
    assert (table["low"] <= table["human"]).all()
    assert (table["human"] <= table["high"]).all()


def test_without_two_scores_there_is_no_map() -> None:
    assert list(by_level(pairs([3.0] * 5, [1.0, 2, 3, 4, 5]), FIVE).columns) == list(COLUMNS)


def test_bias_and_error_of_a_judge_that_was_never_off_keep_a_width() -> None:
    """Of ten that agree 30.85% of the others may be four points off, either way."""
    exact = pairs([1.0, 2, 3, 4, 5, 1, 2, 3, 4, 5], [1.0, 2, 3, 4, 5, 1, 2, 3, 4, 5])
    found = bias(exact, span=4.0)
    assert (found.value, found.low, found.high) == pytest.approx((0.0, -1.234, 1.234), abs=1e-3)
    error = absolute_error(exact, span=4.0)
    assert (error.value, error.low, error.high) == pytest.approx((0.0, 0.0, 1.234), abs=1e-3)
    assert error.error is not None
    assert error.error > 0


def test_a_bounded_mean_is_wilsons_where_values_are_yes_and_no() -> None:
    """10 of 40: the variance has n - 1, so they are worth 39 items; t(39) = 2.0227."""
    some = pairs([1.0] * 40, [1.0] * 10 + [0.0] * 30)
    found = bounded_mean_of(some.human, some.design, bounds=(0.0, 1.0), items=40)
    spread = 2.0226909**2 / 39
    middle, half = (0.25 + spread / 2) / (1 + spread), math.sqrt(0.1875 * spread + spread**2 / 4) / (1 + spread)
    assert (found.low, found.high) == pytest.approx((middle - half, middle + half), abs=1e-6)


def test_levels_hold_people_s_expected_label_as_often_as_they_say() -> None:
    of = traffic(SETTINGS[2], seed=3)
    truth = {name: float(np.concatenate([of.first, of.second])[np.tile(of.judge, 2) == level].mean())
             for name, level in zip(of.scale.names, of.scale.levels, strict=True)}  # fmt: skip
    held: dict[bool, list[bool]] = {True: [], False: []}
    for seed in range(150):
        study = week(of, per_stratum=30, seed=seed)
        found = by_level(paired(study.labels, one_value(study.judges[0].scores, is_nominal=False)), of.scale)
        true = found["level"].map(truth)
        for few, is_held in zip(found["few"], (found["low"] <= true) & (true <= found["high"]), strict=True):
            held[bool(few)].append(bool(is_held))
    assert 0.92 <= np.mean(held[False]) <= 0.985
    assert len(held[True]) < 100
