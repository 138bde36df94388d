"""Verdicts on real judges and on files that cannot tell: words that somebody could act on."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from errors import UsageError
from review.calibration.assessment import Assessment, Options, assess, people
from review.calibration.files import read_study
from review.calibration.gate_checks import State, Step
from review.calibration.gate_rules import Verdict
from review.calibration.report import as_json
from review.calibration.scale import Kind
from tests.review.calibration.reference import SHARED, judges

MT_RAG = SHARED / "fixtures/exports/mt-rag-benchmark/mtrag-human/evaluations"
Assessed = Callable[..., dict[str, Assessment]]


@pytest.fixture
def assessed(tmp_path: Path) -> Assessed:
    """Every judge of a table of scores, by name, through files as a user would have them."""

    def of(
        labels: pd.DataFrame,
        scores: pd.DataFrame,
        *,
        kind: Kind = Kind.ORDINAL,
        ends: tuple[float, float] | None = None,
        frame: str | None = None,
    ) -> dict[str, Assessment]:
        labels.to_csv(tmp_path / "labels.csv", index=False)
        scores.to_csv(tmp_path / "scores.csv", index=False)
        if frame is not None:
            (tmp_path / "frame.csv").write_text(frame)
        study = read_study(tmp_path / "labels.csv", scores=tmp_path / "scores.csv", kind=kind, ends=ends,
                           frame=None if frame is None else tmp_path / "frame.csv")  # fmt: skip
        among = people(study)
        return {one.name: assess(study, one, among, Options()) for one in study.judges}

    return of


def llm_rubric(question: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Labels of one question of the real conversations, and the judge's expected level."""
    said = pd.read_csv(judges("llm_rubric/human_judges_real_convs_FIXED_ANON.tsv"), sep="\t")
    judge = pd.read_csv(judges("llm_rubric/gpt-3.5-turbo-16k_real_evaluations_FIXED.tsv"), sep="\t")
    labels = said.rename(columns={"text_id": "item_id", "annotator_id": "reviewer", question: "value"})
    wide = judge[judge["criterion"] == question]
    parts = [
        pd.DataFrame({"item_id": wide["text_id"], "judge": "gpt", "value": level,
                      "probability": wide[f"answer{level}_prob"]})
        for level in range(1, 5)
    ]  # fmt: skip
    return labels[["item_id", "reviewer", "value"]], pd.concat(parts)


def test_llm_rubrics_judge_fails_in_words_that_say_why(assessed: Assessed) -> None:
    found = assessed(*llm_rubric("Q0"), ends=(1, 4))["gpt"].decision
    assert found.verdict is Verdict.FAIL
    agreement, bias = found.reasons
    assert agreement.startswith("it agrees with people at kappa 0.09 (0.00 to 0.18), below 0.60")
    assert "its scores hardly differ from item to item (spread 0.38 of people's)" in agreement
    assert bias == "it is too lenient: +0.46 points (+0.37 to +0.55 at 90%), allowed 0.19"
    rubric = next(one for one in found.checks if one.step is Step.RUBRIC)
    assert rubric.state is State.NOT_ENOUGH_EVIDENCE  # nobody labelled an item twice
    assert "no item with two ratings" in rubric.said


def test_where_it_is_worse_than_chance_its_scale_is_suspected(assessed: Assessed) -> None:
    found = assessed(*llm_rubric("Q1"))["gpt"]
    assert found.decision.verdict is Verdict.FAIL
    assert "perhaps its scale counts the other way round" in found.decision.reasons[0]
    assert found.ac.value is not None
    assert -1 <= found.ac.value <= 1  # fractions of a level are no levels of their own


