"""The ledger's rubrics: versions that are only added to, and the one that comes with Benchbook."""

import datetime as dt
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from errors import UsageError
from review import audit
from review.people import BENCHBOOK, Right, require
from review.rubric.criteria import Answer, Condition, Criterion, Given, Scale
from review.rubric.files import definition, parse_rubric, rubric_of, toml_of
from review.rubric.rubric import Rubric, Unit, checked_answers, is_shown
from storage.ledger_database import Database, our_errors, take_turns
from storage.review_tables import rubrics as rubric_table
from storage.review_tables import samples, submissions

__all__ = [
    "Answer", "Condition", "Criterion", "Given", "Rubric", "Scale", "Unit", "checked_answers", "ensure_builtin",
    "is_shown", "parse_rubric", "rubric", "rubrics", "save_rubric", "toml_of",
]  # fmt: skip

MOST_CATEGORIES, MOST_EXAMPLES = 100, 50
"""Of a criterion, and of each kind of a rubric: more than that nobody reads beside an item."""
FURTHEST = 999_999
"""The largest number of a scale: as answers are read."""
BUILTIN = Path(__file__).parent / "answer_quality.toml"


def save_rubric(database: Database, wanted: Rubric, *, by: str, now: dt.datetime) -> Rubric:
    """Keep a rubric as the next version of its name and return it with that; the newest again changes nothing.

    No version is ever changed, used or not. Raises `NotAllowed` when `by` may not edit rubrics, and `UsageError` for
    one that could not be read again.
    """
    rubric_of(definition(wanted))
    _check_fits_a_page(wanted)
    with our_errors("keeping a rubric"), database.writing() as connection:
        take_turns(connection, rubric_table.name)
        require(connection, by, Right.EDIT_RUBRIC)
        newest = _newest(connection, wanted.name)
        if newest and definition(newest) == definition(wanted):
            return newest
        version = 1 if newest is None else newest.version + 1
        row = {"name": wanted.name, "version": version, "definition": definition(wanted), "created_at": now,
               "created_by": by}  # fmt: skip
        connection.execute(sa.insert(rubric_table).values(**row))
        detail = {"version": version, "criteria": [one.name for one in wanted.criteria]}
        audit.record(connection, actor=by, action=audit.Action.RUBRIC_ADDED, subject=wanted.name, detail=detail,
                     now=now)  # fmt: skip
        return rubric_of(definition(wanted), version=version)


def _check_fits_a_page(wanted: Rubric) -> None:
    for one in wanted.criteria:
        if len(one.categories) > MOST_CATEGORIES:
            raise UsageError(f"{one.name}: at most {MOST_CATEGORIES} categories")
        if max(abs(one.low or 0), abs(one.high or 0)) > FURTHEST:
            raise UsageError(f"{one.name}: a scale lies between -{FURTHEST:,} and {FURTHEST:,}")
    if max(len(wanted.good), len(wanted.bad)) > MOST_EXAMPLES:
        raise UsageError(f"a rubric has at most {MOST_EXAMPLES} good examples and as many bad ones")


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
    it), submissions (labelled with it), frozen (it has any of both, so what they mean rests on it).
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


def criteria_of_newest(database: Database) -> dict[str, tuple[str, ...]]:
    """The names of the criteria of each rubric's newest version, by the rubric's name."""
    asked = sa.select(rubric_table.c.name, rubric_table.c.definition).order_by(
        rubric_table.c.name, rubric_table.c.version
    )
    with our_errors("being read"), database.reading() as connection:
        return {
            str(name): tuple(str(one["name"]) for one in said["criteria"]) for name, said in connection.execute(asked)
        }


def ensure_builtin(database: Database, now: dt.datetime) -> Rubric:
    """The rubric that comes with Benchbook; added when nobody has one of that name."""
    wanted = parse_rubric(BUILTIN.read_text())
    with our_errors("being read"), database.reading() as connection:
        there = _newest(connection, wanted.name)
    return there or save_rubric(database, wanted, by=BENCHBOOK, now=now)


def _newest(connection: sa.Connection, name: str) -> Rubric | None:
    asked = sa.select(rubric_table).where(rubric_table.c.name == name).order_by(rubric_table.c.version.desc()).limit(1)
    row = connection.execute(asked).mappings().first()
    return None if row is None else rubric_of(row["definition"], version=row["version"])


def _samples() -> sa.ScalarSelect[int]:
    return _uses(samples)


def _submissions() -> sa.ScalarSelect[int]:
    return _uses(submissions)


def _uses(table: sa.Table) -> sa.ScalarSelect[int]:
    same = (table.c.rubric == rubric_table.c.name) & (table.c.rubric_version == rubric_table.c.version)
    return sa.select(sa.func.count()).select_from(table).where(same).correlate(rubric_table).scalar_subquery()
