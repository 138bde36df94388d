"""A sitting at the queue: each message of the panel is done once, and an answer says what became of it."""

from typing import Any

import pytest

from errors import NotAllowed
from review.label_frame import label_frame
from review.labelling import labels, queue
from review.labelling.items import ShownItem
from review.labelling.sitting import Sitting, sit_down
from review.people import SHELL, Role, change_role
from review.words import Words
from scrub import Policy
from storage.ledger_database import Database
from tests.review.queues import AT, SAMPLE, after, drawn, reviewers

ANSWERS = {"helpfulness": "4", "groundedness": "5", "resolved": "yes"}


def shown(target: str, unit: str) -> ShownItem:
    return ShownItem(unit, target, (), f"Question {target}", "The fee is 5 euros.", (), (), 1)


def seated(database: Database, reviewer: str = "Ana", *, items: int = 3) -> Sitting:
    drawn(database, items=items)
    reviewers(database, reviewer)
    sitting = sit_down(database, shown, Words(Policy(), b"k" * 32), reviewer=reviewer, sample=None, now=AT)
    assert sitting is not None
    return sitting


def message(sitting: Sitting, kind: str, *, place: int = 0, **said: Any) -> dict[str, Any]:
    assignment = sitting.held[place].assignment.id
    return {"id": f"{kind}-{assignment}", "kind": kind, "assignment": assignment} | said


def answer(sitting: Sitting, said: dict[str, Any], *, minutes: float = 1) -> dict[str, Any]:
    """How the message ended."""
    sitting.take([said], now=after(minutes))
    return next(one for one in sitting.payload(now=after(minutes))["acks"] if one["id"] == said["id"])


def test_two_items_are_open_and_both_are_shown(database: Database) -> None:
    sitting = seated(database)

    items = sitting.payload(now=AT)["items"]

    assert len(items) == 2
    assert all(one["item"]["question"].startswith("Question") for one in items)


def test_nothing_of_the_sample_travels_with_an_item(database: Database) -> None:
    sitting = seated(database)

    told = sitting.payload(now=AT)

    assert set(told["items"][0]) == {"assignment", "item", "draft"}
    assert "stratum" not in str(told)
    assert "probability" not in str(told)


def test_a_label_is_in_the_ledger_when_its_message_is_answered(database: Database) -> None:
    sitting = seated(database)
    said = message(
        sitting, "submit", answers=ANSWERS, active_seconds=12.34, comment="Ask ana@example.com", corrected=""
    )

    assert answer(sitting, said)["ok"]

    kept = label_frame(database)
    assert dict(zip(kept["criterion"], kept["value"], strict=True)) == ANSWERS
    assert set(kept["seconds"]) == {12.3}
    assert set(kept["comment"]) == {"Ask <EMAIL>"}
    assert set(kept["blind"]) == {True}


def test_a_message_that_comes_again_is_done_once(database: Database) -> None:
    sitting = seated(database)
    said = message(sitting, "submit", answers=ANSWERS)

    sitting.take([said, said], now=after(1))
    sitting.take([said], now=after(2))

    assert len(label_frame(database)) == len(ANSWERS)
    assert [one["id"] for one in sitting.payload(now=after(2))["acks"]] == [said["id"]]


def test_the_next_item_is_fetched_after_the_answer_not_before_it(database: Database) -> None:
    sitting = seated(database)
    next_up = sitting.held[1].assignment.id
    sitting.take([message(sitting, "submit", answers=ANSWERS)], now=after(1))

    told = sitting.payload(now=after(1))
    assert [one["assignment"] for one in told["items"]] == [next_up]
    assert told["more"]

    sitting.take([{"id": "more-1", "kind": "more"}], now=after(1))
    told = sitting.payload(now=after(1))
    assert len(told["items"]) == 2
    assert not told["more"]


def test_an_answer_off_the_scale_is_refused_and_the_item_stays(database: Database) -> None:
    sitting = seated(database)
    said = message(sitting, "submit", answers=ANSWERS | {"helpfulness": "9"})

    ended = answer(sitting, said)

    assert not ended["ok"]
    assert ended["open"]
    assert "from 1 to 5" in ended["reason"]
    assert label_frame(database).empty


@pytest.mark.parametrize("answers", [None, "yes", [1], {"helpfulness": {"a": 1}}, {"helpfulness": None}, {"x": "1"}])
def test_answers_of_no_shape_are_refused(database: Database, answers: Any) -> None:
    sitting = seated(database)

    ended = answer(sitting, message(sitting, "submit", answers=answers))

    assert (ended["ok"], ended["open"]) == (False, True)


@pytest.mark.parametrize("said", [{"kind": "drop table"}, {"kind": "submit"}, {"kind": "submit", "assignment": 7}, {}])
def test_a_message_of_no_shape_is_refused(database: Database, said: dict[str, Any]) -> None:
    sitting = seated(database)

    assert not answer(sitting, {"id": "odd"} | said)["ok"]
    assert label_frame(database).empty


def test_a_late_message_cannot_label_what_somebody_else_holds(database: Database) -> None:
    sitting = seated(database, items=1)
    said = message(sitting, "submit", answers=ANSWERS)
    reviewers(database, "Ben")
    taken = queue.claim(database, reviewer="Ben", sample=SAMPLE, now=after(30))
    assert taken is not None

    ended = answer(sitting, said, minutes=31)

    assert (ended["ok"], ended["open"]) == (False, False)
    assert label_frame(database).empty
    assert sitting.held == []


