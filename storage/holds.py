"""Legal holds: what must stay, whatever somebody's rights and the rules of retention say, until it is released."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from errors import UsageError
from storage.erasing import victims
from storage.erasing.lake_reading import LakeReader
from storage.erasing.wanted import Victims, Wanted
from storage.ledger_database import Database, our_errors
from storage.rights_tables import hold_releases, holds
from storage.turns import turn

KINDS = ("trace", "session", "user", "app")
_WAIT_SECONDS = 600.0
_COLUMN = {"trace": "trace_id", "session": "session_id", "user": "user_id", "app": "app"}


@dataclass(frozen=True, slots=True)
class Hold:
    """One that is in force. `covers`: every spelling of its subject in the lake, one hash for each key."""

    id: int
    kind: str
    subject: str
    covers: tuple[str, ...]
    reason: str

    @property
    def named(self) -> str:
        return f"hold {self.id} on the {self.kind} {self.subject} ({self.reason})"

    def as_json(self) -> dict[str, Any]:
        """What commands print of it."""
        return {"hold": self.id, "kind": self.kind, "reason": self.reason}


@contextmanager
def standing_still(home: Path) -> Iterator[None]:
    """No hold is placed, and nothing deleted by age, but by the caller: what was seen of holds stays true meanwhile.

    Raises `Busy` when somebody else takes minutes.
    """
    with turn(home / "holds.lock", wait_seconds=_WAIT_SECONDS):
        yield


def add(  # noqa: PLR0913 - all that is noted of a hold
    connection: sa.Connection, kind: str, subject: str, covers: Iterable[str], *, reason: str, by: str, now: dt.datetime
) -> int:
    """Place a hold, in the caller's transaction; its number. `reason` is scrubbed."""
    row = {"at": now, "by": by, "kind": kind, "subject": subject, "covers": sorted(set(covers)), "reason": reason}
    return int(connection.execute(sa.insert(holds).returning(holds.c.id), [row]).scalar_one())


def release(connection: sa.Connection, number: int, *, reason: str, by: str, now: dt.datetime) -> None:
    """End a hold, in the caller's transaction. Raises `UsageError` when there is none in force of that number."""
    if number not in {one.id for one in _in_force(connection)}:
        raise UsageError("there is no hold in force of that number; `benchbook hold list` shows all")
    connection.execute(sa.insert(hold_releases).values(hold=number, at=now, by=by, reason=reason))


def in_force(at: Database | sa.Connection) -> list[Hold]:
    """Holds that were not released, the oldest first."""
    if isinstance(at, sa.Connection):
        return _in_force(at)
    with our_errors("being read"), at.reading() as connection:
        return _in_force(connection)


def _in_force(connection: sa.Connection) -> list[Hold]:
    is_released = sa.exists().where(hold_releases.c.hold == holds.c.id)
    rows = connection.execute(sa.select(holds).where(~is_released).order_by(holds.c.id)).mappings()
    return [Hold(int(row["id"]), row["kind"], row["subject"], tuple(row["covers"]), row["reason"]) for row in rows]


def listed(database: Database) -> pd.DataFrame:
    """All holds, the newest first: id, kind, subject, reason, at, by, released_at, released_by (times UTC)."""
    columns = [holds.c[name] for name in ("id", "kind", "subject", "reason", "at", "by")]
    released = [hold_releases.c.at.label("released_at"), hold_releases.c.by.label("released_by")]
    asked = sa.select(*columns, *released).select_from(sa.outerjoin(holds, hold_releases)).order_by(holds.c.id.desc())
    with our_errors("being read"), database.reading() as connection:
        result = connection.execute(asked)
        return pd.DataFrame(result.mappings().all(), columns=list(result.keys()))


def holding(lake: LakeReader, traces: Sequence[str], sessions: Sequence[str], found: Sequence[Hold]) -> list[Hold]:
    """Those of the holds that cover one of these traces, by any of its spans, or one of these sessions."""
    lake.name({"looked_at": traces})
    return [one for one in found if one.covers and _covers(lake, one, sessions)]


def _covers(lake: LakeReader, one: Hold, sessions: Sequence[str]) -> bool:
    if one.kind == "session" and not set(one.covers).isdisjoint(sessions):
        return True
    lake.name({"held": one.covers})
    column = _COLUMN[one.kind]
    asked = f"SELECT 1 FROM spans WHERE trace_id IN (FROM looked_at) AND {column} IN (FROM held) LIMIT 1"  # noqa: S608
    return bool(lake.rows(asked)) or (one.kind == "trace" and bool(lake.rows(
        "SELECT 1 FROM looked_at WHERE id IN (FROM held) LIMIT 1")))  # fmt: skip


def held_traces(lake: LakeReader, found: Sequence[Hold]) -> tuple[str, ...]:
    """Every trace that one of the holds covers."""
    traces: set[str] = set()
    for one in found:
        lake.name({"held": one.covers})
        asked = f"SELECT DISTINCT trace_id FROM spans WHERE {_COLUMN[one.kind]} IN (FROM held)"  # noqa: S608
        traces.update(lake.ids(asked))
        if one.kind == "trace":
            traces.update(one.covers)
    return tuple(sorted(traces))


def covered(lake: LakeReader, one: Hold) -> dict[str, int]:
    """How many traces a hold covers, and how many scores of them or of the session that is held."""
    lake.name({"held_ones": held_traces(lake, [one]), "held_sessions": one.covers if one.kind == "session" else ()})
    asked = """SELECT (SELECT count(DISTINCT trace_id) FROM spans WHERE trace_id IN (FROM held_ones)),
        (SELECT count(DISTINCT id) FROM scores
         WHERE trace_id IN (FROM held_ones) OR session_id IN (FROM held_sessions))"""
    return dict(zip(("traces", "scores"), map(int, lake.rows(asked)[0]), strict=True))


def forbidding(lake: LakeReader, going: Victims, wanted: Wanted, found: Sequence[Hold]) -> list[Hold]:
    """Those of the holds that forbid an erasure: by what is asked for, what goes, or what is scored by what goes."""
    if not found:
        return []
    names = {*wanted.traces, *wanted.sessions, *wanted.users}
    traces, sessions = victims.scored(lake, going)
    covering = holding(lake, [*going.traces, *traces], [*going.sessions, *sessions], found)
    ids = {one.id for one in covering}
    return [one for one in found if one.id in ids or not names.isdisjoint(one.covers)]


def forget_subjects(connection: sa.Connection, names: frozenset[str], *, written: str) -> None:
    """Released holds lose the ids that are erased, in the caller's transaction; that they were placed stays."""
    is_released = sa.exists().where(hold_releases.c.hold == holds.c.id)
    asked = sa.select(holds.c.id, holds.c.subject, holds.c.covers).where(is_released)
    rows: list[Any] = list(connection.execute(asked).all())
    for row in rows:
        if row.subject in names or not names.isdisjoint(row.covers):
            changed = sa.update(holds).where(holds.c.id == row.id)
            connection.execute(changed.values(subject=written, covers=[]))
