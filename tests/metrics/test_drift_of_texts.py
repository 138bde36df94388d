"""Drift of texts: no alarm between samples of the same texts, and a planted topic is seen, named and shown."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from metrics.drift.changes import Verdict
from metrics.drift.closeness import closeness
from metrics.drift.embedding import fitted_on
from metrics.drift.texts import text_drift_of, topic_drift_of
from metrics.drift.told_apart import area_of, told_apart
from metrics.drift.topics import topics
from tests.command_line.test_commands import Shell

USUAL = ["where is my new card", "block my lost card please", "what is the balance of my account",
         "show my last payments", "raise the limit of the card", "I want to open a savings account",
         "the payment was charged twice",         "change my address in the app"]  # fmt: skip
NEW = ["the letter says the fee rises, may I object", "a fee increase in the letter, what is the price list"]
EXTRA = ["today", "please", "again", "quickly", "thanks", "tomorrow", "hello", "sorry", "really", "somehow"]


def asked(randomness: np.random.Generator, many: int, *, new: float = 0.0) -> list[str]:
    """Questions, a share of them about the new topic."""
    said = []
    for _ in range(many):
        from_new = randomness.random() < new
        text = str(randomness.choice(NEW if from_new else USUAL))
        said.append(f"{text} {randomness.choice(EXTRA)} {randomness.choice(EXTRA)} from <PERSON_1>")
    return said


def texts_of(before: list[str], now: list[str]) -> pd.DataFrame:
    """A conversation per text, as drift reads them."""
    both = [*before, *now]
    return pd.DataFrame({
        "trace_id": [f"t{place}" for place in range(len(both))], "code": range(len(both)), "preview": both,
        "is_new": np.arange(len(both)) >= len(before),
    })  # fmt: skip


def points(randomness: np.random.Generator, many: int, *, moved: float = 0.0) -> np.ndarray:
    found = randomness.normal(size=(many, 5)) + np.array([1 - moved, moved, 0, 0, 0])
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))


def test_samples_of_the_same_points_stay_in_the_null_band() -> None:
    randomness = np.random.default_rng(1)
    p = np.array([
        [one.p for one in closeness(*(points(randomness, many) for many in (60, 60, 40)), seed=turn)]
        for turn in range(60)
    ])  # fmt: skip

    assert np.all((p < 0.05).mean(axis=0) < 0.13)


def test_a_moved_centre_leaves_the_null_band_and_its_similarity_is_the_pencil_s() -> None:
    randomness = np.random.default_rng(2)
    fit, reference, now = points(randomness, 80), points(randomness, 80), points(randomness, 80, moved=0.8)

    similarity, _, psi = closeness(fit, reference, now)

    one, other = reference.mean(axis=0), now.mean(axis=0)
    assert similarity.value == pytest.approx(one @ other / np.linalg.norm(one) / np.linalg.norm(other))
    assert similarity.value < similarity.low < similarity.high == 1
    assert similarity.guide == "drift"
    assert similarity.p == pytest.approx(0.001)
    assert psi.value > psi.high


def test_the_guide_s_marks_know_no_n_but_the_null_band_does() -> None:
    randomness = np.random.default_rng(3)

    _, _, psi = closeness(points(randomness, 40), points(randomness, 40), points(randomness, 25))

    assert (psi.guide, psi.p > 0.05) == ("drift", True)


def test_the_area_is_scikit_learn_s_and_its_influences_sum_to_nothing() -> None:
    randomness = np.random.default_rng(4)
    is_new = randomness.random(60) < 0.4
    scores = np.round(randomness.normal(size=60) + is_new, 1)

    area, influence = area_of(scores, is_new, share=float(is_new.mean()))

    assert area == pytest.approx(roc_auc_score(is_new, scores))
    assert influence.sum() == pytest.approx(0, abs=1e-9)


def test_a_classifier_tells_nothing_where_nothing_changed_and_a_new_topic_where_it_did() -> None:
    randomness = np.random.default_rng(5)
    is_new = np.arange(120) >= 70
    same = [told_apart([*asked(randomness, 70), *asked(randomness, 50)], is_new) for _ in range(30)]
    other = told_apart([*asked(randomness, 70), *asked(randomness, 50, new=0.5)], is_new)

    held = [one.low <= 0.5 <= one.high for one in same if one is not None]
    assert len(held) == 30
    assert np.mean(held) >= 0.85
    assert other is not None
    assert other.low > 0.55
    assert other.p == pytest.approx(1 / 500)
    assert told_apart(["a fee"] * 30, np.arange(30) >= 15) is None


def test_a_new_topic_is_named_with_its_share_and_texts_that_have_it() -> None:
    randomness = np.random.default_rng(6)
    texts = [*asked(randomness, 150), *asked(randomness, 150, new=0.4)]
    is_new = np.arange(300) >= 150

    largest = topics(texts, np.arange(300), is_new)[0]

    assert "fee" in largest.words.split(", ")
    assert "person" not in largest.words
    assert largest.q < 0.01
    assert largest.low < 0.4 < largest.high + 0.15
    assert all("fee" in texts[place] and is_new[place] for place in largest.places)


def test_texts_that_did_not_change_show_no_sign_and_conversations_in_both_windows_are_left_out() -> None:
    randomness = np.random.default_rng(7)
    texts = texts_of(asked(randomness, 100), asked(randomness, 60))
    goes_on = texts.head(5).assign(is_new=True)

    found = text_drift_of(pd.concat([texts, goes_on]))

    assert set(found["verdict"]) == {Verdict.NONE}
    assert set(found["n_before"]) == {95}
    assert set(found["n_now"]) == {60}
    assert text_drift_of(texts_of(asked(randomness, 39), asked(randomness, 60))).empty
    assert topic_drift_of(texts.assign(is_new=False)).empty


def test_a_space_needs_words_and_knows_only_those_of_the_reference() -> None:
    space = fitted_on(USUAL * 3)

    assert space is not None
    near, far = space(["lost card blocked"]), space(["zebra giraffe"])
    assert np.linalg.norm(near) == pytest.approx(1)
    assert np.linalg.norm(far) == 0
    assert fitted_on(["one", "two"]) is None


def test_the_sample_s_new_topic_and_its_other_answers_are_seen(bank: Shell) -> None:
    said = bank.json("changes", "--from", "2026-10-26", "--to", "2026-11-02", "--reference-from", "2026-10-12",
                     "--texts", "questions")  # fmt: skip
    figures = {row["figure"]: row for row in said["texts"]}

    assert figures["similarity of the centres"]["verdict"] == "changed"
    assert figures["told apart by a classifier (AUC)"]["low"] > 0.55
    grown = [row for row in said["topics"] if row["verdict"] == "changed" and row["effect"] > 0]
    assert {"letter", "fee", "list", "price"} & set(", ".join(row["topic"] for row in grown).split(", "))
    assert grown[0]["traces"]
    answered = bank.json("changes", "--from", "2026-10-26", "--to", "2026-11-02", "--texts", "answers")
    assert "changed" in {row["verdict"] for row in answered["texts"]}


def test_the_sample_s_quiet_weeks_ask_the_same(bank: Shell) -> None:
    said = bank.json("changes", "--from", "2026-09-28", "--to", "2026-10-05", "--texts", "questions")

    assert {row["verdict"] for row in said["texts"]} == {"no sign of change"}
    assert {row["verdict"] for row in said["topics"]} == {"no sign of change"}
