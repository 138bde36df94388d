"""Rank correlations of a judge with people: those of scipy with equal weights, by their definition with others."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from review.calibration import closeness
from review.calibration.pairs import Pairs, paired

N = 400
_RANDOM = np.random.default_rng(11)
HUMAN = _RANDOM.integers(1, 6, N).astype(float)
IN_STEPS = np.clip(HUMAN + _RANDOM.integers(-2, 3, N), 1, 5)
SMOOTH = HUMAN + _RANDOM.normal(0, 1, N)
WEIGHTS = _RANDOM.uniform(0.2, 5, N)


def pairs(judge: np.ndarray, weights: np.ndarray) -> Pairs:
    items = [f"{place:04d}" for place in range(N)]
    labels = pd.DataFrame({"item": items, "reviewer": "ana", "value": HUMAN, "weight": weights, "stratum": "all",
                           "cluster": items})  # fmt: skip
    return paired(labels, pd.Series(judge, index=pd.Index(items)))


@pytest.mark.parametrize("judge", [IN_STEPS, SMOOTH], ids=["in steps", "smooth"])
def test_with_equal_weights_they_are_those_of_scipy(judge: np.ndarray) -> None:
    found = pairs(judge, np.full(N, 3.0))

    assert closeness.kendall(found) == pytest.approx(stats.kendalltau(judge, HUMAN).statistic, rel=1e-12)
    assert closeness.spearman(found) == pytest.approx(stats.spearmanr(judge, HUMAN).statistic, rel=1e-12)


@pytest.mark.parametrize("judge", [IN_STEPS, SMOOTH], ids=["in steps", "smooth"])
def test_each_pair_of_items_weighs_the_product_of_their_weights(judge: np.ndarray) -> None:
    first, second = (np.sign(one[:, None] - one[None, :]) for one in (judge, HUMAN))
    both, one, other = (float(WEIGHTS @ each @ WEIGHTS) for each in (first * second, np.abs(first), np.abs(second)))

    assert closeness.kendall(pairs(judge, WEIGHTS)) == pytest.approx(both / math.sqrt(one * other), rel=1e-12)


def test_an_item_of_weight_three_is_worth_three_of_weight_one() -> None:
    whole = np.where(np.arange(N) % 2, 3, 1)
    thrice = np.repeat(np.arange(N), whole)

    found = closeness.spearman(pairs(SMOOTH, whole.astype(float)))

    assert found == pytest.approx(stats.spearmanr(SMOOTH[thrice], HUMAN[thrice]).statistic, rel=1e-12)


def test_of_too_many_different_values_the_weights_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closeness, "_MOST_CELLS", N)

    found = closeness.kendall(pairs(SMOOTH, WEIGHTS))

    assert found == pytest.approx(stats.kendalltau(SMOOTH, HUMAN).statistic, rel=1e-12)
