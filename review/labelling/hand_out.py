"""Which slot of the queue a reviewer gets next, taken in the same statement that finds it.

On PostgreSQL rows that another transaction is taking are skipped, not waited for; on SQLite writers take turns.
Slots of a sample have random numbers. Each hand-out begins at a random number of its own, so everybody works in an
order of their own, and the index on those numbers finds the slot however long the queue is.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from review.labelling import leases
from storage.review_tables import assignment_ends, assignments, queue_slots, samples

SHUFFLED = 2**31
"""Numbers of slots are below this."""
_slot = queue_slots.alias("slot")
_ONE = sa.literal_column("1", sa.Integer)
"""Written out: a limit that comes later PostgreSQL takes for a large one, and plans anew at every claim."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a slot and when. `start` is where the search among the random numbers begins."""

    reviewer: str
    assignment: str
    start: int
    now: dt.datetime
    claimed_at: dt.datetime
    until: dt.datetime


def taken(connection: sa.Connection, asked: Asked, *, sample: str | None) -> leases.Assignment | None:
    """What is now the reviewer's; None when there is nothing for them.

    First what waits for them alone and is due. Then, sample by sample, the newest first: an open slot, a claimed one
    whose lease ran out, and last what they handed back themselves. Never an item of which they hold or labelled
    another copy, or that they skipped.
    """
    if sample is None and (found := _WAITING.taken(connection, asked)):
        return found
    for one in [sample] if sample is not None else list(connection.execute(_WITH_WORK).scalars()):
        if found := _NEXT.taken(connection, asked, sample=one):
            return found
        if found := _LEFT.taken(connection, asked, sample=one):
            _end_what_ran_out(connection, found, now=asked.now)
            return found
    return None


class _Taking:
    """Finds a slot, takes it and notes the assignment: on PostgreSQL in one statement, on SQLite in two.

    Made once: making it costs more than running it. Of several candidates the first that finds a slot counts, and the
    others are not looked for.
    """

    def __init__(self, *candidates: sa.Select[int]) -> None:
        found = [one.limit(_ONE).with_for_update(skip_locked=True).scalar_subquery() for one in candidates]
        chosen = sa.func.coalesce(*found) if len(found) > 1 else found[0]
        theirs = {"state": "claimed", "assignment": sa.bindparam("new"), "reviewer": sa.bindparam("who"),
                  "lease_until": sa.bindparam("until_then")}  # fmt: skip
        take = sa.update(queue_slots).where(queue_slots.c.id == chosen).values(**theirs)
        self.take = take.returning(queue_slots.c.id.label("slot"), *leases.ASSIGNMENT)
        took = self.take.cte("took")
        self.take_and_note = sa.select(took).add_cte(_noted(took.c.id, took.c.slot, took.c.item).cte("noted"))

    def taken(self, connection: sa.Connection, asked: Asked, *, sample: str | None = None) -> leases.Assignment | None:
        """What is now the reviewer's, if there was a slot."""
        given = {"who": asked.reviewer, "new": asked.assignment, "start": asked.start, "moment": asked.now,
                 "until_then": asked.until, "since": asked.claimed_at, "of": sample}  # fmt: skip
        is_postgres = connection.dialect.name == "postgresql"
        row = connection.execute(self.take_and_note if is_postgres else self.take, given).mappings().first()
        if row is None:
            return None
        about = dict(row)
        slot = about.pop("slot")
        if not is_postgres:
            connection.execute(_NOTE, given | {"its_slot": slot, "its_item": about["item"]})
        return leases.Assignment(**about)


def _noted(*id_slot_item: sa.ColumnElement[Any]) -> sa.Insert:
    """The assignment of a slot."""
    theirs = sa.bindparam("who", type_=sa.Text), sa.bindparam("since", type_=assignments.c.claimed_at.type)
    names = ["id", "slot", "item", "reviewer", "claimed_at"]
    return sa.insert(assignments).from_select(names, sa.select(*id_slot_item, *theirs))


def _end_what_ran_out(connection: sa.Connection, got: leases.Assignment, *, now: dt.datetime) -> None:
    """Whoever held the slot before has lost it."""
    ended = sa.exists().where(assignment_ends.c.assignment == assignments.c.id)
    this = sa.select(queue_slots.c.id).where(queue_slots.c.assignment == got.id).scalar_subquery()
    before = sa.select(assignments.c.id).where(
        assignments.c.item == got.item, assignments.c.slot == this, assignments.c.id != got.id, ~ended
    )  # fmt: skip
    for one in connection.execute(before).scalars().all():
        leases.end(connection, one, "expired", now=now)


