"""The DuckDB file of a home: opened locked down, tables made from the schema, dropped when it is of another kind."""

import errno
import logging
import os
import threading
from contextlib import suppress
from pathlib import Path
from zlib import crc32

import duckdb
import pyarrow.parquet as pq

from errors import HomeHeld, StoreFailed
from settings import Settings
from storage.loading.columns import (
    merged_spans,
    staged_documents,
    staged_scores,
    staged_spans,
    whole_documents,
    whole_spans,
)
from storage.loading.hours import TABLES as HOUR_TABLES
from storage.schema import SCHEMA_VERSION, lake_schema, warehouse_columns
from storage.synced import sync

_log = logging.getLogger("benchbook.warehouse")
NO_ROOM = "the disk is full; make room and run it again, nothing that the lake holds is lost"
_FULL = tuple(map(os.strerror, (errno.ENOSPC, errno.EDQUOT)))
CHECKPOINT_AT = "1GB"
"""Of write-ahead log: with DuckDB's 16 MB every small load would rewrite the last row group."""

_HIDDEN = {
    "span_rows": {"last_sequence": "BIGINT"},  # highest number of the arrivals merged into the row
    "document_rows": {"sequence": "BIGINT", "nth": "BIGINT"},  # the arrival that it came with, its place in it from 0
    # of its newest arrival, `sequence` is that of the first; whether its trace was found by its span
    "scores": {"last_sequence": "BIGINT", "trace_is_found": "BOOLEAN"},
    "traces": {"preview_of_root": "BOOLEAN"},  # else the preview is the first input of any span
}
_TABLES = {
    "span_rows": "spans",
    "document_rows": "documents",
    "scores": "scores",
    "traces": "traces",
    "sessions": "sessions",
}
_OWN_TABLES = """
CREATE TABLE span_arrivals AS FROM span_rows LIMIT 0;
CREATE TABLE lake_files (lake_table VARCHAR, path VARCHAR, rows BIGINT, size_bytes BIGINT, first_sequence BIGINT,
                         last_sequence BIGINT, first_start_ns BIGINT, last_start_ns BIGINT);
CREATE TABLE meta (name VARCHAR, value VARCHAR); -- layout, made, changes, lake (where it is), TABLE version
"""


def _what_decides() -> str:
    """Everything that decides what stands in the file: tables, views, and the statements that fill them."""
    statements = sorted(Path(__file__).with_name("loading").glob("*.sql"))
    columns = [
        f"{table} {column.name} {column.duckdb_type}"
        for table in _TABLES
        for column in warehouse_columns(_TABLES[table])
    ]
    staged = [staged_spans(), staged_documents(), staged_scores(), merged_spans()]
    return "".join([*columns, *staged, str(_HIDDEN), _OWN_TABLES, HOUR_TABLES, whole_spans(), whole_documents(),
                    *(path.read_text() for path in statements)])  # fmt: skip


LAYOUT = f"{SCHEMA_VERSION}.{crc32(_what_decides().encode()):08x}"
"""Kept in the file; another one there means that it was made by another version: it is dropped and loaded again."""


def connect(settings: Settings) -> duckdb.DuckDBPyConnection:
    """The home's warehouse with its tables; a damaged file or one of another layout is made anew, which is logged.

    On a full disk it is left as it is. Raises `HomeHeld` when another process has it open, `StoreFailed` when it cannot
    be made.
    """
    path = settings.warehouse_path
    try:
        _write_templates(settings)
        connection = _opened(settings)
        if connection is None:
            _log.warning("the warehouse is damaged or of another version; it is made anew from the lake")
            drop(path)
            connection = _opened(settings)
    except OSError as error:
        said = NO_ROOM if is_of_full_disk(error) else f"{error.strerror or 'the disk'} at {path}"
        raise StoreFailed("warehouse", "being opened", said) from error
    if connection is None:
        raise StoreFailed("warehouse", "being made", f"{path} cannot be written; is the disk full?")
    drop(renewed_path(settings))  # of somebody who died while writing it
    return connection