def test_a_message_of_another_person_is_refused(database: Database) -> None:
    ana = seated(database)
    reviewers(database, "Ben")
    ben = sit_down(database, shown, ana.words, reviewer="Ben", sample=SAMPLE, now=AT)
    assert ben is not None

    ended = answer(ben, message(ana, "submit", answers=ANSWERS))

    assert not ended["ok"]
    assert label_frame(database).empty


def test_a_lease_that_ran_out_is_renewed_while_nobody_else_has_the_item(database: Database) -> None:
    sitting = seated(database)

    assert answer(sitting, message(sitting, "submit", answers=ANSWERS), minutes=45)["ok"]


def test_a_sign_of_life_keeps_both_items(database: Database) -> None:
    sitting = seated(database)
    sitting.take([{"id": "1", "kind": "alive"}], now=after(15))

    assert all(one.assignment.lease_until == after(35) for one in sitting.held)


def test_somebody_who_was_removed_labels_nothing_more(database: Database) -> None:
    sitting = seated(database)
    change_role(database, "Ana", Role.NONE, by=SHELL, now=AT)

    ended = answer(sitting, message(sitting, "submit", answers=ANSWERS))

    assert "may not label" in ended["reason"]
    assert label_frame(database).empty
    with pytest.raises(NotAllowed):
        sit_down(database, shown, sitting.words, reviewer="Ana", sample=SAMPLE, now=AT)


def test_a_draft_is_kept_scrubbed_and_its_words_are_said(database: Database) -> None:
    sitting = seated(database)
    said = message(sitting, "draft", answers={"helpfulness": "2"}, comment="Ask ana@example.com",
                   corrected="The fee is 6 euros, <PERSON_1>.", active_seconds=4)  # fmt: skip

    ended = answer(sitting, said)

    assert ended["words"]["comment"] == {"text": "Ask <EMAIL>", "replaced": {"EMAIL_ADDRESS": 1}}
    assert ended["words"]["correction"]["replaced"] == {}
    again = sit_down(database, shown, sitting.words, reviewer="Ana", sample=SAMPLE, now=after(2))
    assert again is not None
    assert again.payload(now=after(2))["items"][0]["draft"] == {
        "answers": {"helpfulness": "2"},
        "comment": "Ask <EMAIL>",
        "corrected": "The fee is 6 euros, <PERSON_1>.",
        "active_seconds": 4.0,
    }


def test_a_correction_is_kept_with_its_difference(database: Database) -> None:
    sitting = seated(database)

    answer(sitting, message(sitting, "submit", answers=ANSWERS, corrected="The fee is 6 euros."))

    with database.reading() as connection:
        (kept,) = connection.exec_driver_sql("SELECT corrected, correction FROM submissions").all()
    assert kept[0] == "The fee is 6 euros."
    assert kept[1].splitlines()[-2:] == ["-The fee is 5 euros.", "+The fee is 6 euros."]


def test_a_skip_keeps_its_reason_scrubbed_and_the_item_is_gone(database: Database) -> None:
    sitting = seated(database)
    said = message(sitting, "skip", reason="I know ana@example.com")

    assert answer(sitting, said)["ok"]

    assert said["assignment"] not in [one.assignment.id for one in sitting.held]
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT reason FROM assignment_ends").scalar() == "I know <EMAIL>"


def test_handing_back_leaves_the_item_to_others(database: Database) -> None:
    sitting = seated(database, items=1)

    assert answer(sitting, message(sitting, "return"))["ok"]

    reviewers(database, "Ben")
    assert queue.claim(database, reviewer="Ben", sample=SAMPLE, now=after(2)) is not None


def test_undo_brings_the_item_back_first_with_its_answers(database: Database) -> None:
    sitting = seated(database)
    target = sitting.held[0].assignment.target
    answer(sitting, message(sitting, "submit", answers=ANSWERS, comment="Well"))

    ended = answer(sitting, {"id": "u", "kind": "undo"}, minutes=2)

    first = sitting.payload(now=after(2))["items"][0]
    assert first["assignment"] == ended["assignment"]
    assert first["item"]["target"] == target
    assert (first["draft"]["answers"], first["draft"]["comment"]) == (ANSWERS, "Well")
    assert label_frame(database).empty


def test_nothing_to_take_back_says_so(database: Database) -> None:
    sitting = seated(database)

    ended = answer(sitting, {"id": "u", "kind": "undo"})

    assert ended["reason"] == "there is no label of yours to take back"


def test_what_another_tab_ended_is_let_go_when_the_page_is_opened_again(database: Database) -> None:
    sitting = seated(database)
    gone = sitting.held[0].assignment.id
    labels.submit(database, gone, reviewer="Ana", answers=ANSWERS, now=after(1))

    sitting.look_again(now=after(2))

    assert gone not in [one.assignment.id for one in sitting.held]
    assert len(sitting.held) == 2


def test_the_last_item_ends_the_sitting(database: Database) -> None:
    sitting = seated(database, items=1)
    sitting.take([message(sitting, "submit", answers=ANSWERS), {"id": "m", "kind": "more"}], now=after(1))

    assert sitting.is_done
    assert sitting.payload(now=after(1))["progress"]["mine"] == 1
    assert sit_down(database, shown, sitting.words, reviewer="Ana", sample=None, now=after(2)) is None


def test_an_item_whose_traffic_is_gone_is_shown_as_that(database: Database) -> None:
    drawn(database, items=1)
    reviewers(database, "Ana")

    sitting = sit_down(database, lambda *_: None, Words(Policy(), b"k" * 32), reviewer="Ana", sample=SAMPLE, now=AT)

    assert sitting is not None
    assert sitting.payload(now=AT)["items"][0]["item"] is None
