"""The queue: one item after another for a reviewer, never to two people at once, never twice to one.

Every call is one transaction. On PostgreSQL the calls of one person wait for each other, so two tabs of theirs get the
same item; those of different people do not.
"""

import datetime as dt
import secrets

import sqlalchemy as sa

from errors import NotAllowed, UsageError
from review import leases
from review.hand_out import SHUFFLED, Asked, Taken, taken
from review.leases import LEASE, Assignment, give_back, renew, skip
from review.people import BENCHBOOK, SHELL, Right, require
from review.progress import Progress, progress
from review.undo import undo_last
from storage.ledger_database import Database, our_errors, take_turns
from storage.review_tables import assignment_ends, assignments, queue_slots, samples

__all__ = [
    "LEASE", "MOST_OPEN", "Assignment", "Progress", "ahead", "claim", "give_back", "held", "progress", "renew", "skip",
    "undo_last",
]  # fmt: skip

MOST_OPEN = 2
"""Items of one sample that a person holds: the one they look at, and the next."""


def claim(
    database: Database, *, reviewer: str, sample: str | None = None, now: dt.datetime, lease: dt.timedelta = LEASE
) -> Assignment | None:
    """The item that the reviewer is to label: the one they hold already, else the next; None when there is none.

    Without a sample, any with work for them, the newest first. Raises `UsageError` for a sample that is not there,
    `NotAllowed` for somebody who may not label.
    """
    with our_errors("claiming an item"), database.writing() as connection:
        open_now = _sit_down(connection, reviewer, sample)
        if open_now:
            return _resumed(connection, open_now[0], until=now + lease)
        return _next(connection, reviewer=reviewer, sample=sample, now=now, claimed_at=now, lease=lease)


def ahead(
    database: Database, *, reviewer: str, sample: str, now: dt.datetime, lease: dt.timedelta = LEASE
) -> Assignment | None:
    """The item after the one that the reviewer holds, held for them too; None when there is none.

    A person holds `MOST_OPEN` items of a sample at most: asked again it is the same one. Raises as `claim` does.
    """
    with our_errors("claiming an item"), database.writing() as connection:
        open_now = _sit_down(connection, reviewer, sample)
        if len(open_now) >= MOST_OPEN:
            return _resumed(connection, open_now[1], until=now + lease)
        claimed_at = now  # what was claimed first is resumed first, also when both happened in one tick of the clock
        if open_now:
            began = sa.select(assignments.c.claimed_at).where(assignments.c.id == open_now[0].id)
            claimed_at = max(now, connection.execute(began).scalar_one() + dt.timedelta(microseconds=1))
        return _next(connection, reviewer=reviewer, sample=sample, now=now, claimed_at=claimed_at, lease=lease)


def held(database: Database, *, reviewer: str, sample: str | None = None) -> list[Assignment]:
    """What the reviewer holds, in the order they got it; also what ran out, while nobody else has it."""
    with our_errors("being read"), database.reading() as connection:
        return leases.held(connection, reviewer, sample=sample)


def _sit_down(connection: sa.Connection, reviewer: str, sample: str | None) -> list[Assignment]:
    take_turns(connection, f"queue of {reviewer}")
    if reviewer in (SHELL, BENCHBOOK):  # they may do all that a command does, but are nobody who labels
        raise NotAllowed(reviewer, Right.LABEL.value, hint="a label is a person's")
    require(connection, reviewer, Right.LABEL)
    return leases.held(connection, reviewer, sample=sample)


def _resumed(connection: sa.Connection, held_already: Assignment, *, until: dt.datetime) -> Assignment:
    slot = sa.select(queue_slots.c.id).where(queue_slots.c.assignment == held_already.id)
    leases.extend(connection, connection.execute(slot).scalar_one(), until=until)
    return leases.assignment(connection, held_already.id)


def _next(
    connection: sa.Connection,
    *,
    reviewer: str,
    sample: str | None,
    now: dt.datetime,
    claimed_at: dt.datetime,
    lease: dt.timedelta,
) -> Assignment | None:
    new = secrets.token_hex(12)
    asked = Asked(reviewer, new, start=secrets.randbelow(SHUFFLED), now=now, until=now + lease)
    got = taken(connection, asked, sample=sample)
    if got is None:
        _check_is_there(connection, sample)
        return None
    if got.ran_out:
        _end_what_ran_out(connection, got, now=now)
    row = {"id": new, "slot": got.slot, "item": got.item, "reviewer": reviewer, "claimed_at": claimed_at}
    connection.execute(sa.insert(assignments).values(**row))
    return leases.assignment(connection, new)


def _end_what_ran_out(connection: sa.Connection, got: Taken, *, now: dt.datetime) -> None:
    """Whoever held the slot before has lost it."""
    ended = sa.exists().where(assignment_ends.c.assignment == assignments.c.id)
    before = sa.select(assignments.c.id).where(
        assignments.c.item == got.item, assignments.c.slot == got.slot, ~ended
    )  # fmt: skip
    for one in connection.execute(before).scalars().all():
        leases.end(connection, one, "expired", now=now)


def _check_is_there(connection: sa.Connection, sample: str | None) -> None:
    if sample is not None and connection.execute(sa.select(samples.c.id).where(samples.c.id == sample)).first() is None:
        raise UsageError("there is no sample of that id")
