"""Means and shares from stratified samples: against published values, by enumerating every sample, and by drawing."""

import itertools
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import unbiased
from review.sampling import estimates
from review.sampling.estimates import (
    Interval,
    Labelled,
    bounded_mean,
    hajek_mean,
    horvitz_thompson_mean,
    labelled,
    share,
)


def of(*strata: tuple[int, list[float]], clusters: list[int] | None = None) -> Labelled:
    """Strata as (N_h, values)."""
    values = [value for _, own in strata for value in own]
    places = [place for place, (_, own) in enumerate(strata) for _ in own]
    codes = None if clusters is None else np.array(clusters, np.intp)
    return Labelled(np.array(values), np.array(places, np.intp), np.array([size for size, _ in strata], float), codes)


def with_moments(items: int, *, mean: float, variance: float) -> list[float]:
    """Values that have exactly this mean and this variance (with n - 1)."""
    apart = math.sqrt(variance * (1 if items % 2 else (items - 1) / items))
    return [mean + apart, mean - apart] * (items // 2) + [mean] * (items % 2)


def test_acres_of_us_farms_have_the_published_mean_and_standard_error() -> None:
    """Lohr, Sampling: Design and Analysis (2010), example 3.2: 300 of 3,078 counties in four regions."""
    regions = [
        (220, 21, 97629.8, 7647472708.0),
        (1054, 103, 300504.2, 29618183543.0),
        (1382, 135, 211315.0, 53587487856.0),
        (422, 41, 662295.5, 396185950266.0),
    ]
    farms = of(*((size, with_moments(n, mean=mean, variance=s2)) for size, n, mean, s2 in regions))
    for estimate in (horvitz_thompson_mean(farms), hajek_mean(farms)):
        assert estimate.value == pytest.approx(295_560.7, abs=0.1)
        assert estimate.standard_error == pytest.approx(16_379.87, abs=0.01)
        assert (estimate.value or 0) * 3078 == pytest.approx(909_736_035, abs=100)
        assert (estimate.standard_error or 0) * 3078 == pytest.approx(50_417_248, abs=1)
        assert estimate.items == 300
        assert estimate.units == pytest.approx(3078)


def every_sample(strata: list[tuple[list[float], int]]) -> list[Labelled]:
    """All samples of n_h from each stratum's values."""
    ways = [itertools.combinations(values, items) for values, items in strata]
    return [
        of(*((len(values), list(own)) for (values, _), own in zip(strata, chosen, strict=True)))
        for chosen in itertools.product(*ways)
    ]


def test_over_every_possible_sample_mean_and_variance_are_right_to_the_last_digit() -> None:
    strata: list[tuple[list[float], int]] = [([1, 2, 4, 5], 2), ([3, 3, 5, 1, 2], 3), ([2, 4], 2)]
    found = [horvitz_thompson_mean(each) for each in every_sample(strata)]
    assert len(found) == 6 * 10
    values = np.array([each.value for each in found])
    assert values.mean() == pytest.approx(np.mean([1, 2, 4, 5, 3, 3, 5, 1, 2, 2, 4]))
    squared = np.array([each.standard_error**2 for each in found if each.standard_error is not None])
    assert squared.mean() == pytest.approx(values.var())


def test_over_every_possible_sample_the_total_of_a_part_is_right() -> None:
    values, part = [1.0, 2.0, 4.0, 5.0, 3.0], [True, False, True, True, False]
    found = []
    for chosen in itertools.combinations(range(5), 3):
        inside = np.array([part[place] for place in chosen])
        sample = of((5, [values[place] for place in chosen]))
        if inside.any():
            found.append(horvitz_thompson_mean(sample, part=inside, part_size=3.0).value or 0.0)
        else:
            found.append(0.0)
    assert len(found) == 10
    assert np.mean(found) == pytest.approx((1 + 4 + 5) / 3)


def test_a_stratum_that_was_taken_whole_adds_its_mean_and_no_doubt() -> None:
    alone = hajek_mean(of((100, [1, 2, 3, 4])))
    both = hajek_mean(of((100, [1, 2, 3, 4]), (4, [5, 5, 5, 1])))
    assert both.value == pytest.approx((100 * 2.5 + 16) / 104)
    assert both.standard_error == pytest.approx((alone.standard_error or 0) * 100 / 104)
    assert both.df == alone.df == 3


def test_a_frame_that_was_taken_whole_is_known() -> None:
    for estimate in (hajek_mean(of((4, [1, 2, 3, 4]))), horvitz_thompson_mean(of((4, [1, 2, 3, 4])))):
        assert (estimate.value, estimate.low, estimate.high, estimate.standard_error) == (2.5, 2.5, 2.5, 0.0)
    counted = share(of((4, [1, 0, 0, 0])))
    assert (counted.low, counted.value, counted.high) == (0.25, 0.25, 0.25)


def test_a_share_in_one_endless_stratum_is_wilsons_interval_with_students_quantile() -> None:
    """10 of 40: the variance has n - 1, so it is worth 39 items; t(39) = 2.0227."""
    estimate = share(of((10**9, [1.0] * 10 + [0.0] * 30)))
    spread = 2.0226909**2 / 39
    middle, half = (0.25 + spread / 2) / (1 + spread), math.sqrt(0.1875 * spread + spread**2 / 4) / (1 + spread)
    assert estimate.low == pytest.approx(middle - half, abs=1e-6)
    assert estimate.high == pytest.approx(middle + half, abs=1e-6)


def test_korn_and_graubards_share_is_clopper_pearson_on_fewer_items() -> None:
    """10 of 40 have the exact interval 0.1269 to 0.4120; with Student's quantile for the normal one it is wider."""
    low, high = estimates.share_bounds(0.25, 40, 1.959964, interval=Interval.KORN_GRAUBARD, confidence=0.95)
    assert low == pytest.approx(0.12691, abs=1e-5)
    assert high == pytest.approx(0.41196, abs=1e-5)
    sample = of((10**9, [1.0] * 10 + [0.0] * 30))
    exact, plain = share(sample, interval=Interval.KORN_GRAUBARD), share(sample)
    assert (exact.low or 0) < low < (plain.low or 0)
    assert (exact.high or 0) > high


@pytest.mark.parametrize("value", [0.0, 1.0])
@pytest.mark.parametrize("interval", list(Interval), ids=str)
def test_when_all_items_agree_the_others_may_still_differ(value: float, interval: Interval) -> None:
    estimate = share(of((500, [value] * 20), (100, [value] * 10)), interval=interval)
    assert estimate.value == value
    low, high = estimate.low or 0.0, estimate.high or 0.0
    assert low < high
    assert 0.0 <= low <= value <= high <= 1.0


def test_ten_equal_answers_leave_open_what_a_quarter_of_the_others_may_say() -> None:
    """1 - .025^(1/10) = 30.85% may be unlike ten that agree: a mean of 4 may be 3.07, or 4.31 on a scale of 1 to 5."""
    alike = of((10**9, [4.0] * 10))
    assert (hajek_mean(alike).low, hajek_mean(alike).high) == (4.0, 4.0)
    estimate = bounded_mean(alike, bounds=(1, 5))
    assert estimate.value == 4.0
    assert estimate.low == pytest.approx(4 - 0.30850 * 3, abs=1e-4)
    assert estimate.high == pytest.approx(4 + 0.30850, abs=1e-4)
    assert estimate.careful_error > 0


def test_strata_that_each_agree_with_themselves_are_worth_what_their_weights_are() -> None:
    """6 of 600 say 5 and 6 of 200 say 3, of 800: the Kish number is 9.6, and 788 of 800 units were not drawn."""
    estimate = bounded_mean(of((600, [5.0] * 6), (200, [3.0] * 6)), bounds=(1, 5))
    others = 1 - 0.025 ** (788 / 800 / 9.6)
    assert estimate.value == pytest.approx(4.5)
    assert estimate.low == pytest.approx(4.5 - others * 3.5)
    assert estimate.high == pytest.approx(4.5 + others * 0.5)


def test_a_mean_of_a_scale_is_wilsons_interval_stretched_over_it() -> None:
    yes = of((500, [1.0] * 9 + [0.0] * 3), (100, [1.0] * 2 + [0.0] * 5))
    points = of((500, [5.0] * 9 + [1.0] * 3), (100, [5.0] * 2 + [1.0] * 5))
    of_yes, stretched = share(yes), bounded_mean(points, bounds=(1, 5))
    for end in ("low", "value", "high"):
        assert getattr(stretched, end) == pytest.approx(1 + 4 * getattr(of_yes, end))


def test_answers_that_crowd_at_an_end_are_held_where_students_interval_lets_them_slip() -> None:
    """95% say 5, 3% say 1: 30 of a stratum often have no 1 at all. 1,000 samples each."""
    random = np.random.default_rng(20261121)
    rates = ([0.03, 0, 0, 0.02, 0.95], [0.05, 0, 0, 0.05, 0.9], [0.1, 0, 0, 0.1, 0.8], [0.1, 0, 0.1, 0.2, 0.6])
    units = [random.choice([1.0, 2, 3, 4, 5], size, p=p) for size, p in zip((2400, 1000, 400, 200), rates, strict=True)]
    truth = float(np.concatenate(units).mean())
    held = {"Wilson": 0, "Student": 0}
    for _ in range(1_000):
        sample = of(*((len(own), list(random.choice(own, 30, replace=False))) for own in units))
        for name, one in (("Wilson", bounded_mean(sample, bounds=(1, 5))), ("Student", hajek_mean(sample))):
            assert one.low is not None
            assert one.high is not None
            held[name] += one.low <= truth <= one.high
    assert 905 <= held["Wilson"] <= 985
    assert held["Student"] < held["Wilson"] - 20


@given(
    st.lists(st.lists(st.integers(1, 5).map(float), min_size=2, max_size=12), min_size=1, max_size=4),
    st.integers(1, 200),
)
def test_a_mean_of_a_scale_stays_on_it_and_always_has_a_width(values: list[list[float]], more: int) -> None:
    estimate = bounded_mean(of(*((len(own) + more, own) for own in values)), bounds=(1, 5))
    assert estimate.low is not None
    assert estimate.value is not None
    assert estimate.high is not None
    assert 1 <= estimate.low <= estimate.value + 1e-9
    assert estimate.value - 1e-9 <= estimate.high <= 5
    assert estimate.high - estimate.low > 0.001


def test_items_without_a_value_are_taken_to_be_like_the_others_of_their_stratum() -> None:
    """3 of 300 units and 2 of 100 have values, whatever was drawn: (300 x 2 + 100 x 4) / 400."""
    assert hajek_mean(of((300, [1, 2, 3]), (100, [4, 4]))).value == pytest.approx(2.5)


def test_a_stratum_without_any_value_leaves_a_mean_of_the_others_and_no_horvitz_thompson() -> None:
    empty = of((300, [1, 2, 3]), (100, []))
    assert hajek_mean(empty).value == 2
    assert hajek_mean(empty).units == 300
    assert horvitz_thompson_mean(empty).lacks == "a stratum has no labelled item"


@pytest.mark.parametrize(
    ("sample", "lacks"),
    [
        (of((300, []), (5, [])), "no labelled item"),
        (of((300, [1]), (5, [2])), "fewer than two labelled items in every stratum"),
    ],
    ids=["nothing", "one each"],
)
def test_without_enough_items_there_is_no_figure_but_a_reason(sample: Labelled, lacks: str) -> None:
    for estimate in (hajek_mean(sample), share(sample)):
        assert (estimate.value, estimate.low, estimate.high, estimate.lacks) == (None, None, None, lacks)


def test_a_lone_item_in_a_stratum_borrows_the_spread_of_the_others() -> None:
    """Two strata of 100: s^2 = 2 from the first, for both; (100/200)^2 x (2/2 x .98 + 2/1 x .99)."""
    estimate = hajek_mean(of((100, [1, 3]), (100, [5])))
    assert estimate.standard_error == pytest.approx(math.sqrt(0.25 * (0.98 + 1.98)))


def test_items_of_one_session_make_the_figure_less_sure_when_they_are_alike() -> None:
    values = [1.0, 1, 5, 5, 2, 2, 4, 4]
    apart = hajek_mean(of((1000, values)))
    together = hajek_mean(of((1000, values), clusters=[0, 0, 1, 1, 2, 2, 3, 3]))
    assert together.value == apart.value
    assert (together.standard_error or 0) == pytest.approx((apart.standard_error or 0) * math.sqrt(2))
    unlike = hajek_mean(of((1000, values), clusters=[0, 1, 0, 1, 2, 3, 2, 3]))
    assert unlike.standard_error == apart.standard_error  # never smaller


def test_each_session_by_itself_is_no_cluster() -> None:
    values = [1.0, 2, 5, 3]
    alone = hajek_mean(of((50, values), (20, [1.0, 4]), clusters=[0, 1, 2, 3, 4, 5]))
    plain = hajek_mean(of((50, values), (20, [1.0, 4])))
    assert alone.value == plain.value
    assert alone.standard_error == pytest.approx(plain.standard_error)


def answers(*rows: tuple[int, str, str, str | None], **said: Any) -> pd.DataFrame:
    """Labels as (item, stratum, reviewer, value)."""
    columns = ["item", "stratum", "reviewer", "value"]
    table = pd.DataFrame(rows, columns=columns)
    others: dict[str, Any] = {"criterion": "helpfulness", "hand_picked": False, "again": False, "session": None}
    return table.assign(cannot_tell=table["value"].isna(), **(others | said))


def test_an_item_that_two_people_labelled_counts_once_with_their_mean() -> None:
    table = answers((1, "a", "ana", "2"), (1, "a", "ben", "4"), (2, "a", "ana", "5"))
    found = labelled(table, {"a": 10}, criterion="helpfulness")
    assert found.values.tolist() == [3, 5]
    assert found.weights.tolist() == [5, 5]


def test_picked_items_second_looks_and_answers_that_cannot_be_told_are_in_no_estimate() -> None:
    table = pd.concat(
        [
            answers((1, "a", "ana", "2"), (2, "a", "ana", None)),
            answers((3, "a", "ana", "1"), hand_picked=True),
            answers((1, "a", "ana", "5"), again=True),
            answers((4, "a", "ana", "1"), criterion="groundedness"),
        ]
    )
    assert labelled(table, {"a": 10}, criterion="helpfulness").values.tolist() == [2]


def test_yes_and_no_are_one_and_nought() -> None:
    table = answers((1, "a", "ana", "yes"), (2, "b", "ana", "no"))
    found = labelled(table, {"a": 10, "b": 4}, criterion="helpfulness")
    assert found.values.tolist() == [1, 0]
    assert found.strata.tolist() == [0, 1]


def test_items_of_a_session_are_a_cluster_and_those_without_one_stand_alone() -> None:
    table = answers((1, "a", "ana", "1"), (2, "a", "ana", "2"), (3, "a", "ana", "3"), (4, "a", "ana", "3"))
    table["session"] = ["s1", None, "s1", None]
    found = labelled(table, {"a": 10}, criterion="helpfulness", clustered=True)
    assert found.clusters is not None
    first, second, third, fourth = found.clusters
    assert first == third
    assert len({first, second, fourth}) == 3


@given(
    st.lists(st.lists(st.sampled_from([0.0, 1.0]), min_size=2, max_size=12), min_size=1, max_size=4),
    st.integers(0, 200),
    st.sampled_from(list(Interval)),
)
def test_a_share_and_its_interval_lie_between_nought_and_one(
    values: list[list[float]], more: int, interval: Interval
) -> None:
    estimate = share(of(*((len(own) + more, own) for own in values)), interval=interval)
    low, value, high = estimate.low, estimate.value, estimate.high
    assert low is not None
    assert value is not None
    assert high is not None
    assert -1e-12 <= low <= value + 1e-9
    assert value - 1e-9 <= high <= 1 + 1e-12


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=20), st.floats(-3, 3), st.floats(0.1, 3))
def test_another_scale_moves_the_estimate_with_it(values: list[float], shift: float, factor: float) -> None:
    plain = hajek_mean(of((60, values)))
    moved = hajek_mean(of((60, [shift + factor * value for value in values])))
    assert moved.value == pytest.approx(shift + factor * (plain.value or 0), abs=1e-9)
    assert moved.standard_error == pytest.approx(factor * (plain.standard_error or 0), abs=1e-9)


