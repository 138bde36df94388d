"""Questions to the lake's own files, whatever the warehouse knows of them: what is there, and where."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from errors import StoreFailed
from storage.erasing.scratch import spill_folder
from storage.lake import Lake
from storage.schema import lake_schema

_MEMORY = "1GB"


class LakeReader:
    """The active files of both tables as the views `spans` and `scores`, with `filename`; in memory, of one thread."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, files: Mapping[str, Sequence[str]]) -> None:
        self._cursor = cursor
        self.files = files
        for table, paths in files.items():
            cursor.register(f"no_{table}", lake_schema(table).empty_table())
            if not paths:
                cursor.execute(f"CREATE VIEW {table} AS SELECT *, '' AS filename FROM no_{table}")  # noqa: S608
                continue
            listed = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)  # a view binds no values
            cursor.execute(
                f"CREATE VIEW {table} AS FROM read_parquet([{listed}], union_by_name = true, filename = true) "  # noqa: S608
                f"UNION ALL BY NAME SELECT *, '' AS filename FROM no_{table}"
            )

    def name(self, ids: Mapping[str, Sequence[str]]) -> None:
        """Make tables of ids (column `id`) that questions can join."""
        for table, values in ids.items():
            self._cursor.register("named", pa.table({"id": pa.array(list(values), pa.string())}))
            self._cursor.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS FROM named")
            self._cursor.unregister("named")

    def register(self, name: str, rows: pa.Table) -> None:
        """Let questions name these rows."""
        self._cursor.register(name, rows)

    def table(self, sql: str, **params: Any) -> pa.Table:
        """The answer in columns."""
        return self._cursor.sql(sql, params=params or None).to_arrow_table()

    def rows(self, sql: str, **params: Any) -> list[tuple[Any, ...]]:
        """The answer as tuples."""
        return self._cursor.execute(sql, params or None).fetchall()

    def ids(self, sql: str) -> tuple[str, ...]:
        """The first column of the answer, sorted, without what is empty."""
        return tuple(sorted({str(row[0]) for row in self.rows(sql) if row[0]}))


@contextmanager
def reading(
    lake: Lake, *, home: Path | None = None, files: Mapping[str, Sequence[str]] | None = None
) -> Iterator[LakeReader]:
    """A reader of the lake as it is now; what does not fit in memory goes to a folder in the home meanwhile.

    Without a home there is no room for it: it would be left in whatever folder somebody is in. Raises `StoreFailed`.
    """
    there = files or {table: [file.path for file in lake.files(table)] for table in ("spans", "scores")}
    config: dict[str, Any] = {"memory_limit": _MEMORY, "python_enable_replacements": False, "temp_directory": ""}
    try:
        with ExitStack() as held:
            if home is not None:
                config["temp_directory"] = str(held.enter_context(spill_folder(home)))
            connection = held.enter_context(duckdb.connect(":memory:", config=config))
            yield LakeReader(connection, there)
    except duckdb.Error as error:
        raise StoreFailed("lake", "being searched", f"{type(error).__name__}; nothing was erased by this") from error
