"""A reviewer's own record: what they labelled, when, and how long it took."""

from collections import defaultdict
from dataclasses import dataclass
from statistics import median

import pandas as pd
import sqlalchemy as sa

from storage.ledger_database import Database, our_errors
from storage.review_tables import labels, sample_items, submissions, withdrawals

_COLUMNS = ("submission", "at", "sample", "target", "answers", "comment", "active_seconds", "again")


@dataclass(frozen=True, slots=True)
class Summary:
    """`labelled` counts items that stand, second looks among them in `again` too; `withdrawn` those taken back."""

    labelled: int
    again: int
    withdrawn: int
    days: int
    median_seconds: float | None


def summary(database: Database, *, reviewer: str) -> Summary:
    """The figures of one reviewer; the median is of items whose active time is known, None when none is."""
    asked = sa.select(submissions.c.at, submissions.c.again, submissions.c.active_seconds, _stands().label("stands"))
    with our_errors("being read"), database.reading() as connection:
        rows = connection.execute(asked.where(submissions.c.reviewer == reviewer)).all()
    standing = [row for row in rows if row.stands]
    seconds = [row.active_seconds for row in standing if row.active_seconds is not None]
    return Summary(
        labelled=len(standing),
        again=sum(bool(row.again) for row in standing),
        withdrawn=len(rows) - len(standing),
        days=len({row.at.date() for row in standing}),
        median_seconds=median(seconds) if seconds else None,
    )


def labelled(database: Database, *, reviewer: str, first: int, rows: int) -> pd.DataFrame:
    """Submissions of one reviewer that stand, newest first.

    Columns: submission, at (UTC), sample, target, answers (`criterion: value`, joined), comment, active_seconds, again.
    """
    s, i = submissions.c, sample_items.c
    asked = (
        sa.select(s.id.label("submission"), s.at, i.sample, i.target, s.comment, s.active_seconds, s.again)
        .join_from(submissions, sample_items, i.id == s.item)
        .where(s.reviewer == reviewer, _stands())
        .order_by(s.at.desc(), s.id)
        .offset(first)
        .limit(rows)
    )
    with our_errors("being read"), database.reading() as connection:
        found = [dict(row) for row in connection.execute(asked).mappings()]
        said = _answers(connection, [row["submission"] for row in found])
    for row in found:
        row["answers"] = "; ".join(said[row["submission"]])
    return pd.DataFrame(found, columns=list(_COLUMNS))


def _answers(connection: sa.Connection, ids: list[str]) -> dict[str, list[str]]:
    asked = sa.select(labels).where(labels.c.submission.in_(ids)).order_by(labels.c.criterion)
    said: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(asked):
        said[row.submission].append(f"{row.criterion}: {'cannot tell' if row.cannot_tell else row.value}")
    return said


def _stands() -> sa.ColumnElement[bool]:
    return ~sa.exists().where(withdrawals.c.submission == submissions.c.id)
