"""Verdicts on real judges and on files that cannot tell: words that somebody could act on."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

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

    def of(labels: pd.DataFrame, scores: pd.DataFrame, *, kind: Kind = Kind.ORDINAL) -> dict[str, Assessment]:
        labels.to_csv(tmp_path / "labels.csv", index=False)
        scores.to_csv(tmp_path / "scores.csv", index=False)
        study = read_study(tmp_path / "labels.csv", scores=tmp_path / "scores.csv", kind=kind)
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
    found = assessed(*llm_rubric("Q0"))["gpt"].decision
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
    found = assessed(*mt_rag("faithfulness"))
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
    found = assessed(by_two([1, 2, 3, 4, 5] * 40), by_two([1, 2, 3, 4, 4] * 40).rename(columns={"reviewer": "judge"}))
    study = read_study(tmp_path / "labels.csv", scores=tmp_path / "scores.csv")
    told = as_json(study, people(study), list(found.values()))["judges"]["ana"]
    by_name = {one["name"]: one for one in told["checks"]}
    assert by_name["bias"]["figures"]["bar"] == 0.25
    assert by_name["agrees with people"]["figures"]["value"] == told["kappa"]["value"]
    assert by_name["steady over the weeks"]["state"] == "not_asked"
