"""The ledger: what was ingested, received and refused; small, transactional, several writers."""

import datetime as dt
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.ledger_database import Database, our_errors
from storage.ledger_tables import about, ingest_log, received, reject_counts, rejects

REJECTS_KEPT = 1_000
"""Refused parts that are kept one by one, per call; the counts by reason are of all."""
Counts = Mapping[str, int | float | Mapping[str, int]]
_Key = tuple[dt.datetime, str, str]


class State(StrEnum):
    STARTED = "started"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class IngestRecord:
    """One file's way in. `source` is scrubbed and `digest` is keyed by who records it; times in UTC."""

    batch: str
    source: str
    format: str
    digest: str
    state: State
    counts: Counts
    started_at: dt.datetime
    finished_at: dt.datetime | None = None


class Refused(Protocol):
    """What was not taken (`ingest.raw.Rejected` is one): never its content."""

    @property
    def position(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def spans(self) -> int: ...


class Ledger:
    """Safe to share between threads; other processes may have it open too."""

    def __init__(self, url: str) -> None:
        """Open, and migrate if needed. Raises `StoreFailed`, or `UsageError` for a URL that we cannot use."""
        self._database = Database(url)
        self._lock = threading.Lock()
        self._received: dict[_Key, Counter[str]] = {}
        self._reasons: Counter[_Key] = Counter()
        self._refused: list[dict[str, object]] = []

    @property
    def database(self) -> Database:
        """For the tables of people's work, which `review` reads and writes itself."""
        return self._database

    def close(self) -> None:
        """Write what waits and let go."""
        try:
            self.flush()
        finally:
            self._database.close()

    def about(self, key: str) -> str | None:
        with our_errors("being read"), self._database.reading() as connection:
            return connection.execute(sa.select(about.c.value).where(about.c.key == key)).scalar()

    def set_about(self, key: str, value: str) -> None:
        with our_errors("keeping a setting"), self._database.writing() as connection:
            upsert(connection, about, [{"key": key, "value": value}])

    def taken(self, digest: str) -> IngestRecord | None:
        """The finished ingest of the same content, if there was one."""
        asked = sa.select(ingest_log).where(ingest_log.c.digest == digest, ingest_log.c.state == State.DONE)
        with our_errors("being read"), self._database.reading() as connection:
            row = connection.execute(asked.order_by(ingest_log.c.started_at).limit(1)).mappings().first()
        return None if row is None else IngestRecord(**{**row, "state": State(row["state"])})

    def record_ingest(self, record: IngestRecord) -> None:
        """Keep a file's state: once when it is started, again when it is done or has failed."""
        row: dict[str, object] = {
            "batch": record.batch, "source": record.source, "format": record.format, "digest": record.digest,
            "state": record.state.value, "counts": dict(record.counts),
            "started_at": record.started_at, "finished_at": record.finished_at,
        }  # fmt: skip
        with our_errors("recording an ingest"), self._database.writing() as connection:
            upsert(connection, ingest_log, [row])

    def add_rejects(self, refused: Iterable[Refused], *, batch: str, source: str, at: dt.datetime) -> None:
        """Keep what a file had that was not taken: the first `REJECTS_KEPT` one by one, all in the counts."""
        listed = list(refused)
        if not listed:
            return
        counts = Counter[_Key]()
        for one in listed:
            counts[_hour(at), source, one.reason] += one.spans
        with our_errors("recording rejects"), self._database.writing() as connection:
            connection.execute(sa.insert(rejects), [_row(one, batch, source, at) for one in listed[:REJECTS_KEPT]])
            _add_reasons(connection, counts)

    def add_received(
        self,
        at: dt.datetime,
        *,
        client: str,
        source_format: str,
        spans: int,
        scores: int = 0,
        refused: Iterable[Refused] = (),
    ) -> None:
        """Count one request, in memory: `flush` writes the sums, so a request costs no transaction."""
        listed = list(refused)
        with self._lock:
            sums = self._received.setdefault((_hour(at), client, source_format), Counter())
            sums.update(requests=1, spans=spans, scores=scores, rejected=sum(one.spans for one in listed))
            for one in listed:
                self._reasons[_hour(at), client, one.reason] += one.spans
                if len(self._refused) < REJECTS_KEPT:
                    self._refused.append(_row(one, None, client, at))

    def flush(self) -> None:
        """Write the sums of the requests since the last flush; when that fails they wait for the next."""
        with self._lock:
            sums, self._received = self._received, {}
            reasons, self._reasons = self._reasons, Counter()
            refused, self._refused = self._refused, []
        if not sums:
            return
        try:
            with our_errors("counting requests"), self._database.writing() as connection:
                _add_received(connection, sums)
                _add_reasons(connection, reasons)
                if refused:
                    connection.execute(sa.insert(rejects), refused)
        except BaseException:
            self._put_back(sums, reasons, refused)
            raise

    def _put_back(
        self, sums: dict[_Key, Counter[str]], reasons: Counter[_Key], refused: list[dict[str, object]]
    ) -> None:
        with self._lock:
            for key, counts in sums.items():
                self._received.setdefault(key, Counter()).update(counts)
            self._reasons.update(reasons)
            self._refused = (refused + self._refused)[:REJECTS_KEPT]

    def ingests(self, limit: int = 200) -> pd.DataFrame:
        """Files, newest first: batch, source, format, digest, state, counts, started_at, finished_at (UTC)."""
        return self._frame(sa.select(ingest_log).order_by(ingest_log.c.started_at.desc()).limit(limit))

    def rejects(self, limit: int = 200) -> pd.DataFrame:
        """What was refused, newest first: at (UTC), source, batch, position, reason, digest, spans."""
        columns = [rejects.c[name] for name in ("at", "source", "batch", "position", "reason", "digest", "spans")]
        return self._frame(sa.select(*columns).order_by(rejects.c.at.desc(), rejects.c.id.desc()).limit(limit))

    def received(self, since: dt.datetime) -> pd.DataFrame:
        """Requests by hour: hour (UTC), client, format, requests, spans, scores, rejected; without unflushed ones."""
        return self._frame(sa.select(received).where(received.c.hour >= _hour(since)).order_by(received.c.hour))

    def rejected_by_reason(self, since: dt.datetime) -> pd.DataFrame:
        """Refused spans of files and requests: hour (UTC), source, reason, spans."""
        return self._frame(
            sa.select(reject_counts).where(reject_counts.c.hour >= _hour(since)).order_by(reject_counts.c.hour)
        )

    def ingested_by_day(self, since: dt.datetime) -> pd.DataFrame:
        """What came in, files and requests together: day, source, format, arrivals, spans, scores, rejected.

        `arrivals` are files or requests; only files that are done count, on the day they were finished.
        """
        done = self._frame(
            sa.select(ingest_log).where(ingest_log.c.state == State.DONE, ingest_log.c.finished_at >= _hour(since))
        )
        requests = self.received(since).rename(columns={"client": "source", "requests": "arrivals"})
        counts = ("spans", "scores", "rejected")
        files = pd.DataFrame({
            "hour": done["finished_at"], "source": done["source"], "format": done["format"], "arrivals": 1,
            **{name: [int(said.get(name, 0)) for said in done["counts"]] for name in counts},
        })  # fmt: skip
        both = pd.concat([frame for frame in (files, requests) if len(frame)] or [files])
        both["day"] = pd.to_datetime(both["hour"], utc=True).dt.date
        return both.groupby(["day", "source", "format"], as_index=False)[["arrivals", *counts]].sum()

    def _frame(self, asked: sa.Select[tuple[object, ...]]) -> pd.DataFrame:
        with our_errors("being read"), self._database.reading() as connection:
            result = connection.execute(asked)
            return pd.DataFrame(result.mappings().all(), columns=list(result.keys()))


def upsert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, object]]) -> None:
    """Insert rows; where the key is there already the other columns are replaced."""
    insert = _insert(connection, table)
    others = {c.name: insert.excluded[c.name] for c in table.columns if not c.primary_key}
    connection.execute(insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=others), rows)


