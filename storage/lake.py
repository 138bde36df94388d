"""The lake: append-only Delta tables, the only durable home of trace text; many processes may write at once."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from errors import StoreFailed
from storage.delta_log import Entry, LakeFile, TableFolder
from storage.lake_library import Commit, Compacted, LibraryWriter, as_it_is
from storage.lake_own import OwnWriter
from storage.lake_removal import Change, delete_by_library, no_compaction, purge, purge_by_library, rewrite
from storage.lake_table import Options, is_plain, is_table, table_folder
from storage.lake_upkeep import GRACE_SECONDS, LOG_KEPT_SECONDS, clean_log, compact, vacuum

__all__ = ["LAKE_TABLES", "Changes", "Commit", "Compacted", "Lake", "LakeFile"]


LAKE_TABLES = ("spans", "scores")
Screen = Callable[[str, pa.Table], pa.Table]
"""Of the rows that are to be appended to a table those that may be."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened in a table between two versions.

    `added`: files to take in; load those with `data_change`, the others hold rows that were loaded before.
    `removed`: paths that are no longer part of the table; they stay readable for the grace of `vacuum`.
    `whole`: the log did not reach back far enough, so `added` lists every active file; load all, skipping known rows.
    """

    version: int
    added: list[LakeFile]
    removed: list[str]
    whole: bool = False


class Lake:
    """The tables `spans` and `scores` under `location`, a local folder or an object-store URL.

    Safe to share between threads; other processes, Spark among them, may write the same tables.
    """

    def __init__(self, location: str, options: Options | None = None, *, screen: Screen | None = None) -> None:
        """`screen` tells which rows of a table may be appended (`storage.erasing.gone`)."""
        self.location = location.rstrip("/")
        self._screen = screen
        self._options = options or None
        self._writers: dict[str, OwnWriter | LibraryWriter] = {}
        self._folders: dict[str, TableFolder] = {}

    def prepare(self) -> None:
        """Make the tables that are missing, and add the columns that this version has and they have not."""
        with _our_errors("being opened"):
            for table in LAKE_TABLES:
                self._writer(table).prepare()

    def append(self, table: str, rows: pa.Table) -> Commit:
        """Add rows, in the columns of `lake_schema(table)`; their `sequence` is filled in.

        When it returns, the rows survive a power cut. Raises `StoreFailed` or `Busy`; then nothing was kept.
        """
        screen = as_it_is if self._screen is None else partial(self._screen, table)
        with _our_errors("appending"):
            return self._writer(table).append(rows, screen)

    def changes(self, table: str, since_version: int | None) -> Changes:
        """What was committed after `since_version`; everything when that is None. Version -1: no table yet."""
        with _our_errors("reading its log"):
            folder = self._folder(table)
            if since_version is None:
                return self._everything(table)
            entries = _entries_after(folder, since_version)
            reached = entries[-1].version if entries else since_version
            if not entries and not folder.has(since_version) and self._version(table) != since_version:
                return self._everything(table)
            return _net(reached, entries)

    def files(self, table: str) -> list[LakeFile]:
        """The active files, in the order of their commits."""
        with _our_errors("listing its files"):
            return self._everything(table).added

    def compact(self, table: str, *, may_go_on: Callable[[], bool] = lambda: True) -> Compacted:
        """Rewrite small files as large ones in the order of time, sequence numbers kept, exact repeats dropped.

        Appends and readers go on; the old files stay readable until `vacuum`. When `may_go_on`
        says no, it ends after the file it is at. On an object store, and for tables that ask more of writers, the
        library does it: it neither sorts by time nor drops repeats, and there it is not broken off.
        """
        with _our_errors("being compacted"):
            if not is_table(self._uri(table), self._options):
                return Compacted()
            writer = self._writer(table)
            if isinstance(writer, LibraryWriter):
                return writer.compact()
            listed = self._everything(table)
            opened = DeltaTable(writer.folder, version=listed.version)
            if not is_plain(opened):
                return LibraryWriter(str(writer.folder), table, None).compact()
            schema = pa.schema(opened.schema())
            return compact(writer, listed.added, version=listed.version, schema=schema, may_go_on=may_go_on)

    def remove(self, table: str, column: str, values: Sequence[str], *, paths: set[str]) -> int:
        """Take the rows with one of these values out of the files `paths`; returns how many arrivals went.

        Their bytes stay on the disk until `purge`. Raises `StoreFailed`, or `Busy` while a compaction does not end.
        """
        wanted = pa.array(sorted(values), pa.string())

        def without(rows: pa.Table) -> pa.Table:
            goes = pc.is_in(rows[column], value_set=wanted)
            return rows.filter(pc.invert(goes)) if pc.any(goes).as_py() else rows

        with _our_errors("being erased from"):
            writer = self._writer(table)
            if isinstance(writer, OwnWriter) and not is_plain(DeltaTable(writer.folder)):
                writer = LibraryWriter(str(writer.folder), table, None)
            if isinstance(writer, LibraryWriter):
                return delete_by_library(writer, column, sorted(values))
        return self.change(table, without, paths=paths)

    def may_change(self, table: str) -> bool:
        """Whether its rows can be rewritten: the table lies in a folder and asks no more of writers than we do."""
        with _our_errors("being opened"):
            writer = self._writer(table)
            return isinstance(writer, OwnWriter) and is_plain(DeltaTable(writer.folder))

    def change(self, table: str, change: Change, *, paths: set[str]) -> int:
        """Rewrite these files of a local table, their rows changed; returns how many rows are gone. As `remove`."""
        with _our_errors("being rewritten"):
            writer = self._writer(table)
            if isinstance(writer, LibraryWriter) or not self.may_change(table):
                hint = "on an object store, or with features of other writers, only whole rows can be removed"
                raise StoreFailed("lake", "being rewritten", hint)
            with no_compaction(writer):
                return rewrite(writer, lambda: self._listed(table), paths, change)

    def _listed(self, table: str) -> tuple[int, list[LakeFile]]:
        there = self._everything(table)
        return there.version, there.added

    def settle(self, table: str) -> None:
        """Wait for appends of our own that are under way: they are in the table when this returns."""
        writer = self._writer(table)
        if isinstance(writer, OwnWriter):
            with _our_errors("being erased from"), writer.turn():
                pass

    def purge(self, table: str, holds_rows: Callable[[str], bool]) -> int:
        """Delete at once every file that is not part of the table, and the log before now; returns how many files.

        Of files that other programs wrote only those that `holds_rows`. A reader that was told of them fails.
        """
        with _our_errors("being purged"):
            writer = self._writer(table)
            if isinstance(writer, LibraryWriter):
                purge_by_library(DeltaTable(self._uri(table), storage_options=self._options), self._folder(table))
                return 0
            with no_compaction(writer):
                return purge(writer, holds_rows)

    def vacuum(
        self, table: str, *, grace_seconds: float = GRACE_SECONDS, may_go_on: Callable[[], bool] = lambda: True
    ) -> int:
        """Delete files that left the table, or never became part of it, before the grace. Returns how many.

        A query that was given file names may read them for that long. On an object store the grace is whole hours.
        """
        with _our_errors("being vacuumed"):
            if not is_table(self._uri(table), self._options):
                return 0
            writer = self._writer(table)
            if isinstance(writer, LibraryWriter):
                return writer.vacuum(grace_seconds)
            return vacuum(writer, grace_seconds=grace_seconds, may_go_on=may_go_on)

    def checkpoint(self, table: str, *, kept_seconds: float = LOG_KEPT_SECONDS) -> None:
        """Sum up the log, so that opening stays quick, and delete its entries that are older than `kept_seconds`."""
        with _our_errors("being summed up"):
            if not is_table(self._uri(table), self._options):
                return
            writer = self._writer(table)
            if isinstance(writer, LibraryWriter):
                writer.checkpoint()
            else:
                clean_log(writer, kept_seconds=kept_seconds)

    def _writer(self, table: str) -> OwnWriter | LibraryWriter:
        if table not in self._writers:
            self._writers[table] = self._new_writer(table)
        return self._writers[table]

    def _new_writer(self, table: str) -> OwnWriter | LibraryWriter:
        uri = self._uri(table)
        return LibraryWriter(uri, table, self._options) if "://" in uri else OwnWriter(Path(uri), table)

    def _folder(self, table: str) -> TableFolder:
        if table not in self._folders:
            self._folders[table] = table_folder(self._uri(table), self._options)
        return self._folders[table]

    def _uri(self, table: str) -> str:
        return f"{self.location}/{table}" if "://" in self.location else os.path.abspath(f"{self.location}/{table}")

    def _version(self, table: str) -> int:
        uri = self._uri(table)
        if not is_table(uri, self._options):
            return -1
        return DeltaTable(uri, storage_options=self._options).version()

    def _everything(self, table: str) -> Changes:
        uri = self._uri(table)
        if not is_table(uri, self._options):
            return Changes(version=-1, added=[], removed=[], whole=True)
        opened = DeltaTable(uri, storage_options=self._options)
        listed = pa.table(opened.get_add_actions(flatten=True)).to_pylist()
        folder = self._folder(table)
        files = [
            LakeFile(
                path=folder.path_of(file["path"]),
                rows=file["num_records"] or 0,
                size_bytes=file["size_bytes"],
                first_sequence=file.get("min.sequence"),
                last_sequence=file.get("max.sequence"),
                first_start_ns=file.get("min.start_ns"),
                last_start_ns=file.get("max.start_ns"),
                data_change=True,
            )
            for file in listed
        ]
        files.sort(key=lambda file: file.first_sequence or 0)
        return Changes(opened.version(), files, [], whole=True)


def _entries_after(folder: TableFolder, version: int) -> list[Entry]:
    entries: list[Entry] = []
    while (entry := folder.entry(version + 1 + len(entries))) is not None:
        entries.append(entry)
    return entries


def _net(version: int, entries: list[Entry]) -> Changes:
    """The sum of several commits.

    When new rows were added and compacted within the window, their first files may be gone already: then the
    rewritten files count as new, and the reader skips the rows that it knows.
    """
    added: dict[str, LakeFile] = {}
    removed: list[str] = []
    rewritten = False
    for entry in entries:
        for path in entry.removed_at_ms:
            gone = added.pop(path, None)
            rewritten = rewritten or (gone is not None and gone.data_change)
            removed.append(path)
        added.update({file.path: file for file in entry.added})
    files = [replace(file, data_change=file.data_change or rewritten) for file in added.values()]
    return Changes(version, files, removed)


@contextmanager
def _our_errors(doing: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreFailed("lake", doing, f"{error.strerror or type(error).__name__}; nothing was kept") from error
    except (DeltaError, pa.ArrowException) as error:
        raise StoreFailed("lake", doing, f"{type(error).__name__}; nothing was kept") from error
    except KeyError as error:
        raise StoreFailed("lake", doing, "rows do not have the lake's columns; nothing was kept") from error
