"""All labels as one table: a row per label, with what it means and how its item came into the sample."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import sqlalchemy as sa

from errors import UsageError
from review.rubric.files import rubric_of
from review.rubric.scales import spelt
from storage.ledger_database import Database, our_errors
from storage.review_tables import labels as label_table
from storage.review_tables import queue_slots, sample_items, sample_strata, submissions, withdrawals
from storage.review_tables import rubrics as rubric_table
from storage.review_tables import samples as sample_table
from storage.rights_tables import erasures_done

COLUMNS = (
    "sample", "week", "unit", "item", "session", "stratum", "stratum_size", "stratum_drawn", "probability",
    "hand_picked", "reviewer", "rubric", "rubric_version", "criterion", "scale", "value", "cannot_tell", "labelled_at",
    "seconds", "comment", "corrected", "blind", "again", "submission",
)  # fmt: skip
"""Columns of an export. `item` is the trace, session or document; `session` a keyed hash."""
_OF_SUBMISSION: dict[str, sa.ColumnElement[Any]] = {
    "sample": sample_table.c.id, "week": sample_table.c.week, "unit": sample_table.c.unit,
    "item": sample_items.c.target, "stratum_size": sample_strata.c.population,
    "stratum_drawn": sample_strata.c.drawn, "labelled_at": submissions.c.at,
    "seconds": submissions.c.active_seconds,
    **{name: sample_items.c[name] for name in ("session", "stratum", "probability", "hand_picked")},
    **{name: submissions.c[name] for name in ("reviewer", "rubric", "rubric_version", "comment", "corrected", "blind",
                                              "again")},
}  # fmt: skip
_OF_LABEL = ("criterion", "value", "cannot_tell")
_SAY_THE_SCALE = ("rubric", "rubric_version", "criterion")
_FLAGS = frozenset(("hand_picked", "cannot_tell", "blind", "again"))


def label_frame(database: Database, *, sample: str | None = None, columns: Collection[str] = COLUMNS) -> pd.DataFrame:
    """Every label that is not withdrawn, as people gave it, also those that an adjudication went past.

    `columns`: those of `COLUMNS` that are wanted; a few are read much sooner than all.
    Raises `UsageError` for a sample that is not there.
    """
    wanted = {*columns, *(_SAY_THE_SCALE if "scale" in columns else ())}
    with our_errors("being read"), database.reading() as connection:
        if sample is not None and connection.execute(sa.select(sample_table.c.id).where(_is(sample))).first() is None:
            raise UsageError("there is no sample of that id")
        answers = _read(connection, _answers(sample))
        given = _read(connection, _submissions([name for name in _OF_SUBMISSION if name in wanted], sample))
        scales = _scales(connection) if "scale" in columns else {}
    for name in _FLAGS & {*answers}:
        answers[name] = answers[name].astype(bool).astype(object)
    for name in _FLAGS & {*given}:
        given[name] = given[name].astype(bool).astype(object)
    if "labelled_at" in given:
        given["labelled_at"] = _objects([at.astimezone(dt.UTC) for at in given["labelled_at"]])
    place_of = {submission: place for place, submission in enumerate(given["submission"])}
    place = np.array([place_of.get(submission, -1) for submission in answers.pop("submission")], dtype=np.intp)
    criterion = pd.factorize(answers["criterion"], sort=True)[0]
    order = np.lexsort((criterion, place))
    order = order[place[order] >= 0]  # a label whose submission is withdrawn has no place
    read = {name: values[order] for name, values in answers.items()}
    read |= {name: values[place[order]] for name, values in given.items()}
    if "scale" in columns:
        read["scale"] = _objects(
            [scales.get(key) for key in zip(*(read[name] for name in _SAY_THE_SCALE), strict=True)]
        )
    return pd.DataFrame({name: pd.Series(read[name], dtype=object) for name in columns})


def _is(sample: str) -> sa.ColumnElement[bool]:
    return sample_table.c.id == sample


def _answers(sample: str | None) -> sa.Select[Any]:
    """Every label by itself. What it shares with others of its submission is read once, apart."""
    asked = sa.select(label_table.c.submission, *(label_table.c[name] for name in _OF_LABEL))
    if sample is None:
        return asked
    of_item = submissions.join(sample_items, sample_items.c.id == submissions.c.item)
    own = sa.select(submissions.c.id).select_from(of_item).where(sample_items.c.sample == sample)
    return asked.where(label_table.c.submission.in_(own))


def _submissions(names: Sequence[str], sample: str | None) -> sa.Select[Any]:
    """What stands, in the order of samples, items and time."""
    s, i, g = sample_table.c, sample_items.c, submissions.c
    asked = (
        sa.select(g.id.label("submission"), *(_OF_SUBMISSION[name].label(name) for name in names))
        .select_from(submissions)
        .join(sample_items, i.id == g.item)
        .join(sample_table, s.id == i.sample)
        .outerjoin(sample_strata, sa.and_(sample_strata.c.sample == s.id, sample_strata.c.stratum == i.stratum))
        .where(~sa.exists().where(withdrawals.c.submission == g.id))
        .order_by(s.id, i.id, g.at, g.id)
    )
    return asked if sample is None else asked.where(_is(sample))


def _read(connection: sa.Connection, asked: sa.Select[Any]) -> dict[str, npt.NDArray[np.object_]]:
    """The answer by column."""
    result = connection.execute(asked)
    names, rows = list(result.keys()), result.all()
    return {name: _objects([row[place] for row in rows]) for place, name in enumerate(names)}


def _objects(values: Sequence[Any]) -> npt.NDArray[np.object_]:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def _scales(connection: sa.Connection) -> dict[tuple[str, int, str], str]:
    rows = connection.execute(sa.select(rubric_table.c.name, rubric_table.c.version, rubric_table.c.definition))
    return {
        (row.name, row.version, criterion.name): spelt(criterion)
        for row in rows
        for criterion in rubric_of(row.definition, version=row.version).criteria
    }


def current(frame: pd.DataFrame) -> pd.DataFrame:
    """First looks only, and of each reviewer's answers to an item the last: what stands before any adjudication."""
    first_looks = frame[~frame["again"].astype(bool)]
    return first_looks.drop_duplicates(["sample", "item", "reviewer", "criterion"], keep="last")


