"""Every coefficient gives the published answer of a worked example."""

import math

import numpy as np
import pytest

from review.agreement.alpha import Metric, krippendorff_alpha
from review.agreement.coefficient import Floats
from review.agreement.gwet import gwet_ac
from review.agreement.icc import intraclass_correlation
from review.agreement.kappa import weighted_kappa
from review.agreement.percent import percent_agreement
from review.agreement.weights import Weights, agreement_weights
from tests.review.calibration.reference import reference

FIVE = np.arange(1.0, 6)


def four_raters() -> Floats:
    """Twelve units rated by four observers with gaps, the last unit by one of them; a row per unit."""
    rows = reference("gwet_irrCAC_raw4raters")["data_rows_are_raters"]
    return np.array(rows, dtype=float).T


def two_raters(table: list[list[int]]) -> tuple[Floats, Floats]:
    """A cross table spelled out: one entry per item and rater."""
    counts = np.array(table)
    rows, columns = np.indices(counts.shape)
    return np.repeat(rows.ravel(), counts.ravel()).astype(float), np.repeat(columns.ravel(), counts.ravel()).astype(
        float
    )


def bipolar(levels: Floats) -> Floats:
    """Gwet's bipolar weights: a matrix of one's own."""
    one, two = np.meshgrid(levels, levels)
    room = (one + two - 2 * levels.min()) * (2 * levels.max() - one - two)
    apart = np.divide((one - two) ** 2, room, out=np.zeros_like(room), where=room > 0)
    return np.asarray(1 - apart / apart.max(), dtype=float)


@pytest.mark.parametrize("metric", list(Metric))
def test_krippendorffs_own_example(metric: Metric) -> None:
    said = reference("krippendorff_2011_four_observers")
    raters = np.array(said["data_rows_are_raters"], dtype=float).T
    alpha = krippendorff_alpha(raters, metric=metric)
    assert alpha.value == pytest.approx(said["computed_here"][metric.value], abs=1e-12)
    assert (alpha.items, alpha.ratings) == (11, 40)  # the unit that one observer rated is left out


@pytest.mark.parametrize("weights", list(Weights))
def test_gwets_coefficients_and_alpha_with_his_weights(weights: Weights) -> None:
    said = reference("gwet_irrCAC_raw4raters")["computed_pinned_env_irrCAC_0_4_4"][weights.value]
    ac = gwet_ac(four_raters(), weights=weights)
    assert ac.value == pytest.approx(said["AC1" if weights is Weights.IDENTITY else "AC2"], abs=5e-6)
    alpha = krippendorff_alpha(four_raters(), metric=1 - agreement_weights(weights, FIVE))
    assert alpha.value == pytest.approx(said["krippendorff"], abs=6e-6)


def test_weights_of_ones_own() -> None:
    said = reference("gwet_irrCAC_raw4raters")["computed_pinned_env_irrCAC_0_4_4"]["bipolar"]
    assert gwet_ac(four_raters(), weights=bipolar(FIVE)).value == pytest.approx(said["AC2"], abs=5e-6)


def test_percent_agreement_with_gaps() -> None:
    said = reference("gwet_irrCAC_raw4raters")["published_R_irrCAC"]["percent_agreement"]
    assert percent_agreement(four_raters()).value == pytest.approx(said, abs=5e-6)


def test_a_table_of_two_raters_with_its_standard_errors() -> None:
    said = reference("irrCAC_cont3x3abstractors")
    published = said["published"]
    one, two = two_raters(said["table"])
    both = np.column_stack([one, two])
    for name, found, exact in (
        ("cohen", weighted_kappa(one, two, weights=Weights.IDENTITY), True),
        ("AC1", gwet_ac(both), True),
        ("percent", percent_agreement(both), True),
        ("krippendorff", krippendorff_alpha(both, metric=Metric.NOMINAL), False),
    ):
        assert found.value == pytest.approx(published[name], abs=5e-8), name
        assert found.standard_error is not None
        # the table's errors divide by n, ours by n - 1; alpha's is resampled
        error = found.standard_error * math.sqrt(99 / 100)
        assert error == pytest.approx(published[f"{name}_se"], abs=2e-4 if exact else 4e-3), name


def test_the_paradox_of_kappa() -> None:
    said = reference("gwet_2002_kappa_paradox")
    one, two = two_raters(said["table"])
    ac = gwet_ac(np.column_stack([one, two]))
    assert weighted_kappa(one, two, weights=Weights.IDENTITY).value == pytest.approx(
        said["published"]["cohen"], abs=5e-5
    )
    assert ac.value == pytest.approx(said["published"]["AC1"], abs=5e-5)
    assert ac.standard_error == pytest.approx(
        said["computed_with_irrCAC_table_functions"]["AC1_se"] * math.sqrt(125 / 124), abs=1e-3
    )


def test_cohens_own_disagreement_weights() -> None:
    said = reference("cohen_1968_weighted")
    one, two = two_raters(said["table"])
    weighted = weighted_kappa(one, two, weights=1 - np.array(said["disagreement_weights"]) / 6)
    plain = weighted_kappa(one, two, weights=Weights.IDENTITY)
    for found, name in ((weighted, "weighted"), (plain, "unweighted")):
        assert found.value == pytest.approx(said["computed_here"][name], abs=1e-12)
        assert found.standard_error is not None
        error = found.standard_error * math.sqrt(199 / 200)
        assert error == pytest.approx(said["computed_here"][f"{name}_se"], abs=1e-12)


@pytest.mark.parametrize(("weights", "name"), [(Weights.IDENTITY, "None"), (Weights.LINEAR, "linear"),
                                               (Weights.QUADRATIC, "quadratic")])  # fmt: skip
def test_agrestis_table(weights: Weights, name: str) -> None:
    said = reference("agresti_sexual_fun")
    one, two = two_raters(said["table"])
    found = weighted_kappa(one, two, weights=weights)
    assert found.value == pytest.approx(said["computed_here"][name]["kappa"], abs=1e-12)
    assert found.standard_error is not None
    error = found.standard_error * math.sqrt(90 / 91)
    assert error == pytest.approx(said["computed_here"][name]["se"], abs=1e-12)


def test_shrout_and_fleiss_own_table() -> None:
    said = reference("shrout_fleiss_1979_icc")
    found = intraclass_correlation(said["data_rows_are_targets"])
    names = {"ICC1": found.one_way, "ICC2": found.agreement, "ICC3": found.consistency,
             "ICC1k": found.one_way_mean, "ICC2k": found.agreement_mean, "ICC3k": found.consistency_mean}  # fmt: skip
    for name, value in names.items():
        assert value == pytest.approx(said["computed_here"][name], abs=5e-7), name
