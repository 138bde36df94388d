"""Which slot of the queue a reviewer gets next, taken in the same statement that finds it.

On PostgreSQL rows that another transaction is taking are skipped, not waited for; on SQLite writers take turns.
Slots of a sample have random numbers. Each hand-out begins at a random number of its own, so everybody works in an
order of their own, and the index on those numbers finds the slot however long the queue is.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from storage.review_tables import assignment_ends, assignments, queue_slots, samples

SHUFFLED = 2**31
"""Numbers of slots are below this."""
_slot = queue_slots.alias("slot")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a slot and when. `start` is where the search among the random numbers begins."""

    reviewer: str
    assignment: str
    start: int
    now: dt.datetime
    until: dt.datetime


def taken(connection: sa.Connection, asked: Asked, *, sample: str | None) -> int | None:
    """The id of a slot that is now the reviewer's; None when there is none for them.

    First what waits for them alone and is due. Then, sample by sample, the newest first: an open slot, a claimed one
    whose lease ran out, and last what they handed back themselves. Never an item of which they hold or labelled
    another copy, or that they skipped.
    """
    if slot := _take(connection, asked, _waiting_for(asked, sample)):
        return slot
    listed = [sample] if sample is not None else _with_work(connection)
    candidates = (candidate for one in listed for candidate in _candidates(asked, one))
    return next((slot for candidate in candidates if (slot := _take(connection, asked, candidate))), None)


def _take(connection: sa.Connection, asked: Asked, candidate: sa.Select[tuple[int]]) -> int | None:
    chosen = candidate.limit(1).with_for_update(skip_locked=True).scalar_subquery()
    statement = (
        sa.update(queue_slots)
        .where(queue_slots.c.id == chosen)
        .values(state="claimed", assignment=asked.assignment, reviewer=asked.reviewer, lease_until=asked.until)
        .returning(queue_slots.c.id)
    )
    found = connection.execute(statement).scalar()
    return None if found is None else int(found)


def _candidates(asked: Asked, sample: str) -> Iterator[sa.Select[tuple[int]]]:
    of_sample = sa.select(_slot.c.id).where(_slot.c.sample == sample, _slot.c.reserved_for.is_(None))
    is_open = of_sample.where(_slot.c.state == sa.literal_column("'open'")).order_by(_slot.c.shuffle)
    ran_out = of_sample.where(
        _slot.c.state == sa.literal_column("'claimed'"), _slot.c.lease_until <= asked.now
    ).order_by(_slot.c.lease_until)
    for let_go in (("skipped", "returned"), ("skipped",)):
        for_them = (~_has_another(asked.reviewer), ~_let_go(asked.reviewer, let_go))
        yield is_open.where(_slot.c.shuffle >= asked.start, *for_them)
        yield is_open.where(_slot.c.shuffle < asked.start, *for_them)
        yield ran_out.where(*for_them)


def _waiting_for(asked: Asked, sample: str | None) -> sa.Select[tuple[int]]:
    """Slots for a second look, unless the first look was taken back or the second was skipped."""
    is_due = (
        _slot.c.reserved_for == asked.reviewer,
        _slot.c.state == sa.literal_column("'open'"),
        _slot.c.open_from <= asked.now,
    )
    first_look, other = sa.exists(), queue_slots.alias("first_look")
    first_look = first_look.where(
        other.c.item == _slot.c.item,
        other.c.reviewer == asked.reviewer,
        other.c.reserved_for.is_(None),
        other.c.state == sa.literal_column("'done'"),
    )
    was_skipped = _let_go(asked.reviewer, ("skipped",), this_slot=True)
    found = sa.select(_slot.c.id).where(*is_due, first_look, ~was_skipped).order_by(_slot.c.open_from)
    return found if sample is None else found.where(_slot.c.sample == sample)


def _has_another(reviewer: str) -> sa.Exists:
    """Whether the reviewer holds or labelled a copy of the slot's item."""
    other = queue_slots.alias("other")
    return sa.exists().where(other.c.item == _slot.c.item, other.c.reviewer == reviewer, other.c.reserved_for.is_(None))


def _let_go(reviewer: str, how: tuple[str, ...], *, this_slot: bool = False) -> sa.Exists:
    """Whether the reviewer skipped or handed back the slot's item before."""
    is_theirs = (assignments.c.item == _slot.c.item, assignments.c.reviewer == reviewer)
    ended = sa.exists().where(
        *is_theirs, assignment_ends.c.assignment == assignments.c.id, assignment_ends.c.how.in_(how)
    )
    return ended.where(assignments.c.slot == _slot.c.id) if this_slot else ended


def _with_work(connection: sa.Connection) -> list[str]:
    """Samples that have slots which are not done, the newest first."""
    undone = [
        sa.exists().where(
            _slot.c.sample == samples.c.id, _slot.c.reserved_for.is_(None), _slot.c.state == sa.literal_column(state)
        )
        for state in ("'open'", "'claimed'")
    ]
    asked = sa.select(samples.c.id).where(sa.or_(*undone)).order_by(samples.c.drawn_at.desc(), samples.c.id.desc())
    return list(connection.execute(asked).scalars())
