"""Rows of a parquet file as plain values, a few at a time."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from errors import Malformed

MAGIC = b"PAR1"
ROWS_AT_ONCE = 1000


def is_parquet(head: bytes) -> bool:
    """Whether bytes begin like a parquet file."""
    return head.startswith(MAGIC)


def column_names(stream: BinaryIO) -> list[str]:
    """Names of the top-level columns; raises `Malformed`."""
    return list(_opened(stream).schema_arrow.names)


def rows(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    """Each row as a dict of plain values; raises `Malformed` at the place where the file is damaged."""
    for batch in batches(stream):
        yield from batch.to_pylist()


def batches(stream: BinaryIO) -> Iterator[pa.RecordBatch]:
    """The rows in record batches; raises `Malformed` at the place where the file is damaged."""
    file = _opened(stream)
    try:
        yield from file.iter_batches(ROWS_AT_ONCE)
    except (pa.ArrowException, OSError) as error:
        raise Malformed("a damaged parquet file") from error


def as_file(batch: pa.RecordBatch) -> bytes:
    """The batch as a small parquet file of its own, in memory."""
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_batches([batch]), sink, compression="none")
    return bytes(sink.getvalue())


def _opened(stream: BinaryIO) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(stream)
    except (pa.ArrowException, OSError) as error:
        raise Malformed("not a whole parquet file") from error
