"""What was erased stays gone: rows of an erased trace that arrive again are dropped at the lake's door, and counted.

Kept are keyed hashes of ids alone, by a key that is never rotated: with it nobody learns an id from them, and whoever
has the id can tell that it was erased.
"""

import datetime as dt
import hashlib
import threading
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from storage.holds import in_force
from storage.key import home_key
from storage.ledger import add_up, upsert
from storage.ledger_database import Database, our_errors, take_turns
from storage.ledger_tables import about, reject_counts
from storage.rights_tables import erased_ids, erasures

_CHANGES = "erased ids"
"""Row of `about`: another value whenever ids were added."""
SOURCE, REASON = "erased before", "it belongs to what was erased, or quotes it; it is not taken"


def digest(key: bytes, kind: str, value: str) -> str:
    """Keyed hash of an id: 32 hex digits. `kind` is trace, session, user ..."""
    raw = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(raw, key=key, digest_size=16, person=b"erased").hexdigest()


def erasure_key(home: Path) -> bytes:
    """The home's key for hashes of what was erased; it stays the same when the home's own key is rotated."""
    return home_key(home / "erased.key")


def add(connection: sa.Connection, key: bytes, *, erasure: int, traces: list[str], sessions: list[str]) -> None:
    """Note ids as erased, in the caller's transaction; those that are noted already stay as they are."""
    rows: list[dict[str, object]] = [
        {"digest": digest(key, kind, value), "kind": kind, "erasure": erasure}
        for kind, values in (("trace", traces), ("session", sessions))
        for value in values
    ]
    known: set[str] = set()
    for first in range(0, len(rows), 500):
        listed = [row["digest"] for row in rows[first : first + 500]]
        known |= set(
            connection.execute(sa.select(erased_ids.c.digest).where(erased_ids.c.digest.in_(listed))).scalars()
        )
    new = [row for row in rows if row["digest"] not in known]
    if new:
        connection.execute(sa.insert(erased_ids), new)
        number = connection.execute(sa.select(about.c.value).where(about.c.key == _CHANGES)).scalar()
        upsert(connection, about, [{"key": _CHANGES, "value": str(int(number or 0) + 1)}])


class Gone:
    """Looks rows over before they are appended; asks the ledger each time whether ids were added, a short question."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = key
        self._lock = threading.Lock()
        self._seen: str | None = None
        self._digests: frozenset[str] = frozenset()

    def less_erased(self, table: str, rows: pa.Table) -> pa.Table:
        """The rows without those of erased traces; of scores also without those of erased sessions alone.

        Of scores that are dropped the judges' own traces, which quote what was erased, are noted as erased too, unless
        a legal hold names them: what arrives of them from now on is dropped.
        Raises `StoreFailed` when the ledger cannot be read: another process may reach it and erase meanwhile, and an
        old list would let that in again. Who sends is told to send again.
        """
        digests = self._known()
        if not digests or not rows.num_rows:
            return rows
        drop = self._is_gone(rows, "trace_id", "trace", digests)
        if table == "scores":
            has_no_trace = pc.equal(pc.fill_null(rows["trace_id"], ""), "")
            drop = pc.or_(drop, pc.and_(has_no_trace, self._is_gone(rows, "session_id", "session", digests)))
        dropped = int(pc.sum(drop).as_py() or 0)
        if not dropped:
            return rows
        self._count(dropped)
        if table == "scores":
            self._note_judges(rows.filter(drop), digests)
        return rows.filter(pc.invert(drop))

    def among(self, kind: str, values: Iterable[str]) -> list[str]:
        """Those of the traces or sessions that were erased."""
        digests = self._known()
        return [value for value in values if digest(self._key, kind, value) in digests] if digests else []

    def has(self, kind: str, value: str) -> bool:
        """Whether this trace or session was erased."""
        return digest(self._key, kind, value) in self._known()

    def _is_gone(self, rows: pa.Table, column: str, kind: str, digests: frozenset[str]) -> pa.ChunkedArray:
        there = [value for value in pc.unique(rows[column]).to_pylist() if value]
        gone = [value for value in there if digest(self._key, kind, value) in digests]
        return pc.is_in(rows[column], value_set=pa.array(gone, pa.string()))

    def _note_judges(self, dropped: pa.Table, digests: frozenset[str]) -> None:
        names = pc.unique(dropped["judge_trace_id"]).to_pylist()
        judges = [one for one in names if one and digest(self._key, "trace", one) not in digests]
        if not judges:
            return
        first = dropped.select(["trace_id", "session_id"]).slice(0, 1).to_pylist()[0]
        kind = "trace" if first["trace_id"] else "session"
        by_it = sa.select(erased_ids.c.erasure).where(
            erased_ids.c.digest == digest(self._key, kind, first[f"{kind}_id"])
        )
        with our_errors("noting what may not come back"), self._database.writing() as connection:
            take_turns(connection, erasures.name)
            erasure = int(connection.execute(by_it).scalar_one())
            held = {name for one in in_force(connection) if one.kind == "trace" for name in one.covers}
            free = [one for one in judges if one not in held]
            add(connection, self._key, erasure=erasure, traces=free, sessions=[])

    def _known(self) -> frozenset[str]:
        with self._lock:
            self._follow()
            return self._digests

    def _follow(self) -> None:
        with our_errors("being read"), self._database.reading() as connection:
            now = connection.execute(sa.select(about.c.value).where(about.c.key == _CHANGES)).scalar()
            if now != self._seen:
                self._digests = frozenset(connection.execute(sa.select(erased_ids.c.digest)).scalars())
                self._seen = now

    def _count(self, dropped: int) -> None:
        hour = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0)
        row: dict[str, object] = {"hour": hour, "source": SOURCE, "reason": REASON, "spans": dropped}
        with our_errors("counting what was dropped"), self._database.writing() as connection:
            add_up(connection, reject_counts, [row])
