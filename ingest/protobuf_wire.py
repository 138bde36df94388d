"""Protobuf's wire format without its messages: enough to tell OTLP's signals apart and to cut a large file.

Source: opentelemetry-proto 1.11; traces, logs and metrics share their two outer levels.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import BinaryIO

from errors import Malformed

_VARINT, _EIGHT_BYTES, _COUNTED, _FOUR_BYTES = 0, 1, 2, 5
_GROUP_TAG = 0x0A  # field 1, counted: ResourceSpans, ResourceLogs, ResourceMetrics
GROUP_LIMIT = 256 * 2**20
"""Largest single group of spans that is read, in bytes."""


class Signal(StrEnum):
    """What an OTLP request carries."""

    TRACES = "traces"
    LOGS = "logs"
    METRICS = "metrics"


def signal_of(head: bytes) -> Signal | None:
    """What the beginning of a file carries; None when it is no OTLP in protobuf.

    Told by the first item's fields: a span has times in 7 and 8, a log record in 1 and 11, a metric none at this level.
    """
    group = _first(head, 1)
    scope = _first(group, 2) if group else None
    item = _first(scope, 2) if scope else None
    if not item:
        return None
    fields = [(number, wire, len(value)) for number, wire, value in _fields(item)]
    shapes = {(number, wire) for number, wire, _ in fields}
    if not shapes or any(number > 20 for number, _ in shapes):
        return None
    if shapes & {(1, _EIGHT_BYTES), (11, _EIGHT_BYTES)}:
        return Signal.LOGS
    if shapes & {(7, _EIGHT_BYTES), (8, _EIGHT_BYTES)} or (1, _COUNTED, 16) in fields:
        return Signal.TRACES
    return Signal.METRICS if (1, _COUNTED) in shapes else None


def groups(stream: BinaryIO) -> Iterator[bytes]:
    """The groups of a request one by one, each a request of its own. Raises `Malformed` where the file is damaged."""
    while tag := stream.read(1):
        if tag[0] != _GROUP_TAG:
            raise Malformed("not an OTLP request in protobuf")
        size, spelled = _read_varint(stream)
        if size > GROUP_LIMIT:
            raise Malformed(f"a group larger than {GROUP_LIMIT // 2**20} MiB")
        body = stream.read(size)
        if len(body) < size:
            raise Malformed("the file ends in the middle of a group")
        yield tag + spelled + body


def _read_varint(stream: BinaryIO) -> tuple[int, bytes]:
    spelled = b""
    while len(spelled) < 10:
        byte = stream.read(1)
        if not byte:
            break
        spelled += byte
        if byte[0] < 0x80:
            return _varint(spelled, 0)[0], spelled
    raise Malformed("the file ends in the middle of a length")


def _first(message: bytes, wanted: int) -> bytes | None:
    """The first counted field of that number, perhaps cut short; None when the bytes are no such message."""
    for number, wire, value in _fields(message):
        if wire != _COUNTED or number not in (1, 2, 3):
            return None
        if number == wanted:
            return value
    return None


def _fields(message: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Number, wire type and bytes of each field until the message ends, is cut, or is none."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, wire = tag >> 3, tag & 7
        if number == 0:
            return
        if wire == _COUNTED:
            size, at = _varint(message, at)
        elif wire == _VARINT:
            size = _varint(message, at)[1] - at
        elif wire in (_EIGHT_BYTES, _FOUR_BYTES):
            size = 8 if wire == _EIGHT_BYTES else 4
        else:
            return
        yield number, wire, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place, byte in enumerate(message[at : at + 10]):
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value, at + place + 1
    return value, len(message)
