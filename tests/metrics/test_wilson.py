"""Wilson's interval against published values, its properties and its coverage."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.wilson import wilson_interval


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_published_values(hits: int, trials: int, low: float, high: float) -> None:
    """Newcombe 1998, Statistics in Medicine 17:857-872, table I, method 3."""
    assert wilson_interval(hits, trials) == pytest.approx((low, high), abs=5e-5)


def test_nothing_tried_is_no_interval() -> None:
    assert wilson_interval(0, 0) is None


@pytest.mark.parametrize(("hits", "trials"), [(2, 1), (-1, 4)])
def test_impossible_counts_are_refused(hits: int, trials: int) -> None:
    with pytest.raises(ValueError, match="must lie between"):
        wilson_interval(hits, trials)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_it_holds_the_share_and_mirrors(counts: tuple[int, int]) -> None:
    hits, trials = counts
    low, high = wilson_interval(hits, trials) or (2.0, -1.0)
    mirrored = wilson_interval(trials - hits, trials) or (2.0, -1.0)

    assert 0 <= low <= hits / trials <= high <= 1
    assert mirrored == pytest.approx((1 - high, 1 - low))


def test_it_covers_the_truth_about_as_often_as_it_says() -> None:
    """By enumeration: mean coverage over p = 0.05 ... 0.95 for n = 30 lies near 95 %."""
    trials, shares = 30, [i / 20 for i in range(1, 20)]
    coverage = []
    for p in shares:
        held = 0.0
        for hits in range(trials + 1):
            low, high = wilson_interval(hits, trials) or (1.0, 0.0)
            held += (low <= p <= high) * comb(trials, hits) * p**hits * (1 - p) ** (trials - hits)
        coverage.append(held)

    assert sum(coverage) / len(coverage) == pytest.approx(0.95, abs=0.01)
