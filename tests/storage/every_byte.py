"""A home's bytes for a canary: raw, and what Parquet, DuckDB, SQLite, JSON logs and compressed pages unpack to."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import sqlalchemy as sa


def found_in(home: Path, *canaries: str) -> dict[str, list[str]]:
    """Each canary that is anywhere in the home, and in which files."""
    found: dict[str, list[str]] = {}
    for path in sorted(one for one in home.rglob("*") if one.is_file()):
        texts = list(_unpacked(path))
        for canary in canaries:
            if canary in str(path) or any(canary.encode() in text for text in texts):
                found.setdefault(canary, []).append(str(path.relative_to(home)))
    return found


def found_in_database(url: str, *canaries: str) -> dict[str, list[str]]:
    """Each canary that is in a row of any table of the ledger, and in which tables."""
    engine = sa.create_engine(url)
    found: dict[str, list[str]] = {}
    with engine.connect() as connection:
        for table in sa.inspect(connection).get_table_names():
            text = str(connection.execute(sa.text(f'select * from "{table}"')).all())
            for canary in canaries:
                if canary in text:
                    found.setdefault(canary, []).append(table)
    engine.dispose()
    return found


def _unpacked(path: Path) -> Iterator[bytes]:
    yield path.read_bytes()
    if path.name.endswith(".parquet"):
        yield from _parquet(path)
    elif path.suffix == ".duckdb":
        yield from _duckdb(path)
    elif path.suffix in (".db", ".idx"):
        yield from _sqlite(path)
    elif path.suffix == ".json":
        yield str([json.loads(line) for line in path.read_text().splitlines() if line.strip()]).encode()


def _parquet(path: Path) -> Iterator[bytes]:
    """Rows, and of each column chunk the bounds that the footer holds."""
    file = pq.ParquetFile(path)
    yield str(file.read().to_pylist()).encode()
    for group in range(file.metadata.num_row_groups):
        of_group = file.metadata.row_group(group)
        for column in range(of_group.num_columns):
            bounds: Any = of_group.column(column).statistics
            if bounds is not None and bounds.has_min_max:
                yield f"{bounds.min} {bounds.max}".encode()


def _duckdb(path: Path) -> Iterator[bytes]:
    with duckdb.connect(str(path), read_only=True) as connection:
        for (name,) in connection.sql("SELECT table_name FROM duckdb_tables() WHERE NOT internal").fetchall():
            yield str(connection.table(name).fetchall()).encode()


def _sqlite(path: Path) -> Iterator[bytes]:
    """Rows; free pages and words are in the file's own bytes, which SQLite does not compress."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            try:
                yield str(connection.execute(f'SELECT * FROM "{name}"').fetchall()).encode()
            except sqlite3.OperationalError:  # a contentless word index cannot be read back
                continue
