"""Rows of the lake to one synced Parquet file, with the bounds that let readers skip it."""

import os
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

BOUNDED = ("sequence", "start_ns", "received_at")
"""Columns whose lowest and highest value go into the log, so that a file can be skipped unopened."""
ROW_GROUP_ROWS = 262_144
"""More than a file has after compaction, so that what repeats far apart, as documents do, is kept once: in the group's
dictionary. Readers of one trace skip pages, not groups."""
_STATISTICS = ["trace_id", *BOUNDED]
_RISING = ("sequence", "start_ns", "end_ns", "received_at", "duration_ns")  # kept as small differences, a few bits each
_DISTINCT = ("span_id", "content_hash", "input_text", "output_text")  # a dictionary of them is only a second copy
_ENCODED = dict.fromkeys(_RISING, "DELTA_BINARY_PACKED") | dict.fromkeys(_DISTINCT, "DELTA_LENGTH_BYTE_ARRAY")
_PAGE_BYTES = 8 * 2**20
"""Repeated words are found within a page only: pages of 8 MB instead of 1 save 14 % of the bytes of text."""
_SMALL_BATCH_ROWS = 100  # below it the zstd contexts of 60 columns cost more than they save; compaction recompresses


class RowGroups:
    """A new Parquet file (mode 600), written row group by row group and synced when the block is left."""

    def __init__(self, path: Path, schema: pa.Schema, *, level: int | None) -> None:
        """`level` of zstd: 1 for batches as they come, as 3 takes half as long again for 5 % that compaction saves too.

        9 takes a quarter longer than 6 and saves 2.5 %; None is lz4.
        """
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._writer = pq.ParquetWriter(
            self._file,
            schema,
            compression="lz4" if level is None else "zstd",
            compression_level=level,
            use_dictionary=_with_dictionary(schema),
            column_encoding={name: kind for name, kind in _ENCODED.items() if name in schema.names},
            data_page_size=_PAGE_BYTES,
            dictionary_pagesize_limit=_PAGE_BYTES,
            write_statistics=_STATISTICS,
            store_schema=False,  # Arrow's own copy of the schema: 4 KB in every file, nobody needs it
        )

    def write(self, rows: pa.Table) -> None:
        self._writer.write_table(rows, row_group_size=ROW_GROUP_ROWS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._file:
            if kind is None:
                self._writer.close()
                self._file.flush()
                os.fsync(self._file.fileno())


def write_parquet(path: Path, rows: pa.Table) -> None:
    """Write a batch as it came to the new file `path`, synced."""
    with RowGroups(path, rows.schema, level=None if rows.num_rows < _SMALL_BATCH_ROWS else 1) as file:
        file.write(rows)


def statistics(rows: pa.Table) -> dict[str, Any]:
    """Delta's statistics of a file: rows, and the bounds of the `BOUNDED` columns that are there."""
    low: dict[str, Any] = {}
    high: dict[str, Any] = {}
    nulls: dict[str, int] = {}
    for name in (n for n in BOUNDED if n in rows.column_names):
        nulls[name] = rows[name].null_count
        bounds = pc.min_max(rows[name])
        if bounds["min"].is_valid:
            low[name], high[name] = _spelled(bounds["min"]), _spelled(bounds["max"])
    return {"numRecords": rows.num_rows, "minValues": low, "maxValues": high, "nullCount": nulls}


def _spelled(value: pa.Scalar) -> int | str:
    if pa.types.is_timestamp(value.type):
        return str(value.as_py().strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    return int(value.as_py())


@lru_cache(maxsize=8)
def _with_dictionary(schema: pa.Schema) -> list[str]:
    return [leaf for leaf in _leaves(schema) if leaf not in (*_RISING, *_DISTINCT)]


def _leaves(fields: pa.Schema | pa.StructType, under: str = "") -> list[str]:
    """Names of the Parquet columns of a schema: those of lists and structs are paths."""
    names: list[str] = []
    for field in fields:
        path, kind = f"{under}{field.name}", field.type
        if pa.types.is_list(kind):
            path, kind = f"{path}.list.element", kind.value_type
        names += _leaves(kind, f"{path}.") if pa.types.is_struct(kind) else [path]
    return names
