"""Texts rewritten in the lake, followed by everything that was made from them: rows, words, files, the ledger.

Whoever rewrites notes in the ledger which traces it will touch before it touches one, and holds a lock while it
works. So a run that was killed is known by its note and a free lock, and is followed all the same; each step may be
done again.
"""

import datetime as dt
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import sqlalchemy as sa

from errors import UsageError
from settings import Settings
from storage.erasing import warehouse_rows
from storage.erasing.run import Stores
from storage.erasing.wanted import Victims
from storage.ledger_database import Database, our_errors
from storage.rescrub_tables import rescrubs
from storage.review_tables import adjudications, assignment_ends, labels, submissions
from storage.turns import alone

_IN_LEDGER = (submissions, labels, adjudications, assignment_ends, rescrubs)
_COLUMNS = ("id", "started_at", "finished_at", "state", "version", "asked", "found")


@dataclass(frozen=True, slots=True)
class Touched:
    """Ids of traces and scores whose texts change; `in_ledger`: texts of reviewers do, too."""

    traces: tuple[str, ...] = ()
    scores: tuple[str, ...] = ()
    in_ledger: bool = False

    def __or__(self, other: "Touched") -> "Touched":
        return Touched(
            tuple(sorted({*self.traces, *other.traces})),
            tuple(sorted({*self.scores, *other.scores})),
            self.in_ledger or other.in_ledger,
        )

    def __bool__(self) -> bool:
        return bool(self.traces or self.scores or self.in_ledger)

    def as_json(self) -> dict[str, Any]:
        return {"traces": list(self.traces), "scores": list(self.scores), "in_ledger": self.in_ledger}

    @classmethod
    def from_json(cls, said: Mapping[str, Any] | None) -> "Touched":
        said = said or {}
        return cls(tuple(said.get("traces", ())), tuple(said.get("scores", ())), bool(said.get("in_ledger")))


Ranges = Mapping[str, Sequence[tuple[int, int]]]
"""Of each lake table ranges of sequence numbers, both ends included."""


@dataclass(slots=True)
class Run:
    """A run in the ledger, as it goes on."""

    database: Database
    id: int
    touched: Touched = field(default_factory=Touched)

    def widen(self, more: Touched) -> None:
        """Note that these will change; call it before they do."""
        self.touched |= more
        with our_errors("noting what is rewritten"), self.database.writing() as connection:
            said = sa.update(rescrubs).where(rescrubs.c.id == self.id)
            connection.execute(said.values(intent=self.touched.as_json()))

    def end(self, *, found: Mapping[str, Any], verified: Ranges, now: dt.datetime) -> None:
        """Say what was found. With something rewritten, the run is done when that was followed."""
        values: dict[str, Any] = {
            "found": dict(found),
            "verified": {name: [list(one) for one in ranges] for name, ranges in verified.items()},
        }
        values |= {"state": "following"} if self.touched else {"state": "done", "finished_at": now, "intent": sa.null()}
        with our_errors("ending a re-verification"), self.database.writing() as connection:
            connection.execute(sa.update(rescrubs).where(rescrubs.c.id == self.id).values(**values))


@contextmanager
def only_run(settings: Settings) -> Iterator[None]:
    """One run at a time in a home. Raises `UsageError` when there is another."""
    with alone(_lock(settings)) as is_alone:
        if not is_alone:
            raise UsageError("another re-verification of this home is running; wait for it to end")
        yield


def begin(database: Database, *, version: str, asked: Mapping[str, Any], now: dt.datetime) -> Run:
    """Note that a run begins."""
    row = {"started_at": now, "state": "started", "version": version, "asked": dict(asked), "found": {},
           "verified": {}}  # fmt: skip
    with our_errors("noting a re-verification"), database.writing() as connection:
        number = connection.execute(sa.insert(rescrubs).returning(rescrubs.c.id), [row]).scalar_one()
    return Run(database, int(number))


def verified(database: Database, version: str) -> dict[str, list[tuple[int, int]]]:
    """Ranges of sequence numbers that these rules have read already, joined, by lake table."""
    asked = sa.select(rescrubs.c.verified).where(rescrubs.c.version == version, rescrubs.c.state == "done")
    with our_errors("being read"), database.reading() as connection:
        said = list(connection.execute(asked).scalars())
    return {
        table: joined((int(first), int(last)) for one in said for first, last in one.get(table, ()))
        for table in ("spans", "scores")
    }


