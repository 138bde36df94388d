"""Our own way into a lake table on a local folder: a synced file, a synced log entry, one process at a time."""

import contextlib
import logging
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from errors import Busy, StoreFailed
from storage import delta_log
from storage.delta_log import APP
from storage.lake_library import ATTEMPTS, Commit, LibraryWriter, Screen, as_it_is, numbered
from storage.lake_parquet import statistics, write_parquet
from storage.lake_table import is_plain, open_table, table_folder
from storage.synced import make_folder, sync
from storage.turns import turn

_log = logging.getLogger("benchbook.lake")
CHECKPOINT_EVERY = 100
"""Commits between checkpoints: without one, opening reads every entry since the last."""
_TURN_SECONDS = 60.0


class OwnWriter:
    """Appends by our own log entry, one of our processes at a time, so that sequence numbers follow the commits.

    Foreign writers take no turn; they are met when the entry's name is taken.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self._name = folder, name
        self.reader = table_folder(str(folder), None)
        self._thread_lock = threading.Lock()
        self._version = -1
        self._last_sequence = 0
        self._is_plain = False

    def prepare(self) -> None:
        """Make the table, or add the columns that it lacks."""
        with self.turn():
            self._open()

    def append(self, rows: pa.Table, screen: Screen = as_it_is) -> Commit:
        with self.turn():
            rows = screen(rows)  # within the turn: what is erased meanwhile is either seen here, or sees these rows
            self._follow()
            done = self._append(rows) if rows.num_rows else self._nothing()
        if done.version % CHECKPOINT_EVERY == 0 and rows.num_rows:
            _checkpoint(self.folder)
        return done

    def _nothing(self) -> Commit:
        return Commit(self._version, self._last_sequence + 1, self._last_sequence)

    def _append(self, rows: pa.Table) -> Commit:
        for _ in range(ATTEMPTS):
            if not self._is_plain:
                return self._by_library(rows)
            first = self._last_sequence + 1
            path = self.folder / f"part-{uuid.uuid4()}.parquet"
            try:
                is_published = self._published(self._written(path, rows), first)
            except (OSError, pa.ArrowException):
                path.unlink(missing_ok=True)
                raise
            if is_published:
                self._sync_log()
                return Commit(self._version, first, self._last_sequence)
            path.unlink(missing_ok=True)  # another writer took the numbers that are in it
        raise Busy(retry_after_seconds=5)

    def _sync_log(self) -> None:
        try:
            sync(self.folder / "_delta_log")
        except OSError as error:
            hint = "the rows can be read but may not survive a power cut; check the disk and send them again"
            raise StoreFailed("lake", "syncing its log", hint) from error

    def _written(self, path: Path, rows: pa.Table) -> list[delta_log.Action]:
        """The rows as a synced file, and the actions that commit it."""
        with_numbers = numbered(rows, self._name, self._last_sequence)
        write_parquet(path, with_numbers)
        sync(self.folder)
        return [
            delta_log.commit_info("WRITE", mode="Append"),
            delta_log.txn(self._last_sequence + rows.num_rows),
            delta_log.add(path, statistics=statistics(with_numbers), data_change=True),
        ]

    def _published(self, actions: list[delta_log.Action], first_sequence: int) -> bool:
        """Commit after whatever others committed; False when one of them gave these numbers or changed the table."""
        while self._last_sequence + 1 == first_sequence and self._is_plain:
            if delta_log.publish(self.folder, self._version + 1, actions):
                self._version += 1
                self._last_sequence = actions[1]["txn"]["version"]
                return True
            self._follow()
        return False

    def _by_library(self, rows: pa.Table) -> Commit:
        self._version = -1
        return LibraryWriter(str(self.folder), self._name, None).append(rows)

    def _follow(self) -> None:
        """Bring version and last sequence number up to the log's end."""
        if self._version < 0 or not self.reader.has(self._version):
            return self._open()  # the log was cleaned up past our version: its next name is free but not the next
        while (entry := self.reader.entry(self._version + 1)) is not None:
            if entry.alters_table:
                return self._open()
            if not entry.is_ours:
                self._sync_foreign(entry)
            self._version = entry.version
            self._last_sequence = entry.last_sequence or self._last_sequence
        return None

    def _open(self) -> None:
        table = open_table(str(self.folder), self._name, None)
        self._version = table.version()
        self._last_sequence = table.transaction_version(APP) or 0
        self._is_plain = is_plain(table)

    def _sync_foreign(self, entry: delta_log.Entry) -> None:
        """Ours will stand on it: an entry lost to a power cut below a synced one would end the table there."""
        said = self.folder / "_delta_log" / delta_log.entry_name(entry.version)
        for path in (*(Path(file.path) for file in entry.added), said):
            with contextlib.suppress(FileNotFoundError):
                sync(path)

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """The table for this thread alone among ours, in all processes. Raises `Busy` after a minute."""
        if not self._thread_lock.acquire(timeout=_TURN_SECONDS):
            raise Busy(retry_after_seconds=5)
        try:
            make_folder(self.folder.parent)
            with turn(self.folder.with_suffix(".lock"), wait_seconds=_TURN_SECONDS):
                yield
        finally:
            self._thread_lock.release()


def _checkpoint(folder: Path) -> None:
    """Only for the speed of opening: when it fails, the rows are safe all the same."""
    try:
        DeltaTable(folder).create_checkpoint()
    except (DeltaError, OSError) as error:
        _log.warning("no checkpoint of the lake: %s", type(error).__name__)
