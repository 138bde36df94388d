"""Categories of two windows: figures against scipy and the pencil, and conversations that are alike are no evidence."""

import numpy as np
import pytest
from scipy import stats

from metrics.drift.chi_square import by_chance, chi_square
from metrics.drift.compared import permuted, shares
from metrics.drift.psi import by_chance as psi_by_chance
from metrics.drift.psi import psi_of_counts

COUNTS = np.array([[762, 327, 468], [484, 239, 477]])
"""Party by gender, General Social Survey 1991: chi-square 30.1 (Agresti 2007, Categorical Data Analysis, table 2.5)."""


def rows_of(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Category and window of each call."""
    categories = np.concatenate([np.repeat(np.arange(len(row)), row) for row in counts])
    return categories, np.repeat([False, True], counts.sum(axis=1))


def test_of_independent_calls_it_is_pearson_s_as_published_and_as_in_scipy() -> None:
    categories, is_new = rows_of(COUNTS)
    library = stats.chi2_contingency(COUNTS, correction=False)

    found = chi_square(categories, np.arange(len(categories)), is_new)

    assert found is not None
    assert found.statistic == pytest.approx(30.1, abs=0.05)
    assert found.statistic == pytest.approx(library.statistic)
    assert found.degrees == library.dof == 2
    assert found.design_effect == pytest.approx(1, abs=0.01)
    categories, is_new = rows_of(COUNTS // 8)
    fewer = chi_square(categories, np.arange(len(categories)), is_new)
    assert fewer is not None
    assert fewer.p == pytest.approx(stats.chi2_contingency(COUNTS // 8, correction=False).pvalue, rel=0.1)


def test_the_same_call_three_times_in_a_conversation_counts_once() -> None:
    categories, is_new = rows_of(COUNTS // 10)
    once = chi_square(categories, np.arange(len(categories)), is_new)
    thrice = chi_square(*(np.repeat(each, 3) for each in (categories, np.arange(len(categories)), is_new)))

    assert once is not None
    assert thrice is not None
    assert thrice.statistic == pytest.approx(3 * once.statistic)
    assert thrice.design_effect == pytest.approx(3 * once.design_effect)
    assert thrice.p == pytest.approx(once.p)


def test_of_two_categories_it_is_the_comparison_of_a_share() -> None:
    randomness = np.random.default_rng(3)
    codes = np.repeat(np.arange(90), randomness.integers(1, 7, 90))
    values = randomness.random(len(codes)) < np.where(codes % 3 == 0, 0.7, 0.3)
    is_new = codes >= 40

    found = chi_square(values.astype(int), codes, is_new)

    assert found is not None
    assert found.p == pytest.approx(shares(values, codes, is_new).p)


@pytest.mark.parametrize("many", [8, 40])
def test_conversations_that_keep_to_one_category_raise_no_false_alarm(many: int) -> None:
    randomness = np.random.default_rng(many)
    p, over = [], []
    for _ in range(400):
        codes = np.repeat(np.arange(2 * many), randomness.integers(1, 9, 2 * many))
        own = randomness.integers(0, 4, 2 * many)[codes]
        values = np.where(randomness.random(len(codes)) < 0.7, own, randomness.integers(0, 4, len(codes)))
        is_new = codes >= many
        found = chi_square(values, codes, is_new)
        assert found is not None
        p.append(found.p)
        counts = [np.bincount(values[side], minlength=4) for side in (~is_new, is_new)]
        over.append(psi_of_counts(*counts) > (psi_by_chance(values, codes, is_new) or 0))

    assert np.mean(np.array(p) < 0.05) < 0.08
    assert np.mean(over) < 0.10


def test_nothing_is_said_of_one_category_or_an_empty_window() -> None:
    ones, codes = np.zeros(20, int), np.arange(20)
    assert chi_square(ones, codes, codes >= 10) is None
    assert chi_square(codes % 2, codes, codes >= 20) is None
    assert by_chance(ones, codes, codes >= 10) is None


def test_random_exchanges_give_the_exact_p_value_of_few_conversations() -> None:
    before, now = np.array([1.0, 2, 3, 4, 6, 5, 3, 2]), np.array([4.0, 7, 6, 5, 8, 4, 7])
    every = stats.permutation_test((before, now), lambda a, b: abs(a.mean() - b.mean()), n_resamples=np.inf,
                                   alternative="greater", permutation_type="independent")  # fmt: skip
    means = np.r_[now, before] - np.r_[now, before].mean()

    p = permuted(lambda put, _: np.abs(put @ means)[:, None] >= abs(now.mean() - np.r_[now, before].mean()) * 7 - 1e-9,
                 columns=1, many=15, fewer=7)  # fmt: skip

    assert p[0] == pytest.approx(every.pvalue, rel=0.3)
