"""Messages that the panel would never send: from another's item, twice, after the right is gone, or of any shape."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.labelling import as_messages
from errors import BenchbookError
from review.label_frame import label_frame
from review.labelling.sitting import Sitting, sit_down
from review.people import SHELL, Role, change_role
from review.rubric.rubrics import parse_rubric, save_rubric
from review.words import Words
from scrub import Policy
from storage.ledger_database import Database
from tests.review.labelling.test_sitting import ANSWERS, answer, message, seated, shown
from tests.review.queues import AT, after, reviewers

CARD = "4111 1111 1111 1111"
KINDS = ("submit", "skip", "return", "draft")
TEXT = 'name = "answer-quality"\n[[criteria]]\nname = "why"\nquestion = "Why?"\nscale = "text"\n'


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield opened
    opened.close()


def beside(database: Database, reviewer: str) -> Sitting:
    reviewers(database, reviewer)
    sitting = sit_down(database, shown, Words(Policy(), b"k" * 32), reviewer=reviewer, sample=None, now=AT)
    assert sitting is not None
    return sitting


def everything(database: Database) -> str:
    """Every value of the ledger as SQL text."""
    with database.reading() as connection:
        return "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_done_to_another_persons_item(database: Database, kind: str) -> None:
    ana = seated(database, "Ana", items=4)
    eve = beside(database, "Eve")
    before = everything(database)

    ended = answer(eve, message(ana, kind, answers=ANSWERS, reason="mine now", comment="eve was here"))

    assert (ended["ok"], ended["open"]) == (False, False)
    assert "another person" in ended["reason"]
    assert everything(database) == before
    assert answer(ana, message(ana, "submit", answers=ANSWERS))["ok"]


@pytest.mark.parametrize("kind", [*KINDS, "undo", "more", "alive"])
def test_nothing_is_done_for_somebody_who_lost_the_right(database: Database, kind: str) -> None:
    sitting = seated(database)
    change_role(database, "Ana", Role.NONE, by=SHELL, now=AT)
    before = everything(database)

    ended = answer(sitting, message(sitting, kind, answers=ANSWERS, reason="x"), minutes=15)

    assert ended["ok"] is (kind == "more")  # both places are taken, so there is nothing to claim
    assert everything(database) == before


def test_a_message_of_long_ago_that_comes_again_keeps_one_label(database: Database) -> None:
    sitting = seated(database, items=30)
    first = message(sitting, "submit", answers=ANSWERS)
    answer(sitting, first)
    for _ in range(25):
        sitting.fetch(now=after(1))
        answer(sitting, message(sitting, "submit", answers=ANSWERS))

    answer(sitting, first)
    answer(sitting, {**first, "answers": {**ANSWERS, "helpfulness": "1"}, "id": "forged"})

    frame = label_frame(database)
    assert frame["submission"].nunique() == 26
    assert set(frame[frame["criterion"] == "helpfulness"]["value"]) == {"4"}


@pytest.mark.parametrize("answers", [
    {"helpfulness": CARD}, {"bogus": CARD}, {"helpfulness": {"note": CARD}}, {"failure": [CARD]},
    {"resolved": {"cannot_tell": CARD}}, {CARD: "4"}, {"helpfulness": [[CARD]]},
], ids=range(7))  # fmt: skip
def test_a_draft_keeps_no_answer_that_is_none(database: Database, answers: dict[str, Any]) -> None:
    sitting = seated(database)

    ended = answer(sitting, message(sitting, "draft", answers={**answers, "groundedness": "5"}))

    assert ended["ok"]
    assert "4111" not in everything(database)
    assert sitting.payload(now=AT)["items"][0]["draft"]["answers"] == {"groundedness": "5"}


def test_a_free_answer_in_a_list_is_not_kept_unscrubbed(database: Database) -> None:
    save_rubric(database, parse_rubric(TEXT), by=SHELL, now=AT)
    sitting = seated(database)

    for said in ([CARD], {"text": CARD}, f"paid with {CARD}"):
        answer(sitting, message(sitting, "draft", answers={"why": said}) | {"id": str(said)})
        assert "4111" not in everything(database)

    assert sitting.payload(now=AT)["items"][0]["draft"]["answers"] == {"why": "paid with <CARD>"}


def test_an_answer_that_is_called_as_the_comment_is_no_comment(database: Database) -> None:
    save_rubric(database, parse_rubric(TEXT.replace('"why"', '"comment"')), by=SHELL, now=AT)
    sitting = seated(database)

    ended = answer(sitting, message(sitting, "draft", answers={"comment": f"paid {CARD}"}, comment=f"saw {CARD}"))

    draft = sitting.payload(now=AT)["items"][0]["draft"]
    assert (draft["answers"], draft["comment"]) == ({"comment": "paid <CARD>"}, "saw <CARD>")
    assert set(ended["words"]) == {"comment", "answer to comment"}


@pytest.mark.parametrize("field", ["comment", "corrected"])
def test_a_draft_that_is_too_long_is_refused_before_it_is_scrubbed(database: Database, field: str) -> None:
    sitting = seated(database)

    ended = answer(sitting, message(sitting, "draft", answers={}, **dict[str, Any]({field: "x" * 100_001})))

    assert not ended["ok"]
    assert "100,000" in ended["reason"]


@pytest.mark.parametrize("said", [
    {}, {"kind": 7}, {"kind": ["submit"]}, {"kind": "submit", "assignment": 7}, {"kind": "submit", "assignment": "x"},
    {"kind": "skip", "reason": {"a": 1}}, {"kind": "draft", "answers": 7}, {"kind": "draft", "active_seconds": "1e9"},
    {"kind": "submit", "active_seconds": True, "answers": [["helpfulness", 4]]}, {"kind": "drop table"},
], ids=range(10))  # fmt: skip
def test_a_message_of_any_shape_is_answered_and_keeps_no_label(database: Database, said: dict[str, Any]) -> None:
    sitting = seated(database)
    usual = {"id": "odd", "assignment": sitting.held[0].assignment.id}

    assert "ok" in answer(sitting, usual | said)
    assert label_frame(database).empty


@pytest.mark.parametrize("sent", [
    None, 7, "messages", [], {"messages": 7}, {"messages": "abc"}, {"messages": [7, None, [], {"id": 7}, {}]},
    {"messages": [{"id": "x" * 10_000}]},
], ids=range(8))  # fmt: skip
def test_what_is_no_list_of_messages_is_left_out(sent: Any) -> None:
    assert as_messages(sent) == []


def test_who_never_came_in_claims_nothing(database: Database) -> None:
    seated(database)
    with pytest.raises(BenchbookError, match="may not"):
        sit_down(database, shown, Words(Policy(), b"k" * 32), reviewer="Nobody", sample=None, now=AT)
