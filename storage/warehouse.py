"""The warehouse: rows for figures, derived from the lake and kept up to date with it; one process holds it."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pandas as pd

from errors import Busy, StoreFailed, UsageError
from settings import Settings
from storage import warehouse_file
from storage.lake import Lake
from storage.loading import hours, loader
from storage.loading.columns import SEARCHED_TEXT
from storage.loading.report import Counts, LoadReport, Progress, Watch
from storage.loading.spans import statement
from storage.search import TextIndex

__all__ = ["Counts", "LoadReport", "Progress", "Warehouse"]


_QUIET_SECONDS = 150.0
"""Longer than any question may take: a moment without one comes sooner."""
ROWS_FETCHED = 2_000
"""Texts that are handed to the word index at once."""


class Warehouse:
    """Safe to share between threads: each question has a cursor of its own, and one load runs at a time.

    Tables: span_rows, document_rows (without long text), scores, traces, sessions; views `spans` and `documents`
    with the text from the lake; step_hours, hourly figures of each step, and the hours in which they lag behind.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: Settings, lake: Lake) -> None:
        self._connection = connection
        self._settings = settings
        self._lake = lake
        self._loading = threading.Lock()
        self._feeding = threading.Lock()
        self._asking = threading.Condition()
        self._questions = 0
        self.text_index = TextIndex(settings.text_index_path)
        self._data_version = self._read_version()

    @classmethod
    def open(cls, settings: Settings, lake: Lake) -> "Warehouse":
        """Open or make the file in the home; it is not loaded yet. Raises `HomeHeld` or `StoreFailed`."""
        return cls(warehouse_file.connect(settings), settings, lake)

    def close(self) -> None:
        """Wait for a load or feeding that runs, then close the file."""
        with self._feeding, self._loading, _our_errors("being closed"):
            self._connection.close()

    @property
    def data_version(self) -> tuple[str, int]:
        """Another one whenever the rows may be others; for caches."""
        return self._data_version

    @property
    def whole(self) -> str | None:
        """Which making of the rows this is; None while a rebuild, or a first load, has not brought all of the lake."""
        said = dict(self.rows("SELECT name, value FROM meta WHERE name IN ('made', 'partial')"))
        return None if "partial" in said else str(said["made"])

    def load(self, progress: Watch | None = None, *, with_index: bool = True) -> LoadReport:
        """Take in what is new in the lake: rows, then hourly figures and words.

        Not `with_index`: rows alone (see `repair_hours`, `feed_index`). What was loaded stays when it fails or is
        interrupted half-way. Raises `StoreFailed`.
        """
        with self._loading:
            report = self._load(progress)
        if with_index:
            while self.repair_hours():
                pass
            self.feed_index()
        return report

    def repair_hours(self, *, most_spans: int = hours.SPANS_AT_ONCE) -> int:
        """Make hourly figures of hours that were touched, of about so many spans; how many hours are left.

        No answer depends on it: until then the spans of such hours are counted. Raises `StoreFailed`.
        """
        with self._loading, _our_errors("counting hours"):
            cursor = self._connection.cursor()
            try:
                with loader.transaction(cursor):
                    return hours.repair(cursor, most_spans=most_spans)
            finally:
                cursor.close()
                warehouse_file.keep_private(self._settings.warehouse_path)

    def feed_index(self, *, most_rows: int | None = None) -> int:
        """Take the words of rows that are loaded into the text index; loads go on meanwhile. Raises `StoreFailed`.

        Returns how many lake rows it still lacks: with `most_rows` it takes in about so many and may be called again.
        """
        with self._feeding:
            with self._loading:  # half-way through a load later files may hold earlier numbers
                found = self.rows("SELECT coalesce(max(last_sequence), 0) FROM lake_files WHERE lake_table = 'spans'")
            last = int(found[0][0])
            upto = last if most_rows is None else min(last, self.text_index.position + most_rows)
            self.text_index.catch_up(self._texts_between, last_sequence=upto)
            return last - upto

    def _load(self, progress: Watch | None) -> LoadReport:
        with _our_errors("being loaded"):
            cursor = self._connection.cursor()
            try:
                return loader.load(
                    cursor, self._lake, templates=warehouse_file.templates(self._settings), watch=progress
                )
            finally:
                cursor.close()  # and its temporary tables
                warehouse_file.keep_private(self._settings.warehouse_path)
                self._data_version = self._read_version()

    def rebuild(self, progress: Watch | None = None) -> LoadReport:
        """Forget everything and load it again; pages see it grow meanwhile. Raises `StoreFailed`."""
        with self._feeding, self._loading, _our_errors("being emptied"):
            warehouse_file.empty(self._connection.cursor())
            self.text_index.drop()
        return self.load(progress)

    @contextmanager
    def unfed(self) -> Iterator[None]:
        """Within it the word index is not fed: it would take in again what is taken out."""
        with self._feeding:
            yield

    @contextmanager
    def changing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """One transaction that takes rows out; loads wait for it. Raises `StoreFailed`; then nothing was changed."""
        with self._loading, _our_errors("being erased from"):
            cursor = self._connection.cursor()
            try:
                with loader.transaction(cursor):
                    yield cursor
                    cursor.execute("UPDATE meta SET value = (value::BIGINT + 1)::VARCHAR WHERE name = 'changes'")
            finally:
                cursor.close()
                self._data_version = self._read_version()

    def renew(self) -> None:
        """Write the file anew, so that no byte is left of rows that were deleted; questions are asked meanwhile.

        They wait only while the files change places. Raises `StoreFailed`, or `Busy` when there is always a question.
        """
        with self._loading, _our_errors("being written anew"):
            cursor = self._connection.cursor()
            try:
                warehouse_file.write_anew(cursor, self._settings)
            finally:
                cursor.close()
            deadline = time.monotonic() + _QUIET_SECONDS
            with self._asking:
                while self._questions:
                    if not self._asking.wait(deadline - time.monotonic()):
                        raise Busy(retry_after_seconds=60)
                self._connection.close()
                warehouse_file.take_renewed(self._settings)
                self._connection = warehouse_file.connect(self._settings)

    def status(self) -> dict[str, Any]:
        """How much is loaded, of when, and the size of the files (bytes); times are UTC."""
        with self.cursor() as cursor:
            cursor.execute(statement("status"))
            names = [name for name, *_ in cursor.description or []]
            said = dict(zip(names, cursor.fetchall()[0], strict=True))
        paths = {"warehouse_bytes": self._settings.warehouse_path, "text_index_bytes": self._settings.text_index_path}
        sizes = {name: path.stat().st_size for name, path in paths.items() if path.exists()}
        return {"home": str(self._settings.home), **said, **sizes}

    def frame(self, sql: str, **params: Any) -> pd.DataFrame:
        """The answer as a frame. Raises `UsageError` for a wrong question, `StoreFailed` when it cannot be asked."""
        with self.cursor(sql) as cursor:
            return cursor.execute(sql, params or None).df()

    def rows(self, sql: str, **params: Any) -> list[tuple[Any, ...]]:
        """The answer as tuples. Raises as `frame` does."""
        with self.cursor(sql) as cursor:
            return cursor.execute(sql, params or None).fetchall()

    @contextmanager
    def cursor(self, sql: str = "") -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of its own for a question, told the lake's files if that needs them; engine errors become ours."""
        with _our_errors("being asked"), self._question():
            cursor = self._connection.cursor()
            try:
                if _WITH_TEXT.search(sql):
                    cursor.execute("SET VARIABLE lake_files = $files", {"files": self.lake_paths(cursor)})
                yield cursor
            finally:
                cursor.close()

    @contextmanager
    def _question(self) -> Iterator[None]:
        with self._asking:
            self._questions += 1
        try:
            yield
        finally:
            with self._asking:
                self._questions -= 1
                self._asking.notify_all()

    @property
    def template(self) -> str:
        """A Parquet file with every column of the lake's spans and no row: read first, it stands in for missing."""
        return warehouse_file.templates(self._settings)["spans"]

    def lake_paths(
        self, cursor: duckdb.DuckDBPyConnection, *, first_sequence: int | None = None, last_sequence: int | None = None
    ) -> list[str]:
        """Files of the lake's spans that are loaded, those with a row in the bounds; the template comes first."""
        listed = cursor.execute(
            """SELECT path FROM lake_files WHERE lake_table = 'spans'
            AND ($first IS NULL OR last_sequence >= $first) AND ($last IS NULL OR first_sequence <= $last)""",
            {"first": first_sequence, "last": last_sequence},
        ).fetchall()
        return [self.template, *(path for (path,) in listed)]

    def counts_of(self, batches: list[str]) -> dict[str, Counts]:
        """What was new in these ingest batches and is loaded: spans, documents, traces, scores."""
        said: dict[str, Counts] = {}
        for what, batch, number in self.rows(statement("batches"), batches=batches):
            setattr(said.setdefault(batch, Counts()), what, number)
        return said

    def _texts_between(self, after: int, upto: int) -> Iterator[list[tuple[str, str]]]:
        with self.cursor() as cursor:
            files = self.lake_paths(cursor, first_sequence=after + 1, last_sequence=upto)
            cursor.execute(
                f"""SELECT trace_id, {SEARCHED_TEXT} FROM read_parquet($files, union_by_name = true)
                WHERE sequence > $after AND sequence <= $upto""",  # noqa: S608 - names of our schema
                {"files": files, "after": after, "upto": upto},
            )
            while batch := cursor.fetchmany(ROWS_FETCHED):
                yield batch

    def _read_version(self) -> tuple[str, int]:
        said = dict(self._connection.cursor().execute("SELECT name, value FROM meta").fetchall())
        return str(said["made"]), int(said["changes"])


_WITH_TEXT = re.compile(r"\b(spans|documents)\b", re.IGNORECASE)
_MISSPELT = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)
_WRONG_VALUES = (duckdb.ConversionException, duckdb.InvalidInputException, duckdb.OutOfRangeException,
                 duckdb.PermissionException, duckdb.NotImplementedException)  # fmt: skip


@contextmanager
def _our_errors(doing: str) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        if doing == "being asked" and isinstance(error, _MISSPELT):
            raise UsageError(f"the query cannot be run: {str(error).splitlines()[0]}") from error
        if doing == "being asked" and isinstance(error, _WRONG_VALUES):  # its message may quote a value
            raise UsageError(f"the query cannot be run: {type(error).__name__}") from error
        if warehouse_file.is_of_full_disk(error):
            raise StoreFailed("warehouse", doing, warehouse_file.NO_ROOM) from error
        raise StoreFailed("warehouse", doing, f"{type(error).__name__}; if it stays, `benchbook rebuild`") from error
