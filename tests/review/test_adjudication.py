"""Disagreements are decided by a third person; what people gave stays as they gave it."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from errors import NotAllowed, UsageError
from review import adjudication
from review.adjudication import Ruling, adjudicate, decisions, disagreements, gold, may_adjudicate
from review.agreement.by_criterion import agreement_by_criterion
from review.audit import audit_log
from review.exchange.gold import gold_lines
from review.label_frame import label_frame
from review.people import SHELL, Role, add_person
from review.rubric.criteria import Criterion
from review.words import Words
from storage.ledger_database import Database
from storage.review_tables import submissions, withdrawals
from tests.review.exchange.conftest import NOW, Take, take, words
from tests.review.exchange.test_imports import line, written

__all__ = ["take", "words"]  # fixtures
SAMPLE = "labels-2026-W41"
Decide = Callable[..., int]


@pytest.fixture
def decide(database: Database, take: Take, tmp_path: Path, words: Words) -> Decide:
    """Two items: on t1 ana and ben are apart, on t2 they agree; olga and pia may decide, ben labelled."""
    for name in ("olga", "pia", "ben"):
        add_person(database, name, Role.PRODUCT_OWNER, by=SHELL, now=NOW)
    take(written(tmp_path, line(value="2"), line(value="5", reviewer="ben"), line(item="t2"),
                 line(item="t2", reviewer="ben"), line(item="t3", reviewer="ben", value="1")))  # fmt: skip

    def adjudicate_(
        given: object = 4, *, by: str = "olga", seen: int | None = None, item: str = "t1", note: str = ""
    ) -> int:
        ruling = Ruling(SAMPLE, item, "helpfulness", given, note, seen)  # type: ignore[arg-type]
        return adjudicate(database, ruling, words=words, by=by, now=NOW)

    return adjudicate_


def standing(database: Database) -> dict[str, tuple[object, object]]:
    return {row["item"]: (row["value"], row["basis"]) for row in gold(database).to_dict("records")}


@pytest.mark.usefixtures("decide")
def test_disagreements_are_listed_side_by_side(database: Database) -> None:
    found = disagreements(database)
    assert [(row["item"], row["answers"], row["apart"]) for row in found.to_dict("records")] == [
        ("t1", {"ana": "2", "ben": "5"}, 0.75)
    ]


def test_a_decision_becomes_gold_and_the_labels_stay(database: Database, decide: Decide) -> None:
    before = label_frame(database)
    assert standing(database) == {"t2": ("4", "agreed"), "t3": ("1", "single")}
    decide(4)
    assert standing(database) == {"t1": ("4", "adjudicated"), "t2": ("4", "agreed"), "t3": ("1", "single")}
    assert disagreements(database).empty
    pd.testing.assert_frame_equal(label_frame(database), before)


def test_agreement_among_people_is_untouched_by_decisions(database: Database, decide: Decide) -> None:
    before = agreement_by_criterion(label_frame(database))
    decide(4)
    pd.testing.assert_frame_equal(agreement_by_criterion(label_frame(database)), before)


def test_who_labelled_the_item_does_not_decide_about_it(database: Database, decide: Decide) -> None:
    with pytest.raises(NotAllowed, match="whoever labelled"):
        decide(by="ben")
    assert may_adjudicate(database, SAMPLE, "t1", by="ben") is not None
    assert may_adjudicate(database, SAMPLE, "t1", by="olga") is None
    assert decisions(database).empty


def test_a_reviewer_or_somebody_who_was_removed_may_not(database: Database, decide: Decide) -> None:
    add_person(database, "rita", Role.REVIEWER, by=SHELL, now=NOW)
    for name in ("rita", "nobody"):
        with pytest.raises(NotAllowed):
            decide(by=name)


def test_a_later_decision_supersedes_and_the_history_stays(database: Database, decide: Decide) -> None:
    first = decide(4, note="the documents say so")
    second = decide(3, by="pia", seen=first)
    assert standing(database)["t1"] == ("3", "adjudicated")
    history = decisions(database, history=True).to_dict("records")
    assert [(row["id"], row["by"], row["value"], row["supersedes"]) for row in history] == [
        (first, "olga", "4", None), (second, "pia", "3", first)
    ]  # fmt: skip


def test_a_decision_made_meanwhile_is_not_overwritten(database: Database, decide: Decide) -> None:
    decide(4)
    with pytest.raises(UsageError, match="meanwhile"):
        decide(1, by="pia")
    assert standing(database)["t1"] == ("4", "adjudicated")


def test_the_same_decision_twice_is_one(database: Database, decide: Decide) -> None:
    assert decide(4) == decide(4)
    assert len(decisions(database, history=True)) == 1
    assert list(audit_log(database)["action"]).count("item.adjudicated") == 1


def test_a_decision_off_the_scale_or_about_nothing_is_refused(decide: Decide) -> None:
    for given in (6, "", None):
        with pytest.raises(UsageError):
            decide(given)
    with pytest.raises(UsageError, match="fewer than two"):
        decide(4, item="t3")
    with pytest.raises(UsageError, match="no label"):
        decide(4, item="t9")


def test_a_label_that_is_taken_back_while_somebody_decides_leaves_nothing_to_decide(
    database: Database, decide: Decide, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_its_turn = adjudication._criterion

    def and_ben_takes_it_back(database: Database, ruling: Ruling) -> Criterion:
        criterion = before_its_turn(database, ruling)
        with database.writing() as connection:
            of_ben = sa.select(submissions.c.id).where(submissions.c.reviewer == "ben")
            rows = [{"submission": one, "at": NOW, "by": "ben"} for one in connection.execute(of_ben).scalars()]
            connection.execute(sa.insert(withdrawals), rows)
        return criterion

    monkeypatch.setattr(adjudication, "_criterion", and_ben_takes_it_back)

    with pytest.raises(UsageError, match="fewer than two"):
        decide(4)
    assert decisions(database).empty


def test_cannot_tell_is_a_decision(database: Database, decide: Decide) -> None:
    decide({"cannot_tell": True})
    row = next(row for row in gold(database).to_dict("records") if row["item"] == "t1")
    assert (row["value"], row["cannot_tell"], row["basis"]) == (None, True, "adjudicated")


def test_a_note_is_scrubbed(database: Database, decide: Decide) -> None:
    decide(4, note="Maria Gonzalez called, maria.gonzalez@bank.example")
    note = decisions(database)["note"].iloc[0]
    assert "<" in note
    assert "gonzalez" not in note.lower()


def test_the_gold_set_has_typed_labels_and_says_how_each_came(database: Database, decide: Decide) -> None:
    decide(4)

    def nothing(sql: str, **_: object) -> pd.DataFrame:
        del sql
        return pd.DataFrame()

    lines = {line["item"]: line for line in gold_lines(database, nothing)}
    assert lines["t1"]["labels"] == {"helpfulness": 4}
    assert lines["t1"]["basis"] == {"helpfulness": "adjudicated"}
    assert (lines["t1"]["input"], lines["t1"]["contexts"]) == (None, [])


@pytest.mark.usefixtures("decide")
def test_a_decision_in_words_is_kept_without_what_is_personal(
    database: Database, take: Take, tmp_path: Path, words: Words
) -> None:
    said = {"ana": "late again and again", "ben": "rude to whoever asked"}
    rows = [line(item="t9", criterion="why", value=text, reviewer=who) for who, text in said.items()]
    rows.append(line(item="t8", criterion="why", value="Maria Gonzalez was rude"))
    take(written(tmp_path, *rows, name="words.csv"))

    ruling = Ruling("words", "t9", "why", "Ask maria.gonzalez@bank.example", "", None)
    adjudicate(database, ruling, words=words, by="olga", now=NOW)

    assert list(decisions(database, sample="words")["value"]) == ["Ask <EMAIL>"]
