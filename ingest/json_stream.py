"""Cuts a JSON file of any size into its records without understanding them, in little memory.

A record is a line of JSON lines, an element of a top-level array, an element of the array under `data` and the like
in a large top-level object, or else a whole top-level value. A bad record costs itself, not the rest.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, BinaryIO

from errors import Malformed
from ingest.formats.otlp_spans import refused
from ingest.raw import Rejected
from ingest.values import read_json

RECORD_LIMIT = 32 * 2**20
"""Largest record that is read, in bytes; a larger one is skipped over and reported."""
WHOLE_LIMIT = 2**20
"""A file of one line up to this size is one record, also when it could be cut."""
_CHUNK = 2**20
_SHORT = 4096
_NOWHERE = 1 << 30
_LISTS = (b"data", b"resourceSpans", b"resourceLogs", b"batches", b"traces")
_WRAPPERS = ("data", "traces")
_KEPT_AROUND = (b"resourceSpans", b"resourceLogs", b"batches")
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+("?)|[\[\]{}]', re.DOTALL)
_REST_OF_STRING = re.compile(rb'(?:[^"\\]++|\\.)*+("?)', re.DOTALL)
_BETWEEN = b" \t\r\n,\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Record:
    """One record's bytes and where it stood: `unit` (line, item or value) and number from 1. `fault`: why it is bad."""

    unit: str
    number: int
    content: bytes
    fault: str = ""

    @property
    def position(self) -> str:
        return f"{self.unit} {self.number}"


def records(stream: BinaryIO) -> Iterator[Record]:
    """The records of a file, in order. Blank lines are none; bytes that belong to no record are a faulty one."""
    first, blank = _first_line(stream)
    if not first:
        return
    if _is_record(first):
        yield from _lines(stream, [first], blank)
        return
    is_object = first.lstrip().startswith(b"{")
    second = stream.readline(RECORD_LIMIT) if is_object and len(first) < RECORD_LIMIT else b""
    if is_object and second.startswith(b"{"):
        yield from _lines(stream, [first, second], blank)
        return
    yield from _Cutter().records(chain([first, second], iter(lambda: stream.read(_CHUNK), b"")))


def _first_line(stream: BinaryIO) -> tuple[bytes, int]:
    blank = 0
    while line := stream.readline(RECORD_LIMIT):
        if line.strip(_BETWEEN):
            return line.removeprefix(b"\xef\xbb\xbf"), blank
        blank += 1
    return b"", blank


def _is_record(line: bytes) -> bool:
    """Whether a first line is a whole JSON object and so the file JSON lines, or one small object."""
    if not line.lstrip().startswith(b"{") or (not line.endswith(b"\n") and len(line) > WHOLE_LIMIT):
        return False
    try:
        read_json(line)
    except Malformed:
        return False
    return True


def _lines(stream: BinaryIO, read: list[bytes], blank: int) -> Iterator[Record]:
    number = blank
    for line in chain(read, iter(lambda: stream.readline(RECORD_LIMIT), b"")):
        number += 1
        if len(line) == RECORD_LIMIT and not line.endswith(b"\n"):
            _skip_line(stream)
            yield Record("line", number, line[:_CHUNK], _too_large())
        elif content := line.strip():
            yield Record("line", number, content)


def _skip_line(stream: BinaryIO) -> None:
    while (part := stream.readline(_CHUNK)) and not part.endswith(b"\n"):
        pass


def _too_large() -> str:
    return f"larger than {RECORD_LIMIT // 2**20} MiB"


