"""A reviewer beside the others, and beside themselves."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from review.agreement.by_criterion import NOT_ENOUGH
from review.reviewers import pace, self_consistency, severity
from tests.review.labelled import AT, by_two, label_table

TWICE = [("1", "1"), ("2", "3"), ("5", "5"), ("4", "4"), ("3", "3")] * 8


def test_a_stricter_reviewer_is_found_with_an_interval() -> None:
    random = np.random.default_rng(1)
    truth = random.integers(2, 6, 200)
    found = severity(by_two([(str(one), str(max(1, one - int(random.random() < 0.3)))) for one in truth]))
    ben = found.set_index("reviewer").loc["ben"]
    assert ben["difference"] == pytest.approx(-0.3, abs=0.08)
    assert ben["low"] < -0.3 < ben["high"] < 0


def test_yes_and_no_are_shares() -> None:
    pairs = [("yes", "no")] * 10 + [("yes", "yes")] * 20 + [("no", "no")] * 10
    found = severity(by_two(pairs, scale="yes_no")).set_index("reviewer")
    assert found.loc["ana", "difference"] == pytest.approx(0.25)


def test_categories_have_no_severity_but_agreement() -> None:
    found = severity(by_two([("a", "a"), ("b", "b"), ("a", "b")] * 12, scale='category ["a","b"]'))
    assert found["difference"].isna().all()
    assert found["kappa"].notna().all()


def test_too_few_shared_items_say_how_many_are_missing() -> None:
    found = severity(by_two(TWICE[:12]))
    assert list(found["lacks"]) == [NOT_ENOUGH] * 2
    assert list(found["missing"]) == [18, 18]


def test_pace_is_active_time_per_item_and_not_per_criterion() -> None:
    rows = [(f"t{n}", "ana", "3") for n in range(10)]
    helpful, grounded = (label_table(rows, criterion=name, seconds=30.0) for name in ("helpfulness", "groundedness"))
    found = pace(pd.concat([helpful, grounded])).iloc[0]
    assert (found["items"], found["timed_items"], found["median_seconds"]) == (10, 10, 30.0)
    assert found["items_per_hour"] == pytest.approx(120)
    assert found["first_at"] == AT


def test_pace_without_times_is_unknown() -> None:
    found = pace(label_table([(f"t{n}", "ana", "3") for n in range(10)])).iloc[0]
    assert found["timed_items"] == 0
    assert found["median_seconds"] is None or pd.isna(found["median_seconds"])


def looks(pairs: list[tuple[str, str]]) -> pd.DataFrame:
    """Ana's first and second look at items."""
    first = label_table([(f"t{n}", "ana", one) for n, (one, _) in enumerate(pairs)])
    second = label_table([(f"t{n}", "ana", two) for n, (_, two) in enumerate(pairs)], again=True,
                         labelled_at=AT + dt.timedelta(weeks=3))  # fmt: skip
    return pd.concat([first, second.assign(submission=second["submission"] + "-again")])


def test_a_second_look_is_compared_with_the_first() -> None:
    found = self_consistency(looks(TWICE)).iloc[0]
    assert (found["reviewer"], found["items"], found["same"]) == ("ana", 40, pytest.approx(0.8))
    assert found["low"] < 0.8 < found["high"]
    assert 0.8 < found["kappa"] < 1


def test_few_second_looks_say_how_many_are_missing() -> None:
    found = self_consistency(looks(TWICE[:10])).iloc[0]
    assert (found["lacks"], found["missing"]) == (NOT_ENOUGH, 20)


def test_nobody_was_asked_again() -> None:
    assert self_consistency(by_two(TWICE)).empty
