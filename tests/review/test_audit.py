"""The audit log keeps every line, in the transaction of what it is about, and the database refuses to change one."""

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from review.audit import Asked, audit_choices, audit_count, audit_log, record
from storage.ledger_database import Database

AT = dt.datetime(2026, 11, 16, 9, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def logged(database: Database) -> Database:
    """120 lines: Ana draws and Ben labels in turn, a line a day."""
    with database.writing() as connection:
        for number in range(120):
            who, what = (("Ana", "sample.drawn"), ("Ben", "label.submitted"))[number % 2]
            at = AT + number * DAY
            record(connection, actor=who, action=what, subject=f"100%_{number}", detail={"n": number}, now=at)
    return database


@pytest.mark.parametrize(
    "change", ["update audit_log set actor = 'Eve'", "delete from audit_log", "delete from audit_log where id = 1"]
)
def test_the_database_refuses_to_change_or_delete_a_line(logged: Database, change: str) -> None:
    before = audit_log(logged, rows=500)

    with pytest.raises(DatabaseError, match="only added to"), logged.writing() as connection:
        connection.execute(sa.text(change))

    assert audit_log(logged, rows=500).equals(before)


def test_postgresql_refuses_to_empty_the_log(logged: Database) -> None:
    with logged.reading() as connection:
        if connection.dialect.name == "sqlite":
            pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(DatabaseError, match="only added to"), logged.writing() as connection:
        connection.execute(sa.text("truncate audit_log"))


def test_a_line_goes_when_what_it_is_about_was_not_kept(database: Database) -> None:
    def draw_half() -> None:
        with database.writing() as connection:
            record(connection, actor="Ana", action="sample.drawn", subject="s", detail={}, now=AT)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        draw_half()

    assert audit_log(database).empty
    assert list(audit_log(database).columns) == ["id", "at", "actor", "action", "subject", "detail"]


def test_it_is_read_newest_first_in_pages(logged: Database) -> None:
    first, second = audit_log(logged), audit_log(logged, first=50)

    assert [detail["n"] for detail in first["detail"]] == list(range(119, 69, -1))
    assert [detail["n"] for detail in second["detail"]] == list(range(69, 19, -1))
    assert audit_log(logged, first=120).empty
    assert first["at"].iloc[0] == AT + 119 * DAY


@pytest.mark.parametrize(
    ("asked", "lines"),
    [
        (Asked(), 120),
        (Asked(actors=("Ana",)), 60),
        (Asked(actors=("Ana", "Ben"), actions=("label.submitted",)), 60),
        (Asked(actors=("Ana",), actions=("label.submitted",)), 0),
        (Asked(subject="%_11"), 11),
        (Asked(since=AT + DAY, until=AT + 3 * DAY), 2),
    ],
    ids=["all", "one actor", "one action", "neither", "subject as it is written", "half-open time"],
)
def test_filters_narrow_the_lines_and_their_count_alike(logged: Database, asked: Asked, lines: int) -> None:
    assert audit_count(logged, asked) == lines
    assert len(audit_log(logged, asked, rows=500)) == lines


def test_the_choices_are_what_the_log_has(logged: Database) -> None:
    assert audit_choices(logged) == (["Ana", "Ben"], ["label.submitted", "sample.drawn"])
