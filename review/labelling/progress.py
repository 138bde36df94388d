"""How far a sample is, and how fast a reviewer is today."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from storage.ledger_database import Database, our_errors
from storage.review_tables import queue_slots, sample_items, submissions, withdrawals

LEAST_TIMED = 5
"""Timed labels of a day that a pace needs."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts are labels of items (an item with overlap counts as often as it is labelled), without second looks.

    `done` of `of` are everybody's, `mine` the reviewer's own. `today` is the reviewer's in all samples since midnight
    UTC, second looks included, and `per_hour` their pace in it, by active time; None below `LEAST_TIMED` timed ones.
    """

    done: int
    of: int
    mine: int
    today: int
    per_hour: float | None


def progress(database: Database, *, reviewer: str, sample: str, now: dt.datetime) -> Progress:
    """The progress of a sample and of a reviewer in it."""
    with our_errors("being read"), database.reading() as connection:
        in_sample = (queue_slots.c.sample == sample, queue_slots.c.reserved_for.is_(None))
        counts = sa.select(queue_slots.c.state, sa.func.count()).where(*in_sample).group_by(queue_slots.c.state)
        states = {state: int(number) for state, number in connection.execute(counts)}
        today, timed, seconds = connection.execute(_today(reviewer, now)).one()
        mine = connection.execute(_mine(reviewer, sample)).scalar_one()
    pace = timed * 3600 / seconds if timed >= LEAST_TIMED and seconds else None
    return Progress(states.get("done", 0), sum(states.values()), int(mine), int(today), pace)


def _today(reviewer: str, now: dt.datetime) -> sa.Select[int, int, float | None]:
    began = now.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    seconds = submissions.c.active_seconds
    return sa.select(sa.func.count(), sa.func.count(seconds), sa.func.sum(seconds)).where(
        submissions.c.reviewer == reviewer, submissions.c.at >= began, _stands()
    )


def _mine(reviewer: str, sample: str) -> sa.Select[int]:
    joined = sa.join(submissions, sample_items, sample_items.c.id == submissions.c.item)
    own = (submissions.c.reviewer == reviewer, sample_items.c.sample == sample, submissions.c.again.is_(False))
    return sa.select(sa.func.count()).select_from(joined).where(*own, _stands())


def _stands() -> sa.ColumnElement[bool]:
    return ~sa.exists().where(withdrawals.c.submission == submissions.c.id)
