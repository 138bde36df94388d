"""Samples that are waiting in the queue, for tests: only the rows that the queue goes by."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from review.labelling.labels import Submission, submit
from review.labelling.queue import Assignment, claim
from review.people import register_locally
from review.rubric.rubrics import ensure_builtin
from storage.ledger_database import Database
from storage.review_tables import assignment_ends, assignments, queue_slots, sample_items, samples

SAMPLE = "weekly-2026-W46"
AT = dt.datetime(2026, 11, 16, 9, tzinfo=dt.UTC)
ANSWERS = {"helpfulness": 4, "groundedness": 5, "resolved": True}


def after(minutes: float = 0, *, weeks: float = 0) -> dt.datetime:
    """A moment after `AT`."""
    return AT + dt.timedelta(minutes=minutes, weeks=weeks)


def drawn(
    database: Database,
    *,
    items: int,
    twice: int = 0,
    again_share: float | None = None,
    again_weeks: float | None = None,
    sample: str = SAMPLE,
    drawn_at: dt.datetime = AT,
) -> list[str]:
    """A sample of that many items, the first `twice` of them with two copies; returns their targets."""
    rubric = ensure_builtin(database, AT)
    plan = {"again_share": again_share, "again_weeks": again_weeks}
    row = {
        "id": sample, "source": "drawn", "plan": "weekly", "rubric": rubric.name, "rubric_version": rubric.version,
        "definition": {key: value for key, value in plan.items() if value is not None}, "unit": "trace",
        "week": "2026-W46", "seed": 7, "frame_sequence": 1, "drawn_at": drawn_at, "drawn_by": "shell",
    }  # fmt: skip
    targets = [f"{sample}-trace-{number}" for number in range(items)]
    rows = [
        {"sample": sample, "target": target, "session": None, "stratum": "all", "probability": 0.5,
         "hand_picked": False, "copies": 2 if number < twice else 1, "added_at": AT, "added_by": "shell"}
        for number, target in enumerate(targets)
    ]  # fmt: skip
    with database.writing() as connection:
        connection.execute(sa.insert(samples).values(**row))
        connection.execute(sa.insert(sample_items), rows)
        asked = sa.select(sample_items.c.id, sample_items.c.copies).where(sample_items.c.sample == sample)
        slots = [(item, copy) for item, copies in connection.execute(asked) for copy in range(copies)]
        connection.execute(sa.insert(queue_slots), [
            {"sample": sample, "item": item, "copy": copy, "state": "open",
             "shuffle": (item * 7_919 + copy * 104_729) * 2_654_435_761 % 2**31}
            for item, copy in slots
        ])  # fmt: skip
    return targets


def reviewers(database: Database, *names: str) -> None:
    """People who may label."""
    for name in names:
        register_locally(database, name, now=AT, as_reviewer=True)


def ends(database: Database, reviewer: str) -> Sequence[str]:
    """How the reviewer's assignments ended, in the order they were claimed."""
    asked = sa.select(assignment_ends.c.how).join(assignments).where(assignments.c.reviewer == reviewer)
    with database.reading() as connection:
        return connection.execute(asked.order_by(assignments.c.claimed_at)).scalars().all()


def claimed(database: Database, reviewer: str = "Ana", *, now: dt.datetime = AT) -> Assignment:
    """The next item of `SAMPLE` for this person."""
    found = claim(database, reviewer=reviewer, sample=SAMPLE, now=now)
    assert found is not None
    return found


def labelled(
    database: Database, reviewer: str = "Ana", *, now: dt.datetime = AT, seconds: float | None = None
) -> Submission:
    """The next item of `SAMPLE`, labelled with `ANSWERS`."""
    mine = claimed(database, reviewer, now=now)
    return submit(database, mine.id, reviewer=reviewer, answers=ANSWERS, active_seconds=seconds, now=now)