def _is(state: str) -> sa.ColumnElement[bool]:
    # written out: an index over rows of one state is not found by a value that comes later
    return _slot.c.state == sa.literal_column(f"'{state}'")


def _open(of_sample: sa.Select[int], *conditions: sa.ColumnElement[bool]) -> Iterator[sa.Select[int]]:
    is_open = of_sample.where(_is("open"), *conditions).order_by(_slot.c.shuffle)
    yield is_open.where(_slot.c.shuffle >= sa.bindparam("start"))
    yield is_open.where(_slot.c.shuffle < sa.bindparam("start"))


def _next() -> Iterator[sa.Select[int]]:
    """Second looks of a sample, and open slots."""
    yield _waiting().where(_slot.c.sample == sa.bindparam("of"))
    yield from _open(_OF_SAMPLE, ~_has_another(), ~_let_go(("skipped", "returned")))


def _left() -> Iterator[sa.Select[int]]:
    """What ran out, and what they handed back."""
    ran_out = _OF_SAMPLE.where(_is("claimed"), _slot.c.lease_until <= sa.bindparam("moment"), ~_has_another())
    ran_out = ran_out.order_by(_slot.c.lease_until)
    yield ran_out.where(~_let_go(("skipped", "returned")))
    yield from _open(_OF_SAMPLE, ~_has_another(), ~_let_go(("skipped",)))
    yield ran_out.where(~_let_go(("skipped",)))


def _waiting() -> sa.Select[int]:
    """Slots for a second look, unless the first look was taken back or the second was skipped."""
    first_look = queue_slots.alias("first_look")
    was_done = sa.exists().where(
        first_look.c.item == _slot.c.item,
        first_look.c.reviewer == sa.bindparam("who"),
        first_look.c.reserved_for.is_(None),
        first_look.c.state == "done",
    )
    was_skipped = _let_go(("skipped",), this_slot=True)
    is_due = (_slot.c.reserved_for == sa.bindparam("who"), _is("open"), _slot.c.open_from <= sa.bindparam("moment"))
    return sa.select(_slot.c.id).where(*is_due, was_done, ~was_skipped).order_by(_slot.c.open_from)


def _has_another() -> sa.Exists:
    """Whether the reviewer holds or labelled a copy of the slot's item."""
    other = queue_slots.alias("other")
    is_theirs = other.c.reviewer == sa.bindparam("who")
    return _looked_up(other.c.item == _slot.c.item, is_theirs, other.c.reserved_for.is_(None))


def _let_go(how: tuple[str, ...], *, this_slot: bool = False) -> sa.Exists:
    """Whether the reviewer skipped or handed back the slot's item before."""
    is_theirs = (assignments.c.item == _slot.c.item, assignments.c.reviewer == sa.bindparam("who"))
    so = sa.or_(*(assignment_ends.c.how == one for one in how))
    this = (assignments.c.slot == _slot.c.id,) if this_slot else ()
    return _looked_up(*is_theirs, assignment_ends.c.assignment == assignments.c.id, so, *this)


def _looked_up(*conditions: sa.ColumnElement[bool]) -> sa.Exists:
    """Whether there is such a row, asked for one slot after the other until one will do.

    The offset keeps PostgreSQL from joining instead, for which it read all that the reviewer ever did at each claim.
    """
    return sa.exists(
        sa.select(sa.literal_column("1")).where(*conditions).correlate(_slot).offset(sa.literal_column("0"))
    )


def _with_work() -> sa.Select[str]:
    """Samples that have slots which are not done, the newest first."""
    of_sample = (_slot.c.sample == samples.c.id, _slot.c.reserved_for.is_(None))
    undone = [sa.exists().where(*of_sample, _is(state)) for state in ("open", "claimed")]
    return sa.select(samples.c.id).where(sa.or_(*undone)).order_by(samples.c.drawn_at.desc(), samples.c.id.desc())


_OF_SAMPLE = sa.select(_slot.c.id).where(_slot.c.sample == sa.bindparam("of"), _slot.c.reserved_for.is_(None))
_WAITING = _Taking(_waiting())
_NEXT = _Taking(*_next())
_LEFT = _Taking(*_left())
_WITH_WORK = _with_work()
_NOTE = _noted(sa.bindparam("new"), sa.bindparam("its_slot"), sa.bindparam("its_item"))
