"""Planted faults are named with their size; a judge that is only noisy has none."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from review.calibration.bias_checks import (
    FALSE_DISCOVERIES,
    Verdict,
    bias_checks,
    leniency,
    own_family,
    position,
)
from review.calibration.clustered_regression import regression


def pairs(
    seed: int, *, items: int = 400, lenient: float = 0.0, long: float = 0.0, family: float = 0.0, slope: float = 1.0
) -> pd.DataFrame:
    """Answers of known quality, each labelled by two of three people, and judged with the faults asked for."""
    rng = np.random.default_rng(seed)
    quality = rng.normal(3, 0.9, items)
    words, own = np.exp2(rng.normal(6, 1, items)), rng.random(items) < 0.4
    judged = (
        3 + slope * (quality - 3) + lenient + long * (np.log2(words) - 6) + family * own + rng.normal(0, 0.7, items)
    )
    rows: list[tuple[str, str, float, float, float, bool]] = []
    for i in range(items):
        two = rng.choice(["ana", "ben", "chidi"], 2, replace=False)
        rows.extend((str(i), name, judged[i], quality[i] + rng.normal(0, 0.5), words[i], own[i]) for name in two)
    frame = pd.DataFrame(rows, columns=["item", "reviewer", "judge", "human", "words", "own_family"])
    return frame.assign(weight=1.0, cluster=frame["item"], stratum=np.where(frame["item"].astype(int) % 2, "a", "b"))


def test_each_planted_fault_is_named_with_its_size() -> None:
    found = {check.name: check for check in bias_checks(pairs(1, lenient=0.6, long=0.3, family=0.5))}
    assert {name for name, check in found.items() if check.verdict is Verdict.OUTSIDE} == {
        "leniency", "length", "own family"
    }  # fmt: skip
    assert found["leniency"].effect == pytest.approx(
        0.6 + 0.4 * 0.5, abs=0.12
    )  # 4 in 10 answers get the family's bonus
    assert found["length"].effect == pytest.approx(0.3, abs=0.1)
    assert found["own family"].effect == pytest.approx(0.5, abs=0.2)


def test_a_judge_that_shrinks_the_scale_is_seen_and_not_taken_for_a_partisan() -> None:
    found = {check.name: check for check in bias_checks(pairs(2, slope=0.5, items=600))}
    assert found["compression"].effect == pytest.approx(-0.5, abs=0.12)
    assert found["compression"].verdict is Verdict.OUTSIDE
    assert found["own family"].verdict is not Verdict.OUTSIDE


def test_family_needs_items_that_two_people_labelled() -> None:
    single = pairs(3).drop_duplicates("item")
    check = own_family(single, margin=0.25)
    assert check.effect is None
    assert "two people" in check.reason


def test_a_constant_offset_has_no_spread_and_is_still_an_offset() -> None:
    same = pairs(4).assign(judge=lambda frame: frame["human"] + 1.0)
    check = leniency(same, margin=0.25)
    assert check.effect == pytest.approx(1.0)
    assert check.p == pytest.approx(0.0, abs=1e-12)


def test_position_counts_only_pairs_that_changed_with_the_order() -> None:
    check = position(93, 7)
    assert check.effect == pytest.approx(0.43)
    assert check.verdict is Verdict.OUTSIDE
    assert position(0, 0).effect is None


def test_errors_are_those_of_leaving_out_one_conversation_at_a_time() -> None:
    frame = pairs(5, items=80)
    x = np.column_stack([np.ones(len(frame)), np.log2(frame["words"])])
    y, w = (frame["judge"] - frame["human"]).to_numpy(), np.random.default_rng(1).random(len(frame)) + 0.5
    ours = regression(y, x, clusters=frame["item"], weights=w)
    assert ours is not None
    assert ours.coefficients == pytest.approx(sm.WLS(y, x, weights=w).fit().params)
    without = [sm.WLS(y[left], x[left], weights=w[left]).fit().params
               for item in frame["item"].unique() for left in [(frame["item"] != item).to_numpy()]]  # fmt: skip
    moved = np.array(without) - ours.coefficients
    assert ours.covariance == pytest.approx(moved.T @ moved * 79 / 80)


def test_of_many_conversations_errors_are_the_clustered_ones_of_statsmodels() -> None:
    frame = pairs(5, items=1_500)
    x = np.column_stack([np.ones(len(frame)), np.log2(frame["words"])])
    y, w = (frame["judge"] - frame["human"]).to_numpy(), np.random.default_rng(1).random(len(frame)) + 0.5
    ours = regression(y, x, clusters=frame["item"], weights=w)
    theirs = sm.WLS(y, x, weights=w).fit(cov_type="cluster", cov_kwds={"groups": frame["item"].astype(int)})
    assert ours is not None
    assert np.sqrt(np.diag(ours.covariance)) == pytest.approx(theirs.bse, rel=0.01)


def test_unequal_weights_leave_fewer_degrees_of_freedom() -> None:
    y, ones = np.random.default_rng(2).random(40), np.ones((40, 1))
    equal = regression(y, ones, clusters=np.arange(40))
    heavy = regression(y, ones, clusters=np.arange(40), weights=np.repeat([9.0, 1.0], [4, 36]))
    assert equal is not None
    assert heavy is not None
    assert equal.degrees[0] == pytest.approx(39)
    assert heavy.degrees[0] == pytest.approx((4 * 81 + 36) ** 2 / (4 * 81**2 + 36))  # (sum w^2)^2 / sum w^4


def test_a_stratum_of_a_single_conversation_does_not_hide_the_length() -> None:
    frame = pairs(6, long=0.3)
    frame.loc[frame["item"] == "0", "stratum"] = "alone"
    found = {check.name: check for check in bias_checks(frame)}
    assert found["length"].verdict is Verdict.OUTSIDE


def fair(seed: int, *, items: int, noise: float) -> pd.DataFrame:
    """A judge who errs as people do, on a scale of 1 to 5: four strata of unequal weight, a third labelled twice."""
    rng = np.random.default_rng(seed)
    quality, stratum = rng.normal(3.2, 0.9, items), rng.choice(4, items)

    def said() -> np.ndarray:
        return np.clip(np.round(quality + rng.normal(0, noise, items)), 1, 5)

    frame = pd.DataFrame({
        "item": np.arange(items).astype(str), "judge": said(), "words": np.exp2(rng.normal(6, 1, items)),
        "own_family": rng.random(items) < 0.4, "weight": np.array([4.0, 1.5, 0.7, 0.3])[stratum],
        "stratum": np.array(list("abcd"))[stratum],
    })  # fmt: skip
    twice = rng.random(items) < max(1 / 3, 40 / items)
    both = pd.concat([frame.assign(reviewer="ana", human=said()), frame.assign(reviewer="ben", human=said())[twice]])
    share = both.groupby("item")["item"].transform("size")
    return both.assign(weight=both["weight"] / share, cluster=both["item"]).reset_index(drop=True)


@pytest.mark.parametrize(("items", "noise"), [(60, 0.9), (150, 0.7)])
def test_of_many_noisy_but_fair_judges_no_more_are_accused_than_is_stated(items: int, noise: float) -> None:
    judges = 200
    accused = sum(
        any(check.verdict is Verdict.OUTSIDE for check in bias_checks(fair(seed, items=items, noise=noise)))
        for seed in range(judges)
    )
    assert accused / judges <= FALSE_DISCOVERIES


def test_strata_are_looked_at_one_by_one_only_when_they_differ() -> None:
    frame = pairs(7)
    tilted = frame.assign(judge=frame["judge"] + 1.5 * (frame["stratum"] == "a"))
    found = {check.name: check for check in bias_checks(tilted)}
    assert found["stratum a"].verdict is Verdict.OUTSIDE
    assert found["stratum a"].effect == pytest.approx(1.5, abs=0.25)
    level = {check.name: check for check in bias_checks(frame)}
    assert level["stratum a"].verdict is Verdict.INSIDE
