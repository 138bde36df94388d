"""Items per stratum: what each rule gives, what it never does, and when it refuses."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import UsageError
from review.sampling.allocation import Sizes, allocate
from review.sampling.frames import Frame, Moments, Stratum
from review.sampling.plans import Allocation
from review.sampling.spreads import PRIOR_DF, Basis, expected_spreads, spreads_of
from tests.review.traffic import NOW


def shared(*strata: Sizes, size: int, rule: Allocation, floor: int = 2) -> list[int]:
    items = allocate(strata, size=size, rule=rule, floor=floor)
    return [items[one.name] for one in strata]


def test_proportional_items_are_as_strata_are_large() -> None:
    strata = Sizes("a", 600), Sizes("b", 300), Sizes("c", 100)
    assert shared(*strata, size=100, rule=Allocation.PROPORTIONAL) == [60, 30, 10]


def test_equal_items_are_the_same_until_a_stratum_is_used_up() -> None:
    strata = Sizes("a", 600), Sizes("b", 300), Sizes("c", 12)
    assert shared(*strata, size=90, rule=Allocation.EQUAL) == [39, 39, 12]


def test_neymans_items_are_as_size_times_spread() -> None:
    """600 x 0.5 : 300 x 1 : 100 x 4 = 3 : 3 : 4."""
    strata = Sizes("a", 600, 0.5), Sizes("b", 300, 1.0), Sizes("c", 100, 4.0)
    assert shared(*strata, size=100, rule=Allocation.NEYMAN) == [30, 30, 40]


def test_a_certainty_stratum_is_taken_whole_and_the_rest_is_shared() -> None:
    strata = Sizes("all", 25, certainty=True), Sizes("a", 600), Sizes("b", 300)
    assert shared(*strata, size=55, rule=Allocation.PROPORTIONAL) == [25, 20, 10]


def test_a_floor_is_kept_where_a_stratum_has_so_many() -> None:
    strata = Sizes("a", 1000), Sizes("b", 10), Sizes("c", 3)
    assert shared(*strata, size=50, rule=Allocation.PROPORTIONAL, floor=5) == [42, 5, 3]


def test_a_frame_that_is_smaller_than_the_plan_is_taken_whole() -> None:
    assert shared(Sizes("a", 30), Sizes("b", 4), size=100, rule=Allocation.NEYMAN, floor=50) == [30, 4]


def test_a_size_that_cannot_hold_what_is_certain_and_the_floors_is_refused_with_what_it_takes() -> None:
    strata = Sizes("all", 90, certainty=True), Sizes("a", 600), Sizes("b", 300)
    with pytest.raises(UsageError, match=r"draws 100 items, but 90 units are certain .* 2 strata .* 8 each make 106"):
        shared(*strata, size=100, rule=Allocation.EQUAL, floor=8)


@st.composite
def strata(draw: st.DrawFn) -> list[Sizes]:
    sizes = draw(st.lists(st.integers(1, 60), min_size=1, max_size=5))
    spreads = draw(st.lists(st.floats(0, 4), min_size=len(sizes), max_size=len(sizes)))
    return [Sizes(str(place), size, spread) for place, (size, spread) in enumerate(zip(sizes, spreads, strict=True))]


@given(strata(), st.integers(10, 300), st.sampled_from(list(Allocation)), st.integers(2, 2))
def test_the_size_is_met_and_no_stratum_gets_none_or_more_than_it_has(
    of: list[Sizes], size: int, rule: Allocation, floor: int
) -> None:
    items = allocate(of, size=size, rule=rule, floor=floor)
    assert sum(items.values()) == min(size, sum(one.population for one in of))
    for one in of:
        assert min(floor, one.population) <= items[one.name] <= one.population


def test_no_other_whole_numbers_make_the_mean_more_precise_than_neymans() -> None:
    """Every way to share 12 items over three strata, by the variance of the total."""
    of = [Sizes("a", 40, 1.3), Sizes("b", 9, 0.4), Sizes("c", 20, 2.2)]

    def variance(items: dict[str, int]) -> float:
        return sum(one.population**2 * one.spread**2 / items[one.name] for one in of)

    ways = [
        {"a": a, "b": b, "c": 12 - a - b} for a, b in itertools.product(range(2, 9), range(2, 9)) if 12 - a - b >= 2
    ]
    best = min(variance(way) for way in ways)
    assert variance(allocate(of, size=12, rule=Allocation.NEYMAN, floor=2)) == pytest.approx(best)


def frame(**strata: Stratum) -> Frame:
    return Frame(NOW, NOW, tuple(strata.values()), 1, 1)


def moments(*values: float) -> Moments:
    return Moments(len(values), sum(values), sum(value**2 for value in values))


def test_the_spread_of_a_stratum_with_few_values_is_drawn_towards_that_of_all() -> None:
    """s^2 = 2 of 2 values and 1/3 of 4 x 4 values: pooled (2 + 15/3) / 16; shrunk (2 + pooled x 8) / (1 + 8)."""
    units = frame(a=Stratum("a", {"1": None}), b=Stratum("b", {"2": None}), c=Stratum("c", {"3": None}))
    known = {"a": moments(1, 3), "b": moments(*([1, 1, 2, 2] * 4))}
    found = spreads_of(known, units, basis=Basis.LABELS)
    assert found is not None
    of_b = known["b"].variance or 0.0
    assert of_b == pytest.approx(16 * 0.25 / 15)
    pooled = (2 + 15 * of_b) / 16
    assert found.of["a"] == pytest.approx(math.sqrt((2 + PRIOR_DF * pooled) / (1 + PRIOR_DF)))
    assert found.of["b"] == pytest.approx(math.sqrt((15 * of_b + PRIOR_DF * pooled) / (15 + PRIOR_DF)))
    assert found.of["c"] == pytest.approx(math.sqrt(pooled))
    assert found.values == 18


def test_spreads_come_from_labels_else_from_judges_else_are_all_the_same() -> None:
    judged = Stratum("a", {"1": None}, judged=moments(*([1, 5] * 10)))
    labelled = {"a": moments(*([2, 3] * 10))}
    assert expected_spreads(frame(a=judged), labelled).basis is Basis.LABELS
    assert expected_spreads(frame(a=judged), {"a": moments(2, 3)}).basis is Basis.JUDGE
    assert expected_spreads(frame(a=judged)).of["a"] > 2
    nothing = expected_spreads(frame(a=Stratum("a", {"1": None})))
    assert (nothing.basis, nothing.of) == (Basis.NOTHING, {"a": 1.0})