def items_to_come(database: Database, reviewer: str) -> set[tuple[str, str]]:
    """Sample and target of each item that `reviewer` has or may still be given: not for them is what others said."""
    slot, own = queue_slots.c, queue_slots.alias("own")
    is_held = sa.and_(slot.reviewer == reviewer, slot.state == "claimed")
    is_done = sa.exists().where(own.c.item == slot.item, own.c.reviewer == reviewer, own.c.state == "done")
    may_come = sa.and_(slot.state == "open", slot.reserved_for.is_(None), ~is_done)
    asked = sa.select(sample_items.c.sample, sample_items.c.target).join(queue_slots).where(is_held | may_come)
    with our_errors("being read"), database.reading() as connection:
        return {(row.sample, row.target) for row in connection.execute(asked)}


def unseen_by(database: Database, frame: pd.DataFrame, reviewer: str) -> pd.DataFrame:
    """The rows without other people's labels of items that `reviewer` has or may still be given: blind first."""
    hidden = items_to_come(database, reviewer)
    if not hidden:
        return frame
    is_hidden = [key in hidden for key in zip(frame["sample"], frame["item"], strict=True)]
    return frame[~(pd.Series(is_hidden, index=frame.index) & (frame["reviewer"] != reviewer))]


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as dicts, by column."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def labels_version(database: Database) -> tuple[int, ...]:
    """Another one whenever labels, withdrawals or samples may be others, also by an erasure; for caches."""
    counted = [sa.select(sa.func.count()).select_from(table).scalar_subquery()
               for table in (label_table, withdrawals, sample_items, rubric_table)]  # fmt: skip
    counted.append(erasures_done())
    with our_errors("being read"), database.reading() as connection:
        return tuple(int(number) for number in connection.execute(sa.select(*counted)).one())
