"""A judge that drifts and an application that drifts are told apart; quiet years stay quiet."""

import math
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.coverage.quiet import false_alarms
from benchmarks.coverage.weeks import SETTINGS, Setting
from benchmarks.coverage.years import JUDGE, year
from review.calibration.control_chart import Weekly, self_starting
from review.calibration.over_weeks import OverWeeks, over_weeks

BINARY, HARD, ORDINAL, _ = SETTINGS
KINDS = pytest.mark.parametrize("setting", [BINARY, ORDINAL], ids=lambda one: one.name)
MOVED = 6
"""The first week (index) after the change, of twelve."""


def drifting(setting: Setting, *, judge: float = 0.0, quality: float = 0.0, seed: int = 1) -> OverWeeks:
    """Twelve weeks of 4,000 traces and 120 labelled twice; each week's traffic and sample are drawn anew."""
    shifts = [(judge, quality) if week >= MOVED else (0.0, 0.0) for week in range(12)]
    return over_weeks(year(shifts, setting=setting, per_stratum=30, seed=seed), JUDGE)


@KINDS
def test_a_judge_that_turns_lenient_is_seen_and_the_application_is_not_blamed(setting: Setting) -> None:
    found = drifting(setting, judge=0.6)
    assert found.judge_drift.alarms[0] in range(MOVED, MOVED + 4)
    assert found.judge_drift.up[-1] > found.judge_drift.limit  # upwards: lenient
    assert abs(found.judge_drift.since[0] - MOVED) <= 2
    assert found.application_drift.alarms == ()
    assert found.table["judge"].iloc[MOVED:].mean() > found.table["judge"].iloc[:MOVED].mean() + 0.05


@KINDS
def test_an_application_that_gets_worse_is_seen_and_the_judge_is_not_blamed(setting: Setting) -> None:
    found = drifting(setting, quality=-0.5)
    assert found.application_drift.alarms[0] in range(MOVED, MOVED + 4)
    assert found.application_drift.down[-1] > found.application_drift.limit  # downwards: worse
    assert abs(found.application_drift.since[0] - MOVED) <= 2
    assert found.judge_drift.alarms == ()


@KINDS
def test_twelve_quiet_weeks_are_quiet(setting: Setting) -> None:
    for seed in (1, 2):
        found = drifting(setting, seed=seed)
        assert found.judge_drift.alarms == found.application_drift.alarms == ()


@pytest.mark.parametrize(("setting", "years"), [(BINARY, 1_000), (HARD, 300)], ids=["binary", "binary, hard"])
def test_quiet_years_alarm_at_most_twelve_times_in_a_hundred_on_each_chart(setting: Setting, years: int) -> None:
    """Of the four settings and both sizes (`benchmarks.coverage`) the first alarms most, the second is most skewed."""
    found = false_alarms(setting, per_stratum=30, years=years, seed=7)
    assert set(found) == {"bias", "people", "corrected"}
    assert {name: share for name, share in found.items() if share > 0.12} == {}
    assert max(found.values()) > 0.02  # not by never alarming


def weekly(values: list[float], *, error: float = 1.0, df: float = math.inf) -> Weekly:
    sizes = np.full(len(values), 100.0)
    return Weekly(np.array(values), np.full(len(values), error), np.full(len(values), df), sizes)


def test_each_week_is_held_against_all_weeks_before_it() -> None:
    """Week 2 against 0: 2 / sqrt(2) = 1.41; week 3 against their mean of 1: 3 / sqrt(1.5) = 2.45; less .5 each."""
    found = self_starting(weekly([0.0, 2.0, 4.0]))
    assert found.up == pytest.approx([0, math.sqrt(2) - 0.5, math.sqrt(2) + 3 / math.sqrt(1.5) - 1])


def test_a_score_on_few_degrees_of_freedom_counts_for_less() -> None:
    few, many = (self_starting(weekly([0.0, 3.0], df=df)).up[-1] for df in (2.0, math.inf))
    assert many == pytest.approx(3 / math.sqrt(2) - 0.5)
    assert few < many - 0.3  # t of 2.12 on four is as likely as z of 1.65


def test_a_shift_does_not_become_the_mean_once_it_is_seen() -> None:
    found = self_starting(weekly([0.0] * 6 + [4.0] * 30))
    assert found.alarms[0] in {7, 8}
    assert found.is_open
    assert found.alarms[-1] == 35
    assert set(found.since) == {6}


def test_an_alarm_closes_when_the_level_returns_and_not_by_a_week_without_labels() -> None:
    moved = [0.0] * 6 + [5.0] * 3
    assert self_starting(weekly([*moved, math.nan])).is_open
    back = self_starting(weekly([*moved, *[0.0] * 40]))
    assert back.alarms
    assert not back.is_open


def test_weeks_without_any_doubt_say_nothing() -> None:
    assert self_starting(weekly([1.0, 1.0, 2.0], error=0.0)).alarms == ()
    assert self_starting(weekly([])).up.tolist() == []


def test_a_week_that_cannot_say_how_sure_it_is_counts_for_nothing() -> None:
    moved = weekly([0.0] * 6 + [5.0] * 4)
    errors = moved.errors.copy()
    errors[2] = math.nan
    found = self_starting(replace(moved, errors=errors))
    assert found.is_open
    assert found.up[2] == found.up[1]
