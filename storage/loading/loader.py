"""What has to be loaded, in which pieces: one transaction each, so that an interrupted load goes on where it was."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from storage.lake import Changes, Lake, LakeFile
from storage.loading import scores, spans
from storage.loading.report import LoadReport, Progress, Watch
from storage.loading.spans import EVERYTHING

ROWS_PER_CHUNK = 200_000
"""Rows of one transaction: bounds memory and what an interruption repeats; a file is never split."""
_FILES = pa.schema(
    [("path", pa.string())]
    + [
        (name, pa.int64())
        for name in ("rows", "size_bytes", "first_sequence", "last_sequence", "first_start_ns", "last_start_ns")
    ]
)
_TAKE_IN = {"spans": spans.load_chunk, "scores": scores.load_chunk}


@dataclass(frozen=True, slots=True)
class Waiting:
    """What one lake table has that the warehouse has not."""

    table: str
    since: int | None
    changes: Changes
    files: list[LakeFile]

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)


def load(
    cursor: duckdb.DuckDBPyConnection,
    lake: Lake,
    *,
    templates: dict[str, str],
    watch: Watch | None,
    upto: Mapping[str, int] | None = None,
) -> LoadReport:
    """Bring the warehouse up to the lake's last commit. Raises `duckdb.Error` and `StoreFailed`.

    `templates`: for each lake table a Parquet file with all its columns and no row. `upto`: for each the last sequence
    number that is taken in, to see things as they stood then; a warehouse that was loaded so is not loaded again.
    """
    report = LoadReport()
    work = [_waiting(cursor, lake, table) for table in _TAKE_IN]
    rows_in_all = sum(waiting.rows for waiting in work)
    rows_done = 0
    for waiting in work:
        _keep_in_step(cursor, waiting)
        for chunk in _chunks(waiting.files):
            with transaction(cursor):
                _add_files(cursor, waiting.table, chunk)
                paths = [templates[waiting.table], *(file.path for file in chunk)]
                _TAKE_IN[waiting.table](cursor, paths, report, upto=(upto or {}).get(waiting.table, EVERYTHING))
                scores.name_traces(cursor, waiting.table)
                cursor.execute("UPDATE meta SET value = (value::BIGINT + 1)::VARCHAR WHERE name = 'changes'")
            rows_done += sum(file.rows for file in chunk)
            if watch:
                watch(Progress(rows_done, rows_in_all))
        _finish(cursor, waiting)
    if cursor.execute("SELECT 1 FROM meta WHERE name = 'partial'").fetchall():
        cursor.execute("DELETE FROM meta WHERE name = 'partial'")
    return report


def _waiting(cursor: duckdb.DuckDBPyConnection, lake: Lake, table: str) -> Waiting:
    said = cursor.execute("SELECT value::BIGINT FROM meta WHERE name = $name", {"name": f"{table} version"}).fetchall()
    since = int(said[0][0]) if said else None
    changes = lake.changes(table, since)
    loaded = {
        path for (path,) in cursor.execute("SELECT path FROM lake_files WHERE lake_table = $t", {"t": table}).fetchall()
    }
    files = [file for file in changes.added if file.data_change and file.path not in loaded]
    return Waiting(table, since, changes, sorted(files, key=lambda file: file.first_sequence or 0))


def _chunks(files: list[LakeFile]) -> Iterator[list[LakeFile]]:
    chunk: list[LakeFile] = []
    for file in files:
        if chunk and sum(f.rows for f in chunk) + file.rows > ROWS_PER_CHUNK:
            yield chunk
            chunk = []
        chunk.append(file)
    if chunk:
        yield chunk


def _keep_in_step(cursor: duckdb.DuckDBPyConnection, waiting: Waiting) -> None:
    """Forget files that are no longer part of the lake; note those that only hold rows known from others."""
    gone = waiting.changes.removed
    rewritten = [file for file in waiting.changes.added if not file.data_change]
    if not (gone or rewritten or waiting.changes.whole):
        return
    with transaction(cursor):
        if gone:
            cursor.execute("DELETE FROM lake_files WHERE path IN (SELECT unnest($gone::VARCHAR[]))", {"gone": gone})
        if waiting.changes.whole:
            cursor.execute(
                "DELETE FROM lake_files WHERE lake_table = $table AND path NOT IN (SELECT unnest($there::VARCHAR[]))",
                {"table": waiting.table, "there": [file.path for file in waiting.changes.added]},
            )
        _add_files(cursor, waiting.table, rewritten)


def _add_files(cursor: duckdb.DuckDBPyConnection, table: str, files: list[LakeFile]) -> None:
    if not files:
        return
    listed = [
        {"path": file.path, "rows": file.rows, "size_bytes": file.size_bytes, "first_sequence": file.first_sequence,
         "last_sequence": file.last_sequence, "first_start_ns": file.first_start_ns,
         "last_start_ns": file.last_start_ns}
        for file in files
    ]  # fmt: skip
    cursor.register("added_files", pa.Table.from_pylist(listed, schema=_FILES))
    cursor.execute("DELETE FROM lake_files WHERE path IN (SELECT path FROM added_files)")
    cursor.execute("INSERT INTO lake_files BY NAME SELECT $table AS lake_table, * FROM added_files", {"table": table})
    cursor.unregister("added_files")


def _finish(cursor: duckdb.DuckDBPyConnection, waiting: Waiting) -> None:
    if waiting.changes.version == waiting.since:
        return
    name = f"{waiting.table} version"
    with transaction(cursor):
        cursor.execute("DELETE FROM meta WHERE name = $name", {"name": name})
        cursor.execute(
            "INSERT INTO meta VALUES ($name, $version)", {"name": name, "version": str(waiting.changes.version)}
        )


@contextmanager
def transaction(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of it or nothing."""
    cursor.execute("BEGIN")
    try:
        yield
    except BaseException:
        with suppress(duckdb.Error):  # a fatal error has ended the transaction already
            cursor.execute("ROLLBACK")
        raise
    cursor.execute("COMMIT")
