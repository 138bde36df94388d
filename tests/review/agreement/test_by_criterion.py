"""Agreement by criterion: of labels as people gave them, with the design of their sample, or a reason why not."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from nltk.metrics.agreement import AnnotationTask
from sklearn.metrics import cohen_kappa_score

from review.agreement.alpha import Metric, krippendorff_alpha
from review.agreement.by_criterion import LEAST_ITEMS, NOT_ENOUGH, agreement_by_criterion
from review.agreement.coefficient import NO_VARIATION
from review.agreement.gwet import gwet_ac
from review.agreement.percent import percent_agreement
from review.agreement.weights import Weights
from review.exchange.files import label_files
from review.exchange.imports import Import
from review.label_frame import label_frame
from review.people import SHELL
from review.reviewers import severity
from review.words import Words
from scrub import Policy
from storage.ledger_database import Database
from tests.review.agreement.test_agreement import STRATA, stratum
from tests.review.calibration.reference import SHARED
from tests.review.exchange.conftest import KEY, NOW
from tests.review.labelled import by_two, label_table

MT_RAG = SHARED / "fixtures" / "exports" / "mt-rag-benchmark"
VARIED = [("1", "1"), ("2", "3"), ("5", "5"), ("4", "4"), ("3", "2"), ("5", "4")]


def only(labels: pd.DataFrame) -> dict[str, Any]:
    """The one row that these labels give."""
    found = agreement_by_criterion(labels)
    assert len(found) == 1
    return {str(name): value for name, value in found.iloc[0].items()}


def test_too_few_items_say_how_many_are_missing() -> None:
    row = only(by_two(VARIED * 4))
    assert (row["items"], row["lacks"], row["missing"]) == (24, NOT_ENOUGH, LEAST_ITEMS - 24)
    assert pd.isna(row["alpha"])


def test_all_answers_alike_are_no_variation() -> None:
    row = only(by_two([("4", "4")] * 40))
    assert row["lacks"] == NO_VARIATION
    assert pd.isna(row["alpha"])


def test_labels_that_stand_for_nothing_are_left_out() -> None:
    labels = by_two(VARIED * 10)
    noise = pd.concat([
        by_two([("1", "5")] * 30, hand_picked=True, probability=None, sample="picked"),
        by_two([("1", "5")] * 30, blind=False, sample="seen"),
        by_two([("1", "5")] * 30, again=True, sample="again"),
    ])  # fmt: skip
    assert only(pd.concat([labels, noise]))["alpha"] == only(labels)["alpha"]


def test_cannot_tell_is_a_gap_and_counted() -> None:
    row = only(by_two([*VARIED * 10, ("cannot tell", "3"), ("4", "cannot tell")]))
    assert (row["items"], row["cannot_tell"]) == (60, 2)


def test_of_a_changed_mind_the_last_answer_counts() -> None:
    labels = by_two(VARIED * 10)
    earlier = label_table([("t0", "ana", "5")])
    assert only(pd.concat([earlier, labels]))["alpha"] == only(labels)["alpha"]


def test_a_label_stands_for_its_stratum() -> None:
    """Two strata of 90 and 10 units, 30 items of each rated twice: agreement in the large one counts nine times."""
    agreed, apart = [("1", "1"), ("5", "5"), ("3", "3")] * 10, [("1", "5"), ("5", "1"), ("3", "1")] * 10
    large = by_two(agreed, stratum="large", stratum_size=90, sample="a")
    small = by_two(apart, stratum="small", stratum_size=10, sample="b")
    assert only(pd.concat([large, small]))["percent"] == pytest.approx(0.9)


def test_a_stratum_without_a_second_rating_is_told() -> None:
    both = by_two(VARIED * 10, stratum="a", stratum_size=300)
    single = label_table([("x1", "ana", "3")], stratum="b", stratum_size=100)
    assert only(pd.concat([both, single]))["covered"] == pytest.approx(0.75)


@pytest.mark.parametrize(("scale", "values", "name"), [
    ("yes_no", [("yes", "yes"), ("no", "no"), ("yes", "no")], "Krippendorff's alpha (nominal)"),
    ('category ["a","b"]', [("a", "a"), ("b", "b"), ("a", "b")], "Krippendorff's alpha (nominal)"),
    ('categories ["a","b"]', [('["a"]', '["a"]'), ('["a","b"]', '["a"]'), ("[]", '["b"]')], "Krippendorff's alpha"),
])  # fmt: skip
def test_scales_without_an_order(scale: str, values: list[tuple[str, str]], name: str) -> None:
    row = only(by_two(values * 12, scale=scale))
    assert row["alpha_name"] == name
    assert row["alpha_low"] < row["alpha"] < row["alpha_high"]


def test_sets_that_share_a_category_disagree_less_than_sets_that_do_not() -> None:
    scale = 'categories ["a","b","c"]'
    near = only(by_two([('["a","b"]', '["a"]'), ('["c"]', '["c"]')] * 20, scale=scale))
    far = only(by_two([('["b"]', '["a"]'), ('["c"]', '["c"]')] * 20, scale=scale))
    assert near["alpha"] > far["alpha"]


def test_a_share_that_two_people_rated_stands_for_all_of_the_traffic() -> None:
    """Sixty items of each stratum, twenty of them rated twice; the strata agree differently and are drawn unequally."""
    random = np.random.default_rng(3)
    whole = np.concatenate([stratum(random, place, int(400_000 * share)) for place, (share, _) in enumerate(STRATA)])
    truth = {
        "alpha": krippendorff_alpha(whole, metric=Metric.ORDINAL, resamples=2).value,
        "ac": gwet_ac(whole, weights=Weights.QUADRATIC).value,
        "percent": percent_agreement(whole).value,
    }
    held, runs = dict.fromkeys(truth, 0), 100
    for _ in range(runs):
        row = only(pd.concat([partly_rated_twice(random, place) for place in range(len(STRATA))]))
        for name, value in truth.items():
            held[name] += row[f"{name}_low"] <= value <= row[f"{name}_high"]
    assert all(each / runs >= 0.88 for each in held.values()), held


def partly_rated_twice(random: np.random.Generator, place: int) -> pd.DataFrame:
    size = int(100_000 * STRATA[place][0])
    rows = [
        (f"{place}-{number}", name, str(int(value)))
        for number, two in enumerate(stratum(random, place, 60))
        for name, value in zip(("ana", "ben") if number < 20 else ("ana",), two, strict=False)
    ]
    return label_table(rows, stratum=str(place), stratum_size=size, probability=60 / size)


def test_free_text_has_no_agreement() -> None:
    assert agreement_by_criterion(by_two([("fine", "good")] * 40, scale="text")).empty


@pytest.fixture(scope="module")
def mt_rag(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """MT-RAG's ratings through a ledger."""
    if not MT_RAG.is_dir():
        pytest.skip("MT-RAG is not beside this clone")
    folder: Path = tmp_path_factory.mktemp("mt_rag")
    database = Database(f"sqlite:///{folder}/ledger.db")
    try:
        Import(database, Words(Policy(), KEY), KEY, SHELL, NOW).take(label_files([MT_RAG]))
        return label_frame(database)
    finally:
        database.close()