class _Cutter:
    """Follows brackets and strings through chunks; holds no more than the record that is open."""

    def __init__(self) -> None:
        self._text = bytearray()  # begins with the open record, or else with what stands between two
        self._at = 0  # where to look on
        self._depth = 0
        self._cut_depth = 0  # records begin at this depth
        self._open = False
        self._in_string = False
        self._too_large = False
        self._key = b""  # the last string at depth 1 of an object: perhaps the key of a list
        self._around = b""  # key that each record is wrapped in again
        self._number = 0

    def records(self, chunks: Iterable[bytes]) -> Iterator[Record]:
        for chunk in chunks:
            self._text += chunk
            yield from self._scan()
            yield from self._forget()
        yield from self._end()

    def _scan(self) -> Iterator[Record]:
        while not self._in_string or self._string_ends():
            found = _TOKEN.search(self._text, self._at)
            if found is None:
                self._at = len(self._text)
                return
            token, place, self._at = found[0][:1], found.start(), found.end()
            if token == b'"':
                if not found[1] and self._at - place < _SHORT:
                    self._at = place  # look again when more has come: it may be a key
                    return
                self._in_string = not found[1]
                if self._depth == 1 and self._cut_depth != 1:
                    self._key = bytes(found[0][1:-1])
            elif token in (b"[", b"{"):
                yield from self._opened(token, place)
                self._depth += 1
            else:
                self._depth = max(0, self._depth - 1)
                yield from self._closed(place)

    def _string_ends(self) -> bool:
        found = _REST_OF_STRING.match(self._text, self._at)
        self._at = found.end() if found else self._at
        self._in_string = not (found and found[1])
        return not self._in_string

    def _opened(self, token: bytes, place: int) -> Iterator[Record]:
        if self._depth == 0 and token == b"[":
            yield from self._between(place)
            self._take(1)
            self._cut_depth = 1
        elif self._depth == self._cut_depth and not self._open:
            yield from self._between(place)
            self._open = True
        elif self._depth == 1 and self._cut_depth != 1 and token == b"[" and self._key in _LISTS:
            self._around = self._key if self._key in _KEPT_AROUND else b""
            self._take(place + 1)
            self._open, self._cut_depth = False, 2

    def _closed(self, place: int) -> Iterator[Record]:
        if self._open and self._depth == self._cut_depth:
            fault = _too_large() if self._too_large else ""
            self._open = self._too_large = False
            yield self._record(self._take(place + 1), fault)
        elif not self._open and self._depth == self._cut_depth - 1:
            yield from self._between(place)
            self._take(1)
            self._cut_depth = _NOWHERE
        if self._depth == 0:
            if not self._open and self._cut_depth == _NOWHERE:
                self._take(self._at)
            self._cut_depth, self._key, self._around = 0, b"", b""

    def _take(self, size: int) -> bytes:
        taken = bytes(self._text[:size])
        del self._text[:size]
        self._at = max(0, self._at - size)
        return taken

    def _between(self, place: int) -> Iterator[Record]:
        """What stands before a record: commas, or something that is none."""
        if rest := self._take(place).strip(_BETWEEN):
            yield self._record(rest, "not an object")

    def _record(self, content: bytes, fault: str = "") -> Record:
        self._number += 1
        if self._around and not fault:
            content = b'{"' + self._around + b'":[' + content + b"]}"
        return Record("item", self._number, content, fault)

    def _forget(self) -> Iterator[Record]:
        """Drop the inside of a record that is too large, and what stands between records."""
        if self._open and len(self._text) > RECORD_LIMIT:
            self._too_large = True
            del self._text[_CHUNK : self._at]
            self._at = min(self._at, _CHUNK)
        elif not self._open and self._cut_depth == _NOWHERE:
            self._take(self._at)
        elif not self._open and self._at > _CHUNK:
            yield from self._between(self._at)

    def _end(self) -> Iterator[Record]:
        rest = bytes(self._text[:_CHUNK]).strip(_BETWEEN)
        if self._depth or self._in_string or rest.startswith(b'"'):
            yield self._record(rest, "the file ends in the middle of it")
        elif rest:
            yield self._record(rest, "not an object")


def values(stream: BinaryIO) -> Iterator[tuple[str, dict[str, Any]] | Rejected]:
    """Position and object of each record; a record that is no JSON object is rejected.

    The list that a small wrapped file holds (`{"data": [...]}`) is given out element by element.
    """
    for record in records(stream):
        if record.fault:
            yield refused(record.position, record.fault, record.content)
            continue
        try:
            value = read_json(record.content)
        except Malformed:
            yield refused(record.position, "not valid JSON", record.content)
            continue
        yield from _objects(value, record)


def _objects(value: Any, record: Record) -> Iterator[tuple[str, dict[str, Any]] | Rejected]:
    if not isinstance(value, dict):
        yield refused(record.position, "not an object", record.content)
        return
    listed = next((value[key] for key in _WRAPPERS if isinstance(value.get(key), list)), None)
    if listed is None:
        yield record.position, value
        return
    for number, element in enumerate(listed, 1):
        if isinstance(element, dict):
            yield f"{record.position} element {number}", element
        else:
            yield refused(f"{record.position} element {number}", "not an object", record.content)
