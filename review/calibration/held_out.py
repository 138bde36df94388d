"""Items kept back from whoever writes a judge's prompt, so that something is left to grade the prompt by.

The split is drawn once for a rubric and criterion and never changes: the ledger itself refuses. Turns of one
conversation stand on one side of it.
"""

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from errors import UsageError
from review import audit, people
from storage.ledger_database import Database, our_errors, take_turns
from storage.review_tables import held_out_splits

SHARE = 0.3
"""Of the conversations, when nothing else is asked for."""
_WHOLE = 1 << 64


@dataclass(frozen=True, slots=True)
class Split:
    """Which conversations are held out: those whose keyed hash lies in the first `share` of all hashes."""

    rubric: str
    criterion: str
    seed: int
    share: float

    def holds_out(self, cluster: str) -> bool:
        """Whether the conversation (or the item that stands alone) is kept back."""
        digest = hashlib.sha256(f"{self.seed}\0{self.rubric}\0{self.criterion}\0{cluster}".encode()).digest()
        return int.from_bytes(digest[:8], "big") < self.share * _WHOLE

    def open_part(self, clusters: Iterable[str]) -> set[str]:
        """Those that may be read, shown and learned from."""
        return {one for one in clusters if not self.holds_out(one)}


def split_of(at: Database | sa.Connection, rubric: str, criterion: str) -> Split | None:
    """The split of that criterion; None when none was drawn yet."""
    table = held_out_splits.c
    asked = sa.select(held_out_splits).where(table.rubric == rubric, table.criterion == criterion)
    if isinstance(at, sa.Connection):
        row = at.execute(asked).first()
    else:
        with our_errors("being read"), at.reading() as connection:
            row = connection.execute(asked).first()
    return None if row is None else Split(row.rubric, row.criterion, int(row.seed), float(row.share))


def hold_out(
    database: Database, rubric: str, criterion: str, *, by: str, now: dt.datetime, share: float | None = None
) -> Split:
    """Draw the split, or give the one that is there.

    Raises `NotAllowed` when `by` may not export, and `UsageError` for a share that is none or another than was drawn.
    """
    if share is not None and not 0 < share < 1:
        raise UsageError("the share that is held out lies between 0 and 1, for example 0.3")
    with our_errors("holding items out"), database.writing() as connection:
        take_turns(connection, held_out_splits.name)
        people.require(connection, by, people.Right.EXPORT)
        there = split_of(connection, rubric, criterion)
        if there is not None:
            if share is not None and share != there.share:
                raise UsageError(f"{there.share:.0%} are held out already; another split would leak what was kept back")
            return there
        made = Split(rubric, criterion, secrets.randbits(62), share or SHARE)
        connection.execute(
            sa.insert(held_out_splits).values(
                rubric=rubric, criterion=criterion, seed=made.seed, share=made.share, at=now, by=by
            )
        )
        audit.record(connection, actor=by, action=audit.Action.ITEMS_HELD_OUT, subject=f"{rubric}/{criterion}",
                     detail={"share": made.share}, now=now)  # fmt: skip
        return made
