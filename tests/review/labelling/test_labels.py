"""Labels are kept once, as they were said, and stay when they are taken back."""

import datetime as dt
from dataclasses import replace

import pytest
import sqlalchemy as sa

from errors import UsageError
from review.audit import audit_log
from review.label_frame import label_frame
from review.labelling import queue
from review.labelling.labels import draft, save_draft, submit, undo_last
from review.labelling.progress import progress
from review.labelling.queue import claim
from review.people import SHELL, Role, add_person
from review.rubric.criteria import Answer, Given
from review.words import Words
from scrub import Policy
from storage.ledger_database import Database
from storage.review_tables import submissions
from tests.review.queues import ANSWERS, AT, SAMPLE, after, claimed, drawn, labelled, reviewers


def test_what_was_said_stands_in_the_table_with_how_the_item_came_in(waiting: Database) -> None:
    mine = claimed(waiting)
    submit(waiting, mine.id, reviewer="Ana", answers={**ANSWERS, "groundedness": {"cannot_tell": True}},
           comment=" a word \r\n", active_seconds=12.34, now=after(2))  # fmt: skip

    frame = label_frame(waiting).set_index("criterion")

    assert list(frame.index) == ["groundedness", "helpfulness", "resolved"]
    assert frame["value"].to_dict() == {"groundedness": None, "helpfulness": "4", "resolved": "yes"}
    assert frame["cannot_tell"].tolist() == [True, False, False]
    row = frame.loc["resolved"]
    assert (row["sample"], row["item"]) == (SAMPLE, mine.target)
    assert (row["stratum"], row["probability"], row["hand_picked"]) == ("all", 0.5, False)
    assert (row["reviewer"], row["labelled_at"], row["seconds"]) == ("Ana", after(2), 12.3)
    assert (row["comment"], row["blind"], row["again"]) == ("a word", True, False)


def test_the_same_answers_again_change_nothing(waiting: Database) -> None:
    mine = claimed(waiting)

    first = submit(waiting, mine.id, reviewer="Ana", answers=ANSWERS, comment="x", now=AT)
    spelt: dict[str, Given] = {"helpfulness": "4", "groundedness": 5.0, "resolved": "yes"}
    again = submit(waiting, mine.id, reviewer="Ana", answers=spelt, comment="x", now=after(99))

    assert again == first
    assert len(label_frame(waiting)) == 3


def test_other_answers_to_the_same_assignment_are_refused(waiting: Database) -> None:
    mine = claimed(waiting)
    submit(waiting, mine.id, reviewer="Ana", answers=ANSWERS, now=AT)

    for change in ({"answers": {**ANSWERS, "helpfulness": 1}}, {"answers": ANSWERS, "comment": "but"}):
        with pytest.raises(UsageError, match="submitted already, with other answers"):
            submit(waiting, mine.id, reviewer="Ana", now=AT, **change)


def test_an_answer_off_the_scale_keeps_the_item_and_no_label(waiting: Database) -> None:
    mine = claimed(waiting)

    with pytest.raises(UsageError, match="whole number from 1 to 5"):
        submit(waiting, mine.id, reviewer="Ana", answers={**ANSWERS, "helpfulness": 6}, now=AT)
    with pytest.raises(UsageError, match="an answer is required"):
        submit(waiting, mine.id, reviewer="Ana", answers={"helpfulness": 3}, now=AT)

    assert label_frame(waiting).empty
    assert claimed(waiting) == mine


def test_an_answer_to_a_hidden_criterion_is_not_kept(waiting: Database) -> None:
    mine = claimed(waiting)

    submit(waiting, mine.id, reviewer="Ana", answers={**ANSWERS, "failure": "refused without need"}, now=AT)

    assert "failure" not in set(label_frame(waiting)["criterion"])


def test_a_corrected_answer_is_kept_with_its_difference(waiting: Database) -> None:
    mine = claimed(waiting)

    submit(waiting, mine.id, reviewer="Ana", answers=ANSWERS, answer_text="It costs 7.\nBye.",
           corrected="It costs 6.90.\nBye.", now=AT)  # fmt: skip

    with waiting.reading() as connection:
        kept = connection.execute(sa.select(submissions)).mappings().one()
    assert kept["corrected"] == "It costs 6.90.\nBye."
    assert kept["correction"].splitlines()[3:] == ["-It costs 7.", "+It costs 6.90.", " Bye."]


