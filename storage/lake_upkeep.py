"""Upkeep of a local lake table beside its writers and readers: compaction, vacuum, checkpoint and log clean-up."""

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable

from storage import delta_log
from storage.delta_log import Entry, LakeFile
from storage.lake_library import Compacted
from storage.lake_own import OwnWriter
from storage.lake_parquet import RowGroups, statistics
from storage.synced import sync
from storage.turns import alone

TARGET_BYTES = 96 * 2**20
TARGET_ROWS = 131_072
"""A file is done when it has this many bytes or rows; it is rewritten only while it has less than a quarter of both."""
MEMORY_BYTES = 256 * 2**20
"""Rows that are sorted at once, as they lie in memory; text is 4 to 5 times as large there as in a file."""
GRACE_SECONDS = 900.0
"""How long files stay readable after they left the table: queries that were given their names are done by then."""
LOG_KEPT_SECONDS = 3_600.0
"""Entries below a checkpoint are kept this long: readers follow them, and vacuum reads from them who left when."""
_LEVEL = 9
_ONE_ARRIVAL = ["trace_id", "span_id", "content_hash"]


@dataclass(slots=True)
class _Group:
    """Files that become one, and their rows."""

    files: list[LakeFile] = field(default_factory=list)
    tables: list[pa.Table] = field(default_factory=list)
    size_bytes: int = 0
    rows: int = 0
    memory_bytes: int = 0

    def add(self, file: LakeFile, table: pa.Table) -> None:
        self.files.append(file)
        self.tables.append(table)
        self.size_bytes += file.size_bytes
        self.rows += file.rows
        self.memory_bytes += table.nbytes  # half a millisecond for a table: asked once

    @property
    def is_full(self) -> bool:
        return self.size_bytes >= TARGET_BYTES or self.rows >= TARGET_ROWS or self.memory_bytes >= MEMORY_BYTES


def compact(
    writer: OwnWriter, files: list[LakeFile], *, version: int, schema: pa.Schema,
    may_go_on: Callable[[], bool] = lambda: True,
) -> Compacted:  # fmt: skip
    """Rewrite the small ones of `files` (active at `version`) as large ones in the order of time.

    Rows keep their sequence numbers. Each rewritten file is one atomic commit without data change. Appends go on
    meanwhile; only one compaction runs at a time, a second one does nothing. `may_go_on` is asked before each file is
    read: what is rewritten by then stays, the rest is left as it is.
    """
    done = Compacted()
    with alone(compaction_lock(writer)) as is_alone:
        small = [file for file in files if _is_small(file)] if is_alone else []
        for group in _groups(sorted(small, key=lambda file: file.first_start_ns or 0), schema, may_go_on):
            if len(group.files) > 1:
                done += _rewrite(writer, group, version)
        pa.default_memory_pool().release_unused()
    return done


def _is_small(file: LakeFile) -> bool:
    return file.size_bytes < TARGET_BYTES // 4 and file.rows < TARGET_ROWS // 4


def _groups(files: list[LakeFile], schema: pa.Schema, may_go_on: Callable[[], bool]) -> Iterator[_Group]:
    group = _Group()
    for file in files:
        if not may_go_on():
            return
        group.add(file, _in_columns_of(schema, pq.read_table(file.path)))
        if group.is_full:
            yield group
            group = _Group()
    if group.files:
        yield group


