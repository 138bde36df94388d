"""The library's way into a lake table and its upkeep: for object stores, and for what our own entries cannot do."""

import math
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import orjson
import pyarrow as pa
from deltalake import CommitProperties, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError

from errors import Busy
from storage.delta_log import APP
from storage.lake_table import Options, open_table, sync_commit
from storage.schema import lake_schema

ATTEMPTS = 30
_TARGET_BYTES = 96 * 2**20
_Done = TypeVar("_Done")


@dataclass(frozen=True, slots=True)
class Commit:
    """Rows that are safe: the table's version and the sequence numbers they got, both inclusive."""

    version: int
    first_sequence: int
    last_sequence: int


Screen = Callable[[pa.Table], pa.Table]
"""What may come in of the rows that are about to be appended; looked at when nobody can come in between."""


def as_it_is(rows: pa.Table) -> pa.Table:
    """The screen that lets everything in."""
    return rows


def numbered(rows: pa.Table, name: str, last_sequence: int) -> pa.Table:
    """`rows` in the lake's columns, with the sequence numbers after `last_sequence`."""
    schema = _schema(name)
    at = schema.get_field_index("sequence")
    numbers = pa.array(range(last_sequence + 1, last_sequence + 1 + rows.num_rows), pa.int64())
    columns = rows if rows.schema.equals(schema) else rows.select(schema.names).cast(schema)
    return columns.set_column(at, schema.field(at), numbers)


@cache
def _schema(name: str) -> pa.Schema:
    return lake_schema(name)


@dataclass(frozen=True, slots=True)
class Compacted:
    """What a compaction did. `duplicates`: exact repeats of an arrival, dropped; the first one stays."""

    files_before: int = 0
    files_after: int = 0
    rows: int = 0
    duplicates: int = 0
    bytes_before: int = 0
    bytes_after: int = 0

    def __add__(self, other: "Compacted") -> "Compacted":
        return Compacted(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


class LibraryWriter:
    """Appends by `write_deltalake`: for object stores, and for local tables with features that we do not write."""

    def __init__(self, uri: str, name: str, options: Options | None) -> None:
        self._uri, self._name, self._options = uri, name, options
        self._lock = threading.Lock()

    def prepare(self) -> None:
        open_table(self._uri, self._name, self._options)

    def append(self, rows: pa.Table, screen: Screen = as_it_is) -> Commit:
        with self._lock:
            return _retried(lambda: self._append(screen(rows)))

    def _append(self, rows: pa.Table) -> Commit:
        table = open_table(self._uri, self._name, self._options)
        last = table.transaction_version(APP) or 0
        if not rows.num_rows:
            return Commit(table.version(), last + 1, last)
        final = last + rows.num_rows
        write_deltalake(
            table,
            numbered(rows, self._name, last),
            mode="append",
            commit_properties=CommitProperties(app_transactions=[Transaction(APP, final)]),
        )
        sync_commit(self._uri, table.version())
        return Commit(table.version(), last + 1, final)

    def compact(self) -> Compacted:
        return _retried(self._compact)

    def _compact(self) -> Compacted:
        table = open_table(self._uri, self._name, self._options)
        said = table.optimize.compact(
            target_size=_TARGET_BYTES, writer_properties=WriterProperties(compression="ZSTD", compression_level=6)
        )
        before, after = orjson.loads(said["filesRemoved"]), orjson.loads(said["filesAdded"])
        if after["totalFiles"]:
            sync_commit(self._uri, table.version())
        return Compacted(
            files_before=before["totalFiles"],
            files_after=after["totalFiles"],
            bytes_before=before["totalSize"],
            bytes_after=after["totalSize"],
        )

    def delete(self, predicate: str) -> int:
        """Take the rows of an SQL condition out of the table; how many."""
        return _retried(lambda: self._delete(predicate))

    def _delete(self, predicate: str) -> int:
        table = open_table(self._uri, self._name, self._options)
        said = table.delete(predicate, writer_properties=WriterProperties(compression="ZSTD", compression_level=6))
        if int(said["num_deleted_rows"] or 0):
            sync_commit(self._uri, table.version())
        return int(said["num_deleted_rows"] or 0)

    def vacuum(self, grace_seconds: float) -> int:
        """The grace is rounded up to hours; files that were begun within it are left alone too."""
        table = open_table(self._uri, self._name, self._options)
        hours = math.ceil(grace_seconds / 3600)
        gone = table.vacuum(hours, dry_run=False, enforce_retention_duration=False, full=hours > 0)
        return len(gone)

    def checkpoint(self) -> None:
        table = open_table(self._uri, self._name, self._options)
        table.create_checkpoint()
        table.cleanup_metadata()


def _retried(commit: Callable[[], _Done]) -> _Done:
    """The commit again, after a while, as long as other writers are first. Raises `Busy` in the end."""
    for attempt in range(ATTEMPTS):
        try:
            return commit()
        except CommitFailedError:
            time.sleep(random.uniform(0.01, 0.05) * min(attempt + 1, 10))  # noqa: S311 not a secret
    raise Busy(retry_after_seconds=5)