def test_an_answer_that_was_not_changed_is_no_correction(waiting: Database) -> None:
    mine = claimed(waiting)

    done = submit(waiting, mine.id, reviewer="Ana", answers=ANSWERS, answer_text="Bye.\r\nNow.",
                  corrected="Bye.\nNow.", now=AT)  # fmt: skip

    assert done.corrected is None


def test_words_are_kept_without_what_is_personal(waiting: Database) -> None:
    mine = claimed(waiting)
    words = Words(Policy(), b"k" * 32)

    done = submit(waiting, mine.id, reviewer="Ana", answers=ANSWERS, comment="ask ana@example.org",
                  corrected="write to ben@example.org", words=words, now=AT)  # fmt: skip

    assert (done.comment, done.corrected) == ("ask <EMAIL>", "write to <EMAIL>")


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf"), 90_000.0])
def test_time_that_cannot_be_is_refused(waiting: Database, seconds: float) -> None:
    mine = claimed(waiting)

    with pytest.raises(UsageError, match="active seconds"):
        submit(waiting, mine.id, reviewer="Ana", answers=ANSWERS, active_seconds=seconds, now=AT)


def test_a_draft_lasts_until_the_item_is_submitted_and_renews_the_lease(waiting: Database) -> None:
    mine = claimed(waiting)
    content = {"answers": {"helpfulness": "2"}, "comment": "so far"}

    save_draft(waiting, mine.id, reviewer="Ana", content={"answers": {}}, now=AT)
    save_draft(waiting, mine.id, reviewer="Ana", content=content, now=after(10))

    assert draft(waiting, mine.id, reviewer="Ana") == content
    assert draft(waiting, mine.id, reviewer="Ben") is None
    assert queue.held(waiting, reviewer="Ana") == [replace(mine, lease_until=after(30))]
    with pytest.raises(UsageError, match="another person"):
        save_draft(waiting, mine.id, reviewer="Ben", content={}, now=AT)
    submit(waiting, mine.id, reviewer="Ana", answers=ANSWERS, now=after(11))
    assert draft(waiting, mine.id, reviewer="Ana") is None
    with pytest.raises(UsageError, match="submitted already"):
        save_draft(waiting, mine.id, reviewer="Ana", content={}, now=after(12))


def test_a_share_comes_back_to_the_same_person_after_some_weeks(database: Database) -> None:
    drawn(database, items=4, again_share=1.0, again_weeks=3)
    reviewers(database, "Ana", "Ben")
    first = [labelled(database, now=after(minute)).id for minute in range(4)]
    early, late = after(weeks=3) - dt.timedelta(seconds=1), after(9, weeks=3)

    assert claim(database, reviewer="Ana", sample=SAMPLE, now=early) is None
    assert claim(database, reviewer="Ben", sample=SAMPLE, now=late) is None
    second = [labelled(database, now=late + dt.timedelta(minutes=minute)).id for minute in range(4)]

    assert claim(database, reviewer="Ana", sample=SAMPLE, now=after(weeks=9)) is None, "not a third time"
    frame = label_frame(database)
    assert frame.groupby("submission")["again"].first().to_dict() == dict.fromkeys(first, False) | dict.fromkeys(
        second, True
    )
    assert frame.groupby("item")["submission"].nunique().tolist() == [2, 2, 2, 2]


def test_about_the_planned_share_comes_back_and_none_without_a_plan(database: Database) -> None:
    drawn(database, items=60, again_share=0.25, again_weeks=1)
    drawn(database, items=3, sample="other")
    reviewers(database, "Ana")
    for sample, items in ((SAMPLE, 60), ("other", 3)):
        for _ in range(items):
            mine = claim(database, reviewer="Ana", sample=sample, now=AT)
            assert mine is not None
            submit(database, mine.id, reviewer="Ana", answers=ANSWERS, now=AT)

    again = 0
    while mine := claim(database, reviewer="Ana", now=after(weeks=2)):
        assert mine.sample == SAMPLE
        submit(database, mine.id, reviewer="Ana", answers=ANSWERS, now=after(weeks=2))
        again += 1

    assert 5 <= again <= 26, "15 are expected; by chance fewer or more than this less than once in a thousand"


def test_a_second_look_that_is_skipped_does_not_come_again(database: Database) -> None:
    drawn(database, items=1, again_share=1.0, again_weeks=1)
    reviewers(database, "Ana")
    labelled(database)

    mine = claimed(database, now=after(weeks=1))
    queue.skip(database, mine.id, reviewer="Ana", reason="I remember it", now=after(weeks=1))

    assert claim(database, reviewer="Ana", sample=SAMPLE, now=after(weeks=2)) is None


