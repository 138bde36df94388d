"""The queue: one item after another for a reviewer, never to two people at once, never twice to one.

Every call is one transaction. On PostgreSQL the calls of one person wait for each other, so two tabs of theirs get the
same item; those of different people do not.
"""

import datetime as dt
import secrets

import sqlalchemy as sa

from errors import NotAllowed, UsageError
from review.labelling import leases
from review.labelling.hand_out import SHUFFLED, Asked, taken
from review.labelling.leases import LEASE, Assignment, give_back, renew, skip
from review.labelling.progress import Progress, progress
from review.labelling.undo import undo_last
from review.people import BENCHBOOK, SHELL, Right
from storage.ledger_database import Database, our_errors, take_turns
from storage.review_tables import samples

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
        for one in open_now[:1]:
            if kept := leases.extended(connection, one.assignment.id, reviewer=reviewer, until=now + lease):
                return kept
        return _next(connection, reviewer=reviewer, sample=sample, now=now, claimed_at=now, lease=lease)


def ahead(
    database: Database, *, reviewer: str, sample: str, now: dt.datetime, lease: dt.timedelta = LEASE
) -> Assignment | None:
    """The item after the one that the reviewer holds, held for them too; None when there is none.

    A person holds `MOST_OPEN` items of a sample at most: asked again it is the same one. Raises as `claim` does.
    """
    with our_errors("claiming an item"), database.writing() as connection:
        open_now = _sit_down(connection, reviewer, sample)
        for one in open_now[MOST_OPEN - 1 :][:1]:
            if kept := leases.extended(connection, one.assignment.id, reviewer=reviewer, until=now + lease):
                return kept
        # what was claimed first is resumed first, also when both happened in one tick of the clock
        claimed_at = max([now, *(one.claimed_at + dt.timedelta(microseconds=1) for one in open_now)])
        return _next(connection, reviewer=reviewer, sample=sample, now=now, claimed_at=claimed_at, lease=lease)


def held(database: Database, *, reviewer: str, sample: str | None = None) -> list[Assignment]:
    """What the reviewer holds, in the order they got it; also what ran out, while nobody else has it."""
    with our_errors("being read"), database.reading() as connection:
        return [one.assignment for one in leases.held(connection, reviewer, sample=sample)]


def _sit_down(connection: sa.Connection, reviewer: str, sample: str | None) -> list[leases.Held]:
    if reviewer in (SHELL, BENCHBOOK):  # they may do all that a command does, but are nobody who labels
        raise NotAllowed(reviewer, Right.LABEL.value, hint="a label is a person's")
    take_turns(connection, f"queue of {reviewer}")
    return leases.held_by_labeller(connection, reviewer, sample=sample)


def _next(
    connection: sa.Connection,
    *,
    reviewer: str,
    sample: str | None,
    now: dt.datetime,
    claimed_at: dt.datetime,
    lease: dt.timedelta,
) -> Assignment | None:
    asked = Asked(reviewer, secrets.token_hex(12), secrets.randbelow(SHUFFLED), now, claimed_at, now + lease)
    got = taken(connection, asked, sample=sample)
    if got is None:
        _check_is_there(connection, sample)
    return got


def _check_is_there(connection: sa.Connection, sample: str | None) -> None:
    if sample is not None and connection.execute(sa.select(samples.c.id).where(samples.c.id == sample)).first() is None:
        raise UsageError("there is no sample of that id")
