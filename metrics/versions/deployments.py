"""Deployments: what went live, when; said by people or a pipeline, only ever added to."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from errors import UsageError
from metrics.versions.sightings import Kind
from review import audit, people
from storage.ledger_database import Database, our_errors
from storage.traffic_tables import deployments as table

LONGEST = 200
"""Characters of a version or a note."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """`changed` maps kinds of version (`Kind`) to what they are from `at` (UTC) on; `app` None stands for all."""

    at: dt.datetime
    changed: Mapping[str, str]
    app: str | None = None
    note: str = ""
    committed_at: dt.datetime | None = None
    """When its oldest change was committed, where the pipeline says so."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A deployment in the ledger: its number, and who registered it."""

    deployment: Deployment
    number: int
    by: str

    def is_of(self, app: str) -> bool:
        return self.deployment.app is None or self.deployment.app == app

    @property
    def words(self) -> str:
        """`prompt v4, model gpt-4o`."""
        return ", ".join(f"{kind.replace('_', ' ')} {value}" for kind, value in self.deployment.changed.items())


def changed_of(spelt: Sequence[str]) -> dict[str, str]:
    """`["prompt=v4", "model=gpt-4o"]` as kinds and values. Raises `UsageError` when one is none."""
    changed = {}
    for one in spelt:
        what, equals, value = (part.strip() for part in one.partition("="))
        if not equals or what not in set(Kind) or not value or len(value) > LONGEST:
            raise UsageError(f"a deployment is KIND=VERSION, with one of {', '.join(Kind)}; for example prompt=v4")
        changed[what] = value
    if not changed:
        raise UsageError("a deployment names what changed: for example prompt=v4")
    return changed


def register(database: Database, said: Deployment, *, by: str, now: dt.datetime) -> int:
    """Keep a deployment and return its number; the same one again is kept once.

    `note` must have been scrubbed. Raises `NotAllowed`, `UsageError` and `StoreFailed`.
    """
    if len(said.note) > LONGEST or len(said.app or "") > LONGEST:
        raise UsageError(f"an app and a note have at most {LONGEST} characters each")
    if said.committed_at is not None and said.committed_at > said.at:
        raise UsageError("a change is committed before it goes live")
    row = {"at": said.at, "app": said.app, "changed": dict(sorted(said.changed.items())), "note": said.note,
           "committed_at": said.committed_at}  # fmt: skip
    with our_errors("registering a deployment"), database.writing() as connection:
        people.require(connection, by, people.Right.DEPLOY)
        for known in connection.execute(sa.select(table).where(table.c.at == said.at)).mappings():
            if known["app"] == row["app"] and known["changed"] == row["changed"]:
                return int(known["id"])
        asked = sa.insert(table).returning(table.c.id)
        number = connection.execute(asked, [row | {"registered_at": now, "by": by}]).scalar_one()
        audit.record(connection, actor=by, action=audit.Action.DEPLOYED, subject=str(number),
                     detail={"kinds": sorted(said.changed)}, now=now)  # fmt: skip
    return int(number)


def deployments(database: Database) -> tuple[Registered, ...]:
    """All of them, by when they went live."""
    asked = sa.select(table).order_by(table.c.at, table.c.id)
    with our_errors("being read"), database.reading() as connection:
        rows = connection.execute(asked).mappings().all()
    return tuple(
        Registered(
            Deployment(row["at"], row["changed"], row["app"], row["note"], row["committed_at"]), row["id"], row["by"]
        )
        for row in rows
    )
