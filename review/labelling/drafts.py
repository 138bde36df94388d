"""Drafts: what a reviewer has answered so far of an item they hold; gone once the item is submitted or let go."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from review.labelling import leases
from storage.ledger import upsert
from storage.ledger_database import Database, our_errors
from storage.review_tables import assignments, drafts


def save_draft(
    database: Database,
    wanted: str,
    *,
    reviewer: str,
    content: Mapping[str, Any],
    now: dt.datetime,
    lease: dt.timedelta = leases.LEASE,
) -> None:
    """Keep what was answered so far, instead of an earlier draft; a sign of life, so the lease is renewed too.

    Words in it must have been scrubbed. Raises `UsageError` when the item is not the reviewer's any more.
    """
    with our_errors("keeping a draft"), database.writing() as connection:
        if leases.extended(connection, wanted, reviewer=reviewer, until=now + lease) is None:
            raise leases.not_held(connection, wanted, reviewer=reviewer)
        upsert(connection, drafts, [{"assignment": wanted, "content": dict(content), "saved_at": now}])


def draft(database: Database, wanted: str, *, reviewer: str) -> dict[str, Any] | None:
    """What the reviewer saved last of an item they hold; None when nothing."""
    asked = sa.select(drafts.c.content).join(assignments, assignments.c.id == drafts.c.assignment)
    with our_errors("being read"), database.reading() as connection:
        found = connection.execute(asked.where(drafts.c.assignment == wanted, assignments.c.reviewer == reviewer))
        content = found.scalar()
    return None if content is None else dict(content)