def test_mt_rags_agreement_is_that_of_another_library(mt_rag: pd.DataFrame) -> None:
    ours = agreement_by_criterion(mt_rag).set_index("criterion")
    assert set(ours.index) == {"naturalness", "appropriateness", "completeness", "faithfulness", "win-rate"}
    for criterion, given in mt_rag.groupby("criterion"):
        rated = given[given.groupby("item")["value"].transform("size") >= 2]
        triples = list(zip(rated["reviewer"], rated["item"], rated["value"].astype(int), strict=True))
        margins = rated["value"].astype(int).value_counts().sort_index()
        ranks = (margins.cumsum() - margins / 2).to_dict()

        def ordinal(one: int, two: int, ranks: dict[Any, float] = ranks) -> float:
            return float((ranks[one] - ranks[two]) ** 2)

        theirs = AnnotationTask(triples, distance=ordinal).alpha()
        assert ours.loc[str(criterion), "alpha"] == pytest.approx(theirs, abs=1e-9), criterion


def test_mt_rags_annotators_beside_each_other_are_those_of_sklearn(mt_rag: pd.DataFrame) -> None:
    """Two annotators alone: kappa with the others is Cohen's kappa of the pair, and severities mirror each other."""
    two = mt_rag[mt_rag["reviewer"].isin(["46542882", "47200615"]) & (mt_rag["criterion"] == "faithfulness")]
    table = two.pivot(index="item", columns="reviewer", values="value").dropna().astype(int)
    found = severity(two).set_index("reviewer")
    kappa = cohen_kappa_score(table["46542882"], table["47200615"], weights="quadratic")
    assert np.allclose(found["kappa"].astype(float), kappa)
    mean = float((table["46542882"] - table["47200615"]).mean())
    assert found.loc["46542882", "difference"] == pytest.approx(mean)
    assert found.loc["47200615", "difference"] == pytest.approx(-mean)
