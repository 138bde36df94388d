"""Cuts a file into pieces that are small files of the same format, so that no file lies in memory whole."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, cast

from errors import Malformed
from ingest.json_stream import records
from ingest.parquet_rows import as_file, batches
from ingest.protobuf_wire import groups
from ingest.recognise import DAMAGED, Cut, Format, opened

PIECE_BYTES = 4 * 2**20
PIECE_RECORDS = 1_000
WHOLE_LIMIT = 256 * 2**20
"""Largest file that is read in one piece, for formats that cannot be cut."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a file. `unit` and `first` say where its first record stood (`line` 1001); `fault`: it cannot be read."""

    content: bytes
    unit: str = "part"
    first: int = 1
    fault: str = ""
    records: int = 1

    @property
    def is_lines(self) -> bool:
        """Whether it is one JSON record per line, and so may be cut further."""
        return self.unit in ("line", "item")


def pieces(path: Path, format_: Format) -> Iterator[Piece]:
    """The pieces of a file in order. What cannot be read is a piece with a fault; what stands before it is kept."""
    try:
        with opened(path) as stream:
            reading = _Reading(stream)
            whole = stream if format_.cut is Cut.PARQUET else cast("BinaryIO", reading)  # parquet is read from its end
            yield from _cut(whole, format_.cut)
            if reading.fault:
                yield Piece(b"", fault=reading.fault)
    except Malformed as error:
        yield Piece(b"", fault=str(error))


class _Reading:
    """A stream that ends where its compressed file is damaged, and says so afterwards."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.fault = ""

    def read(self, size: int = -1) -> bytes:
        # read1 gives what there is: `read` would lose what stands before the damage
        return self._from(self._stream.read if size < 0 else self._stream.read1, size)  # type: ignore[attr-defined]

    def readline(self, size: int = -1) -> bytes:
        return self._from(self._stream.readline, size)

    def _from(self, take: Callable[[int], bytes], size: int) -> bytes:
        if self.fault:
            return b""
        try:
            return take(size)
        except DAMAGED:
            self.fault = "a damaged gzip file"
            return b""


def _cut(stream: BinaryIO, cut: Cut) -> Iterator[Piece]:
    match cut:
        case Cut.JSON:
            yield from _json_pieces(stream)
        case Cut.PROTOBUF:
            yield from _joined(groups(stream))
        case Cut.PARQUET:
            row = 1
            for batch in batches(stream):
                yield Piece(as_file(batch), "row", row)
                row += batch.num_rows
        case Cut.WHOLE:
            content = stream.read(WHOLE_LIMIT + 1)
            if len(content) > WHOLE_LIMIT:
                raise Malformed(f"larger than {WHOLE_LIMIT // 2**20} MiB")
            yield Piece(content)


def _json_pieces(stream: BinaryIO) -> Iterator[Piece]:
    """Records joined by line ends up to a size; each stays on one line, since a raw line end is only space in JSON."""
    lines: list[bytes] = []
    size, first, unit = 0, 1, "line"
    for record in records(stream):
        if lines and (
            size > PIECE_BYTES or len(lines) >= PIECE_RECORDS or record.fault or record.number != first + len(lines)
        ):
            yield Piece(b"\n".join(lines), unit, first, records=len(lines))
            lines, size = [], 0
        if record.fault:
            yield Piece(record.content, record.unit, record.number, record.fault)
            continue
        if not lines:
            first, unit = record.number, record.unit
        content = record.content.replace(b"\n", b" ").replace(b"\r", b" ")
        lines.append(content)
        size += len(content)
    if lines:
        yield Piece(b"\n".join(lines), unit, first, records=len(lines))


def _joined(parts: Iterator[bytes]) -> Iterator[Piece]:
    """Requests joined to larger ones: in protobuf, one after the other is one."""
    waiting: list[bytes] = []
    size, first, number = 0, 1, 0
    fault = ""
    while not fault:
        try:
            part = next(parts, None)
        except Malformed as error:
            part, fault = None, str(error)
        if part is None or size > PIECE_BYTES:
            if waiting:
                yield Piece(b"".join(waiting), "group", first)
            waiting, size, first = [], 0, number + 1
        if part is None:
            break
        number += 1
        waiting.append(part)
        size += len(part)
    if fault:
        yield Piece(b"", "group", number + 1, fault)


def halves(piece: Piece) -> list[Piece]:
    """A piece of several lines as two."""
    lines = piece.content.split(b"\n")
    middle = len(lines) // 2
    return [
        replace(piece, content=b"\n".join(lines[:middle])),
        replace(piece, content=b"\n".join(lines[middle:]), first=piece.first + middle),
    ]
