"""The queue hands out each copy once, to different people, and takes back what was not done."""

import datetime as dt

import pytest

from errors import NotAllowed, UsageError
from review.labelling import labels, queue
from review.labelling.queue import Assignment, ahead, claim, give_back, renew, skip
from review.people import SHELL, Role, change_role
from storage.ledger_database import Database
from tests.review.queues import ANSWERS, AT, SAMPLE, after, drawn, ends, reviewers


def claimed(database: Database, reviewer: str, *, now: dt.datetime = AT, sample: str | None = SAMPLE) -> Assignment:
    found = claim(database, reviewer=reviewer, sample=sample, now=now)
    assert found is not None
    return found


def worked_off(database: Database, reviewer: str, *, now: dt.datetime = AT) -> list[str]:
    """Labels all there is for the reviewer; the targets, in order."""
    done = []
    while one := claim(database, reviewer=reviewer, sample=SAMPLE, now=now):
        labels.submit(database, one.id, reviewer=reviewer, answers=ANSWERS, now=now)
        done.append(one.target)
        now += dt.timedelta(seconds=30)
    return done


def test_an_item_is_held_until_its_lease_ends_and_says_what_it_is(database: Database) -> None:
    (target,) = drawn(database, items=1)
    reviewers(database, "Ana")

    found = claimed(database, "Ana")

    assert (found.target, found.sample, found.unit) == (target, SAMPLE, "trace")
    assert (found.rubric, found.rubric_version) == ("answer-quality", 1)
    assert found.lease_until == AT + queue.LEASE


def test_asked_again_the_reviewer_resumes_where_they_were(database: Database) -> None:
    drawn(database, items=5)
    reviewers(database, "Ana")

    first, again = claimed(database, "Ana"), claimed(database, "Ana", now=after(5))

    assert again.id == first.id
    assert again.lease_until == after(5) + queue.LEASE


def test_nobody_gets_what_another_holds(database: Database) -> None:
    drawn(database, items=2)
    reviewers(database, "Ana", "Ben", "Cem")

    assert claimed(database, "Ana").target != claimed(database, "Ben").target
    assert claim(database, reviewer="Cem", sample=SAMPLE, now=AT) is None


def test_everything_is_labelled_as_often_as_it_should_be_and_by_different_people(database: Database) -> None:
    targets = drawn(database, items=12, twice=4)
    reviewers(database, "Ana", "Ben")

    by_ana, by_ben = worked_off(database, "Ana"), worked_off(database, "Ben", now=after(60))

    assert sorted(by_ana) == sorted(targets), "of an overlap, the other copy is not for the same person"
    assert sorted(by_ben) == sorted(targets[:4])
    assert claim(database, reviewer="Ana", sample=SAMPLE, now=after(120)) is None


def test_each_works_in_an_order_of_their_own(database: Database) -> None:
    drawn(database, items=40, twice=40)
    reviewers(database, "Ana", "Ben")

    assert worked_off(database, "Ana") != worked_off(database, "Ben")


def test_a_lease_that_ran_out_is_taken_over_and_the_late_submit_refused(database: Database) -> None:
    drawn(database, items=1)
    reviewers(database, "Ana", "Ben")
    lost = claimed(database, "Ana")

    taken = claimed(database, "Ben", now=after(20))

    assert taken.target == lost.target
    assert ends(database, "Ana") == ["expired"]
    with pytest.raises(UsageError, match="ran out and somebody else got the item"):
        labels.submit(database, lost.id, reviewer="Ana", answers=ANSWERS, now=after(21))
    with pytest.raises(UsageError, match="ran out and somebody else"):
        renew(database, lost.id, reviewer="Ana", now=after(21))
    labels.submit(database, taken.id, reviewer="Ben", answers=ANSWERS, now=after(22))


def test_a_lease_that_ran_out_is_refused_until_it_is_taken_up_again(database: Database) -> None:
    drawn(database, items=1)
    reviewers(database, "Ana")
    mine = claimed(database, "Ana")

    with pytest.raises(UsageError, match="ran out at 09:20 UTC"):
        labels.submit(database, mine.id, reviewer="Ana", answers=ANSWERS, now=after(20))
    assert renew(database, mine.id, reviewer="Ana", now=after(21)).lease_until == after(41)
    assert labels.submit(database, mine.id, reviewer="Ana", answers=ANSWERS, now=after(40)).at == after(40)


def test_a_renewed_lease_is_not_taken_over(database: Database) -> None:
    drawn(database, items=1)
    reviewers(database, "Ana", "Ben")
    mine = claimed(database, "Ana")

    renew(database, mine.id, reviewer="Ana", now=after(15))

    assert claim(database, reviewer="Ben", sample=SAMPLE, now=after(30)) is None


