"""Each method gives the answer that its source publishes."""

import numpy as np
import pandas as pd
import pytest

from review.calibration import anytime, control_chart, kappa_sample_size, stability
from review.calibration.dawid_skene import dawid_skene
from review.calibration.prediction_powered import Variant, post_stratified, simple
from review.calibration.rogan_gladen import rogan_gladen
from tests.review.calibration.reference import judges, reference


def test_rogan_gladen_and_its_interval() -> None:
    told = reference("rogan_gladen")
    found = rogan_gladen(passed=(400, 1000), sensitivity=(180, 200), specificity=(140, 200))
    assert found.value == pytest.approx(told["point"])
    assert found.smoothed == pytest.approx(told["lang_reiczigel_smoothed_point"])
    assert (found.low, found.high) == pytest.approx(told["lang_reiczigel_ci95"])


def test_rogan_gladen_with_four_positives_shows_that_it_cannot_be_used() -> None:
    told = reference("rogan_gladen")["second_example"]
    found = rogan_gladen(passed=(40, 248), sensitivity=(1, 4), specificity=(21, 24), confidence=0.9)
    assert found.value == pytest.approx(told["plain_point"])
    assert found.smoothed == pytest.approx(told["smoothed_point_here"])
    assert (found.low, found.high) == pytest.approx(told["ci_here"])


def test_rogan_gladen_of_the_judgy_example() -> None:
    told = reference("judgy_example")
    found = rogan_gladen(passed=(700, 1000), sensitivity=(36, 40), specificity=(16, 20))
    assert found.value == pytest.approx(told["point"])
    assert (found.low, found.high) == pytest.approx(told["lang_reiczigel_ci95"])


def test_a_judge_no_better_than_chance_has_no_rogan_gladen_figure() -> None:
    found = rogan_gladen(passed=(5, 10), sensitivity=(1, 4), specificity=(1, 4))
    assert found.value is None
    assert found.low is None


@pytest.mark.parametrize(("key", "weight"), [("lam=None", None), ("lam=1", 1.0), ("lam=0", 0.0)])
def test_prediction_powered_mean(key: str, weight: float | None) -> None:
    told = reference("ppi_mean_small")
    unlabelled = np.repeat([1.0, 0.0], [260, 140])
    found = simple(np.array(told["Y_labelled"]), np.array(told["judge_labelled"]), unlabelled, weight=weight)
    assert found.value == pytest.approx(told["results"][key]["point"])
    assert (found.low, found.high) == pytest.approx(told["results"][key]["ci95"])


@pytest.mark.parametrize(("key", "weight"), [("lam=None (PPI++)", None), ("lam=1", 1.0), ("lam=0", 0.0)])
def test_a_useless_judge_gets_no_weight(key: str, weight: float | None) -> None:
    told = reference("ppi_forest_badmodel")["computed_here_ppi_py_0_2_3"]
    with np.load(judges("ppi_forest_badmodel/forest_badmodel.npz")) as data:
        truth, judged = data["Y"], data["Yhat"]
    found = simple(truth[:300], judged[:300], judged[300:], weight=weight)
    assert (found.low, found.high) == pytest.approx(told[key], abs=1e-6)


def test_dawid_skene_of_the_anaesthetists() -> None:
    told = reference("dawid_skene_1979")["computed_here"]
    said = pd.read_csv(judges("dawid_skene_1979.csv"))
    found = dawid_skene(
        said["task"].sub(1).tolist(), said["worker"].sub(said["worker"].min()).tolist(), said["label"].sub(1).tolist()
    )
    assert found.shares == pytest.approx(told["marginals"], abs=5e-5)
    assert found.log_likelihood == pytest.approx(told["loglik"], abs=1e-6)
    assert np.bincount(found.posterior.argmax(axis=1)).tolist() == told["map_class_counts"]
    assert found.confusion[0] == pytest.approx(np.array(told["observer1_confusion"]), abs=5e-5)
    assert found.confusion[2] == pytest.approx(np.array(told["observer3_confusion"]), abs=5e-5)


def test_weeks_between_false_alarms() -> None:
    told = reference("cusum_arl")["two_sided_k_0_5"]
    for limit, key in ((4.0, "h4"), (5.0, "h5")):
        assert control_chart.average_run_length(limit=limit) == pytest.approx(told[key]["arl0"], abs=0.5)
        assert control_chart.average_run_length(limit=limit, shift=1) == pytest.approx(
            told[key]["arl_shift1"], abs=0.03
        )


def test_intervals_that_may_be_read_every_week() -> None:
    told = reference("confidence_sequence_betting")
    values = [1, 1, 0, 1, 1, 1, 0, 1, 1, 1] * 10
    at = [n - 1 for n in told["at_n"]]
    bets = anytime.betting(values)
    assert bets.low[at] == pytest.approx(told["betting_lower"])
    assert bets.high[at] == pytest.approx(told["betting_upper"])
    closed = anytime.empirical_bernstein(values)
    assert closed.low[at] == pytest.approx(told["predmix_empbern_lower"], abs=1e-8)
    assert closed.high[at] == pytest.approx(told["predmix_empbern_upper"], abs=1e-8)


def test_labels_that_a_kappa_needs() -> None:
    told = reference("kappa_sample_size")
    asked = kappa_sample_size.to_tell_apart(pass_rates=(0.5, 0.5), kappa_0=0.85, kappa_1=0.7)
    assert asked == pytest.approx(told["irr_N_cohen_kappa"]["computed_here"], abs=1e-3)
    for key, sizes in told["table_half_width_srs"].items():
        rate, kappa = (float(part.split("_")[-1]) for part in key.split(","))
        for width, size in sizes.items():
            found = kappa_sample_size.for_half_width(pass_rate=rate, kappa=kappa, half_width=float(width))
            assert found == size


def test_prediction_powered_share_on_the_logit_scale() -> None:
    told = reference("ppi_vignette_2601_05420")["published"]
    labels = np.repeat([1.0, 1, 0, 0], [1, 3, 3, 21])
    judged = np.repeat([1.0, 0, 1, 0], [1, 3, 3, 21])
    rest = np.repeat([1.0, 0], [40, 208])
    paper = Variant(ddof=1, on_logit=True)
    for key, weight in (("ppi", 1.0), ("ppi_pp", None)):
        found = simple(labels, judged, rest, weight=weight, confidence=0.9, variant=paper)
        assert (found.value, found.low, found.high) == pytest.approx(told[key], abs=5e-4)


def test_prediction_powered_mean_with_a_lambda_per_stratum() -> None:
    told = reference("stratified_ppi_glide_docstring")["computed_here"]
    strata = [
        (np.array([1.0, 2]), np.array([1.1, 2.2]), np.array([1.5, 1.8])),
        (np.array([4.0, 5]), np.array([3.9, 5.1]), np.array([4.5, 4.8])),
    ]
    found = post_stratified(strata, variant=Variant(ddof=1, clipped=False))
    assert found.value == pytest.approx(told["point"])
    assert (found.low, found.high) == pytest.approx(told["ci95"])


def test_population_stability_and_the_line_that_it_is_held_against() -> None:
    told = reference("psi")
    assert stability.population_stability(np.array(told["expected"]), np.array(told["actual"])) == pytest.approx(
        told["psi"]
    )
    example = told["example_null_95"]
    line = stability.null_line(bins=example["B"], reference=example["m"], window=example["n"])
    assert line == pytest.approx(example["value"])
    assert stability.null_line(bins=10, reference=2_000, window=120) == pytest.approx(told["example_null_95_10bins"])
