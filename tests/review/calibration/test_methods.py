"""What the methods do where a pencil or a simulation can check them."""

import numpy as np
import pytest

from errors import UsageError
from review.calibration import anytime, prediction_powered, recalibration
from review.calibration.alternative_annotator import agreement, alternative_annotator, negative_rmse
from review.calibration.control_chart import cusum
from review.calibration.dawid_skene import dawid_skene
from review.calibration.kappa_sample_size import kish_effective, two_by_two


def _people(seed: int, *, items: int = 60, noise: float = 0.8) -> tuple[np.ndarray, dict[str, dict[str, float]]]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(1, 6, items).astype(float)
    said = {
        name: {str(i): float(np.clip(round(truth[i] + rng.normal(0, noise)), 1, 5)) for i in range(items)}
        for name in ("ana", "ben", "chidi")
    }
    return truth, said


def test_a_judge_that_knows_the_truth_could_stand_in_for_any_reviewer() -> None:
    truth, people = _people(1)
    judge = {str(i): float(value) for i, value in enumerate(truth)}
    found = alternative_annotator(judge, people, score=negative_rmse)
    assert found.passes
    assert found.winning_rate == 1.0
    assert found.advantage_probability is not None
    assert found.advantage_probability > 0.6


def test_a_judge_that_guesses_could_not() -> None:
    _, people = _people(1)
    guesses = np.random.default_rng(2).integers(1, 6, 60)
    found = alternative_annotator({str(i): float(v) for i, v in enumerate(guesses)}, people, score=negative_rmse)
    assert found.passes is False


def test_a_judge_that_always_agrees_with_people_who_always_agree_passes_without_spread() -> None:
    people = {name: {str(i): float(i % 2) for i in range(40)} for name in ("ana", "ben")}
    found = alternative_annotator(people["ana"], people, score=agreement)
    assert found.winning_rate == 1.0
    assert set(found.p_values.values()) == {0.0}


def test_reviewers_with_few_items_are_not_tested_against() -> None:
    _, people = _people(3, items=29)
    found = alternative_annotator(people["ana"], people, score=agreement)
    assert found.winning_rate is None
    assert "30 items" in found.reason


def test_two_raters_cannot_be_told_apart() -> None:
    with pytest.raises(UsageError, match="three raters"):
        dawid_skene([0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 1, 1])


def test_cusum_stays_quiet_on_target_and_says_since_when_it_is_off() -> None:
    assert cusum([0.4, -0.4] * 26).alarms == ()
    moved = cusum([0.0] * 10 + [2.0] * 8)
    assert moved.alarms[0] == 13  # 4 weeks of 1.5 pass 5
    assert moved.since[0] == 10
    assert moved.is_open


def test_cusum_of_an_improvement_is_seen_on_the_other_side() -> None:
    moved = cusum([0.0] * 4 + [-3.0] * 3)
    assert moved.down[-1] == pytest.approx(7.5)
    assert moved.up[-1] == 0


def test_a_week_without_labels_neither_raises_nor_lowers_the_sum() -> None:
    assert cusum([2.0, float("nan"), 2.0]).up.tolist() == [1.5, 1.5, 3.0]


def test_a_year_of_quiet_weeks_rarely_alarms() -> None:
    rng = np.random.default_rng(20261121)
    years = 2_000
    alarmed = sum(bool(cusum(rng.standard_normal(52)).alarms) for _ in range(years)) / years
    assert 0.07 < alarmed < 0.12


def test_betting_holds_at_all_times_at_once() -> None:
    rng = np.random.default_rng(7)
    missed = 0
    for _ in range(200):
        bounds = anytime.betting((rng.random(120) < 0.8).astype(float), breaks=200)
        missed += bool(((bounds.low > 0.8) | (bounds.high < 0.8)).any())
    assert missed / 200 <= 0.05


def test_the_brier_split_adds_up_and_sees_an_overconfident_judge() -> None:
    rng = np.random.default_rng(3)
    truth = rng.random(4_000)
    outcome = (rng.random(4_000) < truth).astype(float)
    honest = recalibration.brier_split(truth, outcome)
    loud = recalibration.brier_split(np.clip(truth * 2 - 0.5, 0.01, 0.99), outcome)
    for split in (honest, loud):
        assert split.score == pytest.approx(split.miscalibration - split.discrimination + split.uncertainty)
    assert honest.miscalibration < 0.01 < loud.miscalibration
    z = recalibration.spiegelhalter_z(truth, outcome)
    assert z is not None
    assert abs(z) < 3


def test_a_map_never_falls_and_is_not_fitted_on_the_label_it_is_asked_about() -> None:
    judged = np.array([1.0, 1, 2, 2, 3, 3])
    labels = np.array([2.0, 2, 1, 1, 4, 4])
    whole = recalibration.isotonic_map(judged, labels).predict(np.array([1.0, 2, 3]))
    assert whole.tolist() == [1.5, 1.5, 4.0]
    folds = np.array([0, 1, 0, 1, 0, 1])
    assert recalibration.cross_fitted(judged, labels, folds=folds).tolist() == [1.5, 1.5, 1.5, 1.5, 4.0, 4.0]


def test_a_perfect_judge_gets_full_weight_and_a_constant_one_none() -> None:
    labels = np.array([0.0, 1, 1, 0, 1, 1])
    sizes, one = np.array([1_000.0]), np.zeros(6, dtype=np.intp)
    assert prediction_powered.tuned_weight(sizes, one, labels, labels) == pytest.approx(1.0)
    assert prediction_powered.tuned_weight(sizes, one, labels, np.ones(6)) == 0.0


def test_the_weight_is_the_slope_of_the_strata_together() -> None:
    random = np.random.default_rng(4)
    stratum = np.repeat(np.arange(3), [40, 25, 1])
    judged = random.normal(size=66)
    labels = 0.5 * judged + random.normal(size=66)
    sizes = np.array([900.0, 300.0, 80.0])
    up = down = 0.0
    for at in (0, 1):  # the third has a single label, and so no spread
        own = stratum == at
        factor = sizes[at] ** 2 * (1 - own.sum() / sizes[at]) / own.sum()
        table = np.cov(labels[own], judged[own])
        up, down = up + factor * table[0, 1], down + factor * table[1, 1]

    assert prediction_powered.tuned_weight(sizes, stratum, labels, judged) == pytest.approx(up / down, rel=1e-12)


def test_savings_are_bounded_by_the_correlation() -> None:
    assert prediction_powered.savings(0.0) == 1.0
    assert prediction_powered.savings(0.7) == pytest.approx(1.96, abs=0.01)


def test_equal_weights_keep_every_label_and_unequal_ones_do_not() -> None:
    assert kish_effective(np.full(120, 33.3)) == pytest.approx(120)
    by_stratum = np.repeat([0.6, 0.25, 0.10, 0.05], 30)
    assert 120 / kish_effective(by_stratum) == pytest.approx(1.74, abs=0.005)


def test_the_table_of_a_kappa_has_that_kappa() -> None:
    table = two_by_two(0.8, 0.7, 0.6)
    chance = float(table.sum(axis=1) @ table.sum(axis=0))
    assert (np.trace(table) - chance) / (1 - chance) == pytest.approx(0.6)
