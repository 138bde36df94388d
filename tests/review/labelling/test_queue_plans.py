"""What a claim asks is found by index, however long the queue is, and a label costs few round trips."""

import secrets
from typing import Any

import pytest
import sqlalchemy as sa

from review.labelling import hand_out, labels, queue
from storage.ledger_database import Database
from tests.review.queues import ANSWERS, AT, drawn, reviewers

ITEMS = 3_000
TAKING = {"a second look": hand_out._WAITING, "the next": hand_out._NEXT, "what is left": hand_out._LEFT}
GIVEN = {"who": "Ana", "start": 2**30, "moment": AT, "until_then": AT, "since": AT, "of": "weekly-2026-W46"}


def plan(connection: sa.Connection, statement: sa.Update | sa.Select[Any]) -> str:
    """The engine's plan of a statement, a line per step."""
    explain = "explain" if connection.dialect.name == "postgresql" else "explain query plan"
    steps: list[str] = []

    def asked(_c: object, cursor: Any, sql: str, given: Any, _context: object, _many: bool) -> None:
        steps.extend(str(row[-1]) for row in cursor.execute(f"{explain} {sql}", given).fetchall())

    sa.event.listen(connection, "before_cursor_execute", asked)
    try:
        connection.execute(statement, GIVEN | {"new": secrets.token_hex(4)})
    finally:
        sa.event.remove(connection, "before_cursor_execute", asked)
    return "\n".join(steps)


@pytest.fixture
def long(database: Database) -> Database:
    drawn(database, items=ITEMS)
    with database.writing() as connection:
        connection.execute(sa.text("analyze"))
    return database


def test_every_step_of_a_claim_searches_an_index(long: Database) -> None:
    with long.writing() as connection:
        is_postgres = connection.dialect.name == "postgresql"
        plans = {name: plan(connection, one.take_and_note if is_postgres else one.take) for name, one in TAKING.items()}

    for name, steps in plans.items():
        assert "ix_queue_slots_" in steps, f"{name}: {steps}"
        assert "SCAN " not in steps.replace("SCAN samples", ""), f"{name}: {steps}"
        assert "Seq Scan on queue_slots" not in steps, f"{name}: {steps}"
        assert "Hash" not in steps, f"{name}: {steps}"


def test_a_label_costs_few_statements(database: Database) -> None:
    drawn(database, items=10, twice=5)
    reviewers(database, "Ana")
    sent: list[str] = []
    sa.event.listen(database._engine, "before_cursor_execute", lambda *what: sent.append(what[2]))

    mine = queue.claim(database, reviewer="Ana", sample="weekly-2026-W46", now=AT)
    claiming = [one for one in sent if not one.startswith("BEGIN")]
    assert mine
    sent.clear()
    labels.submit(database, mine.id, reviewer="Ana", answers=ANSWERS, now=AT)
    submitting = [one for one in sent if not one.startswith("BEGIN")]

    assert len(claiming) == 3, claiming
    is_postgres = database._engine.dialect.name == "postgresql"
    assert len(submitting) == (3 if is_postgres else 7), submitting
