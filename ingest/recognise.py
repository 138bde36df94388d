"""Which format a file is in, told from its content: nobody has to name it."""

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from errors import Malformed, UnknownFormat
from ingest.formats import (
    benchbook_lines,
    chat_messages,
    langfuse,
    langfuse_scores,
    mlflow,
    mt_rag,
    otlp_json,
    otlp_logs,
    otlp_protobuf,
    phoenix,
    phoenix_annotations,
    phoenix_otlp,
    saved_headers,
)
from ingest.formats.otlp_spans import refused
from ingest.formats.saved_headers import Body
from ingest.json_stream import records
from ingest.parquet_rows import MAGIC, column_names, is_parquet
from ingest.protobuf_wire import Signal, groups, signal_of
from ingest.raw import Raws

HEAD_BYTES = 256 * 1024
UNPACKED_LIMIT = 512 * 2**20
DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)
GZIP_MAGIC = b"\x1f\x8b"


class Cut(StrEnum):
    """How a file is cut into pieces that are small files of the same format."""

    JSON = "json"
    PROTOBUF = "protobuf"
    PARQUET = "parquet"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Format:
    """One format: how it is recognised and read. `is_traces` is False for what is known and holds none."""

    name: str
    recognises: Callable[[bytes, str], bool]
    read: Callable[[BinaryIO], Raws]
    cut: Cut = Cut.JSON
    is_traces: bool = True


def _nothing(stream: BinaryIO) -> Raws:  # noqa: ARG001  # all formats have one header
    yield from ()


def _read_protobuf(read_request: Callable[[bytes], Raws]) -> Callable[[BinaryIO], Raws]:
    def read(stream: BinaryIO) -> Raws:
        for group in groups(stream):
            yield from read_request(group)

    return read


def _read_json(read_request: Callable[[bytes], Raws]) -> Callable[[BinaryIO], Raws]:
    """A request per line, or one request, or a list of them."""

    def read(stream: BinaryIO) -> Raws:
        for record in records(stream):
            if record.fault:
                yield refused(record.position, record.fault, record.content)
                continue
            try:
                yield from read_request(record.content)
            except Malformed as error:
                yield refused(record.position, str(error), record.content)

    return read


def _protobuf(wanted: Signal) -> Callable[[bytes, str], bool]:
    return lambda head, _: signal_of(head) is wanted


def _json(*keys: bytes) -> Callable[[bytes, str], bool]:
    return lambda head, _: _is_json(head) and any(b'"%s"' % key in head for key in keys)