def _in_columns_of(schema: pa.Schema, rows: pa.Table) -> pa.Table:
    """The rows in the table's columns; a file of an earlier version gains the missing ones, empty."""
    if rows.schema.equals(schema):
        return rows
    columns = [
        rows[column.name].cast(column.type) if column.name in rows.column_names else pa.nulls(len(rows), column.type)
        for column in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _rewrite(writer: OwnWriter, group: _Group, version: int) -> Compacted:
    arrived = sum(table.num_rows for table in group.tables)
    rows = _in_order_of_time(_taken_out_of(group))
    path = writer.folder / f"part-{uuid.uuid4()}.parquet"
    try:
        with RowGroups(path, rows.schema, level=_LEVEL) as file:
            file.write(rows)
        sync(writer.folder)
        size_bytes = path.stat().st_size
        actions = [
            delta_log.commit_info("OPTIMIZE"),
            *(delta_log.remove(file) for file in group.files),
            delta_log.add(path, statistics=statistics(rows), data_change=False),
        ]
        is_published = publish_rewrite(writer, actions, {file.path for file in group.files}, version)
    except (OSError, pa.ArrowException):
        path.unlink(missing_ok=True)
        raise
    if not is_published:
        path.unlink()
        return Compacted()
    sync(writer.folder / "_delta_log")
    before = sum(file.size_bytes for file in group.files)
    return Compacted(len(group.files), 1, rows.num_rows, arrived - rows.num_rows, before, size_bytes)


def without_repeats(rows: pa.Table) -> pa.Table:
    """Rows less the later ones of those that say the same of the same span; a row without a hash is kept."""
    if "content_hash" not in rows.column_names:
        return rows
    first = rows.group_by(_ONE_ARRIVAL).aggregate([("sequence", "min")])
    if first.num_rows == rows.num_rows:
        return rows
    is_first = pc.is_in(rows["sequence"], value_set=first["sequence_min"].combine_chunks())
    cannot_tell = pc.or_(pc.is_null(rows["content_hash"]), pc.is_null(rows["sequence"]))
    return rows.filter(pc.or_(is_first, cannot_tell))


def _taken_out_of(group: _Group) -> pa.Table:
    rows = without_repeats(pa.concat_tables(group.tables))
    group.tables.clear()
    return rows


def _in_order_of_time(rows: pa.Table) -> pa.Table:
    """Sorted column by column, each let go of when it is done: both tables whole would be twice the memory."""
    schema = rows.schema
    order = [(name, "ascending") for name in ("start_ns", "sequence") if name in schema.names]
    at = pc.sort_indices(rows.select([name for name, _ in order]), sort_keys=order)
    columns = []
    while rows.num_columns:
        columns.append(rows.column(0).take(at))
        rows = rows.remove_column(0)
    return pa.Table.from_arrays(columns, schema=schema)


def publish_rewrite(writer: OwnWriter, actions: list[delta_log.Action], rewritten: set[str], version: int) -> bool:
    """Commit after whatever happened since `version`; False when someone else took one of the files away meanwhile."""
    with writer.turn():
        if not writer.reader.has(version):
            return False  # cleaned up past it: what happened since cannot be seen
        while True:
            while (entry := writer.reader.entry(version + 1)) is not None:
                if entry.alters_table or rewritten & entry.removed_at_ms.keys():
                    return False
                version = entry.version
            if delta_log.publish(writer.folder, version + 1, actions):
                return True


def vacuum(
    writer: OwnWriter, *, grace_seconds: float = GRACE_SECONDS, may_go_on: Callable[[], bool] = lambda: True
) -> int:
    """Delete files that are not part of the table and left it, or were begun, before the grace.
    Returns how many. `may_go_on` is asked before each. Raises `ValueError` when the grace is longer than the log
    remembers.
    """
    if grace_seconds > LOG_KEPT_SECONDS:
        raise ValueError(f"the log remembers {LOG_KEPT_SECONDS:.0f} s")
    with alone(compaction_lock(writer)) as no_compaction:
        inactive = inactive_files(writer)
        left_at = {path: ms / 1000 for entry in _entries(writer) for path, ms in entry.removed_at_ms.items()}
        before = time.time() - grace_seconds
        gone = [
            path
            for path in inactive
            if (no_compaction or str(path) in left_at)  # else it may be what a compaction is about to commit
            and max(left_at.get(str(path), 0.0), _modified(path)) < before
        ]
        deleted = 0
        for path in gone:
            if not may_go_on():
                break
            path.unlink(missing_ok=True)
            deleted += 1
    return deleted


def inactive_files(writer: OwnWriter) -> list[Path]:
    """Files that are not part of the table, looked at while none of our appends is between file and commit."""
    with writer.turn():
        found = [*writer.folder.glob("*.parquet"), *(writer.folder / "_delta_log").glob(".*.tmp")]
        listed = pa.table(DeltaTable(writer.folder).get_add_actions())["path"].to_pylist()
    active = {writer.reader.path_of(path) for path in listed}
    return [path for path in found if str(path) not in active]


def compaction_lock(writer: OwnWriter) -> Path:
    """Held while files are rewritten or their remains deleted."""
    return writer.folder.with_suffix(".compaction.lock")


def _entries(writer: OwnWriter) -> Iterator[Entry]:
    for version in _entry_versions(writer.folder):
        if (entry := writer.reader.entry(version)) is not None:
            yield entry


def _entry_versions(folder: Path) -> list[int]:
    return sorted(int(path.stem) for path in (folder / "_delta_log").glob("*.json") if path.stem.isdigit())


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def checkpoint(folder: Path) -> int:
    """Sum up the log in one synced file, so that opening does not read every entry. Returns its version."""
    table = DeltaTable(folder)
    table.create_checkpoint()
    log = folder / "_delta_log"
    for path in (*log.glob(f"{table.version():020d}.checkpoint*.parquet"), log / "_last_checkpoint", log):
        sync(path)
    return table.version()


def clean_log(writer: OwnWriter, *, kept_seconds: float = LOG_KEPT_SECONDS) -> int:
    """Delete entries and checkpoints below a fresh checkpoint that are older than `kept_seconds`. Returns how many."""
    with writer.turn():  # a writer that follows the log entry by entry must not find a hole
        reached = checkpoint(writer.folder)
        before = time.time() - kept_seconds
        log = writer.folder / "_delta_log"
        old = [
            path
            for path in sorted((*log.glob("*.json"), *log.glob("*.checkpoint*.parquet")))
            if path.name[:20].isdigit() and int(path.name[:20]) < reached and _modified(path) < before
        ]
        for path in old:
            path.unlink(missing_ok=True)
    return len(old)
