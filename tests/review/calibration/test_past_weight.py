"""The judge's weight comes from earlier weeks alone."""

from dataclasses import replace

import pandas as pd
import pytest

from benchmarks.coverage.weeks import SETTINGS
from benchmarks.coverage.years import JUDGE, year
from review.calibration.corrected_mean import tuned_on
from review.calibration.over_weeks import over_weeks
from review.calibration.past_weight import PastWeight, part_of, weight_of_past
from review.calibration.reviewed import Reviewed

BINARY, _, ORDINAL, _ = SETTINGS


@pytest.fixture(scope="module")
def six() -> Reviewed:
    return year([(0.2, 0.0)] * 6, setting=ORDINAL, per_stratum=12, seed=5)


def test_the_first_week_has_no_past(six: Reviewed) -> None:
    assert weight_of_past(six, JUDGE, "2026-W01") == PastWeight(None, ())
    assert weight_of_past(six, "another judge", "2026-W06") == PastWeight(None, ())


def test_it_is_tuned_on_the_four_weeks_before_and_on_no_label_since(six: Reviewed) -> None:
    found = weight_of_past(six, JUDGE, "2026-W06")
    assert found.weeks == ("2026-W02", "2026-W03", "2026-W04", "2026-W05")
    assert found.value == tuned_on(part_of(six, JUDGE, found.weeks))
    labels = six.study.labels
    turned = labels["value"].where(labels["week"] < "2026-W06", 6 - labels["value"])
    other = replace(six, study=replace(six.study, labels=labels.assign(value=turned)))
    assert weight_of_past(other, JUDGE, "2026-W06") == found
    assert weight_of_past(six, JUDGE, "2026-W05").value != found.value


def test_weeks_that_the_judge_did_not_score_are_not_its_past(six: Reviewed) -> None:
    judged = six.judged[six.judged["week"] != "2026-W05"]
    assert weight_of_past(replace(six, said=lambda: judged), JUDGE, "2026-W06").weeks == (
        "2026-W01",
        "2026-W02",
        "2026-W03",
        "2026-W04",
    )


def test_a_past_of_a_few_labels_gives_no_weight() -> None:
    few = year([(0.2, 0.0)] * 2, setting=BINARY, per_stratum=7, seed=5)
    assert weight_of_past(few, JUDGE, "2026-W02") == PastWeight(None, ())
    told = over_weeks(few, JUDGE).table
    assert told["weight_from"].tolist() == ["these labels", "these labels"]


def test_the_table_of_weeks_says_where_each_weight_is_from(six: Reviewed) -> None:
    table: pd.DataFrame = over_weeks(six, JUDGE).table
    assert table["weight_from"].tolist() == [
        "these labels", "1 past week", "2 past weeks", "3 past weeks", "4 past weeks", "4 past weeks",
    ]  # fmt: skip
    assert table["weight"].iloc[-1] == weight_of_past(six, JUDGE, "2026-W06").value
