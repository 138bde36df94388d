"""What a reviewer holds of the queue: looked at, kept for longer, skipped, and handed back."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from errors import UsageError
from review.people import Right, require
from storage.ledger_database import Database, our_errors
from storage.review_tables import assignment_ends, assignments, drafts, queue_slots, sample_items, samples

if TYPE_CHECKING:
    from review.words import Words

LEASE = dt.timedelta(minutes=20)
"""How long an item is a reviewer's without a sign of life."""
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Assignment:
    """An item that a reviewer holds until `lease_until` (UTC). `target` is the trace, session or document."""

    id: str
    item: int
    sample: str
    target: str
    unit: str
    rubric: str
    rubric_version: int
    lease_until: dt.datetime


_HELD = (
    sa.select(
        queue_slots.c.assignment.label("id"), queue_slots.c.item, queue_slots.c.sample, sample_items.c.target,
        samples.c.unit, samples.c.rubric, samples.c.rubric_version, queue_slots.c.lease_until,
    )
    .join_from(queue_slots, assignments, assignments.c.id == queue_slots.c.assignment)
    .join(sample_items, sample_items.c.id == queue_slots.c.item)
    .join(samples, samples.c.id == queue_slots.c.sample)
    .where(queue_slots.c.state == sa.literal_column("'claimed'"))
    .order_by(assignments.c.claimed_at, assignments.c.id)
)  # fmt: skip
_HELD_BY = _HELD.where(queue_slots.c.reviewer == sa.bindparam("who"))
_OF_ASSIGNMENT = _HELD.where(queue_slots.c.assignment == sa.bindparam("wanted"))
_LOCKED = sa.select(queue_slots).where(queue_slots.c.assignment == sa.bindparam("wanted")).with_for_update()


def held(connection: sa.Connection, reviewer: str, *, sample: str | None) -> list[Assignment]:
    """What the reviewer holds, in the order they got it; also what ran out, while nobody else has it."""
    found = [Assignment(**row) for row in connection.execute(_HELD_BY, {"who": reviewer}).mappings()]
    return [one for one in found if sample in (None, one.sample)]


def assignment(connection: sa.Connection, wanted: str) -> Assignment:
    """One that is held, by its id."""
    return Assignment(**connection.execute(_OF_ASSIGNMENT, {"wanted": wanted}).mappings().one())


def renew(
    database: Database, wanted: str, *, reviewer: str, now: dt.datetime, lease: dt.timedelta = LEASE
) -> Assignment:
    """Keep an item for longer; also after its lease ran out, as long as nobody else has got it.

    Raises `UsageError` when it is not the reviewer's any more.
    """
    with our_errors("renewing a lease"), database.writing() as connection:
        require(connection, reviewer, Right.LABEL)
        slot = held_slot(connection, wanted, reviewer=reviewer, now=now, also_ran_out=True)
        extend(connection, slot, until=now + lease)
        return assignment(connection, wanted)


def skip(
    database: Database, wanted: str, *, reviewer: str, reason: str, now: dt.datetime, words: "Words | None" = None
) -> None:
    """Leave an item to others, and say why; the reviewer never gets it again. Again it changes nothing.

    `words` takes what is personal out of the reason; without, the caller has done so.
    Raises `UsageError` without a reason, or when the item is not the reviewer's any more.
    """
    said = (words.scrubbed(reason).text if words else reason).strip()
    if not said:
        raise UsageError("say why the item is skipped")
    if len(said) > LONGEST_REASON:
        raise UsageError(f"a reason has {LONGEST_REASON} characters at most")
    _let_go(database, wanted, "skipped", reviewer=reviewer, reason=said, now=now)


def give_back(database: Database, wanted: str, *, reviewer: str, now: dt.datetime) -> None:
    """Hand an item back; the reviewer may get it again when nothing else is left. Again it changes nothing.

    Raises `UsageError` when it is not the reviewer's any more.
    """
    _let_go(database, wanted, "returned", reviewer=reviewer, reason=None, now=now)


def _let_go(database: Database, wanted: str, how: str, *, reviewer: str, reason: str | None, now: dt.datetime) -> None:
    with our_errors("handing back an item"), database.writing() as connection:
        require(connection, reviewer, Right.LABEL)
        ended = sa.select(assignment_ends.c.how).join(assignments).where(
            assignments.c.id == wanted, assignments.c.reviewer == reviewer
        )  # fmt: skip
        if connection.execute(ended).scalar() == how:
            return
        slot = held_slot(connection, wanted, reviewer=reviewer, now=now, also_ran_out=True)
        free = {"state": "open", "assignment": None, "reviewer": None, "lease_until": None}
        connection.execute(sa.update(queue_slots).where(queue_slots.c.id == slot).values(**free))
        end(connection, wanted, how, reason=reason, now=now)


def held_slot(
    connection: sa.Connection, wanted: str, *, reviewer: str, now: dt.datetime, also_ran_out: bool = False
) -> int:
    """The slot of an assignment that is the reviewer's, locked until the transaction ends.

    Raises `UsageError` that says why it is not theirs: never was, ended, or ran out (unless `also_ran_out`).
    """
    slot = locked_slot(connection, wanted)
    return int(check_held(connection, slot, wanted, reviewer=reviewer, now=now, also_ran_out=also_ran_out)["id"])


def locked_slot(connection: sa.Connection, wanted: str) -> sa.RowMapping | None:
    """The slot of an assignment, locked until the transaction ends; None when it has another one, or none, now."""
    return connection.execute(_LOCKED, {"wanted": wanted}).mappings().first()


def check_held(
    connection: sa.Connection,
    slot: sa.RowMapping | None,
    wanted: str,
    *,
    reviewer: str,
    now: dt.datetime,
    also_ran_out: bool = False,
) -> sa.RowMapping:
    """The slot itself; raises as `held_slot` does."""
    if slot is None or slot["reviewer"] != reviewer or slot["state"] != "claimed":
        raise UsageError(_why_not(connection, wanted, reviewer))
    if slot["lease_until"] <= now and not also_ran_out:
        raise UsageError(f"the lease ran out at {slot['lease_until']:%H:%M} UTC; take the item up again first")
    return slot


def _why_not(connection: sa.Connection, wanted: str, reviewer: str) -> str:
    asked = sa.select(assignments.c.reviewer, assignment_ends.c.how).outerjoin_from(assignments, assignment_ends)
    found = connection.execute(asked.where(assignments.c.id == wanted)).first()
    if found is None:
        return "there is no assignment of that id"
    if found.reviewer != reviewer:
        return "this assignment is another person's"
    return {
        "submitted": "this assignment was submitted already",
        "skipped": "this assignment was skipped",
        "returned": "this assignment was handed back",
    }.get(found.how, "the lease of this assignment ran out and somebody else got the item")


def extend(connection: sa.Connection, slot: int, *, until: dt.datetime) -> None:
    """Move the end of a slot's lease; never to an earlier moment."""
    longer = sa.and_(queue_slots.c.id == slot, queue_slots.c.lease_until < until)
    connection.execute(sa.update(queue_slots).where(longer).values(lease_until=until))


def end(connection: sa.Connection, wanted: str, how: str, *, reason: str | None = None, now: dt.datetime) -> None:
    """Record how an assignment ended; what was a draft of it goes."""
    connection.execute(sa.insert(assignment_ends).values(assignment=wanted, how=how, reason=reason, at=now))
    connection.execute(sa.delete(drafts).where(drafts.c.assignment == wanted))