def add_up(connection: sa.Connection, table: sa.Table, rows: list[dict[str, object]]) -> None:
    """Insert rows; where the key is there already the other columns are added to it."""
    insert = _insert(connection, table)
    sums = {c.name: c + insert.excluded[c.name] for c in table.columns if not c.primary_key}
    connection.execute(insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=sums), rows)


def _insert(connection: sa.Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def _add_received(connection: sa.Connection, sums: dict[_Key, Counter[str]]) -> None:
    # sorted: two processes that lock the same rows in different orders would wait for each other
    rows = [
        {"hour": key[0], "client": key[1], "format": key[2], **counts}
        for key, counts in sorted(sums.items(), key=lambda item: item[0])
    ]
    add_up(connection, received, rows)


def _add_reasons(connection: sa.Connection, counts: Counter[_Key]) -> None:
    rows: list[dict[str, object]] = [
        {"hour": hour, "source": source, "reason": reason, "spans": spans}
        for (hour, source, reason), spans in sorted(counts.items())
    ]
    if rows:
        add_up(connection, reject_counts, rows)


def _row(one: Refused, batch: str | None, source: str, at: dt.datetime) -> dict[str, object]:
    return {"at": at, "batch": batch, "source": source, "position": one.position, "reason": one.reason,
            "digest": one.digest, "spans": one.spans}  # fmt: skip


def _hour(at: dt.datetime) -> dt.datetime:
    return at.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)
