"""Payloads made wrong on purpose: shapes of real clients with odd values in odd places, then bytes changed.

Values are changed within the structure first (a request that still parses gets furthest), bytes after that.
"""

import gzip
import json
import random
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf.message import Message
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

ODD_VALUES: tuple[object, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63 - 1, 2**63, 2**64, -(2**63), 2**70, 1e308, -0.0, 1e-320, "", " ",
    "x" * 50,
    [], {}, [None], [[1]], {"": {"": []}}, "\x00", "null", '{"a":', "2026-13-45T99:99:99Z", "9" * 400, [{}, {}],
    "\ud800", "\u202e\u2066", "\ufeff", "[" * 300 + "]" * 300, '{"a":' * 200 + "1" + "}" * 200,
    "<PERSON_\ue000a\ue001>",
    "NaN", "Infinity", "-", "1e999", "0x10", "٣", "true", {"stringValue": 1}, {"arrayValue": {"values": None}},
    {"kvlistValue": {"values": [{"key": "a"}]}}, {"intValue": "many"}, {"bytesValue": "****"}, "=1+1", "a" * 5_000,
)  # fmt: skip
ODD_KEYS = ("", ".", "a.b", "0", "__proto__", "\x00", "traceId", "trace_id", "session.id", "x" * 300, "\ud800", "$ref")
ODD_TEXTS = ("", "\x00", "\u202e", "a\ud800".encode("utf-8", "replace").decode(), "9" * 400, "[" * 300,
             '{"a":', "\n" * 40,
             "=HYPERLINK(1)", "-1", "NaN", "x" * 5_000, "\ue000a\ue001", "é" * 90, "{}", '"\\ud800"')  # fmt: skip
ODD_INTEGERS = (0, 1, -1, 2**31, 2**32, 2**53 + 1, 2**63 - 1, 2**64 - 1, 4_102_444_800_000_000_000)
CODINGS = ("", "identity", "gzip", "deflate", "GZIP", "x-gzip")


def mutated(value: Any, dice: random.Random, *, share: float = 0.04) -> Any:
    """JSON with some of its values and keys replaced by odd ones, fields left out, repeated or moved."""
    if dice.random() < share:
        return dice.choice(ODD_VALUES)
    if isinstance(value, dict):
        changed = {
            key if dice.random() > share / 4 else dice.choice(ODD_KEYS): mutated(inner, dice, share=share)
            for key, inner in value.items()
            if dice.random() > share / 4
        }
        if value and dice.random() < share / 2:  # a field of one object in another place
            changed[dice.choice(list(value))] = dice.choice(list(value.values()))
        return changed
    if isinstance(value, list):
        said = [mutated(inner, dice, share=share) for inner in value]
        return said * 2 if said and dice.random() < share / 4 else said
    return value


def json_bytes(value: Any, dice: random.Random) -> bytes:
    """The value as clients write it: in ASCII or not, sometimes with NaN, a mark, blanks or a repeated key."""
    try:
        body = json.dumps(value, ensure_ascii=dice.random() < 0.7).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        body = b"{}"
    match dice.randrange(20):
        case 0:
            return b"\xef\xbb\xbf" + body
        case 1:
            return b" \r\n\t" + body + b"\n\n"
        case 2:
            return body.replace(b": null", b": NaN", 1)
        case 3 if body.startswith(b"{") and len(body) > 2:
            return b'{"resourceSpans": 7, ' + body[1:]
    return body


def mutated_message(message: Message, dice: random.Random, *, share: float = 0.05) -> None:
    """Change some fields of a protobuf message, and of all that is within it, in place."""
    for field, value in message.ListFields():
        repeated = field.is_repeated
        if repeated and dice.random() < share / 3:
            message.ClearField(field.name)
            continue
        if field.message_type is not None:
            for inner in list(value) if repeated else [value]:
                mutated_message(inner, dice, share=share)
        elif not repeated and dice.random() < share:
            _set_oddly(message, field, dice)


def _set_oddly(message: Message, field: Any, dice: random.Random) -> None:
    kinds: dict[int, Callable[[], object]] = {
        field.CPPTYPE_STRING: lambda: dice.choice(ODD_TEXTS),
        field.CPPTYPE_DOUBLE: lambda: dice.choice((0.0, -1.0, 1e308, float("nan"), float("inf"), -float("inf"))),
        field.CPPTYPE_BOOL: lambda: dice.random() < 0.5,
    }
    odd = kinds.get(field.cpp_type, lambda: dice.choice(ODD_INTEGERS))()
    if field.type == field.TYPE_BYTES:
        odd = dice.choice(
            (b"", b"\0" * 8, b"\0" * 16, b"\xff" * 16, dice.randbytes(dice.choice((1, 7, 8, 16, 17, 400))))
        )
    try:
        setattr(message, field.name, odd)
    except (ValueError, UnicodeEncodeError):  # an integer that is too large for the field: the field is cleared
        message.ClearField(field.name)


def damaged(body: bytes, dice: random.Random) -> bytes:
    """Bytes changed, cut out, put in, moved or cut off."""
    if not body:
        return dice.randbytes(dice.randint(0, 60))
    said = bytearray(body)
    for _ in range(dice.choice((1, 1, 2, 3, 8))):
        at = dice.randrange(len(said)) if said else 0
        match dice.randrange(7):
            case 0 if said:
                said[at] ^= 1 << dice.randrange(8)
            case 1:
                said[at:at] = dice.randbytes(dice.randint(1, 8))
            case 2:
                del said[at : at + dice.randint(1, 40)]
            case 3:
                del said[at:]
            case 4:
                other = dice.randrange(len(said)) if said else 0
                said[at:at] = said[other : other + dice.randint(1, 60)]
            case 5 if said:
                said[at] = dice.choice(b'\x00\xff\x80"{}[],:\\')
            case _:
                said[at : at + 1] = b"\xff\xff\xff\xff\x0f"[: dice.randint(1, 5)]  # a length without end
    return bytes(said)


def coded(body: bytes, coding: str, dice: random.Random) -> bytes:
    """The body in its Content-Encoding; a few in two members, or cut short."""
    match coding.lower():
        case "gzip" | "x-gzip":
            half = len(body) // 2
            sent = gzip.compress(body, 1)
            if dice.random() < 0.1:
                sent = gzip.compress(body[:half], 1) + gzip.compress(body[half:], 1)
            return damaged(sent, dice) if dice.random() < 0.05 else sent
        case "deflate":
            return zlib.compress(body, 1)
    return body


def spans_of(body: bytes) -> Iterator[tuple[str, str]]:
    """Trace and span ids of a protobuf request that can be read, as the receiver spells them."""
    for group in ExportTraceServiceRequest.FromString(body).resource_spans:
        for scope in group.scope_spans:
            for span in scope.spans:
                yield span.trace_id.hex(), span.span_id.hex()
