"""The ledger's plans: versions that are only added to, and the one that comes with Benchbook."""

import datetime as dt
from functools import cache
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from errors import UsageError
from review import audit, people
from review.sampling.plans import Plan, parse_plan, plan_of
from review.words import Words
from storage.ledger_database import Database, our_errors, take_turns
from storage.review_tables import plans as plan_table

_BUILTIN = Path(__file__).parent / "weekly.toml"


@cache
def builtin() -> Plan:
    """The plan `weekly`, until the team keeps one of that name."""
    return parse_plan(_BUILTIN.read_text())


def save_plan(database: Database, wanted: Plan, *, by: str, now: dt.datetime) -> int:
    """Keep a plan as the next version of its name and return that; the same plan again changes nothing.

    Raises `NotAllowed` when `by` may not draw.
    """
    with our_errors("keeping a plan"), database.writing() as connection:
        take_turns(connection, plan_table.name)
        people.require(connection, by, people.Right.DRAW)
        newest = _newest(connection, wanted.name)
        if newest is not None and newest[1] == wanted:
            return newest[0]
        version = 1 if newest is None else newest[0] + 1
        row = {"name": wanted.name, "version": version, "definition": wanted.definition(), "created_at": now,
               "created_by": by}  # fmt: skip
        connection.execute(sa.insert(plan_table).values(**row))
        audit.record(connection, actor=by, action=audit.Action.PLAN_ADDED, subject=wanted.name,
                     detail={"version": version}, now=now)  # fmt: skip
        return version


def check_not_personal(wanted: Plan, words: Words) -> None:
    """Raise `UsageError` for a plan that says what looks personal: traffic was scrubbed, so it would match nothing."""
    if any(words.scrubbed(text).replaced for text in wanted.texts):
        raise UsageError("the plan's name or one of its values looks personal; traffic has placeholders instead")


def plan(database: Database, name: str) -> Plan:
    """The newest version of a plan. Raises `UsageError` when nobody has one of that name."""
    with our_errors("being read"), database.reading() as connection:
        newest = _newest(connection, name)
    if newest is not None:
        return newest[1]
    if name == builtin().name:
        return builtin()
    raise UsageError(f"there is no such plan; there are: {', '.join(plan_names(database))}, or name a .toml file")


def plan_names(database: Database) -> list[str]:
    """All plans, the built-in one among them, sorted."""
    with our_errors("being read"), database.reading() as connection:
        names = connection.execute(sa.select(plan_table.c.name).distinct()).scalars().all()
    return sorted({builtin().name, *names})


def plans(database: Database) -> pd.DataFrame:
    """All versions, by name, the newest first: name, version, created_at (UTC), created_by."""
    columns = [plan_table.c[name] for name in ("name", "version", "created_at", "created_by")]
    asked = sa.select(*columns).order_by(plan_table.c.name, plan_table.c.version.desc())
    with our_errors("being read"), database.reading() as connection:
        result = connection.execute(asked)
        return pd.DataFrame(result.mappings().all(), columns=list(result.keys()))


def _newest(connection: sa.Connection, name: str) -> tuple[int, Plan] | None:
    asked = sa.select(plan_table.c.version, plan_table.c.definition).where(plan_table.c.name == name)
    row = connection.execute(asked.order_by(plan_table.c.version.desc()).limit(1)).first()
    return None if row is None else (int(row.version), plan_of(row.definition))
