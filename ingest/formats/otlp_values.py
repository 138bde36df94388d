"""OTLP's JSON values, ids and enumerations, read tolerantly: as the standard says, and as clients spell them.

Ids are hex (also upper case), or base64 where a protobuf library wrote them; 64-bit numbers are strings or numbers and
never pass through a float; keys are camelCase or snake_case; unset variants may stand there as null.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from ingest.raw import Attributes
from ingest.values import MAX_DEPTH, finite, nanoseconds, real

_HEX = re.compile(r"[0-9a-fA-F]+")
_STATUS = {"0": "unset", "1": "ok", "2": "error", "STATUS_CODE_UNSET": "unset", "STATUS_CODE_OK": "ok",
           "STATUS_CODE_ERROR": "error", "OK": "ok", "ERROR": "error", "UNSET": "unset"}  # fmt: skip
_VARIANTS = {
    "stringValue": "string", "string_value": "string", "intValue": "int", "int_value": "int",
    "doubleValue": "double", "double_value": "double", "boolValue": "bool", "bool_value": "bool",
    "arrayValue": "array", "array_value": "array", "kvlistValue": "kvlist", "kvlist_value": "kvlist",
    "bytesValue": "bytes", "bytes_value": "bytes",
}  # fmt: skip


def first(said: Mapping[str, Any], *names: str) -> Any:
    """The first of these keys that holds something."""
    for name in names:
        value = said.get(name)
        if value is not None:
            return value
    return None


def tables(value: object) -> list[dict[str, Any]]:
    """The objects of a list; what is none is passed over."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def table(value: object) -> dict[str, Any]:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def text(value: object) -> str:
    """Text, or an empty one."""
    return value if isinstance(value, str) else ""


def id_text(value: object, octets: int) -> str:
    """An id as lower-case hex; base64 of the right length is told by its length; anything else stays as it is."""
    if not isinstance(value, str) or not value:
        return ""
    if _HEX.fullmatch(value) and len(value) != _base64_length(octets):
        return value.lower()
    if len(value) == _base64_length(octets) or value.endswith("="):
        try:
            raw = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            return value
        if len(raw) == octets:
            return raw.hex()
    return value.lower() if _HEX.fullmatch(value) else value


def _base64_length(octets: int) -> int:
    return (octets + 2) // 3 * 4


def status_of(value: object) -> str:
    """ok, error or unset."""
    return _STATUS.get(str(value).strip().upper(), "unset") if value is not None else "unset"


def attributes_of(pairs: object) -> Attributes:
    """Attributes as a dict: from a list of key and value, or from an object that is one already."""
    if isinstance(pairs, dict):
        return dict(pairs)
    if not isinstance(pairs, list):
        return {}
    found: Attributes = {}
    for pair in pairs:
        if isinstance(pair, dict) and isinstance(key := pair.get("key"), str):
            value = pair.get("value")
            if isinstance(value, dict):
                said = value.get("stringValue")
                found[key] = said if isinstance(said, str) else value_of(value)
            else:
                found[key] = value
    return found


def value_of(value: object, depth: int = 0) -> object:
    """One attribute value as Python has it."""
    if not isinstance(value, dict):
        return value
    if depth > MAX_DEPTH:
        return None
    for name, inside in value.items():
        variant = _VARIANTS.get(name)
        if variant is not None and inside is not None:
            return _variant(variant, inside, depth + 1)
    return None


def _variant(variant: str, inside: Any, depth: int) -> object:
    match variant:
        case "int":
            number = nanoseconds(inside)
            return number if number is not None else inside
        case "double":
            exact = real(inside)
            return exact if exact is not None else finite(inside) if isinstance(inside, float) else inside
        case "array":
            items = first(table(inside), "values")
            return [value_of(item, depth) for item in items] if isinstance(items, list) else []
        case "kvlist":
            pairs = table(inside).get("values")
            return {text(pair.get("key")): value_of(pair.get("value"), depth) for pair in tables(pairs)}
        case "bytes":
            return _bytes(inside)
    return inside


def _bytes(inside: object) -> object:
    """Bytes read as text, as the protobuf form is."""
    try:
        return base64.b64decode(inside, validate=True).decode("utf-8", "replace") if isinstance(inside, str) else inside
    except (binascii.Error, ValueError):
        return inside
