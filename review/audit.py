"""The audit log: who drew, labelled, decided, exported or changed a role, and when; only ever added to.

The database itself refuses to change or delete a line (triggers of migration 0002).
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd
import sqlalchemy as sa

from storage.ledger_database import Database, our_errors
from storage.review_tables import audit_log as log

_COLUMNS = ("id", "at", "actor", "action", "subject", "detail")


class Action(StrEnum):
    """What is logged, as `noun.done`. The log takes others too; these are the ones that Benchbook writes."""

    PERSON_ADDED = "person.added"
    LOGIN_CHANGED = "login.changed"
    ROLE_CHANGED = "role.changed"
    RUBRIC_ADDED = "rubric.added"
    RUBRIC_REPLACED = "rubric.replaced"
    PLAN_ADDED = "plan.added"
    SAMPLE_DRAWN = "sample.drawn"
    ITEM_PICKED = "item.picked"
    LABEL_SUBMITTED = "label.submitted"
    LABEL_WITHDRAWN = "label.withdrawn"
    ADJUDICATED = "item.adjudicated"
    GATE_DECIDED = "gate.decided"
    ITEMS_HELD_OUT = "items.held_out"
    EXAMPLES_EXPORTED = "examples.exported"
    ANCHORS_FROZEN = "anchors.frozen"
    DEPLOYED = "version.deployed"
    LABELS_EXPORTED = "labels.exported"
    LABELS_IMPORTED = "labels.imported"
    ERASURE_ASKED = "erasure.asked"
    HOLD_PLACED = "hold.placed"
    HOLD_RELEASED = "hold.released"
    KEY_ROTATED = "key.rotated"
    KEY_FORGOTTEN = "key.forgotten"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lines of the log; what is None or empty narrows nothing. Times are half-open, UTC."""

    actors: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    subject: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None


def count(database: Database, action: Action) -> int:
    """How often it was done."""
    asked = sa.select(sa.func.count()).select_from(log).where(log.c.action == action.value)
    with our_errors("being read"), database.reading() as connection:
        return int(connection.execute(asked).scalar_one())


def record(
    connection: sa.Connection, *, actor: str, action: str, subject: str, detail: Mapping[str, object], now: dt.datetime
) -> None:
    """Add a line, in the transaction of what it is about: neither is kept without the other.

    `subject` is the name or id of what was changed. `detail` is JSON, and holds nothing that a person wrote or a trace
    said: names of criteria, counts and ids only.
    """
    connection.execute(LINE, line(actor=actor, action=action, subject=subject, detail=detail, now=now))


def line(*, actor: str, action: str, subject: str, detail: Mapping[str, object], now: dt.datetime) -> dict[str, object]:
    """What `LINE` is to be given, for a write that adds a line together with other rows."""
    return {"logged_at": now, "logged_actor": actor, "logged_action": str(action), "logged_subject": subject,
            "logged_detail": dict(detail)}  # fmt: skip


LINE = sa.insert(log).values(
    {
        name: sa.bindparam(f"logged_{name}", type_=log.c[name].type)
        for name in ("at", "actor", "action", "subject", "detail")
    }
)


def audit_log(database: Database, asked: Asked | None = None, *, first: int = 0, rows: int = 50) -> pd.DataFrame:
    """Lines of the log, newest first: id, at (UTC), actor, action, subject, detail."""
    chosen = sa.select(*(log.c[name] for name in _COLUMNS)).where(*_conditions(asked or Asked()))
    with our_errors("being read"), database.reading() as connection:
        found = connection.execute(chosen.order_by(log.c.id.desc()).offset(first).limit(rows)).mappings().all()
    return pd.DataFrame(found, columns=list(_COLUMNS))


def audit_count(database: Database, asked: Asked | None = None) -> int:
    """How many lines `audit_log` would list."""
    chosen = sa.select(sa.func.count()).select_from(log).where(*_conditions(asked or Asked()))
    with our_errors("being read"), database.reading() as connection:
        return connection.execute(chosen).scalar_one()


def audit_choices(database: Database) -> tuple[list[str], list[str]]:
    """Every actor and every action that the log has, sorted."""
    with our_errors("being read"), database.reading() as connection:
        actors = connection.execute(sa.select(log.c.actor).distinct().order_by(log.c.actor)).scalars().all()
        actions = connection.execute(sa.select(log.c.action).distinct().order_by(log.c.action)).scalars().all()
    return list(actors), list(actions)


def _conditions(asked: Asked) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if asked.actors:
        conditions.append(log.c.actor.in_(asked.actors))
    if asked.actions:
        conditions.append(log.c.action.in_(asked.actions))
    if asked.subject:
        conditions.append(log.c.subject.contains(asked.subject, autoescape=True))
    if asked.since:
        conditions.append(log.c.at >= asked.since)
    if asked.until:
        conditions.append(log.c.at < asked.until)
    return conditions
