"""What a claim asks is found by index, however long the queue is."""

import secrets
from typing import Any

import pytest
import sqlalchemy as sa

from review import hand_out
from storage.ledger_database import Database
from tests.review.queues import AT, drawn

ITEMS = 3_000
STATEMENTS = {
    "a second look": hand_out._TAKE_WAITING,
    "a second look of a sample": hand_out._TAKE_WAITING_OF_SAMPLE,
    **{f"any {number}": statement for number, (statement, _) in enumerate(hand_out._TAKE_ANY)},
}
GIVEN = {"who": "Ana", "new": "n", "start": 2**30, "moment": AT, "until_then": AT, "of": "weekly-2026-W46"}


def plan(connection: sa.Connection, statement: sa.Update) -> str:
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
        plans = {name: plan(connection, statement) for name, statement in STATEMENTS.items()}

    for name, steps in plans.items():
        assert "ix_queue_slots_" in steps, f"{name}: {steps}"
        assert "SCAN " not in steps, f"{name}: {steps}"
        assert "Seq Scan on queue_slots" not in steps, f"{name}: {steps}"
        assert "Hash" not in steps, f"{name}: {steps}"