def test_a_skipped_item_goes_to_others_and_never_comes_back(database: Database) -> None:
    drawn(database, items=1)
    reviewers(database, "Ana", "Ben")
    mine = claimed(database, "Ana")

    skip(database, mine.id, reviewer="Ana", reason="not my language", now=AT)
    skip(database, mine.id, reviewer="Ana", reason="not my language", now=AT)

    assert claim(database, reviewer="Ana", sample=SAMPLE, now=after(99)) is None
    assert claimed(database, "Ben").target == mine.target


def test_a_skip_needs_a_reason(database: Database) -> None:
    drawn(database, items=1)
    reviewers(database, "Ana")
    mine = claimed(database, "Ana")

    with pytest.raises(UsageError, match="say why"):
        skip(database, mine.id, reviewer="Ana", reason="  ", now=AT)
    with pytest.raises(UsageError, match="500 characters"):
        skip(database, mine.id, reviewer="Ana", reason="x" * 501, now=AT)
    assert claimed(database, "Ana").id == mine.id


def test_an_item_that_was_handed_back_comes_again_when_nothing_else_is_left(database: Database) -> None:
    drawn(database, items=3)
    reviewers(database, "Ana")
    back = claimed(database, "Ana")

    give_back(database, back.id, reviewer="Ana", now=AT)

    assert worked_off(database, "Ana")[-1] == back.target
    assert ends(database, "Ana")[0] == "returned"


def test_the_other_copy_of_a_skipped_item_is_not_for_the_same_person(database: Database) -> None:
    drawn(database, items=1, twice=1)
    reviewers(database, "Ana")

    skip(database, claimed(database, "Ana").id, reviewer="Ana", reason="a friend of mine", now=AT)

    assert claim(database, reviewer="Ana", sample=SAMPLE, now=AT) is None


def test_the_next_item_is_held_ahead_and_no_more_than_that(database: Database) -> None:
    drawn(database, items=5)
    reviewers(database, "Ana")
    first = claimed(database, "Ana")

    second = ahead(database, reviewer="Ana", sample=SAMPLE, now=AT)

    assert second
    assert second.id != first.id
    assert ahead(database, reviewer="Ana", sample=SAMPLE, now=AT) == second
    assert claimed(database, "Ana") == first
    labels.submit(database, first.id, reviewer="Ana", answers=ANSWERS, now=AT)
    assert claimed(database, "Ana") == second


def test_without_a_sample_the_newest_with_work_comes_first(database: Database) -> None:
    drawn(database, items=1, sample="older", drawn_at=AT)
    drawn(database, items=1, sample="newer", drawn_at=after(1))
    reviewers(database, "Ana")

    first = claimed(database, "Ana", sample=None)
    labels.submit(database, first.id, reviewer="Ana", answers=ANSWERS, now=AT)

    assert first.sample == "newer"
    assert claimed(database, "Ana", sample=None).sample == "older"


def test_what_is_held_elsewhere_is_resumed_before_a_newer_sample_is_begun(database: Database) -> None:
    drawn(database, items=1, sample="older")
    reviewers(database, "Ana")
    mine = claimed(database, "Ana", sample=None)

    drawn(database, items=1, sample="newer", drawn_at=after(1))

    assert claimed(database, "Ana", sample=None).id == mine.id
    assert claimed(database, "Ana", sample="newer").sample == "newer"


def test_an_assignment_is_its_reviewers_alone(database: Database) -> None:
    drawn(database, items=1)
    reviewers(database, "Ana", "Ben")
    mine = claimed(database, "Ana")

    for refused in (
        lambda: skip(database, mine.id, reviewer="Ben", reason="x", now=AT),
        lambda: give_back(database, mine.id, reviewer="Ben", now=AT),
        lambda: renew(database, mine.id, reviewer="Ben", now=AT),
        lambda: labels.submit(database, mine.id, reviewer="Ben", answers=ANSWERS, now=AT),
    ):
        with pytest.raises(UsageError, match="another person"):
            refused()
    with pytest.raises(UsageError, match="no assignment of that id"):
        give_back(database, "nothing", reviewer="Ana", now=AT)


def test_somebody_who_is_unknown_or_was_removed_gets_nothing(database: Database) -> None:
    drawn(database, items=1)
    reviewers(database, "Ana")
    mine = claimed(database, "Ana")
    change_role(database, "Ana", Role.NONE, by=SHELL, now=AT)

    for who in ("Ana", "nobody", SHELL):
        with pytest.raises(NotAllowed):
            claim(database, reviewer=who, sample=SAMPLE, now=AT)
    with pytest.raises(NotAllowed):
        labels.submit(database, mine.id, reviewer="Ana", answers=ANSWERS, now=AT)


def test_a_sample_that_is_not_there_is_no_empty_queue(database: Database) -> None:
    reviewers(database, "Ana")

    with pytest.raises(UsageError, match="no sample of that id"):
        claim(database, reviewer="Ana", sample="nothing", now=AT)
    assert claim(database, reviewer="Ana", now=AT) is None
