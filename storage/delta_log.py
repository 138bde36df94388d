"""The Delta log: entries read from any store, and our own entries, written to a local folder and synced.

The library's commit costs 20 times as much and is visible before anything of it is synced. The protocol is small
for what we write: appends and rewrites of files in a table whose schema and protocol the library keeps.
Source: Delta transaction log protocol, https://github.com/delta-io/delta/blob/master/PROTOCOL.md.
"""

import contextlib
import os
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import orjson
import pyarrow.fs as pafs
import pyarrow.parquet as pq

from errors import StoreFailed
from storage.synced import write_synced

APP = "benchbook"
"""Names our `txn` actions: their version is the last sequence number that was given."""

Action = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LakeFile:
    """One Parquet file of a lake table. `path` is what a reader opens: a local path, or a URL.

    `data_change` is False when the file only holds rows that other files held before (compaction).
    Bounds are None where no row has a value; `start_ns` is nanoseconds since 1970, UTC.
    """

    path: str
    rows: int
    size_bytes: int
    first_sequence: int | None
    last_sequence: int | None
    first_start_ns: int | None
    last_start_ns: int | None
    data_change: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """What one commit did. `last_sequence` is None when it gave no numbers; `removed_at_ms` is by path.

    `is_ours`: written here, so synced before it could be seen.
    """

    version: int
    added: tuple[LakeFile, ...]
    removed_at_ms: dict[str, int]
    last_sequence: int | None
    alters_table: bool
    is_ours: bool


@dataclass(frozen=True, slots=True)
class TableFolder:
    """A table's root as readers see it; `files` is rooted there."""

    root: str
    files: pafs.FileSystem

    def path_of(self, relative: str) -> str:
        """What a reader opens for a path as the log spells it: relative and percent-encoded, or absolute."""
        if "://" in relative or relative.startswith("/"):
            return relative
        return f"{self.root}/{unquote(relative)}"

    def read(self, relative: str) -> bytes | None:
        """The content of a file, or None when there is none."""
        try:
            with self.files.open_input_stream(relative) as stream:
                return bytes(stream.read())
        except FileNotFoundError:
            return None

    def has(self, version: int) -> bool:
        """Whether the entry is there; unlike `entry` without reading it."""
        info = self.files.get_file_info(f"_delta_log/{entry_name(version)}")
        return bool(info.type == pafs.FileType.File)

    def entry(self, version: int) -> Entry | None:
        """One commit, or None when it is not there: not yet, or cleaned up."""
        content = self.read(f"_delta_log/{entry_name(version)}")
        try:
            return None if content is None else _parsed(version, content, self)
        except (orjson.JSONDecodeError, KeyError) as error:
            hint = f"entry {version} in {self.root}/_delta_log is damaged; restore it from a backup"
            raise StoreFailed("lake", "reading its log", hint) from error


def entry_name(version: int) -> str:
    return f"{version:020d}.json"


def _parsed(version: int, content: bytes, folder: TableFolder) -> Entry:
    added: list[LakeFile] = []
    removed: dict[str, int] = {}
    last_sequence: int | None = None
    alters_table = is_ours = False
    for line in content.splitlines():
        action: Action = orjson.loads(line) if line.strip() else {}
        if add := action.get("add"):
            added.append(_file(add, folder))
        elif remove := action.get("remove"):
            removed[folder.path_of(remove["path"])] = remove.get("deletionTimestamp") or 0
        elif (txn := action.get("txn")) and txn["appId"] == APP:
            last_sequence = txn["version"]
        elif "metaData" in action or "protocol" in action:
            alters_table = True
        elif said := action.get("commitInfo"):
            is_ours = said.get("engineInfo") == APP
    return Entry(version, tuple(added), removed, last_sequence, alters_table, is_ours)


def _file(add: Action, folder: TableFolder) -> LakeFile:
    said = orjson.loads(add["stats"]) if add.get("stats") else _footer(unquote(add["path"]), folder)
    low, high = said.get("minValues", {}), said.get("maxValues", {})
    return LakeFile(
        path=folder.path_of(add["path"]),
        rows=said["numRecords"],
        size_bytes=add["size"],
        first_sequence=low.get("sequence"),
        last_sequence=high.get("sequence"),
        first_start_ns=low.get("start_ns"),
        last_start_ns=high.get("start_ns"),
        data_change=add["dataChange"],
    )


def _footer(path: str, folder: TableFolder) -> Action:
    """The number of rows of a file whose writer gave no statistics."""
    with folder.files.open_input_file(path) as file:
        return {"numRecords": pq.read_metadata(file).num_rows}


def publish(folder: Path, version: int, actions: Iterable[Action]) -> bool:
    """Make our entry `version` visible, its content synced before. False when the version is taken.

    The files that it adds must be synced already, with their folder. The caller syncs the log's folder afterwards:
    from here on the commit stands, whatever fails.
    """
    log = folder / "_delta_log"
    temporary = log / f".{uuid.uuid4()}.tmp"
    try:
        write_synced(temporary, b"".join(orjson.dumps(action) + b"\n" for action in actions))
        os.link(temporary, log / entry_name(version))  # atomic; fails if another writer was first
    except FileExistsError:
        return False
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
    return True


def commit_info(operation: str, **parameters: str) -> Action:
    said = {"timestamp": now_ms(), "operation": operation, "operationParameters": parameters, "engineInfo": APP}
    return {"commitInfo": said}


def txn(last_sequence: int) -> Action:
    return {"txn": {"appId": APP, "version": last_sequence, "lastUpdated": now_ms()}}


def add(path: Path, *, statistics: Action, data_change: bool) -> Action:
    """The action that makes the Parquet file `path`, in the table's own folder, part of the table."""
    return {
        "add": {
            "path": path.name,
            "partitionValues": {},
            "size": path.stat().st_size,
            "modificationTime": now_ms(),
            "dataChange": data_change,
            "stats": orjson.dumps(statistics).decode(),
        }
    }


def remove(file: LakeFile) -> Action:
    """The action that takes a file out of the table; the file stays until it is vacuumed."""
    return {
        "remove": {
            "path": Path(file.path).name,
            "deletionTimestamp": now_ms(),
            "dataChange": False,
            "extendedFileMetadata": True,
            "partitionValues": {},
            "size": file.size_bytes,
        }
    }


def now_ms() -> int:
    return time.time_ns() // 1_000_000
