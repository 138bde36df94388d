"""People's mean and the corrected mean where a pencil can check them, and at the ends of what there may be."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from errors import UsageError
from review.calibration.corrected_mean import ONE_LEVEL, corrected_mean, human_mean, judge_mean_of
from review.calibration.prediction_powered import simple
from review.calibration.scale import Kind, Scale, ordinal
from review.calibration.study import Judged, Study

FIVE = ordinal([1.0, 2.0, 3.0, 4.0, 5.0], declared=True)
YES_NO = Scale(Kind.BINARY, (0.0, 1.0), ("no", "yes"), 1.0, declared=True)


def study(values: dict[str, list[float]], sizes: dict[str, float] | None, *, scale: Scale = FIVE) -> Study:
    """Values by stratum; items are named by stratum and place."""
    rows = [(f"{name}{at}", name, value) for name, own in values.items() for at, value in enumerate(own)]
    labels = pd.DataFrame(rows, columns=["item", "stratum", "value"]).assign(reviewer="ana")
    labels = labels.assign(cluster=labels["item"], weight=1.0)
    return Study(labels, (Judged("judge", pd.DataFrame({"item": [], "value": []}), 0),), scale, sizes)


def scores(of: Study, *, off: float = 0.0, rest: float = 4.0, others: int = 90) -> pd.Series:
    """The judge says what people say and `off` more; of others `rest` and a little around it."""
    own = of.per_item()["value"] + off
    more = pd.Series({f"other{at}": rest + (-0.1, 0.1)[at % 2] for at in range(others)})
    both: pd.Series = pd.concat([own, more])
    return both


def test_ten_equal_labels_are_not_the_last_word() -> None:
    found = human_mean(study({"all": [4.0] * 10}, {"all": 1e9}))
    assert (found.value, found.low, found.high) == pytest.approx((4.0, 3.0745, 4.3085), abs=1e-3)
    assert found.error is not None
    assert found.error > 0


def test_equal_labels_of_a_scale_that_nobody_declared_have_no_interval_and_say_why() -> None:
    found = human_mean(study({"all": [4.0] * 10}, {"all": 1e9}, scale=ordinal([4.0])))
    assert (found.value, found.low, found.high, found.lacks) == (4.0, None, None, ONE_LEVEL)


@pytest.mark.parametrize("sizes", [{"all": 100.0}, None], ids=["with sizes", "without"])
def test_a_judge_that_was_never_wrong_may_be_so_on_the_rest(sizes: dict[str, float] | None) -> None:
    of = study({"all": [1.0, 3, 5, 4, 2, 3, 4, 4, 5, 4]}, sizes)
    found = corrected_mean(of, scores(of), weight=1.0)
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert found.high - found.low > 0.5
    assert 1 <= found.low < found.value < found.high <= 5


def test_a_judge_that_scored_a_part_of_the_traffic_leaves_its_own_mean_unsure() -> None:
    """All 100: known. 18 of the 90 others: (10 x 3 + 90 x 4) / 100, variance .9^2 x (1 - .2) x s^2 / 18."""
    labelled, rest = np.full(10, 3.0), np.array([3.9, 4.1] * 9)
    assert judge_mean_of(labelled, np.array([3.9, 4.1] * 45), units=100) == pytest.approx((3.9, 0.0))
    mean, variance = judge_mean_of(labelled, rest, units=100)
    assert mean == pytest.approx(3.9)
    assert variance == pytest.approx(0.81 * 0.8 * (0.01 * 18 / 17) / 18)
    of = study({"all": [1.0, 3, 5, 4, 2, 3, 4, 4, 5, 4]}, {"all": 100.0})
    noisy = scores(of, rest=4.0) + np.linspace(-1, 1, 100)
    part = noisy.iloc[[*range(10), *range(10, 100, 5)]]
    whole, some = (corrected_mean(of, one, weight=0.9) for one in (noisy, part))
    assert whole.error is not None
    assert some.error is not None
    assert some.error > whole.error


def test_labels_in_a_stratum_of_unknown_size_are_refused_by_its_name() -> None:
    of = study({"a": [1.0, 2, 3, 4], "b": [4.0, 5, 5, 3]}, {"a": 100.0})
    with pytest.raises(UsageError, match=r"1 strata of unknown size \(b\)"):
        human_mean(of)
    with pytest.raises(UsageError, match="unknown size"):
        corrected_mean(of, scores(of))


def test_without_any_sizes_strata_do_not_weigh() -> None:
    of = study({"a": [1.0, 1, 1, 2, 1, 1], "b": [5.0, 5]}, None)
    assert human_mean(of).value == pytest.approx(17 / 8)


@pytest.mark.parametrize("labels", [[1.0] * 12, [1.0] * 11 + [0.0]], ids=["all pass", "one fails"])
def test_a_share_stays_between_nought_and_one_with_a_judge_as_well(labels: list[float]) -> None:
    of = study({"all": labels}, {"all": 102.0}, scale=YES_NO)
    judged = replace(of).per_item()["value"]
    more = pd.Series({f"other{at}": float(at % 9 > 0) for at in range(90)})
    found = corrected_mean(of, pd.concat([judged, more]), weight=0.6)
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low < min(found.value, 1) <= found.high <= 1


def test_without_sizes_a_share_stays_between_nought_and_one_too() -> None:
    """Nineteen of twenty pass; of two thousand others the judge passes 93 in a hundred."""
    of = study({"": [1.0] * 19 + [0.0]}, None, scale=YES_NO)
    own = of.per_item()["value"].copy()
    own.iloc[3] = 0.0
    others = pd.Series({f"other{at}": float(at % 100 < 93) for at in range(2_000)})
    found = corrected_mean(of, pd.concat([own, others]))
    plain = simple(of.sample.values, own.to_numpy(float), np.asarray(others, dtype=np.float64))
    assert found.method == "PPI++"
    assert found.value == pytest.approx(plain.value, abs=1e-9)
    assert plain.high > 1
    assert found.low is not None
    assert found.high is not None
    assert 0.7 < found.low < 0.9
    assert found.high <= 1


def test_where_nobody_declared_a_scale_and_all_labels_are_alike_the_judges_spread_alone_makes_the_interval() -> None:
    of = study({"": [4.0] * 10}, None, scale=ordinal([4.0]))
    noisy = pd.Series(np.tile([3.0, 4.0, 5.0], 40), index=[*of.per_item().index, *(f"other{at}" for at in range(110))])
    found = corrected_mean(of, noisy, weight=0.5)
    assert found.low is not None
    assert found.high is not None
    assert found.high - found.low > 0.1
