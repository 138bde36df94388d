"""The baseline: a plain `UPDATE ... RETURNING` loop over one table, with no leases, rights, labels, overlap or log.

One statement hands an item out and one writes the answer into its row, through the driver alone. PostgreSQL skips
locked rows; SQLite has the settings of the ledger (WAL, synced at every commit) and its own busy wait.
"""

import sqlite3
from pathlib import Path

import psycopg
import sqlalchemy as sa

_TABLE = (
    "create table plain_slots (id integer primary key, state text not null, reviewer text, answer text)",
    "create index plain_next on plain_slots (state, id)",
)
_CLAIM = """update plain_slots set state = 'claimed', reviewer = {value}
    where id = (select id from plain_slots where state = 'open' order by id limit 1 {lock}) returning id"""
_SUBMIT = "update plain_slots set state = 'done', answer = {value} where id = {value} and reviewer = {value}"


class Plain:
    """One reviewer's connection to the plain table."""

    def __init__(self, url: str) -> None:
        at = sa.make_url(url)
        self._is_sqlite = at.get_backend_name() == "sqlite"
        value, lock = ("?", "") if self._is_sqlite else ("%s", "for update skip locked")
        self._claim, self._submit = _CLAIM.format(value=value, lock=lock), _SUBMIT.format(value=value)
        self._connection: sqlite3.Connection | psycopg.Connection = (
            _sqlite(Path(str(at.database))) if self._is_sqlite
            else psycopg.connect(at.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True)
        )  # fmt: skip

    def make(self, items: int) -> None:
        """The table with that many items."""
        for statement in _TABLE:
            self._connection.execute(statement)
        numbers = "with recursive n(i) as (select 1 union all select i + 1 from n where i < {}) select i from n"
        self._connection.execute(
            f"insert into plain_slots (id, state) select i, 'open' from ({numbers.format(int(items))}) as numbered"  # noqa: S608
        )
        self._connection.execute("analyze plain_slots")

    def claim(self, reviewer: str) -> int:
        """Take an item."""
        row = self._connection.execute(self._claim, (reviewer,)).fetchone()
        assert row
        return int(row[0])

    def submit(self, item: int, reviewer: str) -> None:
        """Answer it."""
        self._connection.execute(self._submit, ("4", item, reviewer))

    def close(self) -> None:
        self._connection.close()


def _sqlite(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=120, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    return connection