def mt_rag(criterion: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """MT-RAG's ratings by seven people from 1 to 4, and its automatic metrics brought to that scale."""
    path = MT_RAG / "reference_subset_with_human_evaluations.json"
    if not path.is_file():
        pytest.skip("MT-RAG is not beside this clone")
    answers: list[dict[str, Any]] = json.loads(path.read_text())["evaluations"]
    labels = [
        (f"{one['task_id']} {one['model_id']}", who, said["value"])
        for one in answers for who, said in one["annotations"].get(criterion, {}).items()
    ]  # fmt: skip
    scores = [
        (f"{one['task_id']} {one['model_id']}", metric, 1 + 3 * min(1.0, max(0.0, float(said["value"]))))
        for one in answers for metric in ("rl_f", "rb_llm", "RougeL")
        for said in one["annotations"].get(metric, {}).values()
    ]  # fmt: skip
    return (
        pd.DataFrame(labels, columns=["item_id", "reviewer", "value"]),
        pd.DataFrame(scores, columns=["item_id", "judge", "value"]),
    )


@pytest.mark.parametrize(("criterion", "alpha"), [("faithfulness", "0.47"), ("completeness", "0.26")])
def test_mt_rags_metrics_cannot_be_graded_before_its_people_agree(
    assessed: Assessed, criterion: str, alpha: str
) -> None:
    for one in assessed(*mt_rag(criterion)).values():
        assert one.decision.verdict is Verdict.RUBRIC_NOT_READY
        (reason,) = one.decision.reasons
        assert f"people agree with each other at alpha {alpha}" in reason
        assert "sharpen it on the items where people part" in reason


def test_mt_rags_figures_tell_its_judge_of_faithfulness_from_word_overlap(assessed: Assessed) -> None:
    found = assessed(*mt_rag("faithfulness"), ends=(1, 4))
    judge, overlap = ({check.name: check.state for check in found[name].decision.checks} for name in ("rl_f", "RougeL"))
    assert judge["agrees with people"] is judge["bias"] is State.PASS
    assert overlap["agrees with people"] is overlap["bias"] is State.FAIL


def by_two(values: list[int]) -> pd.DataFrame:
    return pd.DataFrame(
        [(f"{place}", name, value) for place, value in enumerate(values) for name in ("ana", "ben")],
        columns=["item_id", "reviewer", "value"],
    )


def test_a_judge_on_another_scale_is_told_to_map_its_scores_not_to_label_more(assessed: Assessed) -> None:
    labels = by_two([1, 2, 3, 4, 5] * 40)
    scores = pd.DataFrame({"item_id": range(200), "judge": "percent", "value": [20, 40, 60, 80, 100] * 40})
    found = assessed(labels, scores)["percent"].decision
    assert found.verdict is Verdict.NOT_ENOUGH_EVIDENCE
    assert found.labels_needed == 0
    assert "the judge uses another scale than people; map its scores first" in found.reasons[0]


def test_scores_of_other_items_are_said_to_be_that(assessed: Assessed) -> None:
    scores = pd.DataFrame({"item_id": [f"x{place}" for place in range(50)], "judge": "j", "value": [1, 5] * 25})
    found = assessed(by_two([1, 2, 3, 4, 5] * 40), scores)["j"].decision
    assert found.verdict is Verdict.NOT_ENOUGH_EVIDENCE
    assert found.reasons[0] == "no labelled item was scored, 100 are needed"


def test_categories_are_judged_by_agreement_alone(assessed: Assessed) -> None:
    labels = by_two([1, 2, 3] * 60).replace({"value": {1: "refund", 2: "delay", 3: "other"}})
    scores = labels.drop_duplicates("item_id").assign(judge="j")[["item_id", "judge", "value"]]
    found = assessed(labels, scores, kind=Kind.NOMINAL)["j"]
    assert found.bias is None
    assert found.decision.verdict is Verdict.PASS
    asked = {check.name: check.state for check in found.decision.checks}
    assert asked["bias"] is asked["bias in each stratum"] is asked["items that people refused"] is State.NOT_ASKED


def test_the_report_tells_every_check_with_its_figures(assessed: Assessed, tmp_path: Path) -> None:
    scores = by_two([1, 2, 3, 4, 4] * 40).rename(columns={"reviewer": "judge"})
    found = assessed(by_two([1, 2, 3, 4, 5] * 40), scores, ends=(1, 5))
    study = read_study(tmp_path / "labels.csv", scores=tmp_path / "scores.csv", ends=(1, 5))
    told = as_json(study, people(study), list(found.values()))["judges"]["ana"]
    by_name = {one["name"]: one for one in told["checks"]}
    assert by_name["bias"]["figures"]["bar"] == 0.25
    assert by_name["agrees with people"]["figures"]["value"] == told["kappa"]["value"]
    assert by_name["steady over the weeks"]["state"] == "not_asked"


def yes_no(refused: set[int], *, items: int, reviewers: tuple[str, ...] = ("ana",)) -> pd.DataFrame:
    return pd.DataFrame(
        [(f"{place}", name, "no" if place in refused else "yes") for place in range(items) for name in reviewers],
        columns=["item_id", "reviewer", "value"],
    )


def of_judge(labels: pd.DataFrame) -> pd.DataFrame:
    return labels.assign(judge="j")[["item_id", "judge", "value"]]


def test_a_judge_that_refuses_one_of_forty_that_people_all_pass_is_not_condemned_by_it(assessed: Assessed) -> None:
    found = assessed(yes_no(set(), items=40), of_judge(yes_no({3}, items=40)), kind=Kind.BINARY)["j"]
    assert (found.kappa.value, found.kappa.lacks) == (None, "no variation")
    assert found.ac.value == pytest.approx(0.974, abs=5e-4)
    assert found.decision.verdict is Verdict.NOT_ENOUGH_EVIDENCE
    assert "people refused 0 items, 30 are needed" in found.decision.reasons


def test_a_judge_that_passes_everything_fails_once_people_refused_enough_of_it(assessed: Assessed) -> None:
    labels = yes_no(set(range(0, 120, 3)), items=120, reviewers=("ana", "ben"))
    found = assessed(labels, of_judge(yes_no(set(), items=120)), kind=Kind.BINARY)["j"].decision
    assert found.verdict is Verdict.FAIL
    assert found.reasons[0] == "it gave every item the same answer; people answered 40 of them otherwise"


def test_good_judges_of_what_is_rarely_refused_are_not_failed_by_chance(assessed: Assessed) -> None:
    random = np.random.default_rng(5)
    for _ in range(40):
        refused = {place for place in range(60) if random.random() < 0.02}
        found = {place for place in range(60) if random.random() < (0.8 if place in refused else 0.004)}
        verdict = assessed(yes_no(refused, items=60), of_judge(yes_no(found, items=60)), kind=Kind.BINARY)["j"].decision
        assert verdict.verdict is Verdict.NOT_ENOUGH_EVIDENCE


def test_a_chance_of_yes_counts_as_the_answer_that_it_is_nearer_to(assessed: Assessed) -> None:
    refused = set(range(0, 200, 4))
    labels = yes_no(refused, items=200, reviewers=("ana", "ben"))
    random = np.random.default_rng(2)
    chances = [np.clip(random.normal(0.07 if place in refused else 0.93, 0.03), 0, 1) for place in range(200)]
    scores = pd.DataFrame({"item_id": range(200), "judge": "j", "value": chances})
    found = assessed(labels, scores, kind=Kind.BINARY)["j"]
    assert found.unparsable == 0
    assert found.kappa.value == found.ac.value == found.tpr.value == found.tnr.value == 1
    assert found.alternative.advantage_probability == 1
    assert found.decision.verdict is Verdict.PASS
    assert found.bias is not None
    assert found.bias.value == pytest.approx(np.mean(chances) - 0.75)  # how far off its chances are is still told


def test_several_votes_of_a_judge_are_the_answer_of_most_of_them(assessed: Assessed) -> None:
    refused = set(range(0, 200, 4))
    votes = [of_judge(yes_no(refused ^ wrong, items=200)) for wrong in ({1, 2, 3}, {4, 5, 6}, {1, 7, 8})]
    labels = yes_no(refused, items=200, reviewers=("ana", "ben"))
    found = assessed(labels, pd.concat(votes), kind=Kind.BINARY)["j"]
    by_most = assessed(labels, of_judge(yes_no(refused ^ {1}, items=200)), kind=Kind.BINARY)["j"]
    assert (found.kappa.value, found.kappa.low) == (by_most.kappa.value, by_most.kappa.low)
    assert (found.tpr.value, found.tnr.value) == (by_most.tpr.value, by_most.tnr.value)


def test_what_a_person_says_of_yes_or_no_is_never_a_chance(assessed: Assessed) -> None:
    with pytest.raises(UsageError, match="row 2: the value is not yes or no"):
        assessed(pd.DataFrame({"item_id": ["a"], "reviewer": "ana", "value": 0.7}), of_judge(yes_no(set(), items=1)),
                 kind=Kind.BINARY)  # fmt: skip


def fours_and_fives() -> tuple[pd.DataFrame, pd.DataFrame]:
    """People use only the top of a rubric from 1 to 5; the judge gives a tenth of the fours a point more."""
    values = [4, 5] * 200
    judged = [5 if value == 4 and place % 10 == 0 else value for place, value in enumerate(values)]
    return by_two(values), pd.DataFrame({"item_id": range(400), "judge": "j", "value": judged})


def test_bars_follow_the_rubrics_scale_not_what_people_happened_to_use(assessed: Assessed) -> None:
    found = assessed(*fours_and_fives(), ends=(1, 5))["j"].decision
    checks = {one.name: one for one in found.checks}
    assert checks["bias"].said.startswith("bias is +0.10 points")
    assert checks["bias"].figures["bar"] == 0.25
    assert checks["items that people refused"].said == "people refused 0 items, 30 are needed"
    assert found.verdict is Verdict.NOT_ENOUGH_EVIDENCE


def test_where_no_scale_is_declared_bias_is_not_asked_and_the_answer_says_how_to_declare_it(assessed: Assessed) -> None:
    found = assessed(*fours_and_fives())["j"].decision
    (bias,) = (one for one in found.checks if one.name == "bias")
    assert bias.state is State.NOT_ASKED
    assert bias.said.startswith(
        "people used 4 to 5, and nothing says whether the scale is longer; declare it with --low"
    )
    assert found.verdict is Verdict.PASS


def test_intervals_reach_beyond_the_few_values_that_people_used_on_a_declared_scale(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("item_id,reviewer,value\na,ana,3\nb,ana,4\n")
    mean = people(read_study(tmp_path / "labels.csv", ends=(1, 5))).mean
    assert mean is not None
    assert mean.low is not None
    assert mean.high is not None
    assert 1 <= mean.low < 2
    assert 4.5 < mean.high <= 5


@pytest.mark.parametrize("ends", [(1.0, 5.0), None])
def test_two_items_on_which_all_agree_leave_the_bias_open(assessed: Assessed, ends: tuple[float, float] | None) -> None:
    same = pd.DataFrame({"item_id": ["a", "b"], "reviewer": "ana", "value": 3})
    found = assessed(same, of_judge(same), ends=ends)["j"]
    assert found.bias is not None
    assert found.mae is not None
    (bias,) = (one for one in found.decision.checks if one.name == "bias")
    if ends is None:
        assert found.bias.low is found.mae.low is None
        assert bias.state is State.NOT_ASKED
    else:
        assert found.bias.low is not None
        assert -4 <= found.bias.low < -2
        assert bias.state is State.NOT_ENOUGH_EVIDENCE


def test_a_bias_of_two_items_reaches_no_further_than_the_scale(assessed: Assessed) -> None:
    labels = pd.DataFrame({"item_id": ["a", "b"], "reviewer": "ana", "value": [3, 5]})
    found = assessed(labels, of_judge(labels.assign(value=[5, 3])), ends=(1, 5))["j"].bias
    assert found is not None
    assert (found.value, found.low, found.high) == (0, -4, 4)


def test_a_stratum_without_a_label_has_too_few_of_them(assessed: Assessed) -> None:
    labels = by_two([1, 2, 3, 4, 5] * 60).assign(stratum=["std", "mid"] * 300)
    labels["stratum"] = [("std", "mid")[int(item) % 2] for item in labels["item_id"]]
    scores = pd.DataFrame({"item_id": range(300), "judge": "j", "value": [1, 2, 3, 4, 5] * 60})
    frame = "stratum,size\nstd,500\nmid,500\nvip,2000\ngone,0\n"
    found = assessed(labels, scores, ends=(1, 5), frame=frame)["j"].decision
    assert found.verdict is Verdict.NOT_ENOUGH_EVIDENCE
    assert found.reasons == ("stratum vip has 0 labelled items, 30 are needed",)
    assert found.labels_needed == 30
    one_left = assessed(labels[labels["stratum"] == "std"], scores, ends=(1, 5), frame=frame)["j"].decision
    assert one_left.reasons[0].startswith("stratum mid has 0 labelled items and stratum vip has 0")