def is_of_full_disk(error: Exception) -> bool:
    """Whether there was no room: DuckDB's errors of any type quote the system's words for it, as an `OSError` does."""
    return any(words in str(error) for words in _FULL)


def drop(path: Path) -> None:
    """Delete the warehouse's files: they are derived, the next load fills them from the lake."""
    for file in _files(path):
        file.unlink(missing_ok=True)


def renewed_path(settings: Settings) -> Path:
    """Where the file is written anew, beside it."""
    return settings.warehouse_path.with_name(f"{settings.warehouse_path.name}.renewed")


def write_anew(cursor: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Copy what is there, and nothing of what was, into a file beside: deleted rows stay in DuckDB's file for long.

    Raises `duckdb.Error`; then no part of the copy is left.
    """
    path = renewed_path(settings)
    drop(path)
    connection = duckdb.connect(str(path), config=_configuration(settings))
    try:
        _make_tables(connection, settings)
        connection.execute("DELETE FROM meta")
    finally:
        connection.close()
    cursor.execute(f"ATTACH '{_quoted(path)}' AS renewed")
    try:
        cursor.execute("BEGIN")
        for (table,) in cursor.execute(_EVERY_TABLE).fetchall():
            cursor.execute(f'INSERT INTO renewed."{table}" BY NAME FROM main."{table}"')
        cursor.execute("COMMIT")
        cursor.execute("CHECKPOINT renewed")
    except duckdb.Error:
        for ending in ("ROLLBACK", "DETACH renewed"):  # while a transaction is broken nothing can be detached
            with suppress(duckdb.Error):
                cursor.execute(ending)
        drop(path)
        raise
    cursor.execute("DETACH renewed")
    sync(path)


def take_renewed(settings: Settings) -> None:
    """Put the file that was written anew in the place of the one that is closed."""
    os.replace(renewed_path(settings), settings.warehouse_path)
    for path in (settings.warehouse_path.with_name(f"{settings.warehouse_path.name}.wal"),
                 renewed_path(settings).with_name(f"{renewed_path(settings).name}.wal")):  # fmt: skip
        path.unlink(missing_ok=True)
    sync(settings.home)


_EVERY_TABLE = """SELECT table_name FROM duckdb_tables()
WHERE database_name = current_database() AND schema_name = 'main' AND NOT temporary ORDER BY table_name"""


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def keep_private(path: Path) -> None:
    """Only the owner reads it; DuckDB makes its log anew after each checkpoint, as the umask says."""
    for file in _files(path):
        with suppress(FileNotFoundError):
            file.chmod(0o600)


def _files(path: Path) -> tuple[Path, Path]:
    return path, path.with_name(f"{path.name}.wal")


def empty(cursor: duckdb.DuckDBPyConnection) -> None:
    """Delete all rows, and that anything was loaded; `partial` stands until all of the lake is loaded again."""
    cursor.execute("BEGIN")
    for table in (*_TABLES, "span_arrivals", "lake_files", "step_hours", "stale_hours"):
        cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
    cursor.execute("DELETE FROM meta WHERE name LIKE '% version'")
    cursor.execute("UPDATE meta SET value = uuid()::VARCHAR WHERE name = 'made'")
    cursor.execute("DELETE FROM meta WHERE name = 'partial'")
    cursor.execute("INSERT INTO meta VALUES ('partial', 'yes')")
    cursor.execute("COMMIT")


def templates(settings: Settings) -> dict[str, str]:
    """For each lake table a Parquet file with every column of this version and no row.

    It is read beside the lake's files, which may be none, or written before a column was added.
    """
    return {table: str(settings.home / f"warehouse.{table}.parquet") for table in ("spans", "scores")}


def _write_templates(settings: Settings) -> None:
    for table, path in templates(settings).items():
        mine = Path(f"{path}.{os.getpid()}.{threading.get_ident()}")
        pq.write_table(lake_schema(table).empty_table(), mine)
        mine.chmod(0o600)
        os.replace(mine, path)  # another process may be reading it


def _opened(settings: Settings) -> duckdb.DuckDBPyConnection | None:
    """The file with the right tables in it, or None when it has to be dropped."""
    is_new = not settings.warehouse_path.exists()
    try:
        connection = duckdb.connect(str(settings.warehouse_path), config=_configuration(settings))
    except duckdb.IOException as error:
        _refuse_if_full(error)
        if "could not set lock" in str(error).lower():  # it quotes the path, which may have a lock in it
            raise HomeHeld(str(settings.home)) from error
        return None
    except duckdb.Error as error:
        _refuse_if_full(error)
        return None
    try:
        if is_new:
            _make_tables(connection, settings)
        keep_private(settings.warehouse_path)
        if _layout(connection) == LAYOUT:
            _follow_the_lake(connection, settings)
            _lock_down(connection, settings)
            return connection
    except duckdb.Error as error:
        connection.close()
        _refuse_if_full(error)
        return None
    connection.close()
    return None


def _refuse_if_full(error: duckdb.Error) -> None:
    """Raise `StoreFailed` where the disk is full: the file may be good, and must not be dropped for that."""
    if is_of_full_disk(error):
        raise StoreFailed("warehouse", "being opened", NO_ROOM) from error


def _configuration(settings: Settings) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "memory_limit": settings.storage.warehouse_memory,
        "checkpoint_threshold": CHECKPOINT_AT,
        "python_enable_replacements": False,  # a query must not read our own variables as tables
        "autoload_known_extensions": False,
        "autoinstall_known_extensions": False,
        "temp_directory": str(settings.home / "warehouse.tmp"),
    }


def _lock_down(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """From here on no statement reads or writes a file but those of the lake, or changes a setting."""
    if "://" not in settings.lake_location:
        connection.execute("SET allowed_directories = $folders", {"folders": [settings.lake_location]})
        anew = [f"{renewed_path(settings)}{ending}" for ending in ("", ".wal", ".wal.checkpoint", ".wal.recovery")]
        connection.execute("SET allowed_paths = $paths", {"paths": [*templates(settings).values(), *anew]})
        connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _make_tables(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    connection.execute("BEGIN")
    for table, described in _TABLES.items():
        columns = {c.name: c.duckdb_type for c in warehouse_columns(described)} | _HIDDEN.get(table, {})
        listed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        connection.execute(f"CREATE TABLE {table} ({listed})")
    connection.execute(_OWN_TABLES)
    connection.execute(HOUR_TABLES)
    connection.execute("SET VARIABLE lake_files = $files", {"files": list(templates(settings).values())[:1]})
    connection.execute(whole_spans())
    connection.execute(whole_documents())
    connection.execute(
        """INSERT INTO meta VALUES
        ('layout', $layout), ('made', uuid()::VARCHAR), ('changes', '0'), ('lake', $lake), ('partial', 'yes')""",
        {"layout": LAYOUT, "lake": _lake_location(settings)},
    )
    connection.execute("COMMIT")


def _follow_the_lake(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """A home that was moved, or is seen under another name now, has its lake's files elsewhere."""
    here = _lake_location(settings)
    was = connection.execute("SELECT value FROM meta WHERE name = 'lake'").fetchall()[0][0]
    if was != here:
        connection.execute(
            "UPDATE lake_files SET path = $here || substr(path, len($was) + 1) WHERE starts_with(path, $was)",
            {"here": here, "was": was},
        )
        connection.execute("UPDATE meta SET value = $here WHERE name = 'lake'", {"here": here})


def _lake_location(settings: Settings) -> str:
    return settings.lake_location if "://" in settings.lake_location else os.path.abspath(settings.lake_location)


def _layout(connection: duckdb.DuckDBPyConnection) -> str | None:
    rows = connection.execute("SELECT value FROM meta WHERE name = 'layout'").fetchall()
    return str(rows[0][0]) if rows else None