def _is_json(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


FORMATS: tuple[Format, ...] = (
    Format(saved_headers.NAME, saved_headers.recognises, saved_headers.read, is_traces=False),
    Format("otlp-protobuf", _protobuf(Signal.TRACES), _read_protobuf(otlp_protobuf.read_request), Cut.PROTOBUF),
    Format("otlp-protobuf-logs", _protobuf(Signal.LOGS), _read_protobuf(otlp_logs.read_protobuf), Cut.PROTOBUF),
    Format("otlp-protobuf-metrics", _protobuf(Signal.METRICS), _nothing, Cut.WHOLE, is_traces=False),
    Format("otlp-json", _json(b"resourceSpans", b"batches"), _read_json(otlp_json.read_request)),
    Format("otlp-json-logs", _json(b"resourceLogs"), _read_json(otlp_logs.read_json)),
    Format("otlp-json-metrics", _json(b"resourceMetrics"), _nothing, Cut.WHOLE, is_traces=False),
    Format(phoenix.NAME, phoenix.recognises, phoenix.read),
    Format(phoenix_annotations.NAME, phoenix_annotations.recognises, phoenix_annotations.read),
    Format(phoenix_otlp.NAME, phoenix_otlp.recognises, phoenix_otlp.read),
    Format(mlflow.NAME, mlflow.recognises, mlflow.read),
    Format(mt_rag.NAME, mt_rag.recognises, mt_rag.read, Cut.WHOLE),
    Format(langfuse.NAME, langfuse.recognises, langfuse.read),
    Format(langfuse_scores.NAME, langfuse_scores.recognises, langfuse_scores.read),
    Format(benchbook_lines.NAME, benchbook_lines.recognises, benchbook_lines.read),
    Format(chat_messages.NAME, chat_messages.recognises, chat_messages.read),
)
_BY_NAME = {format_.name: format_ for format_ in FORMATS}
_OF_BODY = {  # by the headers saved beside a body: for JSON, for protobuf
    Body.TRACES: ("otlp-json", "otlp-protobuf"),
    Body.LOGS: ("otlp-json-logs", "otlp-protobuf-logs"),
    Body.METRICS: ("otlp-json-metrics", "otlp-protobuf-metrics"),
    Body.SCORES: (langfuse_scores.NAME, ""),
}


def known_formats() -> list[str]:
    """Names for `--format`."""
    return [format_.name for format_ in FORMATS if format_.is_traces]


def named_format(name: str, source: str) -> Format:
    """The format of that name; raises `UnknownFormat`."""
    if name not in known_formats():
        raise UnknownFormat(source, known_formats())
    return _BY_NAME[name]


def recognise(path: Path) -> Format | None:
    """The format of a file by its first kilobytes and the headers saved beside it; None when no format knows it.

    Raises `Malformed` for a compressed file that cannot be opened, and `OSError` for one that cannot be read.
    """
    if path.name.endswith(saved_headers.SUFFIX):
        return _BY_NAME[saved_headers.NAME]
    head = head_of(path)
    if body := saved_headers.body_of(path):
        return _BY_NAME.get(_OF_BODY[body][0 if _is_json(head) else 1]) or recognised(head, path.name)
    return recognised(head, path.name)


def recognised(head: bytes, file_name: str) -> Format | None:
    """The first format that knows the beginning of the content."""
    found = next((one for one in FORMATS if one.recognises(head, file_name)), None)
    if found is not None and is_parquet(head):
        return Format(found.name, found.recognises, found.read, Cut.PARQUET)
    if found is not None and not _is_json(head) and found.cut is Cut.JSON:
        if found.name != phoenix_annotations.NAME:
            return None  # a script or a page that has the words of a format
        return Format(found.name, found.recognises, found.read, Cut.WHOLE, found.is_traces)
    return found


def head_of(path: Path) -> bytes:
    """The beginning of the content, decompressed; of a parquet file, the names of its columns."""
    try:
        with opened(path) as stream:
            head = _beginning(stream)
            if is_parquet(head):
                stream.seek(0)
                return MAGIC + b"\n" + "\n".join(column_names(stream)).encode()
            return head
    except DAMAGED as error:
        raise Malformed("a damaged gzip file") from error


def _beginning(stream: BinaryIO) -> bytes:
    """Up to `HEAD_BYTES`, or what a damaged gzip file still gives."""
    head = b""
    while len(head) < HEAD_BYTES:
        try:
            more = stream.read1(HEAD_BYTES - len(head))  # type: ignore[attr-defined]  # every stream of `opened` has it
        except DAMAGED:
            if not head:
                raise
            break
        if not more:
            break
        head += more
    return head


def opened(path: Path) -> BinaryIO:
    """The content of a file, decompressed when it is in gzip. A compressed parquet file is unpacked in memory."""
    with path.open("rb") as file:
        magic = file.read(2)
    if magic != GZIP_MAGIC:
        return path.open("rb")
    unpacked = gzip.open(path, "rb")  # noqa: SIM115  # given out
    try:
        is_inside_parquet = unpacked.peek(4)[:4] == MAGIC
    except DAMAGED:
        unpacked.close()
        raise
    if not is_inside_parquet:
        return unpacked  # type: ignore[return-value]  # reads like any binary stream
    with unpacked:
        content = unpacked.read(UNPACKED_LIMIT + 1)
    if len(content) > UNPACKED_LIMIT:
        raise Malformed(f"a compressed parquet file larger than {UNPACKED_LIMIT // 2**20} MiB; unpack it first")
    return BytesIO(content)
