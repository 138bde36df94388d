"""A judge's verdict rests on bounds of intervals: each check says how it came out, by what numbers, and what lacks."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from errors import UsageError
from review.agreement.coefficient import Coefficient, without_value
from review.calibration.closeness import Estimate
from review.calibration.gate_checks import Check, Conduct, Evidence, Labels, Rules, State, Step, gate_rules_of
from review.calibration.gate_rules import Decision, Verdict, decide
from review.calibration.scale import Kind, ordinal, scale_of
from settings import read_settings
from settings.judging import Gate

ORDER = list(Step)
FIVE = ordinal([1.0, 2.0, 3.0, 4.0, 5.0], declared=True)
YES_NO = scale_of([], Kind.BINARY)


def coefficient(value: float, low: float, high: float) -> Coefficient:
    return Coefficient("kappa", value, low, high, 200, 400)


ENOUGH = Labels(
    people=coefficient(0.75, 0.65, 0.82), effective_items=150.0, items=200, refused_items=60, double_labelled=60,
    strata=(("x", 40), ("y", 160)), seen=3, shown=0,
)  # fmt: skip
GOOD = Evidence(
    labels=ENOUGH, kappa=coefficient(0.72, 0.64, 0.79), kappa_less_people=Estimate(-0.03, -0.12, 0.06, 200),
    bias=Estimate(0.02, -0.08, 0.12, 200), scale=FIVE, unparsable=0.0,
    strata_bias=(("x", Estimate(0.1, -0.3, 0.5, 40)), ("y", Estimate(0.0, -0.1, 0.1, 160))), spread_ratio=0.9,
    conduct=Conduct(weeks=6),
)  # fmt: skip
POOR = replace(GOOD, kappa=coefficient(0.2, 0.1, 0.3), kappa_less_people=Estimate(-0.5, -0.65, -0.35, 200))
"""Agrees with people far less than they do."""


def decided(evidence: Evidence) -> Decision:
    return decide(evidence, Rules())


def with_labels(evidence: Evidence = GOOD, **changed: Any) -> Evidence:
    return replace(evidence, labels=replace(ENOUGH, **changed))


def check(evidence: Evidence, name: str) -> Check:
    (one,) = (one for one in decided(evidence).checks if one.name == name)
    return one


def test_a_good_judge_passes_every_check_in_the_order_of_the_gate() -> None:
    found = decided(GOOD)
    assert found.verdict is Verdict.PASS
    assert {one.state for one in found.checks} == {State.PASS}
    steps = [ORDER.index(one.step) for one in found.checks]
    assert steps == sorted(steps)
    assert "kappa 0.72" in found.reasons[0]


@pytest.mark.parametrize(
    ("changed", "word", "needed"),
    [
        ({"effective_items": 60.0}, "worth 60 items, 100 are needed", 134),  # 40 more at .3 an item
        ({"strata": (("tenant b", 12), ("c", 25), ("d", 99))}, "stratum tenant b has 12", 23),  # 18 and 5
        ({"refused_items": 10}, "people refused 10 items, 30 are needed", 400),  # 20 more of 1 in 20
        ({"double_labelled": 20}, "20 items were labelled by two people", 30),
    ],
)
def test_too_few_labels_of_any_kind_is_not_enough_evidence_and_says_how_many_are_missing(
    changed: dict[str, Any], word: str, needed: int
) -> None:
    found = decided(with_labels(**changed))
    assert found.verdict is Verdict.NOT_ENOUGH_EVIDENCE
    assert word in found.reasons[0]
    assert found.labels_needed == needed


@pytest.mark.parametrize("exactly", [{"effective_items": 100.0}, {"strata": (("x", 30), ("y", 30))},
                                     {"refused_items": 30}, {"double_labelled": 50}])  # fmt: skip
def test_the_bar_itself_is_enough(exactly: dict[str, Any]) -> None:
    assert decided(with_labels(**exactly)).verdict is Verdict.PASS


def test_labels_left_out_are_counted_and_what_nobody_knows_is_not_asked() -> None:
    assert "3 others are left out" in check(GOOD, "blind to the judge").said
    from_files = with_labels(replace(GOOD, conduct=None), seen=None, shown=None, strata=())
    asked = {one.name for one in decided(from_files).checks if one.state is State.NOT_ASKED}
    assert asked == {"blind to the judge", "not used for the judge's prompt", "labels in each stratum",
                     "steady over the weeks", "one version in the window"}  # fmt: skip
    assert decided(from_files).verdict is Verdict.PASS


def test_people_who_do_not_agree_have_a_rubric_that_is_not_ready() -> None:
    assert decided(with_labels(people=coefficient(0.5, 0.39, 0.6))).verdict is Verdict.RUBRIC_NOT_READY
    assert decided(with_labels(people=coefficient(0.5, 0.4, 0.6))).verdict is Verdict.PASS


def test_a_rubric_that_is_not_ready_comes_before_missing_labels_and_before_a_failing_judge() -> None:
    unclear = coefficient(0.1, -0.1, 0.3)
    few = with_labels(people=unclear, effective_items=40.0, double_labelled=40)
    assert decided(few).verdict is Verdict.RUBRIC_NOT_READY
    assert decided(with_labels(POOR, people=unclear, effective_items=40.0)).verdict is Verdict.RUBRIC_NOT_READY


def test_few_double_labels_do_not_condemn_a_rubric_yet() -> None:
    unsure = with_labels(people=coefficient(0.55, 0.2, 0.9), double_labelled=12)
    assert decided(unsure).verdict is Verdict.NOT_ENOUGH_EVIDENCE
    assert decided(unsure).labels_needed == 38
    nearly = with_labels(people=coefficient(0.55, 0.3, 0.7), double_labelled=40)
    assert decided(nearly).verdict is Verdict.NOT_ENOUGH_EVIDENCE
    assert decided(with_labels(people=coefficient(0.1, -0.3, 0.35), double_labelled=29)).labels_needed == 21
    poor = with_labels(POOR, people=coefficient(0.55, 0.2, 0.9), double_labelled=12)
    found = decided(poor)  # no judge is graded by a rubric that may be unclear; labels would tell
    assert (found.verdict, found.labels_needed) == (Verdict.RUBRIC_NOT_READY, 38)


def test_a_hopeless_judge_fails_early_though_labels_are_missing() -> None:
    nobody_twice = without_value("alpha", "no item with two ratings", items=0, ratings=0)
    alone = Estimate(None, None, None, 0, "no item with two ratings")
    poor = replace(with_labels(POOR, people=nobody_twice, double_labelled=0, refused_items=30), kappa_less_people=alone)
    found = decided(poor)
    assert (found.verdict, found.labels_needed) == (Verdict.FAIL, 0)
    assert "kappa 0.20 (0.10 to 0.30), below 0.60" in found.reasons[0]
    rare = replace(poor, labels=replace(poor.labels, refused_items=3))
    assert decided(rare).verdict is Verdict.NOT_ENOUGH_EVIDENCE  # of 3 refusals the kappa of a good judge is anything
    assert (
        "that counts once people gave their rarer answer to 30 items, not 3" in check(rare, "agrees with people").said
    )
    seldom_passed = replace(poor, labels=replace(poor.labels, refused_items=190, rarer_items=10))
    assert decided(seldom_passed).verdict is Verdict.NOT_ENOUGH_EVIDENCE
    tiny = replace(poor, labels=replace(poor.labels, effective_items=29.0))
    assert decided(tiny).verdict is Verdict.NOT_ENOUGH_EVIDENCE  # with fewer than 30 items' worth nothing is certain


def test_a_judge_fails_only_when_even_the_upper_bound_is_too_low() -> None:
    far = Estimate(-0.3, -0.42, -0.18, 200)
    assert decided(replace(GOOD, kappa=coefficient(0.4, 0.3, 0.5), kappa_less_people=far)).verdict is Verdict.FAIL
    found = decided(
        replace(GOOD, kappa=coefficient(0.58, 0.5, 0.66), kappa_less_people=Estimate(-0.17, -0.3, -0.04, 200))
    )
    assert found.verdict is Verdict.NOT_ENOUGH_EVIDENCE
    assert found.labels_needed > 0


def test_a_judge_as_good_as_people_passes_below_the_bar() -> None:
    beside = Estimate(0.01, -0.08, 0.1, 200)
    below = replace(
        with_labels(people=coefficient(0.55, 0.45, 0.65)), kappa=coefficient(0.56, 0.5, 0.62), kappa_less_people=beside
    )
    assert decided(below).verdict is Verdict.PASS
    assert "nearly as well as they agree with each other" in decided(below).reasons[0]


def test_a_failing_judge_is_told_the_likeliest_cause() -> None:
    assert "spread 0.30 of people's" in decided(replace(POOR, spread_ratio=0.3)).reasons[0]
    contrary = replace(POOR, kappa=coefficient(-0.4, -0.5, -0.3))
    assert "perhaps its scale counts the other way round" in decided(contrary).reasons[0]
    assert "people among themselves reach 0.70" in decided(POOR).reasons[0]


def test_a_lenient_judge_fails_and_one_that_may_be_is_open() -> None:
    found = decided(replace(GOOD, bias=Estimate(0.6, 0.5, 0.7, 200)))
    assert (found.verdict, found.reasons[0][:17]) == (Verdict.FAIL, "it is too lenient")
    assert "too strict" in decided(replace(GOOD, bias=Estimate(-0.6, -0.7, -0.5, 200))).reasons[0]
    assert decided(replace(GOOD, bias=Estimate(0.2, 0.1, 0.3, 200))).verdict is Verdict.NOT_ENOUGH_EVIDENCE


def test_the_margin_of_the_bias_follows_the_scale() -> None:
    near = Estimate(0.06, 0.055, 0.065, 200)
    assert decided(replace(GOOD, bias=near)).verdict is Verdict.PASS
    found = decided(replace(GOOD, bias=near, scale=YES_NO))
    assert found.verdict is Verdict.FAIL
    assert found.reasons[0] == "it is too lenient: +6 percentage points (+6 to +6 at 90%), allowed 5"


def test_one_stratum_that_is_surely_off_fails_the_judge_and_one_that_may_be_does_not() -> None:
    surely = replace(GOOD, strata_bias=(("x", Estimate(-0.9, -1.2, -0.51, 40)), GOOD.strata_bias[1]))
    found = decided(surely)
    assert found.verdict is Verdict.FAIL
    assert "x -0.90 (-1.20 to -0.51)" in found.reasons[0]
    maybe = replace(GOOD, strata_bias=(("x", Estimate(-0.9, -1.3, -0.49, 40)), GOOD.strata_bias[1]))
    assert decided(maybe).verdict is Verdict.PASS
    assert (
        decided(replace(surely, scale=ordinal([1.0, 9.0], declared=True))).verdict is Verdict.PASS
    )  # twice the span, twice the margin


def test_categories_have_no_bias_to_pass() -> None:
    found = decided(replace(GOOD, bias=None, strata_bias=()))
    assert found.verdict is Verdict.PASS
    assert {one.state for one in found.checks if one.step is Step.BIAS} == {State.NOT_ASKED}


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        (replace(GOOD, unparsable=0.03), "3.0% of its answers could not be read, 1% are allowed"),
        (replace(GOOD, conduct=Conduct(6, drift_since="2026-W43")), "moved against people since 2026-W43"),
        (replace(GOOD, conduct=Conduct(6, other_versions=("house · v1",))), "other weeks were scored by house · v1"),
    ],
)
def test_a_judge_that_cannot_be_read_has_moved_or_was_changed_fails(changed: Evidence, word: str) -> None:
    found = decided(changed)
    assert found.verdict is Verdict.FAIL
    assert word in found.reasons[0]


def test_one_per_cent_unreadable_is_allowed() -> None:
    assert decided(replace(GOOD, unparsable=0.01)).verdict is Verdict.PASS


def test_agreement_that_cannot_be_told_is_not_enough_evidence() -> None:
    found = decided(replace(GOOD, kappa=without_value("kappa", "no variation", items=200, ratings=400)))
    assert found.verdict is Verdict.NOT_ENOUGH_EVIDENCE
    assert "no variation" in found.reasons[0]


@pytest.mark.parametrize(("off", "verdict"), [(29, Verdict.NOT_ENOUGH_EVIDENCE), (30, Verdict.FAIL)])
def test_a_judge_with_one_answer_for_everything_fails_once_that_was_wrong_often_enough(
    off: int, verdict: Verdict
) -> None:
    silent = without_value("kappa", "no variation", items=200, ratings=400)
    found = decided(replace(GOOD, kappa=silent, one_answer_off=off))
    assert found.verdict is verdict
    assert (f"people answered {off} of them otherwise" in found.reasons[0]) is (verdict is Verdict.FAIL)


@pytest.mark.parametrize("off", [None, 0])
def test_without_a_bar_for_refusals_no_judge_fails_by_what_it_never_got_wrong(off: int | None) -> None:
    silent = without_value("kappa", "no variation", items=200, ratings=400)
    found = decide(replace(GOOD, kappa=silent, one_answer_off=off), Rules(refused_items=0))
    assert found.verdict is Verdict.NOT_ENOUGH_EVIDENCE


def test_bias_is_not_asked_on_a_scale_that_nobody_declared() -> None:
    lenient = replace(GOOD, bias=Estimate(0.1, 0.08, 0.12, 200), scale=ordinal([4.0, 5.0]))
    assert decided(lenient).verdict is Verdict.PASS
    asked = check(lenient, "bias")
    assert asked.state is check(lenient, "bias in each stratum").state is State.NOT_ASKED
    assert "people used 4 to 5" in asked.said
    assert "--low and --high" in asked.said


def test_two_levels_are_points_and_only_yes_or_no_is_percentage_points() -> None:
    two = replace(GOOD, bias=Estimate(0.1, 0.08, 0.12, 200), scale=ordinal([4.0, 5.0], declared=True))
    assert check(two, "bias").said == "it is too lenient: +0.10 points (+0.08 to +0.12 at 90%), allowed 0.06"


def test_a_team_edits_the_rules_in_its_settings(tmp_path: Path) -> None:
    (tmp_path / "benchbook.toml").write_text("[gate]\nkappa = 0.7\nitems_per_stratum = 20\n")
    assert gate_rules_of(read_settings(tmp_path)) == Rules(kappa=0.7, items_per_stratum=20)
    (tmp_path / "benchbook.toml").write_text("[gate]\nkapa = 0.7\n")
    with pytest.raises(UsageError):
        read_settings(tmp_path)
    assert set(Gate.model_fields) == {one.name for one in fields(Rules)}


def test_a_team_that_edits_the_rules_gets_another_verdict_and_the_rules_are_kept() -> None:
    stricter = Rules(kappa=0.7, kappa_below_people=0.01)
    found = decide(GOOD, stricter)
    assert found.verdict is Verdict.NOT_ENOUGH_EVIDENCE
    assert found.rules == stricter
