"""The ledger's rubrics: versions, frozen once they are used, and the one that comes with Benchbook."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from errors import UsageError
from review import audit
from review.criteria import Answer, Condition, Criterion, Given, Scale
from review.people import BENCHBOOK, Right, require
from review.rubric import Rubric, Unit, checked_answers, is_shown
from review.rubric_files import definition, parse_rubric, rubric_of, toml_of
from storage.ledger_database import Database, our_errors, take_turns
from storage.review_tables import rubrics as rubric_table
from storage.review_tables import samples, submissions

__all__ = [
    "Answer", "Condition", "Criterion", "Given", "Rubric", "Scale", "Unit", "checked_answers", "ensure_builtin",
    "is_shown", "parse_rubric", "rubric", "rubrics", "save_rubric", "toml_of",
]  # fmt: skip

BUILTIN = Path(__file__).parent / "answer_quality.toml"


def save_rubric(database: Database, wanted: Rubric, *, by: str, now: dt.datetime) -> Rubric:
    """Keep a rubric and return it with its version.

    It replaces the newest version of its name while that has neither samples nor labels; a version that is used is
    frozen, and the rubric becomes the next one. The same rubric again changes nothing.
    """
    with our_errors("keeping a rubric"), database.writing() as connection:
        take_turns(connection, rubric_table.name)
        require(connection, by, Right.EDIT_RUBRIC)
        newest = _newest(connection, wanted.name)
        if newest and definition(newest) == definition(wanted):
            return newest
        replaced = newest is not None and not _is_used(connection, newest)
        version = 1 if newest is None else newest.version + (not replaced)
        row = {"definition": definition(wanted), "created_at": now, "created_by": by}
        if replaced:
            connection.execute(sa.update(rubric_table).where(*_is(wanted.name, version)).values(**row))
        else:
            connection.execute(sa.insert(rubric_table).values(name=wanted.name, version=version, **row))
        detail = {"version": version, "criteria": [one.name for one in wanted.criteria]}
        action = audit.Action.RUBRIC_REPLACED if replaced else audit.Action.RUBRIC_ADDED
        audit.record(connection, actor=by, action=action, subject=wanted.name, detail=detail, now=now)
        return rubric_of(definition(wanted), version=version)


def rubric(database: Database, name: str, version: int | None = None) -> Rubric:
    """A rubric by name, the newest unless a version is named. Raises `UsageError` when there is none."""
    asked = sa.select(rubric_table).where(rubric_table.c.name == name)
    if version is not None:
        asked = asked.where(rubric_table.c.version == version)
    with our_errors("being read"), database.reading() as connection:
        row = connection.execute(asked.order_by(rubric_table.c.version.desc()).limit(1)).mappings().first()
    if row is None:
        raise UsageError("there is no such rubric or version; `benchbook rubric list` shows all")
    return rubric_of(row["definition"], version=row["version"])


def rubrics(database: Database) -> pd.DataFrame:
    """All versions, by name, the newest first.

    Columns: name, version, unit, criteria (how many), created_at (UTC), created_by, samples (drawn or imported with
    it), submissions (labelled with it), frozen (it has any of both).
    """
    with our_errors("being read"), database.reading() as connection:
        asked = sa.select(rubric_table, _samples().label("samples"), _submissions().label("submissions"))
        found = connection.execute(asked.order_by(rubric_table.c.name, rubric_table.c.version.desc())).mappings()
        rows = [dict(row) for row in found]
    columns = ["name", "version", "unit", "criteria", "created_at", "created_by", "samples", "submissions", "frozen"]
    for row in rows:
        said = row.pop("definition")
        row |= {"unit": said["unit"], "criteria": len(said["criteria"])}
        row["frozen"] = bool(row["samples"] or row["submissions"])
    return pd.DataFrame(rows, columns=columns)


def ensure_builtin(database: Database, now: dt.datetime) -> Rubric:
    """The rubric that comes with Benchbook; added when nobody has one of that name."""
    wanted = parse_rubric(BUILTIN.read_text())
    with our_errors("being read"), database.reading() as connection:
        there = _newest(connection, wanted.name)
    return there or save_rubric(database, wanted, by=BENCHBOOK, now=now)


def _is(name: str, version: int) -> Sequence[sa.ColumnElement[bool]]:
    return rubric_table.c.name == name, rubric_table.c.version == version


def _newest(connection: sa.Connection, name: str) -> Rubric | None:
    asked = sa.select(rubric_table).where(rubric_table.c.name == name).order_by(rubric_table.c.version.desc()).limit(1)
    if connection.get_execution_options().get("writes"):
        asked = asked.with_for_update()  # a sample that is being drawn with it is waited for
    row = connection.execute(asked).mappings().first()
    return None if row is None else rubric_of(row["definition"], version=row["version"])


def _is_used(connection: sa.Connection, one: Rubric) -> bool:
    asked = sa.select(_samples() + _submissions()).select_from(rubric_table).where(*_is(one.name, one.version))
    return bool(connection.execute(asked).scalar())


def _samples() -> sa.ScalarSelect[int]:
    return _uses(samples)


def _submissions() -> sa.ScalarSelect[int]:
    return _uses(submissions)


def _uses(table: sa.Table) -> sa.ScalarSelect[int]:
    same = (table.c.rubric == rubric_table.c.name) & (table.c.rubric_version == rubric_table.c.version)
    return sa.select(sa.func.count()).select_from(table).where(same).correlate(rubric_table).scalar_subquery()
