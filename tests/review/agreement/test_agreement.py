"""What the coefficients do where a pencil, another library or a simulation can check them."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from nltk.metrics.agreement import AnnotationTask
from nltk.metrics.distance import interval_distance
from sklearn.metrics import cohen_kappa_score

from review.agreement.alpha import Metric, krippendorff_alpha
from review.agreement.coefficient import NO_PAIRS, NO_VARIATION, ONE_UNIT, Coefficient, Floats
from review.agreement.design import Design
from review.agreement.gwet import gwet_ac
from review.agreement.icc import intraclass_correlation
from review.agreement.kappa import weighted_kappa
from review.agreement.percent import percent_agreement
from review.agreement.weights import Weights

GAP = np.nan
SCALE = np.arange(1.0, 6)
tables = arrays(float, st.tuples(st.integers(2, 12), st.integers(2, 4)), elements=st.sampled_from([1.0, 2, 3, 5, GAP]))


def everything(values: Floats, design: Design | None = None) -> list[Coefficient]:
    return [
        *(krippendorff_alpha(values, metric=metric, design=design, resamples=50) for metric in Metric),
        *(gwet_ac(values, levels=SCALE, weights=weights, design=design) for weights in Weights),
        *(weighted_kappa(values[:, 0], values[:, 1], weights=weights, design=design) for weights in Weights),
        percent_agreement(values, design=design),
    ]


def raters(seed: int, *, items: int, people: int = 2, noise: float = 0.7) -> Floats:
    """Ratings from 1 to 5 of items with a true quality."""
    random = np.random.default_rng(seed)
    truth = random.normal(3.4, 1.1, items)
    return np.clip(np.rint(truth[:, None] + random.normal(0, noise, (items, people))), 1, 5)


@given(tables)
@settings(max_examples=60, deadline=None)
def test_a_coefficient_is_within_its_range_and_its_interval_holds_it(values: Floats) -> None:
    for found in everything(values):
        if found.value is None:
            assert found.lacks in (NO_VARIATION, NO_PAIRS)
            continue
        assert found.value <= 1 + 1e-12
        assert found.lacks is not None or (found.low is not None and found.low <= 1)


@given(tables, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_neither_the_order_of_items_nor_that_of_raters_matters(values: Floats, random: object) -> None:
    order = np.random.default_rng(len(repr(random)))
    shuffled = order.permuted(values[order.permutation(len(values))], axis=1)
    for metric in Metric:
        one, two = (krippendorff_alpha(each, metric=metric, resamples=2).value for each in (values, shuffled))
        assert (one is None) == (two is None)
        assert one is None or one == pytest.approx(two, abs=1e-9)


@given(tables)
@settings(max_examples=40, deadline=None)
def test_an_item_of_weight_two_counts_as_two(values: Floats) -> None:
    weights = np.where(np.arange(len(values)) % 2, 2, 1)
    repeated = np.repeat(values, weights, axis=0)
    once, twice = everything(values, Design.of(len(values), weights=weights)), everything(repeated)
    for weighted, plain in zip(once[4:], twice[4:], strict=True):  # alpha corrects for the number of ratings
        assert (weighted.value is None) == (plain.value is None)
        assert weighted.value is None or weighted.value == pytest.approx(plain.value, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_same_figures_as_other_libraries(seed: int) -> None:
    values = raters(seed, items=80, people=3)
    values[np.random.default_rng(seed).random(values.shape) < 0.2] = GAP
    triples = [(str(c), str(i), values[i, c]) for i, c in np.argwhere(~np.isnan(values))]
    paired = [one for one in triples if (~np.isnan(values[int(one[1])])).sum() >= 2]
    nominal, interval = AnnotationTask(paired), AnnotationTask(paired, distance=interval_distance)
    assert krippendorff_alpha(values, metric=Metric.NOMINAL).value == pytest.approx(nominal.alpha(), abs=1e-9)
    assert krippendorff_alpha(values, metric=Metric.INTERVAL).value == pytest.approx(interval.alpha(), abs=1e-9)


@pytest.mark.parametrize("weights", [Weights.LINEAR, Weights.QUADRATIC])
def test_weighted_kappa_is_that_of_sklearn(weights: Weights) -> None:
    values, share = raters(4, items=120), np.random.default_rng(4).uniform(1, 9, 120)
    found = weighted_kappa(values[:, 0], values[:, 1], weights=weights, design=Design.of(120, weights=share))
    theirs = cohen_kappa_score(values[:, 0], values[:, 1], weights=weights.value, sample_weight=share)
    assert found.value == pytest.approx(theirs, abs=1e-12)


def test_all_answers_alike_are_no_variation_and_not_full_agreement() -> None:
    for found in everything(np.full((40, 2), 4.0))[:-1]:
        assert (found.value, found.low, found.lacks) == (None, None, NO_VARIATION)


@pytest.mark.parametrize("people", [np.ones(200), np.arange(200.0) > 0], ids=["all pass", "one refused"])
def test_beside_a_rater_who_always_says_the_same_kappa_has_no_figure(people: Floats) -> None:
    judge = np.ones(200) if people[0] == 0 else np.arange(200.0) > 0
    found = weighted_kappa(judge, people, weights=Weights.IDENTITY, levels=[0, 1])
    assert (found.value, found.low, found.lacks) == (None, None, NO_VARIATION)


def test_kappa_of_rare_refusals_holds_the_truth_as_often_as_it_says() -> None:
    """2 in 100 are refused and a good judge finds 8 in 10 of them, at 60 labels: kappa is .84 where it has a figure."""
    random, held = np.random.default_rng(5), []
    for _ in range(2_000):
        refused = random.random(60) < 0.02
        judge = np.where(refused, random.random(60) < 0.8, random.random(60) < 0.002)
        found = weighted_kappa(judge, refused, weights=Weights.IDENTITY, levels=[0, 1])
        if found.low is not None and found.high is not None:
            held.append(found.low <= 0.838 <= found.high)
    assert len(held) > 1_000
    assert np.mean(held) > 0.93


def test_no_interval_is_without_width_however_few_the_items() -> None:
    """All tables of two raters and one to three items: a single item says nothing, others never all."""
    for items in (1, 2, 3):
        for rows in itertools.product(itertools.product((1.0, 2.0, 4.0), repeat=2), repeat=items):
            values = np.array(rows)
            for weights in (Weights.IDENTITY, Weights.QUADRATIC):
                kappa = weighted_kappa(values[:, 0], values[:, 1], weights=weights, levels=SCALE)
                for found in (kappa, gwet_ac(values, levels=SCALE, weights=weights)):
                    if found.value is None or found.low is None or found.high is None:
                        assert found.low is found.high is None
                        assert found.value is None or (items, found.lacks) == (1, ONE_UNIT)
                        continue
                    assert found.low - 1e-9 <= found.value <= found.high + 1e-9
                    assert found.high - found.low > 0.05


def test_two_items_on_which_they_part_wholly_mirror_two_on_which_they_agree() -> None:
    apart, together = (weighted_kappa([3, 5], second, levels=SCALE) for second in ([5, 3], [3, 5]))
    assert (apart.value, apart.low) == (-1, -1)
    assert apart.high == pytest.approx(1 - 2 * np.sqrt(0.025))  # of two alike 1 - .025^(1/2) may be otherwise
    assert together.high == 1


def test_items_with_one_rating_say_nothing_of_agreement() -> None:
    for found in everything(np.array([[4, GAP], [GAP, 2], [3, GAP]])):
        assert (found.value, found.lacks, found.items) == (None, NO_PAIRS, 0)


def test_agreement_without_any_disagreement_is_not_certain() -> None:
    values = np.repeat(SCALE, 6)[:, None].repeat(2, axis=1)
    for found in everything(values):
        assert found.value == pytest.approx(1)
        assert found.low is not None
        assert 0.3 < found.low < 0.95  # thirty agreements in a row leave up to 12 % disagreement open


def test_a_stratum_with_a_single_unit_is_joined_to_the_largest() -> None:
    design = Design.of(7, strata=["a", "a", "a", "b", "c", "c", "c"])
    assert len(np.unique(design.strata)) == 2
    assert design.strata[3] == design.strata[0]


def test_answers_of_one_conversation_are_one_unit() -> None:
    values = np.repeat(raters(6, items=40), 5, axis=0)  # each conversation five times the same
    alone, together = (
        weighted_kappa(values[:, 0], values[:, 1], design=Design.of(200, clusters=clusters))
        for clusters in (None, np.repeat(np.arange(40), 5))
    )
    once = weighted_kappa(values[::5, 0], values[::5, 1])
    assert together.standard_error == pytest.approx(once.standard_error)
    assert alone.standard_error == pytest.approx(once.standard_error * np.sqrt(39 / 199))


STRATA = ((0.60, 0.4), (0.25, 0.6), (0.10, 0.9), (0.05, 1.3))
"""Share of the traffic, and how much two raters differ there: pooled unweighted, the figure is of nothing."""


def stratum(random: np.random.Generator, place: int, size: int) -> Floats:
    truth = random.normal(4.1 - 0.6 * place, 0.9, size)
    return np.clip(np.rint(truth[:, None] + random.normal(0, STRATA[place][1], (size, 2))), 1, 5)


def stratified(random: np.random.Generator, *, each: int) -> tuple[Floats, Design]:
    """A sample with the same size in every stratum."""
    parts, weights, strata = [], [], []
    for place, (share, _) in enumerate(STRATA):
        parts.append(stratum(random, place, each))
        weights += [share / each] * each
        strata += [place] * each
    return np.concatenate(parts), Design.of(4 * each, weights=weights, strata=strata)


def test_intervals_of_a_stratified_sample_hold_the_truth_as_often_as_they_say() -> None:
    sizes = [int(400_000 * share) for share, _ in STRATA]
    random = np.random.default_rng(1)
    whole = np.concatenate([stratum(random, place, size) for place, size in enumerate(sizes)])
    truth = {
        "kappa": weighted_kappa(whole[:, 0], whole[:, 1]).value,
        "ac2": gwet_ac(whole, weights=Weights.QUADRATIC).value,
        "alpha": krippendorff_alpha(whole, metric=Metric.ORDINAL, resamples=2).value,
        "percent": percent_agreement(whole).value,
    }
    held, runs, unweighted = dict.fromkeys(truth, 0), 250, 0
    for _ in range(runs):
        values, design = stratified(random, each=30)
        found = {
            "kappa": weighted_kappa(values[:, 0], values[:, 1], design=design),
            "ac2": gwet_ac(values, levels=SCALE, weights=Weights.QUADRATIC, design=design),
            "alpha": krippendorff_alpha(values, metric=Metric.ORDINAL, design=design, resamples=250),
            "percent": percent_agreement(values, design=design),
        }
        for name, one in found.items():
            held[name] += one.low <= truth[name] <= one.high  # type: ignore[operator]
        plain = weighted_kappa(values[:, 0], values[:, 1])
        unweighted += plain.low <= truth["kappa"] <= plain.high  # type: ignore[operator]
    assert all(0.91 <= each / runs <= 0.985 for each in held.values()), held
    assert unweighted / runs < 0.9  # the mistake that the weights are there for


def test_intraclass_correlation_of_answers_that_are_all_alike_is_no_variation() -> None:
    assert intraclass_correlation(np.full((5, 3), 4.0)).lacks == NO_VARIATION


def test_a_constant_shift_costs_agreement_and_not_consistency() -> None:
    values = np.column_stack([SCALE, SCALE + 1])
    found = intraclass_correlation(values)
    assert found.consistency == pytest.approx(1)
    assert found.agreement == pytest.approx(2.5 / 3)  # mean squares: items 5, raters 2.5, rest 0


@pytest.mark.parametrize("values", [[[1.0, GAP], [2.0, 3.0]], [[1.0], [2.0]], [[1.0, 2.0]]])
def test_intraclass_correlation_needs_a_full_table(values: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="no gaps"):
        intraclass_correlation(values)


def test_alpha_of_two_items_has_no_interval_that_misses_it() -> None:
    found = krippendorff_alpha([[1, 3], [1, 2]], metric=Metric.ORDINAL)
    assert found.value == pytest.approx(-5 / 12)
    assert (found.low, found.high, found.lacks) == (None, None, "too little variation to resample")
    three = krippendorff_alpha([[1, 3], [1, 2], [2, 2]], metric=Metric.ORDINAL)
    assert three.low is None or three.low <= three.value <= three.high  # type: ignore[operator]
