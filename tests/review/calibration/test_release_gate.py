"""The release gate by all its steps, on six made-up weeks: v2 alone for two of them, then v3 and v4 side by side."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from errors import UsageError
from review.calibration.corrected_difference import CorrectedDifference, Version
from review.calibration.gate_checks import Points, Rules, State, Step
from review.calibration.gate_rules import Verdict
from review.calibration.holm import holm
from review.calibration.past_weight import PastWeight, weight_of_past
from review.calibration.release_evidence import Question, conduct, released, same_in
from review.calibration.release_gate import Outcome, Release, protected_checks, release_check
from review.calibration.reviewed import Reviewed
from review.calibration.scale import Kind, ordinal, scale_of
from review.calibration.study import Judged, Study
from review.rubric.criteria import Criterion
from review.rubric.criteria import Scale as Asked

WEEKS = tuple(f"2026-W{week}" for week in range(40, 46))
PARTS = ("calls", "chats")
JUDGE = "house · 7 · gpt"
ASKED = Question("prompt=v4", "prompt=v3")
HELPFULNESS = Criterion("helpfulness", "Does it help?", Asked.INTEGER, low=1, high=5)


@dataclass(frozen=True, slots=True)
class Bank:
    """What is planted: points that v4 is worse by in each part, and the judge's leniency and noise."""

    worse: Mapping[str, float] = field(default_factory=dict)
    lenient: float = 0.0
    noise: float = 0.4
    unparsable: int = 0
    people_noise: float = 0.3

    def reviewed(self, seed: int = 1) -> Reviewed:
        """400 traces a week, half of them calls; 30 of each part labelled, half of those by two people."""
        rng = np.random.default_rng(seed)
        size = 400 * len(WEEKS)
        units = pd.DataFrame({
            "item": [f"{place:05d}" for place in range(size)], "week": np.repeat(WEEKS, 400),
            "part": np.tile(PARTS, size // 2), "app": "bank", "app_version": "", "retrieval": "",
            "tenant": np.where(np.arange(size) // 2 % 2, "south", "north"),
            "model": np.where(rng.random(size) < 0.5, "small", "large"),
        })  # fmt: skip
        side = np.where(rng.random(size) < 0.5, "v4", "v3")
        units["prompt"] = np.where(units["week"] < WEEKS[2], "v2", side)
        drop = units["part"].map(self.worse).fillna(0.0) * (units["prompt"] == "v4")
        quality = pd.Series(rng.normal(3.3, 1.0, size)) - drop
        judged = units.assign(judge=JUDGE, value=_level(quality + self.lenient + rng.normal(0, self.noise, size)))
        drawn = [rows.sample(30, random_state=rng).sort_index() for _, rows in units.groupby(["week", "part"])]
        labels = pd.concat([self._labelled(rows, quality, rng) for rows in drawn])
        sizes = {f"{week} {part}": 200.0 for week in WEEKS for part in PARTS}
        said = Judged(JUDGE, judged[["item", "value"]], self.unparsable)
        study = Study(
            labels.reset_index(drop=True), (said,), ordinal(range(1, 6), declared=True), sizes, seen=0, shown=0
        )
        return Reviewed("quality", 1, HELPFULNESS, study, WEEKS, lambda: judged, units.drop(columns="part"))

    def _labelled(self, rows: pd.DataFrame, quality: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
        both = pd.concat([rows.assign(reviewer="ana"), rows.iloc[:15].assign(reviewer="ben")])
        said = _level(quality.loc[both.index] + rng.normal(0, self.people_noise, len(both)))
        stratum = both["week"] + " " + both["part"]
        return both.assign(value=said, stratum=stratum, weight=200 / 30, cluster=both["item"])[
            ["item", "reviewer", "value", "weight", "stratum", "part", "cluster", "week"]
        ]


def _level(quality: pd.Series) -> pd.Series:
    return quality.round().clip(1, 5)


@pytest.fixture(scope="module")
def healthy() -> Reviewed:
    return Bank(worse=dict.fromkeys(PARTS, -0.5)).reviewed()


@pytest.fixture(scope="module")
def answer(healthy: Reviewed) -> Release:
    return released(healthy, JUDGE, replace(ASKED, protect=("strata", "model")))


def states(release: Release, *steps: Step) -> set[State]:
    return {one.state for one in release.checks if one.step in steps}


def test_a_healthy_candidate_by_a_good_judge_passes_every_step(answer: Release) -> None:
    assert answer.outcome is Outcome.PASS
    assert states(answer, *Step) == {State.PASS}
    assert answer.judge is not None
    assert answer.judge.verdict is Verdict.PASS
    assert list(answer.protected) == ["stratum calls", "stratum chats", "model large", "model small"]


def test_the_answer_keeps_every_check_with_figures_and_thresholds(answer: Release) -> None:
    kept = answer.as_json()
    assert [one["step"] for one in kept["checks"]] == sorted(
        (one["step"] for one in kept["checks"]), key=[step.value for step in Step].index
    )
    by_name = {one["name"]: one for one in kept["checks"]}
    assert by_name["candidate against baseline"]["figures"]["bar"] == -0.25
    assert by_name["candidate against baseline"]["figures"]["low"] == kept["difference"]["low"]
    assert by_name["labels in each stratum"]["figures"] == {"calls": 180, "chats": 180}
    assert kept["rules"]["kappa"] == 0.6
    assert kept["protected"]["stratum calls"]["labelled"][0] >= 30


def test_the_judges_weight_is_from_weeks_before_either_version(healthy: Reviewed, answer: Release) -> None:
    past = weight_of_past(healthy, JUDGE, WEEKS[2])
    assert answer.evidence.weight == past.value
    assert answer.weight_from == f"{WEEKS[0]} to {WEEKS[1]}"


def test_without_such_weeks_more_are_read_and_else_the_answer_says_that_it_was_tuned_here(healthy: Reviewed) -> None:
    late = _only(healthy, WEEKS[2:])
    tuned = released(late, JUDGE, ASKED)
    assert tuned.weight_from == "these labels"
    assert any("tuned on these labels" in note for note in tuned.notes)
    again = released(late, JUDGE, ASKED, earlier=lambda: same_in(late, [healthy]))
    assert again.weight_from == f"{WEEKS[0]} to {WEEKS[1]}"
    assert again.evidence.weight == weight_of_past(healthy, JUDGE, WEEKS[2]).value
    assert weight_of_past(late, JUDGE, WEEKS[2]) == PastWeight(None, ())


def _only(of: Reviewed, weeks: tuple[str, ...]) -> Reviewed:
    """The same with some of the weeks."""
    labels = of.study.labels[of.study.labels["week"].isin(weeks)]
    sizes = {name: size for name, size in (of.study.sizes or {}).items() if name.split()[0] in weeks}
    judged = of.judged[of.judged["week"].isin(weeks)]
    judge = replace(of.study.judges[0], scores=judged[["item", "value"]])
    study = replace(of.study, labels=labels, sizes=sizes, judges=(judge,))
    return replace(of, study=study, weeks=weeks, said=lambda: judged, units=of.units[of.units["week"].isin(weeks)])


def test_a_worse_candidate_fails_though_the_judge_is_fine() -> None:
    found = released(Bank(worse={"calls": 0.9, "chats": 0.9}).reviewed(), JUDGE, ASKED)
    assert found.outcome is Outcome.FAIL
    assert states(found, Step.AGREEMENT, Step.BIAS, Step.CONDUCT) == {State.PASS}
    assert found.labels_needed == 0


def test_a_candidate_that_is_worse_in_one_protected_stratum_fails_though_not_overall() -> None:
    of = Bank(worse={"calls": 1.0, "chats": -1.2}).reviewed()
    assert released(of, JUDGE, ASKED).outcome is Outcome.PASS
    found = released(of, JUDGE, replace(ASKED, protect=("strata",)))
    assert found.outcome is Outcome.FAIL
    (reason,) = found.reasons
    assert reason.startswith("in stratum calls the candidate is -")
    assert found.protected["stratum calls"].value == pytest.approx(-1.0, abs=0.35)


def test_a_lenient_judge_is_not_trusted_and_still_corrects() -> None:
    of = Bank(lenient=0.8).reviewed()
    found = released(of, JUDGE, ASKED)
    assert found.judge is not None
    assert found.judge.verdict is Verdict.FAIL
    assert found.outcome is Outcome.PASS
    assert found.evidence.weight > 0.3
    assert any("may still correct" in note for note in found.notes)


def test_a_judge_without_a_clue_gets_no_weight_and_saves_nothing() -> None:
    of = Bank(noise=30.0).reviewed()
    found, alone = (released(of, judge, ASKED).evidence for judge in (JUDGE, None))
    assert found.weight == pytest.approx(0, abs=0.1)
    assert found.value == pytest.approx(alone.value, abs=0.05)


def test_an_unreadable_judge_is_left_out_and_people_decide_alone() -> None:
    of = Bank(unparsable=100).reviewed()
    found, alone = released(of, JUDGE, ASKED), released(of, None, ASKED)
    assert found.evidence == alone.evidence
    assert found.weight_from == "people alone"
    assert any("left out" in note and "could not be read" in note for note in found.notes)
    assert states(alone, Step.AGREEMENT, Step.BIAS, Step.CONDUCT) == set()


def test_a_judge_whose_version_changed_in_the_window_is_left_out(healthy: Reviewed) -> None:
    before = healthy.judged["week"] < WEEKS[2]
    judged = healthy.judged.assign(judge=np.where(before, "house · 6 · gpt", JUDGE))
    now = Judged(JUDGE, judged.loc[~before, ["item", "value"]], 0)
    changed = replace(healthy, said=lambda: judged, study=replace(healthy.study, judges=(now,)))
    assert conduct(changed, JUDGE).other_versions == ("house · 6 · gpt",)
    assert released(changed, JUDGE, ASKED).weight_from == "people alone"
    another = judged.assign(judge=judged["judge"].replace("house · 6 · gpt", "panel · 1 · claude"))
    assert conduct(replace(changed, said=lambda: another), JUDGE).other_versions == ()


def test_a_judge_that_moved_against_people_is_left_out(healthy: Reviewed) -> None:
    moved = healthy.judged["value"] + 1.5 * (healthy.judged["week"] >= WEEKS[4])
    judged = healthy.judged.assign(value=moved.clip(1, 5))
    drifting = replace(
        healthy,
        said=lambda: judged,
        study=replace(healthy.study, judges=(Judged(JUDGE, judged[["item", "value"]], 0),)),
    )
    assert conduct(drifting, JUDGE).drift_since in WEEKS[2:5]
    found = released(drifting, JUDGE, ASKED)
    assert found.weight_from == "people alone"
    assert any("has moved against people" in note for note in found.notes)


def test_missing_labels_leave_it_open_whatever_the_difference_looks_like() -> None:
    of = Bank(worse={"calls": 0.9, "chats": 0.9}).reviewed()
    alone = replace(of, study=replace(of.study, labels=of.study.labels[of.study.labels["reviewer"] == "ana"]))
    for judge in (JUDGE, None):
        found = released(alone, judge, ASKED)
        assert found.outcome is Outcome.NOT_ENOUGH_EVIDENCE
        assert found.labels_needed == 50
        assert found.reasons[0] == "0 items were labelled by two people, 50 are needed"


def test_a_rubric_that_nobody_agrees_on_decides_nothing_and_more_labels_would_not_help() -> None:
    found = released(Bank(people_noise=6.0).reviewed(), JUDGE, ASKED)
    assert found.outcome is Outcome.NOT_ENOUGH_EVIDENCE
    assert "the rubric is unclear" in found.reason
    assert found.labels_needed == 0


def test_labels_of_items_that_the_judges_prompt_may_have_seen_do_not_count(healthy: Reviewed) -> None:
    seen = frozenset(healthy.study.labels["item"].unique()[:40])
    found = released(replace(healthy, shown={JUDGE: seen}), JUDGE, ASKED)
    (one,) = [check for check in found.checks if check.name == "not used for the judge's prompt"]
    assert one.figures["left_out"] == healthy.study.labels["item"].isin(seen).sum()
    assert "do not count" in one.said


def test_each_customer_can_be_protected(healthy: Reviewed) -> None:
    found = released(healthy, None, replace(ASKED, protect=("tenant",)))
    assert list(found.protected) == ["tenant north", "tenant south"]
    assert all(one.value is not None and one.value > 0 for one in found.protected.values())


def test_a_stratum_that_only_one_version_has_is_said_and_not_compared(healthy: Reviewed) -> None:
    units = healthy.units.assign(model=np.where(healthy.units["prompt"] == "v4", "new", healthy.units["model"]))
    found = released(replace(healthy, units=units), JUDGE, replace(ASKED, protect=("model",)))
    assert not found.protected
    assert sum("traffic of one version only" in note for note in found.notes) == 3


@pytest.mark.parametrize(
    ("protect", "words"),
    [("weather", "is one of strata, tenant, app"), ("prompt", "differ by prompt"), ("retrieval", "has a retrieval")],
)
def test_what_cannot_be_protected_is_refused_with_what_can(healthy: Reviewed, protect: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        released(healthy, None, replace(ASKED, protect=(protect,)))


def test_categories_are_refused(healthy: Reviewed) -> None:
    nominal = replace(healthy, study=replace(healthy.study, scale=replace(healthy.study.scale, kind=Kind.NOMINAL)))
    with pytest.raises(UsageError, match="categories have no order"):
        released(nominal, None, ASKED)


def test_stricter_rules_are_kept_with_the_answer(healthy: Reviewed) -> None:
    found = released(healthy, None, replace(ASKED, rules=Rules(double_labelled=1_000)))
    assert found.outcome is Outcome.NOT_ENOUGH_EVIDENCE
    assert found.as_json()["rules"]["double_labelled"] == 1_000


def test_holm_is_that_of_statsmodels() -> None:
    p = [0.03, 0.001, 0.2, 0.04, 0.012]
    assert holm(p) == pytest.approx(list(multipletests(p, method="holm")[1]))
    assert holm([0.01, None, 0.02]) == [0.02, None, 0.02]


def difference(value: float, error: float) -> CorrectedDifference:
    side = Version("prompt=v4", 100, 1_000, 3.0, 3.0)
    half = 1.96 * error
    return CorrectedDifference(side, side, value, value - half, value + half, 0.5, error=error)


def test_shares_are_told_in_percentage_points() -> None:
    check = release_check(difference(-0.2, 0.05), margin=0.05, spelt=Points.of(scale_of([], Kind.BINARY)))
    assert check.said == "the candidate is -20 percentage points (-30 to -10) from the baseline: more than 5 worse"


def test_one_of_many_strata_needs_more_than_it_would_alone() -> None:
    edge = difference(-0.045, 0.1)  # 2.05 errors above the bar: p .020
    assert protected_checks({"a": edge}, margin=0.25)[0].state is State.PASS
    many = protected_checks(dict.fromkeys("abcd", edge), margin=0.25)
    assert {one.state for one in many} == {State.NOT_ENOUGH_EVIDENCE}
    assert "not certain yet, among so many strata (p 0.081, Holm)" in many[0].said
    sure = protected_checks({"a": edge, "b": difference(0.5, 0.1), "c": difference(0.5, 0.1)}, margin=0.25)
    assert {one.state for one in sure} == {State.PASS}  # the others are settled first


def test_of_many_strata_exactly_at_the_margin_one_fails_by_chance_no_more_often_than_stated() -> None:
    rng = np.random.default_rng(7)
    failed = 0
    for _ in range(2_000):
        strata = {str(name): difference(-0.25 + 0.1 * float(rng.standard_normal()), 0.1) for name in range(8)}
        failed += any(one.state is State.FAIL for one in protected_checks(strata, margin=0.25))
    assert failed / 2_000 == pytest.approx(0.025, abs=0.008)


def test_a_judge_that_scored_the_last_weeks_alone_compares_the_traffic_of_those_and_says_so(healthy: Reviewed) -> None:
    judged = healthy.judged[healthy.judged["week"].isin(WEEKS[4:])]
    said = Judged(JUDGE, judged[["item", "value"]].reset_index(drop=True), 0)
    of = replace(healthy, said=lambda: judged, study=healthy.study.judged_by(said))
    found = released(of, JUDGE, ASKED)
    assert found.evidence.weeks == WEEKS[4:]
    assert found.evidence.candidate.units + found.evidence.baseline.units == 800
    assert "the difference is of 2026-W44 to 2026-W45 alone: the judge scored no other labelled week" in found.notes


def test_with_a_part_of_the_traffic_unlabelled_a_judges_mean_corrects_nothing(healthy: Reviewed) -> None:
    labels = healthy.study.labels[healthy.study.labels["part"] == "calls"]
    found = released(replace(healthy, study=replace(healthy.study, labels=labels)), JUDGE, ASKED)
    assert found.outcome is Outcome.NOT_ENOUGH_EVIDENCE
    assert found.evidence.value is None
    assert "50% of the traffic is in strata without an item that has label and score" in found.evidence.lacks
