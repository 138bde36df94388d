"""Which slot of the queue a reviewer gets next, taken in the same statement that finds it.

On PostgreSQL rows that another transaction is taking are skipped, not waited for; on SQLite writers take turns.
Slots of a sample have random numbers. Each hand-out begins at a random number of its own, so everybody works in an
order of their own, and the index on those numbers finds the slot however long the queue is.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
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


@dataclass(frozen=True, slots=True)
class Taken:
    """The slot that is the reviewer's now, and its item; `ran_out` when somebody else's lease on it did."""

    slot: int
    item: int
    ran_out: bool


def taken(connection: sa.Connection, asked: Asked, *, sample: str | None) -> Taken | None:
    """A slot that is now the reviewer's; None when there is none for them.

    First what waits for them alone and is due. Then, sample by sample, the newest first: an open slot, a claimed one
    whose lease ran out, and last what they handed back themselves. Never an item of which they hold or labelled
    another copy, or that they skipped.
    """
    given = {"who": asked.reviewer, "new": asked.assignment, "start": asked.start, "moment": asked.now,
             "until_then": asked.until, "of": sample}  # fmt: skip
    if found := _take(connection, _TAKE_WAITING if sample is None else _TAKE_WAITING_OF_SAMPLE, given):
        return found
    for one in [sample] if sample is not None else list(connection.execute(_WITH_WORK).scalars()):
        for statement, ran_out in _TAKE_ANY:
            if found := _take(connection, statement, given | {"of": one}, ran_out=ran_out):
                return found
    return None


def _take(
    connection: sa.Connection, statement: sa.Update, given: Mapping[str, object], *, ran_out: bool = False
) -> Taken | None:
    found = connection.execute(statement, given).first()
    return None if found is None else Taken(int(found[0]), int(found[1]), ran_out)


def _taking(candidate: sa.Select[int]) -> sa.Update:
    """Finds and takes in one statement. Made once: making it costs more than running it."""
    chosen = candidate.limit(1).with_for_update(skip_locked=True).scalar_subquery()
    theirs = {"state": "claimed", "assignment": sa.bindparam("new"), "reviewer": sa.bindparam("who"),
              "lease_until": sa.bindparam("until_then")}  # fmt: skip
    returned = queue_slots.c.id, queue_slots.c.item
    return sa.update(queue_slots).where(queue_slots.c.id == chosen).values(**theirs).returning(*returned)


def _is(state: str) -> sa.ColumnElement[bool]:
    # written out: an index over rows of one state is not found by a value that comes later
    return _slot.c.state == sa.literal_column(f"'{state}'")


def _candidates() -> Iterator[tuple[sa.Select[int], bool]]:
    of_sample = sa.select(_slot.c.id).where(_slot.c.sample == sa.bindparam("of"), _slot.c.reserved_for.is_(None))
    is_open = of_sample.where(_is("open")).order_by(_slot.c.shuffle)
    ran_out = of_sample.where(_is("claimed"), _slot.c.lease_until <= sa.bindparam("moment"))
    for let_go in (("skipped", "returned"), ("skipped",)):
        for_them = (~_has_another(), ~_let_go(let_go))
        yield is_open.where(_slot.c.shuffle >= sa.bindparam("start"), *for_them), False
        yield is_open.where(_slot.c.shuffle < sa.bindparam("start"), *for_them), False
        yield ran_out.where(*for_them).order_by(_slot.c.lease_until), True


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
    so = assignment_ends.c.how.in_(how)
    this = (assignments.c.slot == _slot.c.id,) if this_slot else ()
    return _looked_up(*is_theirs, assignment_ends.c.assignment == assignments.c.id, so, *this)


def _looked_up(*conditions: sa.ColumnElement[bool]) -> sa.Exists:
    """Whether there is such a row, asked for one slot after the other until one will do.

    The offset keeps PostgreSQL from joining instead, for which it read all that the reviewer ever did at each claim.
    """
    return sa.exists(sa.select(sa.literal_column("1")).where(*conditions).correlate(_slot).offset(0))


def _with_work() -> sa.Select[str]:
    """Samples that have slots which are not done, the newest first."""
    of_sample = (_slot.c.sample == samples.c.id, _slot.c.reserved_for.is_(None))
    undone = [sa.exists().where(*of_sample, _is(state)) for state in ("open", "claimed")]
    return sa.select(samples.c.id).where(sa.or_(*undone)).order_by(samples.c.drawn_at.desc(), samples.c.id.desc())


_TAKE_WAITING = _taking(_waiting())
_TAKE_WAITING_OF_SAMPLE = _taking(_waiting().where(_slot.c.sample == sa.bindparam("of")))
_TAKE_ANY = [(_taking(candidate), ran_out) for candidate, ran_out in _candidates()]
_WITH_WORK = _with_work()
