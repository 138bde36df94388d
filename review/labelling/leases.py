"""What a reviewer holds of the queue: looked at, kept for longer, skipped, and handed back."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from errors import UsageError
from review.people import Right, require, require_of, role_of
from storage.ledger_database import Database, Writes, our_errors
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


def _of_slot(column: sa.Column[Any], key: sa.Column[Any], its: sa.Column[Any]) -> sa.Label[Any]:
    return sa.select(column).where(key == its).correlate(queue_slots).scalar_subquery().label(column.name)


ASSIGNMENT = (
    queue_slots.c.assignment.label("id"), queue_slots.c.item, queue_slots.c.sample,
    _of_slot(sample_items.c.target, sample_items.c.id, queue_slots.c.item),
    *(_of_slot(samples.c[name], samples.c.id, queue_slots.c.sample) for name in ("unit", "rubric", "rubric_version")),
    queue_slots.c.lease_until,
)  # fmt: skip
"""The columns of an `Assignment`, for any statement about claimed slots."""
_ROLE = role_of(sa.bindparam("who")).label("role")
_IS_HELD = queue_slots.c.state == sa.literal_column("'claimed'")
_IS_THEIRS = (queue_slots.c.assignment == sa.bindparam("wanted"), queue_slots.c.reviewer == sa.bindparam("who"))
_SINCE = _of_slot(assignments.c.claimed_at, assignments.c.id, queue_slots.c.assignment)
_HELD_BY = (
    sa.select(_ROLE, _SINCE, *ASSIGNMENT)
    .select_from(sa.select(sa.literal_column("1").label("one")).subquery("always"))
    .outerjoin(queue_slots, sa.and_(_IS_HELD, queue_slots.c.reviewer == sa.bindparam("who")))
    .order_by(_SINCE, queue_slots.c.assignment)
)
_LONGER = sa.case(
    (queue_slots.c.lease_until < sa.bindparam("until_then"), sa.bindparam("until_then")),
    else_=queue_slots.c.lease_until,
)
_EXTEND = sa.update(queue_slots).where(_IS_HELD, *_IS_THEIRS).values(lease_until=_LONGER).returning(_ROLE, *ASSIGNMENT)
_FREE = {"state": "open", "assignment": None, "reviewer": None, "lease_until": None}
_LET_GO = sa.update(queue_slots).where(_IS_HELD, *_IS_THEIRS).values(**_FREE).returning(_ROLE)
_DONE = (
    sa.update(queue_slots)
    .where(_IS_HELD, *_IS_THEIRS, queue_slots.c.lease_until > sa.bindparam("moment"))
    .values(state="done", lease_until=None)
    .returning(_ROLE, queue_slots)
)
_END = sa.insert(assignment_ends).values(
    {
        name: sa.bindparam(f"end_{name}", type_=assignment_ends.c[name].type)
        for name in ("assignment", "how", "reason", "at")
    }
)
END = (_END, sa.delete(drafts).where(drafts.c.assignment == sa.bindparam("end_assignment")))
"""How an assignment ended; what was a draft of it goes. See `ending`."""
_ENDS = Writes(*END)


def ending(wanted: str, how: str, *, reason: str | None = None, now: dt.datetime) -> dict[str, object]:
    """What `END` is to be given."""
    return {"end_assignment": wanted, "end_how": how, "end_reason": reason, "end_at": now}


def end(connection: sa.Connection, wanted: str, how: str, *, reason: str | None = None, now: dt.datetime) -> None:
    """Record how an assignment ended; what was a draft of it goes."""
    _ENDS.execute(connection, ending(wanted, how, reason=reason, now=now))


@dataclass(frozen=True, slots=True)
class Held:
    """An assignment that a reviewer holds, and since when."""

    assignment: Assignment
    claimed_at: dt.datetime


def held(connection: sa.Connection, reviewer: str, *, sample: str | None) -> list[Held]:
    """What the reviewer holds, in the order they got it; also what ran out, while nobody else has it."""
    return _held(connection, reviewer, sample)[1]


def held_by_labeller(connection: sa.Connection, reviewer: str, *, sample: str | None) -> list[Held]:
    """`held`; raises `NotAllowed` for somebody who may not label."""
    role, found = _held(connection, reviewer, sample)
    require_of(role, reviewer, Right.LABEL)
    return found


def _held(connection: sa.Connection, reviewer: str, sample: str | None) -> tuple[str | None, list[Held]]:
    rows = [dict(row) for row in connection.execute(_HELD_BY, {"who": reviewer}).mappings()]
    roles, began = [row.pop("role") for row in rows], [row.pop("claimed_at") for row in rows]
    found = [Held(Assignment(**row), since) for row, since in zip(rows, began, strict=True) if since is not None]
    return roles[0], [one for one in found if sample in (None, one.assignment.sample)]


def renew(
    database: Database, wanted: str, *, reviewer: str, now: dt.datetime, lease: dt.timedelta = LEASE
) -> Assignment:
    """Keep an item for longer; also after its lease ran out, as long as nobody else has got it.

    Raises `UsageError` when it is not the reviewer's any more.
    """
    with our_errors("renewing a lease"), database.writing() as connection:
        kept = extended(connection, wanted, reviewer=reviewer, until=now + lease)
        if kept is None:
            raise not_held(connection, wanted, reviewer=reviewer)
        return kept


def extended(connection: sa.Connection, wanted: str, *, reviewer: str, until: dt.datetime) -> Assignment | None:
    """The assignment, its lease ending at `until` and not earlier than before; None when it is not the reviewer's.

    Raises `NotAllowed` for somebody who may not label.
    """
    found = connection.execute(_EXTEND, {"wanted": wanted, "who": reviewer, "until_then": until}).mappings().first()
    if found is None:
        return None
    row = dict(found)
    require_of(row.pop("role"), reviewer, Right.LABEL)
    return Assignment(**row)


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
        found = connection.execute(_LET_GO, {"wanted": wanted, "who": reviewer}).first()
        if found is None:
            refusal = not_held(connection, wanted, reviewer=reviewer)
            ended = sa.select(assignment_ends.c.how).join(assignments).where(
                assignments.c.id == wanted, assignments.c.reviewer == reviewer
            )  # fmt: skip
            if connection.execute(ended).scalar() == how:
                return
            raise refusal
        require_of(found.role, reviewer, Right.LABEL)
        end(connection, wanted, how, reason=reason, now=now)


def done(connection: sa.Connection, wanted: str, *, reviewer: str, now: dt.datetime) -> sa.RowMapping | None:
    """The slot of an assignment that the reviewer holds, done now, with their `role`; None when they do not hold it.

    Of two who try at once the second waits here and gets None. Raises `NotAllowed` for somebody who may not label.
    """
    given = {"wanted": wanted, "who": reviewer, "moment": now}
    found = connection.execute(_DONE, given).mappings().first()
    if found is not None:
        require_of(found["role"], reviewer, Right.LABEL)
    return found


def not_held(connection: sa.Connection, wanted: str, *, reviewer: str) -> UsageError:
    """Why an assignment is not the reviewer's to go on with. Raises `NotAllowed` for somebody who may not label."""
    require(connection, reviewer, Right.LABEL)
    lease_until = sa.select(queue_slots.c.lease_until).where(_IS_HELD, *_IS_THEIRS)
    if ran_out := connection.execute(lease_until, {"wanted": wanted, "who": reviewer}).scalar():
        return UsageError(f"the lease ran out at {ran_out:%H:%M} UTC; take the item up again first")
    asked = sa.select(assignments.c.reviewer, assignment_ends.c.how).outerjoin_from(assignments, assignment_ends)
    found = connection.execute(asked.where(assignments.c.id == wanted)).first()
    if found is None:
        return UsageError("there is no assignment of that id")
    if found.reviewer != reviewer:
        return UsageError("this assignment is another person's")
    return UsageError({
        "submitted": "this assignment was submitted already",
        "skipped": "this assignment was skipped",
        "returned": "this assignment was handed back",
    }.get(found.how, "the lease of this assignment ran out and somebody else got the item"))  # fmt: skip
