"""A queue to work off: a sample of any size in an empty ledger, on SQLite in a folder or in a schema of PostgreSQL."""

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from review.people import register_locally
from review.rubric.rubrics import ensure_builtin
from storage.ledger_database import Database
from storage.review_tables import queue_slots, sample_items, samples

POSTGRES = "postgresql+psycopg://127.0.0.1:5432/test"
SAMPLE = "bench-2026-W46"
ANSWERS = {"helpfulness": 4, "groundedness": 5, "resolved": True}
_DRAWN = dt.datetime(2026, 11, 16, 9, tzinfo=dt.UTC)
_ROWS_AT_ONCE = 10_000


@contextmanager
def emptied(kind: str, folder: Path) -> Iterator[str]:
    """URL of an empty ledger of this kind; PostgreSQL's is gone afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / f'{uuid.uuid4().hex}.db'}"
        return
    schema, engine = f"benchbook_bench_{uuid.uuid4().hex}", sa.create_engine(POSTGRES)
    with engine.begin() as connection:
        connection.execute(sa.text(f"create schema {schema}"))
    try:
        yield f"{POSTGRES}?options=-csearch_path%3D{schema}"
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text(f"drop schema {schema} cascade"))
        engine.dispose()


def fill(url: str, *, items: int, twice: int, reviewers: int) -> None:
    """A sample of that many items, `twice` of them with two copies, and people who may label."""
    database = Database(url)
    for number in range(reviewers):
        register_locally(database, name_of(number), now=_DRAWN, as_reviewer=True)
    rubric = ensure_builtin(database, _DRAWN)
    sample = {
        "id": SAMPLE, "source": "drawn", "plan": "bench", "definition": {}, "rubric": rubric.name,
        "rubric_version": rubric.version, "unit": "trace", "seed": 1, "frame_sequence": 1, "drawn_at": _DRAWN,
        "drawn_by": "shell",
    }  # fmt: skip
    with database.writing() as connection:
        connection.execute(sa.insert(samples).values(**sample))
        _insert(connection, sample_items, [
            {"id": number + 1, "sample": SAMPLE, "target": f"t{number}", "stratum": "all", "probability": 0.5,
             "hand_picked": False, "copies": 1 + (number < twice), "added_at": _DRAWN, "added_by": "shell"}
            for number in range(items)
        ])  # fmt: skip
        _insert(connection, queue_slots, [
            {"sample": SAMPLE, "item": number + 1, "copy": copy, "state": "open",
             "shuffle": (number * 2 + copy) * 2_654_435_761 % 2**31}
            for number in range(items) for copy in range(1 + (number < twice))
        ])  # fmt: skip
    with database.writing() as connection:
        for table in (sample_items, queue_slots):  # no table that is empty yet: PostgreSQL would think that it stays so
            connection.execute(sa.text(f"analyze {table.name}"))
    database.close()


def name_of(reviewer: int) -> str:
    """The name of a reviewer by number."""
    return f"reviewer {reviewer}"


def _insert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, object]]) -> None:
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        connection.execute(sa.insert(table), rows[first : first + _ROWS_AT_ONCE])
