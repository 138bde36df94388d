"""The warehouse: rows for figures, derived from the lake and kept up to date with it; one process holds it."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pandas as pd

from errors import StoreFailed, UsageError
from settings import Settings
from storage import warehouse_file
from storage.lake import Lake
from storage.loading import loader
from storage.loading.report import Counts, LoadReport, Progress, Watch

__all__ = ["Counts", "LoadReport", "Progress", "Warehouse"]


class Warehouse:
    """Safe to share between threads: each question has a cursor of its own, and one load runs at a time.

    Tables: span_rows, document_rows (without long text), scores, traces, sessions; views `spans` and `documents`
    with the text from the lake.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: Settings, lake: Lake) -> None:
        self._connection = connection
        self._settings = settings
        self._lake = lake
        self._loading = threading.Lock()
        self._data_version = self._read_version()

    @classmethod
    def open(cls, settings: Settings, lake: Lake) -> "Warehouse":
        """Open or make the file in the home; it is not loaded yet. Raises `HomeHeld` or `StoreFailed`."""
        return cls(warehouse_file.connect(settings), settings, lake)

    def close(self) -> None:
        """Wait for a load that runs, then close the file."""
        with self._loading, _our_errors("being closed"):
            self._connection.close()

    @property
    def data_version(self) -> tuple[str, int]:
        """Another one whenever the rows may be others; for caches."""
        return self._data_version

    def load(self, progress: Watch | None = None) -> LoadReport:
        """Take in what is new in the lake. What was loaded stays when it fails or is interrupted half-way.

        Raises `StoreFailed`.
        """
        with self._loading, _our_errors("being loaded"):
            cursor = self._connection.cursor()
            try:
                return loader.load(
                    cursor, self._lake, templates=warehouse_file.templates(self._settings), watch=progress
                )
            finally:
                cursor.close()  # and its temporary tables
                self._data_version = self._read_version()

    def frame(self, sql: str, **params: Any) -> pd.DataFrame:
        """The answer as a frame. Raises `UsageError` when the question is wrong, `StoreFailed` when it cannot be asked."""
        with self.cursor(sql) as cursor:
            return cursor.execute(sql, params or None).df()

    def rows(self, sql: str, **params: Any) -> list[tuple[Any, ...]]:
        """The answer as tuples. Raises as `frame` does."""
        with self.cursor(sql) as cursor:
            return cursor.execute(sql, params or None).fetchall()

    @contextmanager
    def cursor(self, sql: str = "") -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of its own for a question, told the lake's files if that needs them; engine errors become ours."""
        with _our_errors("being asked"):
            cursor = self._connection.cursor()
            try:
                if _WITH_TEXT.search(sql):
                    cursor.execute("SET VARIABLE lake_files = $files", {"files": self.lake_paths(cursor)})
                yield cursor
            finally:
                cursor.close()

    def lake_paths(self, cursor: duckdb.DuckDBPyConnection) -> list[str]:
        """Files of the lake's spans that are loaded, after one without rows that has every column."""
        listed = cursor.execute("SELECT path FROM lake_files WHERE lake_table = 'spans'").fetchall()
        return [warehouse_file.templates(self._settings)["spans"], *(path for (path,) in listed)]

    def _read_version(self) -> tuple[str, int]:
        said = dict(self._connection.cursor().execute("SELECT name, value FROM meta").fetchall())
        return str(said["made"]), int(said["changes"])


_WITH_TEXT = re.compile(r"\b(spans|documents)\b", re.IGNORECASE)
_WRONG_QUESTIONS = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException, duckdb.ConversionException,
                    duckdb.InvalidInputException, duckdb.PermissionException, duckdb.OutOfRangeException)  # fmt: skip


@contextmanager
def _our_errors(doing: str) -> Iterator[None]:
    try:
        yield
    except _WRONG_QUESTIONS as error:
        if doing != "being asked":
            raise StoreFailed("warehouse", doing, type(error).__name__) from error
        raise UsageError(f"the query cannot be run: {str(error).splitlines()[0]}") from error
    except duckdb.Error as error:
        raise StoreFailed("warehouse", doing, f"{type(error).__name__}; if it stays, `benchbook rebuild`") from error