def test_a_label_given_again_after_an_undo_makes_one_second_look(database: Database) -> None:
    drawn(database, items=1, again_share=1.0, again_weeks=1)
    reviewers(database, "Ana")
    labelled(database)
    undo_last(database, reviewer="Ana", now=AT)

    late = after(weeks=2)
    assert labelled(database, now=late).answers["helpfulness"] == Answer("4")

    assert claim(database, reviewer="Ana", sample=SAMPLE, now=late) is None, (
        "its weeks count from the label that stands"
    )
    assert labelled(database, now=after(weeks=3)).id
    assert claim(database, reviewer="Ana", sample=SAMPLE, now=after(weeks=9)) is None


def test_progress_counts_labels_wanted_and_given(database: Database) -> None:
    drawn(database, items=3, twice=1, again_share=1.0, again_weeks=1)
    reviewers(database, "Ana", "Ben")
    labelled(database, now=AT - dt.timedelta(days=1), seconds=5)
    labelled(database, now=after(1), seconds=20)
    labelled(database, now=after(2))
    undone = labelled(database, "Ben", now=after(3), seconds=40)
    assert undone

    now = progress(database, reviewer="Ana", sample=SAMPLE, now=after(5))
    undo_last(database, reviewer="Ben", now=after(6))

    assert (now.done, now.of, now.mine, now.today) == (4, 4, 3, 2)
    ben = progress(database, reviewer="Ben", sample=SAMPLE, now=after(7))
    assert (ben.done, ben.mine, ben.today, ben.per_hour) == (3, 0, 0, None)


def test_the_pace_is_of_today_and_not_said_of_the_first_few_labels(database: Database) -> None:
    drawn(database, items=7)
    reviewers(database, "Ana")
    labelled(database, now=AT - dt.timedelta(days=1), seconds=5)
    for number in range(4):
        labelled(database, now=after(number), seconds=20)
    assert progress(database, reviewer="Ana", sample=SAMPLE, now=after(5)).per_hour is None

    labelled(database, now=after(5))
    assert progress(database, reviewer="Ana", sample=SAMPLE, now=after(6)).per_hour is None, "its time is not known"
    labelled(database, now=after(6), seconds=20)

    assert progress(database, reviewer="Ana", sample=SAMPLE, now=after(7)).per_hour == 180.0


def test_the_log_says_who_labelled_and_took_back_what_but_not_the_answers(waiting: Database) -> None:
    done = labelled(waiting)
    undo_last(waiting, reviewer="Ana", now=after(1))

    lines = {line["action"]: line for line in audit_log(waiting).to_dict("records")}

    assert lines["label.submitted"]["subject"] == lines["label.withdrawn"]["subject"] == done.id
    assert lines["label.submitted"]["detail"]["criteria"] == ["helpfulness", "groundedness", "resolved"]
    assert lines["label.withdrawn"]["actor"] == "Ana"
    assert '"4"' not in str(lines)


@pytest.mark.parametrize(("role", "is_blind"), [(Role.REVIEWER, True), (Role.ENGINEER, False)])
def test_who_could_read_another_label_after_taking_back_their_own_is_not_blind_any_more(
    database: Database, role: Role, is_blind: bool
) -> None:
    drawn(database, items=1, twice=1)
    reviewers(database, "Ben")
    add_person(database, "Ana", role, by=SHELL, now=AT)
    labelled(database)
    labelled(database, "Ben")
    undo_last(database, reviewer="Ana", now=after(1))

    new = labelled(database, now=after(2))

    with database.reading() as connection:
        rows = connection.execute(sa.select(submissions.c.id, submissions.c.blind)).all()
    blind = {row.id: bool(row.blind) for row in rows}
    assert blind.pop(new.id) is is_blind
    assert set(blind.values()) == {True}


def test_an_undone_label_that_nobody_else_has_labelled_stays_blind(database: Database) -> None:
    drawn(database, items=1)
    add_person(database, "Ana", Role.ENGINEER, by=SHELL, now=AT)
    labelled(database)
    undo_last(database, reviewer="Ana", now=after(1))

    new = labelled(database, now=after(2))

    with database.reading() as connection:
        assert connection.execute(sa.select(submissions.c.blind).where(submissions.c.id == new.id)).scalar()
