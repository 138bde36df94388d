"""The ledger's rows of erasures: what is to go is written before anything goes, and what was done stays.

A row is `started` until every byte is gone. Its `intent` holds ids, and what people and sessions were called, so it is
emptied before the ledger is written anew; what stays is who asked, when, why, what kind of thing, a keyed hash of it,
and how much went.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import sqlalchemy as sa

from storage.erasing import gone
from storage.erasing.wanted import Victims, Wanted
from storage.ledger_database import Database, our_errors
from storage.rights_tables import erased_units, erasures

_COLUMNS = ("id", "asked_at", "by", "kind", "subject", "reason", "state", "counts", "finished_at")
Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Request:
    """What is noted of an erasure when it is asked for. `subject` is a keyed hash, `reason` is scrubbed."""

    kind: str
    subject: str
    reason: str
    by: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Units:
    """How many units of a sample's stratum are erased, and how many sessions in it lose a trace and stay."""

    sample: str
    stratum: str
    units: int
    touched: int = 0


@dataclass(frozen=True, slots=True)
class Pending:
    """An erasure that is not done. Without `victims` only the ledger's own file is left to be written anew."""

    id: int
    kind: str
    wanted: Wanted
    victims: Victims | None
    counts: Counts


def begin(  # noqa: PLR0913 - all that is noted of an erasure, each by name
    connection: sa.Connection, request: Request, wanted: Wanted, victims: Victims, *, key: bytes, counts: Counts,
    units: tuple[Units, ...] = (),
) -> int:  # fmt: skip
    """Note what is to go, and that it may not come back, in the caller's transaction; the erasure's number."""
    intent = {"wanted": _said(wanted), "victims": victims.as_json()}
    row = {"asked_at": request.at, "by": request.by, "kind": request.kind, "subject": request.subject,
           "reason": request.reason, "state": "started", "intent": intent, "counts": dict(counts)}  # fmt: skip
    number = int(connection.execute(sa.insert(erasures).returning(erasures.c.id), [row]).scalar_one())
    _keep_gone(connection, key, number, wanted, victims)
    if units:
        connection.execute(sa.insert(erased_units), [
            {"erasure": number, "sample": one.sample, "stratum": one.stratum, "units": one.units,
             "touched": one.touched} for one in units
        ])  # fmt: skip
    return number


def widen(connection: sa.Connection, one: Pending, victims: Victims, *, key: bytes, counts: Counts) -> None:
    """Note that more is to go: what arrived between the question and now. The caller takes turns with who asks."""
    intent = {"wanted": _said(one.wanted), "victims": victims.as_json()}
    said = sa.update(erasures).where(erasures.c.id == one.id)
    connection.execute(said.values(intent=intent, counts=dict(counts)))
    _keep_gone(connection, key, one.id, one.wanted, victims)


def _keep_gone(connection: sa.Connection, key: bytes, number: int, wanted: Wanted, victims: Victims) -> None:
    """What was asked for by its id stays away; so do all traces of a person or session, but not what they do next."""
    traces = sorted({*wanted.traces, *victims.traces})
    gone.add(connection, key, erasure=number, traces=traces, sessions=sorted(wanted.sessions))


def pending(at: Database | sa.Connection) -> list[Pending]:
    """Erasures that are not done, the oldest first."""
    if isinstance(at, sa.Connection):
        return _all_pending(at)
    with our_errors("being read"), at.reading() as connection:
        return _all_pending(connection)


def _all_pending(connection: sa.Connection) -> list[Pending]:
    asked = sa.select(erasures).where(erasures.c.state == "started").order_by(erasures.c.id)
    return [_pending(row) for row in connection.execute(asked).mappings()]


def _pending(row: sa.RowMapping) -> Pending:
    intent = row["intent"]
    return Pending(
        id=int(row["id"]),
        kind=row["kind"],
        wanted=Wanted(**{name: tuple(ids) for name, ids in intent["wanted"].items()}) if intent else Wanted(),
        victims=Victims.from_json(intent["victims"]) if intent else None,
        counts=dict(row["counts"]),
    )


def _said(wanted: Wanted) -> dict[str, list[str]]:
    return {name: list(getattr(wanted, name)) for name in Wanted.__slots__}


def forget_intent(connection: sa.Connection, number: int) -> None:
    """Everything is gone but what the ledger's file remembers of it."""
    connection.execute(sa.update(erasures).where(erasures.c.id == number).values(intent=sa.null()))


def finish(connection: sa.Connection, number: int, *, now: dt.datetime, counts: Counts) -> None:
    """No byte is left."""
    done = {"state": "done", "finished_at": now, "counts": dict(counts)}
    connection.execute(sa.update(erasures).where(erasures.c.id == number).values(**done))


def note_done(connection: sa.Connection, rule: str, *, counts: Counts, now: dt.datetime) -> None:
    """Note what a rule of retention deleted, in the caller's transaction."""
    row = {"asked_at": now, "by": "benchbook", "kind": "retention", "subject": rule, "reason": "older than is kept",
           "state": "done", "intent": None, "counts": dict(counts), "finished_at": now}  # fmt: skip
    connection.execute(sa.insert(erasures).values(**row))


def deleted_before(database: Database) -> dt.datetime | None:
    """Up to when traces were deleted by age, of any application; None when none were."""
    asked = sa.select(erasures.c.counts).where(erasures.c.kind == "retention", erasures.c.subject.startswith("spans"))
    with our_errors("being read"), database.reading() as connection:
        known = [int(counts["before_s"]) for counts in connection.execute(asked).scalars() if "before_s" in counts]
    return dt.datetime.fromtimestamp(max(known), dt.UTC) if known else None


def record(database: Database, *, first: int = 0, rows: int = 50) -> pd.DataFrame:
    """Erasures, the newest first: id, asked_at, by, kind, subject, reason, state, counts, finished_at (times UTC)."""
    asked = sa.select(*(erasures.c[name] for name in _COLUMNS)).order_by(erasures.c.id.desc())
    with our_errors("being read"), database.reading() as connection:
        found = connection.execute(asked.offset(first).limit(rows)).mappings().all()
    return pd.DataFrame(found, columns=list(_COLUMNS))