def joined(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges of whole numbers in order, neighbours and overlaps as one."""
    done: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if done and first <= done[-1][1] + 1:
            done[-1] = (done[-1][0], max(last, done[-1][1]))
        else:
            done.append((first, last))
    return done


def record(database: Database, *, rows: int = 200) -> list[dict[str, Any]]:
    """Runs, the newest first: id, started_at, finished_at (UTC), state, version, asked, found (counts only)."""
    asked = sa.select(*(rescrubs.c[name] for name in _COLUMNS)).order_by(rescrubs.c.id.desc()).limit(rows)
    with our_errors("being read"), database.reading() as connection:
        return [dict(row) for row in connection.execute(asked).mappings()]


def week_to_measure(database: Database, *, now: dt.datetime) -> str | None:
    """The ISO week that it is, unless a sample was measured in it."""
    monday = (now - dt.timedelta(days=now.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    runs = [one for one in record(database) if one["started_at"] >= monday and one["state"] == "done"]
    is_measured = any(one["asked"].get("sample") or one["asked"].get("share") for one in runs)
    return None if is_measured else week_of(now)


def week_of(now: dt.datetime) -> str:
    """`2026-W47`."""
    year, week, _ = now.isocalendar()
    return f"{year}-W{week:02d}"


def follow_pending(stores: Stores) -> int:
    """Bring everything up to what was rewritten, by runs that say so and by runs that were broken off; how many.

    Only the process that holds the warehouse does it. Raises `StoreFailed` or `Busy`; then it is done next time.
    """
    with alone(_lock(stores.settings)) as no_run:
        states = ("started", "following") if no_run else ("following",)
        asked = sa.select(rescrubs.c.id, rescrubs.c.intent).where(rescrubs.c.state.in_(states)).order_by(rescrubs.c.id)
        with our_errors("being read"), stores.database.reading() as connection:
            found = [(int(number), Touched.from_json(intent)) for number, intent in connection.execute(asked).all()]
        for number, touched in found:
            if touched:
                _follow(stores, touched)
            with our_errors("ending a re-verification"), stores.database.writing() as connection:
                said = sa.update(rescrubs).where(rescrubs.c.id == number)
                connection.execute(said.values(state="done", finished_at=dt.datetime.now(dt.UTC), intent=sa.null()))
    return len(found)


def _lock(settings: Settings) -> Path:
    return settings.home / "rescrub.lock"


def _follow(stores: Stores, touched: Touched) -> None:
    """The order matters: nobody may need an old file when it is deleted, and no byte may stay in a new one."""
    warehouse = stores.warehouse
    if touched.traces or touched.scores:
        with warehouse.unfed():
            warehouse.load(with_index=False)  # it learns of the new files
            with warehouse.changing() as cursor:
                _read_again(cursor, touched)
            warehouse.load(with_index=False)
            for table, column, ids in (("spans", "trace_id", touched.traces), ("scores", "id", touched.scores)):
                stores.lake.purge(table, lambda path, column=column, ids=ids: _holds(path, column, ids))  # type: ignore[misc]
            if touched.traces:
                warehouse.text_index.drop()
        while warehouse.repair_hours():
            pass
        warehouse.renew()
        for folder in stores.settings.home.glob("replay-*"):  # copies of the warehouse as it was
            shutil.rmtree(folder, ignore_errors=True)
    stores.database.shrink(_IN_LEDGER)


def _read_again(cursor: duckdb.DuckDBPyConnection, touched: Touched) -> None:
    """Take the rows of these traces and scores out, and let the next load read the files in which they lie.

    What else those files hold is known by its numbers and stays as it is.
    """
    for table, column, ids in (("spans", "trace_id", touched.traces), ("scores", "id", touched.scores)):
        listed = cursor.execute("SELECT path FROM lake_files WHERE lake_table = $table", {"table": table}).fetchall()
        paths = [path for (path,) in listed]
        if not (ids and paths):
            continue
        held = cursor.execute(
            f"""SELECT DISTINCT filename FROM read_parquet($paths, union_by_name = true, filename = true)
            WHERE {column} IN (SELECT unnest($ids))""",  # noqa: S608 - our own names
            {"paths": paths, "ids": list(ids)},
        ).fetchall()
        cursor.execute("DELETE FROM lake_files WHERE path IN (SELECT unnest($held::VARCHAR[]))",
                       {"held": [path for (path,) in held]})  # fmt: skip
        cursor.execute("DELETE FROM meta WHERE name = $name", {"name": f"{table} version"})
    warehouse_rows.remove(cursor, Victims(traces=touched.traces, scores=touched.scores))
    cursor.execute("DELETE FROM meta WHERE name = 'partial'")
    cursor.execute("INSERT INTO meta VALUES ('partial', 'yes')")


def _holds(path: str, column: str, ids: Sequence[str]) -> bool:
    return not set(ids).isdisjoint(pq.read_table(path, columns=[column])[column].to_pylist())


def texts_in_ledger(database: Database) -> Iterator[tuple[sa.Table, dict[str, Any], dict[str, str]]]:
    """What people wrote: the table, the key of the row, and its texts by column. Answers on a scale are left out."""
    for table, key, columns in (
        (submissions, ("id",), ("comment", "corrected", "correction")),
        (labels, ("submission", "criterion"), ("value",)),
        (adjudications, ("id",), ("note", "value")),
        (assignment_ends, ("assignment",), ("reason",)),
    ):
        asked = sa.select(*(table.c[name] for name in (*key, *columns)))
        with our_errors("being read"), database.reading() as connection:
            rows = connection.execute(asked).mappings().all()
        for row in rows:
            texts = {name: row[name] for name in columns if isinstance(row[name], str) and _is_in_words(row[name])}
            if texts:
                yield table, {name: row[name] for name in key}, texts


def _is_in_words(value: str) -> bool:
    """Not a number, one word, or a JSON list of categories."""
    if not value.strip() or value[:1] == "[":
        try:
            return not isinstance(json.loads(value or "[]"), list)
        except ValueError:
            return True
    return " " in value or "@" in value


def write_in_ledger(
    database: Database, table: sa.Table, key: Mapping[str, Any], texts: Mapping[str, tuple[str, str]]
) -> None:
    """Put a new text in the place of the old one, by column `(old, new)`, where the old one still stands.

    Meanwhile it may have been erased: then it stays so.
    """
    with our_errors("being rewritten"), database.writing() as connection:
        where = [table.c[name] == value for name, value in key.items()]
        for name, (old, new) in texts.items():
            connection.execute(sa.update(table).where(*where, table.c[name] == old).values({name: new}))
