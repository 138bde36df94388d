"""Tables as files that can be taken elsewhere and read back, and the record of who took them."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Sized
from typing import TypeVar

import orjson
import pandas as pd

from review import audit, people
from review.exchange.cells import defused
from storage.ledger_database import Database, our_errors

FORMATS = ("csv", "jsonl")
_Rows = TypeVar("_Rows", bound=Sized)


def take_out(
    database: Database, read: Callable[[], _Rows], *, what: str, sample: str | None, by: str, now: dt.datetime
) -> _Rows:
    """What `read` gives, for somebody who may export: the right is asked before anything is read.

    The line of the audit log, with the number of rows, is on disk before the rows are given out; the right is asked
    again with it. Raises `NotAllowed`.
    """
    with our_errors("being read"), database.reading() as connection:
        people.require(connection, by, people.Right.EXPORT)
    rows = read()
    with our_errors("recording an export"), database.writing() as connection:
        people.require(connection, by, people.Right.EXPORT)
        audit.record(connection, actor=by, action=audit.Action.LABELS_EXPORTED, subject=sample or "all samples",
                     detail={"what": what, "rows": len(rows)}, now=now)  # fmt: skip
    return rows


def as_csv(frame: pd.DataFrame) -> str:
    """The rows as CSV. No cell is a formula to a spreadsheet; importing it gives the text back."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(frame.columns)
    writer.writerows([defused(_cell(value)) for value in row] for row in frame.itertuples(index=False))
    return out.getvalue()


def as_json_lines(rows: Iterable[dict[str, object]]) -> str:
    """A JSON object per line."""
    return "".join(f"{orjson.dumps(row).decode()}\n" for row in rows)


def records(frame: pd.DataFrame) -> list[dict[str, object]]:
    """The rows as objects of JSON; times as ISO text, what is unknown as null."""
    return [
        {str(name): _plain(value) for name, value in row.items()} for row in frame.astype(object).to_dict("records")
    ]


def _plain(value: object) -> object:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return None
    return value.isoformat() if isinstance(value, dt.datetime) else value


def _cell(value: object) -> str:
    plain = _plain(value)
    if plain is None:
        return ""
    return str(plain).lower() if isinstance(plain, bool) else str(plain)
