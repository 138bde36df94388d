"""Taking back the last label: what was said stays in the ledger, marked, and the item is the reviewer's again."""

import datetime as dt
import secrets
from typing import Any

import sqlalchemy as sa

from errors import UsageError
from review import audit
from review.labelling import leases
from review.people import Right, require
from storage.ledger_database import Database, our_errors, take_turns
from storage.review_tables import (
    adjudications,
    assignments,
    drafts,
    labels,
    queue_slots,
    sample_items,
    submissions,
    withdrawals,
)


def undo_last(
    database: Database,
    *,
    reviewer: str,
    sample: str | None = None,
    assignment: str | None = None,
    now: dt.datetime,
    lease: dt.timedelta = leases.LEASE,
) -> leases.Assignment:
    """Take back the reviewer's last label (of the sample) and hand them its item again, their answers as a draft.

    Raises `UsageError` when there is none, when it is not the one of `assignment`, or when somebody has decided about
    the item since.
    """
    with our_errors("taking back a label"), database.writing() as connection:
        take_turns(connection, f"queue of {reviewer}")
        take_turns(connection, adjudications.name)  # a decision that is being kept is seen below
        require(connection, reviewer, Right.LABEL)
        last = connection.execute(_last(reviewer, sample)).mappings().first()
        if last is None:
            raise UsageError("there is no label of yours to take back")
        if assignment is not None and last["assignment"] != assignment:
            raise UsageError("only your last label can be taken back, and this is not it")
        if connection.execute(sa.select(adjudications.c.id).where(adjudications.c.item == last["item"])).first():
            raise UsageError("your last label cannot be taken back: its item has been adjudicated since")
        again = _reopened(connection, last, reviewer=reviewer, now=now, lease=lease)
        connection.execute(sa.insert(withdrawals).values(submission=last["id"], at=now, by=reviewer))
        detail = {"sample": last["sample"], "item": last["target"]}
        audit.record(connection, actor=reviewer, action=audit.Action.LABEL_WITHDRAWN, subject=last["id"],
                     detail=detail, now=now)  # fmt: skip
        return again


def _last(reviewer: str, sample: str | None) -> sa.Select[Any]:
    stands = ~sa.exists().where(withdrawals.c.submission == submissions.c.id)
    asked = (
        sa.select(
            submissions, assignments.c.slot, assignments.c.claimed_at, sample_items.c.sample, sample_items.c.target
        )
        .join_from(submissions, assignments, assignments.c.id == submissions.c.assignment)
        .join(sample_items, sample_items.c.id == submissions.c.item)
        .where(submissions.c.reviewer == reviewer, stands)
        .order_by(submissions.c.at.desc(), assignments.c.claimed_at.desc())
        .limit(1)
    )
    return asked if sample is None else asked.where(sample_items.c.sample == sample)


def _reopened(
    connection: sa.Connection, last: sa.RowMapping, *, reviewer: str, now: dt.datetime, lease: dt.timedelta
) -> leases.Assignment:
    """A new assignment on the same slot, as old as the first: so it is resumed before what was claimed since."""
    new = secrets.token_hex(12)
    row = {"id": new, "slot": last["slot"], "item": last["item"], "reviewer": reviewer,
           "claimed_at": last["claimed_at"]}  # fmt: skip
    connection.execute(sa.insert(assignments).values(**row))
    again = {"state": "claimed", "assignment": new, "lease_until": now + lease}
    reopening = sa.update(queue_slots).where(queue_slots.c.id == last["slot"]).values(**again)
    reopened = connection.execute(reopening.returning(*leases.ASSIGNMENT)).mappings().one()
    given = connection.execute(sa.select(labels).where(labels.c.submission == last["id"])).mappings()
    content = {
        "answers": {one["criterion"]: {"cannot_tell": True} if one["cannot_tell"] else one["value"] for one in given},
        "comment": last["comment"] or "",
        "corrected": last["corrected"],
        "active_seconds": last["active_seconds"] or 0,
    }
    connection.execute(sa.insert(drafts).values(assignment=new, content=content, saved_at=now))
    return leases.Assignment(**reopened)
