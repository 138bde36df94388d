"""Rows of the lake to one synced Parquet file, with the bounds that let readers skip it."""

import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

BOUNDED = ("sequence", "start_ns", "received_at")
"""Columns whose lowest and highest value go into the log, so that a file can be skipped unopened."""
_STATISTICS = ["trace_id", *BOUNDED]
_SMALL_BATCH_ROWS = 100  # below it the zstd contexts of 60 columns cost more than they save; compaction recompresses


def write_parquet(path: Path, rows: pa.Table, *, level: int = 3, row_group_rows: int = 8192) -> None:
    """Write `rows` to the new file `path` (mode 600) and sync it and its folder's names."""
    small = rows.num_rows < _SMALL_BATCH_ROWS
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        pq.write_table(
            rows,
            file,
            compression="lz4" if small else "zstd",
            compression_level=None if small else level,
            row_group_size=row_group_rows,
            write_statistics=_STATISTICS,
            store_schema=False,  # Arrow's own copy of the schema: 4 KB in every file, nobody needs it
        )
        file.flush()
        os.fsync(descriptor)


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
