"""Real judges beside real people: the published figures, through the same code as the command and the pages."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from review.calibration.assessment import Assessment, Options, assess, people
from review.calibration.files import read_study
from review.calibration.gate_rules import Verdict
from review.calibration.scale import Kind
from tests.review.calibration.reference import judges


def assessed(folder: Path, labels: pd.DataFrame, scores: pd.DataFrame, kind: Kind) -> Assessment:
    """The one judge of `scores`, through files as a user would have them."""
    labels.to_csv(folder / "labels.csv", index=False)
    scores.to_csv(folder / "scores.csv", index=False)
    study = read_study(folder / "labels.csv", scores=folder / "scores.csv", kind=kind)
    (judged,) = study.judges
    return assess(study, judged, people(study), Options())


@pytest.fixture
def conversations() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Question 0 of the real conversations: labels, and the judge's chance of each level."""
    said = pd.read_csv(judges("llm_rubric/human_judges_real_convs_FIXED_ANON.tsv"), sep="\t")
    judge = pd.read_csv(judges("llm_rubric/gpt-3.5-turbo-16k_real_evaluations_FIXED.tsv"), sep="\t")
    labels = said.rename(columns={"text_id": "item_id", "annotator_id": "reviewer", "Q0": "value"})
    wide = judge[judge["criterion"] == "Q0"]
    parts = [
        pd.DataFrame({"item_id": wide["text_id"], "judge": "gpt", "value": level,
                      "probability": wide[f"answer{level}_prob"]})
        for level in range(1, 5)
    ]  # fmt: skip
    return labels[["item_id", "reviewer", "value"]], pd.concat(parts)


def test_llm_rubric_expected_value_of_the_judge(
    tmp_path: Path, conversations: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    found = assessed(tmp_path, *conversations, Kind.ORDINAL)
    assert found.pairs.n_items == 223
    assert found.spearman == pytest.approx(0.086675, abs=5e-7)
    assert found.kendall == pytest.approx(0.065928, abs=5e-7)
    error = np.sqrt(np.mean((found.pairs.judge - found.pairs.human) ** 2))
    assert error == pytest.approx(0.918676, abs=5e-7)
    assert np.corrcoef(found.pairs.judge, found.pairs.human)[0, 1] == pytest.approx(0.177301, abs=5e-7)


def test_llm_rubric_likeliest_level_of_the_judge(
    tmp_path: Path, conversations: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    labels, scores = conversations
    likeliest = scores.sort_values("probability").drop_duplicates("item_id", keep="last").drop(columns="probability")
    found = assessed(tmp_path, labels, likeliest, Kind.ORDINAL)
    assert found.spearman == pytest.approx(0.086990, abs=5e-7)
    assert found.kendall == pytest.approx(0.081134, abs=5e-7)
    error = np.sqrt(np.mean((found.pairs.judge - found.pairs.human) ** 2))
    assert error == pytest.approx(1.201643, abs=5e-7)


def test_the_judge_of_llm_rubric_fails_in_words_that_say_why(
    tmp_path: Path, conversations: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    found = assessed(tmp_path, *conversations, Kind.ORDINAL)
    assert found.decision.verdict is Verdict.FAIL
    assert "agrees with people at kappa" in found.decision.reasons[0]


@pytest.mark.parametrize(
    ("dimension", "pearson", "spearman", "kendall"),
    [
        ("naturalness", 0.443666, 0.513986, 0.373973),
        ("coherence", 0.595143, 0.612942, 0.465915),
        ("engagingness", 0.556510, 0.604739, 0.455941),
        ("groundedness", 0.536209, 0.574954, 0.451533),
        ("understandability", 0.380038, 0.467807, 0.360741),
    ],
)
def test_unieval_ranks_as_published_though_its_scale_is_another(
    tmp_path: Path, dimension: str, pearson: float, spearman: float, kendall: float
) -> None:
    rows: list[dict[str, Any]] = json.loads(judges("unieval_topicalchat/topical_chat_result.json").read_text())
    labels = pd.DataFrame({
        "item_id": range(len(rows)), "reviewer": "mean of three", "value": [row["scores"][dimension] for row in rows],
    })  # fmt: skip
    scores = pd.DataFrame({
        "item_id": range(len(rows)), "judge": "unieval", "value": [row["predict_scores"][dimension] for row in rows],
    })  # fmt: skip
    found = assessed(tmp_path, labels, scores, Kind.ORDINAL)
    assert found.spearman == pytest.approx(spearman, abs=5e-7)
    assert found.kendall == pytest.approx(kendall, abs=5e-7)
    assert np.corrcoef(found.pairs.judge, found.pairs.human)[0, 1] == pytest.approx(pearson, abs=5e-7)


@pytest.mark.parametrize(("first", "second", "published"), [(1, 2, 0.8520), (1, 3, 0.8789), (2, 3, 0.8617)])
def test_pandalm_people_agree_as_published(tmp_path: Path, first: int, second: int, published: float) -> None:
    rows = json.loads(judges("pandalm/testset-v1.json").read_text())
    labels = pd.DataFrame({
        "item_id": [row["idx"] for row in rows], "reviewer": "one", "value": [row[f"annotator{first}"] for row in rows],
    })  # fmt: skip
    scores = pd.DataFrame({
        "item_id": [row["idx"] for row in rows], "judge": "other", "value": [row[f"annotator{second}"] for row in rows],
    })  # fmt: skip
    found = assessed(tmp_path, labels, scores, Kind.NOMINAL)
    assert found.kappa.value == pytest.approx(published, abs=5e-5)
    assert found.kappa.value == pytest.approx(cohen_kappa_score(labels["value"], scores["value"]))


def test_answers_of_pandalm_that_nobody_can_read_are_counted_not_turned_into_ties(tmp_path: Path) -> None:
    rows = json.loads(judges("pandalm/testset-v1.json").read_text())
    gpt = json.loads(judges("pandalm/gpt-3.5-turbo-testset-v1.json").read_text())
    majority = [pd.Series([row[f"annotator{i}"] for i in (1, 2, 3)]).mode().iloc[0] for row in rows]
    labels = pd.DataFrame({"item_id": [row["idx"] for row in rows], "reviewer": "majority", "value": majority})
    scores = pd.DataFrame({"item_id": [row["idx"] for row in gpt], "judge": "gpt", "value": [
        {"1": 1, "2": 2, "Tie": 0}.get(str(row["gpt_result"]), row["gpt_result"]) for row in gpt
    ]})  # fmt: skip
    found = assessed(tmp_path, labels, scores, Kind.NOMINAL)
    assert found.unparsable == 25
    right = int((found.pairs.judge == found.pairs.human).sum())
    assert right / len(rows) == pytest.approx(0.6977, abs=5e-5)
