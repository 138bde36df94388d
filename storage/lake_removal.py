"""Rows out of a lake table, and every byte of them off the disk: files rewritten, old ones deleted, the log summed up.

Deletion is in two steps, so that readers can follow in between: `rewrite` takes the rows out of the table, `purge`
deletes what is no longer part of it, and the log entries that told of it, since they hold the lowest and highest ids.
"""

import math
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from deltalake import DeltaTable

from errors import Busy
from storage import delta_log
from storage.delta_log import LakeFile
from storage.lake_library import LibraryWriter
from storage.lake_own import OwnWriter
from storage.lake_parquet import RowGroups, statistics
from storage.lake_upkeep import clean_log, compaction_lock, inactive_files, publish_rewrite
from storage.synced import sync
from storage.turns import alone

Change = Callable[[pa.Table], pa.Table]
"""The rows of a file as they are to be; the same object when nothing changes."""
_LEVEL = 6  # of zstd: compaction's 9 takes twice as long for 2 % of the bytes
_WAIT_SECONDS = 600.0
_OURS = "part-????????-????-????-????-????????????.parquet"


@contextmanager
def no_compaction(writer: OwnWriter) -> Iterator[None]:
    """Wait for a compaction that runs, and let none begin: its new file would hold what goes. Raises `Busy`."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        with ExitStack() as held:
            if held.enter_context(alone(compaction_lock(writer))):
                yield
                return
        if time.monotonic() > deadline:
            raise Busy(retry_after_seconds=60)
        time.sleep(0.1)


def rewrite(
    writer: OwnWriter, listed: Callable[[], tuple[int, list[LakeFile]]], paths: set[str], change: Change
) -> int:
    """Change the rows of these active files, each by a commit of its own; how many rows went. `listed` tells the
    table's version and its active files. Appends go on meanwhile.
    """
    with writer.turn():  # who is between file and entry now is in the table when it is listed next
        pass
    gone = 0
    for path in sorted(paths):
        while True:
            version, files = listed()
            file = next((one for one in files if one.path == path), None)
            if file is None:  # another writer rewrote it; the caller looks for the rows again
                break
            before = pq.read_table(path)
            after = change(before)
            if after is before or _replaced(writer, file, after, version):
                gone += before.num_rows - after.num_rows
                break
    return gone


def _replaced(writer: OwnWriter, file: LakeFile, rows: pa.Table, version: int) -> bool:
    """Whether the file's place was taken by one with these rows, or by none."""
    # no data change: a reader that follows the log takes in additions, and there are none
    actions = [delta_log.commit_info("DELETE"), delta_log.remove(file)]
    path = writer.folder / f"part-{uuid.uuid4()}.parquet"
    try:
        if rows.num_rows:
            with RowGroups(path, rows.schema, level=_LEVEL) as made:
                made.write(rows)
            sync(writer.folder)
            actions.append(delta_log.add(path, statistics=statistics(rows), data_change=False))
        is_published = publish_rewrite(writer, actions, {file.path}, version)
    except (OSError, pa.ArrowException):
        path.unlink(missing_ok=True)
        raise
    if is_published:
        sync(writer.folder / "_delta_log")
    else:
        path.unlink(missing_ok=True)
    return is_published


def purge(writer: OwnWriter, holds_rows: Callable[[str], bool]) -> int:
    """Delete files that are not part of the table, whoever may still be reading them, and the log before now.

    Of other writers' files only those that `holds_rows`: they may be about to commit one. Returns how many.
    """
    gone = 0
    for path in inactive_files(writer):
        if path.suffix != ".parquet" or path.match(_OURS) or _is_one(path, holds_rows):
            path.unlink(missing_ok=True)
            gone += 1
    sync(writer.folder)
    clean_log(writer, kept_seconds=-math.inf)
    return gone


def _is_one(path: Path, holds_rows: Callable[[str], bool]) -> bool:
    try:
        pq.read_metadata(path)
    except (OSError, pa.ArrowException):
        return False
    return holds_rows(str(path))


def delete_by_library(writer: LibraryWriter, column: str, values: Sequence[str], *, at_once: int = 500) -> int:
    """The same on an object store, by the library; how many rows went."""
    gone = 0
    for first in range(0, len(values), at_once):
        listed = ", ".join("'" + value.replace("'", "''") + "'" for value in values[first : first + at_once])
        gone += writer.delete(f"{column} IN ({listed})")
    return gone


def purge_by_library(table: DeltaTable, files: delta_log.TableFolder) -> None:
    """Delete old files of an object store's table, sum its log up, and delete the entries before that."""
    table.vacuum(0, dry_run=False, enforce_retention_duration=False, full=False)
    table.create_checkpoint()
    reached = table.version()
    log = files.files.get_file_info(pafs.FileSelector("_delta_log"))
    for info in log:
        name = info.path.rsplit("/", 1)[-1]
        if name[:20].isdigit() and int(name[:20]) < reached:
            files.files.delete_file(info.path)