def held(row: unbiased.Row) -> str:
    return f"{row.allocation}: {row.values}, {row.estimator}"


def test_over_2000_draws_there_is_no_bias_and_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Each allocation, with a certainty stratum, answers from 1 to 5 and of yes or no, all units and a part of them."""
    rows = list(unbiased.simulate(times=2_000))
    assert len(rows) == 3 * 7
    # of a part Hájek's mean is a ratio: its bias is there but far below its error (Cochran 1977, section 6.8)
    biased = [(held(row), row.bias_z) for row in rows if abs(row.bias_z) > (3.5 if "part" in row.values else 2.6)]
    assert biased == []
    off = [(held(row), row.coverage) for row in rows if not 0.93 <= row.coverage <= 0.97]
    assert off == []


def unequal(values: list[float], chances: list[float], *, size: float | None = None) -> Labelled:
    """One stratum whose items were drawn with these probabilities; its size, if nobody knows it, is what they say."""
    stands_for = 1 / np.array(chances)
    units = np.array([stands_for.sum() if size is None else size])
    return Labelled(np.array(values), np.zeros(len(values), np.intp), units, None, stands_for)


def test_items_that_were_likelier_to_be_drawn_stand_for_fewer_units() -> None:
    """.5 and .1: 2 and 10 units each, so (2 x 2 x 1 + 2 x 10 x 5) / 24."""
    assert hajek_mean(unequal([1, 1, 5, 5], [0.5, 0.5, 0.1, 0.1])).value == pytest.approx(104 / 24)
    assert hajek_mean(unequal([1, 1, 5, 5], [0.5, 0.5, 0.1, 0.1], size=48)).units == pytest.approx(48)


def test_items_of_one_probability_are_those_of_a_stratum() -> None:
    plain, same = hajek_mean(of((50, [1, 2, 4, 5, 5]))), hajek_mean(unequal([1, 2, 4, 5, 5], [0.1] * 5))
    assert (same.value, same.low, same.df) == pytest.approx((plain.value, plain.low, plain.df))
    assert bounded_mean(unequal([1, 2, 4, 5, 5], [0.1] * 5), bounds=(1, 5)).high == pytest.approx(
        bounded_mean(of((50, [1, 2, 4, 5, 5])), bounds=(1, 5)).high
    )


def test_what_was_certain_to_be_drawn_adds_no_doubt() -> None:
    assert hajek_mean(unequal([1, 2, 4, 5], [1.0] * 4)).standard_error == 0.0
    told = bounded_mean(unequal([1, 1, 1, 1, 5, 3, 4], [1.0] * 4 + [0.1] * 3), bounds=(1, 5))
    assert told.df < 3


@pytest.mark.parametrize("towards_the_bad", [False, True])
def test_intervals_hold_the_truth_where_items_are_drawn_unequally(towards_the_bad: bool) -> None:
    """1,000 samples of about 100 of 2,000, each unit by itself, with probabilities from .01 to 1."""
    random = np.random.default_rng(20261122)
    values = random.choice([1.0, 2, 3, 4, 5], 2_000, p=[0.1, 0.1, 0.2, 0.3, 0.3])
    size = random.lognormal(0, 1, 2_000) * (6 - values if towards_the_bad else 1)
    chances = np.clip(100 * size / size.sum(), 0.01, 1)
    held, means = 0, []
    for _ in range(1_000):
        drawn = random.random(2_000) < chances
        told = bounded_mean(unequal(list(values[drawn]), list(chances[drawn])), bounds=(1, 5))
        assert told.value is not None
        assert told.low is not None
        assert told.high is not None
        held += told.low <= values.mean() <= told.high
        means.append(told.value)
    assert abs(np.mean(means) - values.mean()) < 0.03
    assert 925 <= held <= 990
