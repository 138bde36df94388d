"""Taking a label back: whose, which one, and what becomes of the item."""

import threading

import pytest
import sqlalchemy as sa

from errors import UsageError
from review.label_frame import label_frame
from review.labelling import queue
from review.labelling.labels import draft, submit, undo_last
from storage.ledger_database import Database, take_turns
from storage.review_tables import adjudications, submissions, withdrawals
from tests.review.queues import ANSWERS, AT, SAMPLE, after, claimed, labelled


def test_undo_marks_the_last_label_and_returns_its_item_with_the_answers(waiting: Database) -> None:
    first = labelled(waiting, now=AT)
    last = labelled(waiting, now=after(1), seconds=9)
    held = claimed(waiting, now=after(2))

    back = undo_last(waiting, reviewer="Ana", sample=SAMPLE, now=after(3))

    assert set(label_frame(waiting)["submission"]) == {first.id}
    with waiting.reading() as connection:
        assert connection.execute(sa.select(withdrawals.c.submission)).scalars().all() == [last.id]
    said = draft(waiting, back.id, reviewer="Ana")
    assert said is not None
    assert said["answers"] == {"helpfulness": "4", "groundedness": "5", "resolved": "yes"}
    assert said["active_seconds"] == 9
    assert [one.id for one in queue.held(waiting, reviewer="Ana")] == [back.id, held.id], "it is resumed first"
    assert claimed(waiting, now=after(3)).id == back.id


def test_what_was_undone_is_labelled_anew_and_the_old_assignment_is_over(waiting: Database) -> None:
    old = labelled(waiting)
    back = undo_last(waiting, reviewer="Ana", now=AT)

    with pytest.raises(UsageError, match="taken back; the item has a new assignment"):
        submit(waiting, old.assignment, reviewer="Ana", answers=ANSWERS, now=AT)
    new = submit(waiting, back.id, reviewer="Ana", answers={**ANSWERS, "helpfulness": 2}, now=AT)

    kept = label_frame(waiting)
    assert kept[kept["criterion"] == "helpfulness"]["value"].tolist() == ["2"]
    assert new.id != old.id


def test_what_was_undone_and_handed_back_can_be_labelled_by_others(waiting: Database) -> None:
    labelled(waiting)
    back = undo_last(waiting, reviewer="Ana", now=AT)
    queue.give_back(waiting, back.id, reviewer="Ana", now=AT)

    done = {claimed(waiting, "Ben", now=AT).target}
    for _ in range(2):
        labelled(waiting, "Ben", now=AT)
        done.add(claimed(waiting, "Ben", now=AT).target)

    assert back.target in done


def test_undo_steps_back_label_by_label_until_there_is_none(waiting: Database) -> None:
    done = [labelled(waiting, now=after(minute)) for minute in range(2)]

    undo_last(waiting, reviewer="Ana", now=after(5))
    undo_last(waiting, reviewer="Ana", now=after(6))

    assert len(done) == 2
    assert label_frame(waiting).empty
    with pytest.raises(UsageError, match="no label of yours"):
        undo_last(waiting, reviewer="Ana", now=after(7))


def test_a_label_that_is_named_is_taken_back_only_if_it_is_the_last(waiting: Database) -> None:
    first = labelled(waiting)
    last = labelled(waiting, now=after(1))

    with pytest.raises(UsageError, match="only your last label"):
        undo_last(waiting, reviewer="Ana", assignment=first.assignment, now=after(2))
    undo_last(waiting, reviewer="Ana", assignment=last.assignment, now=after(2))

    assert set(label_frame(waiting)["submission"]) == {first.id}


def test_a_decision_that_is_being_kept_is_waited_for_before_a_label_is_taken_back(waiting: Database) -> None:
    mine = labelled(waiting)
    refused: list[str] = []

    def take_back() -> None:
        try:
            undo_last(waiting, reviewer="Ana", now=after(1))
        except UsageError as error:
            refused.append(str(error))

    at_the_same_time = threading.Thread(target=take_back)
    with waiting.writing() as connection:
        take_turns(connection, adjudications.name)
        item = connection.execute(sa.select(submissions.c.item)).scalar_one()
        row = {"criterion": "helpfulness", "value": "4", "cannot_tell": False, "at": AT, "by": "Cem"}
        connection.execute(sa.insert(adjudications).values(item=item, **row))
        at_the_same_time.start()
        at_the_same_time.join(1)
        assert at_the_same_time.is_alive(), "it waits for the decision"
    at_the_same_time.join()

    assert "adjudicated since" in refused[0]
    assert set(label_frame(waiting)["submission"]) == {mine.id}


def test_one_cannot_undo_what_another_said_or_what_was_decided(waiting: Database) -> None:
    labelled(waiting)
    with pytest.raises(UsageError, match="no label of yours"):
        undo_last(waiting, reviewer="Ben", now=AT)

    row = {"criterion": "helpfulness", "value": "4", "cannot_tell": False, "at": AT, "by": "Cem"}
    with waiting.writing() as connection:
        item = connection.execute(sa.select(submissions.c.item)).scalar_one()
        connection.execute(sa.insert(adjudications).values(item=item, **row))
    with pytest.raises(UsageError, match="adjudicated since"):
        undo_last(waiting, reviewer="Ana", now=AT)
