"""Values as clients send them, turned into what can be stored: exact numbers, valid text, bounded JSON."""

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

import orjson

from errors import Malformed

MAX_TEXT = 1_000_000
"""Characters of one value; the rest is cut and the span marked `truncated`."""
MAX_DEPTH = 32
MOST_VALUES = 8_000_000
"""Values of one body of JSON: each takes up to 100 bytes of memory, also an empty one that came as two."""
MAX_NUMBERS = 64
"""A longer list of bare numbers is a vector, not a statement: its length is kept."""
MAX_MOMENT = 2**63
MOST_COUNT = 10**13
"""Tokens, nanoseconds to the first one ...: a greater count is an error, or somebody's card number gone astray."""
MOST_MEASURED = 1e12
"""The same for scores."""
_JSON_STARTS = frozenset('{["')
_JSON_WORDS = {"null": None, "true": True, "false": False}
_MONEY_STEP = Decimal("1e-10")
_MONEY_MOST = Decimal("1e8")
_ISO_FRACTION = re.compile(r"\.(\d{1,9})\d*")
CUT = "…"
_LONGEST_WORD = 400
_LAST_WORD = re.compile(r"[\d ().+-]*\S*\Z")


def read_json(body: bytes, what: str = "JSON") -> object:
    """The JSON of a body, also with lone surrogates or NaN in it; raises `Malformed`."""
    if len(body) > MOST_VALUES and body.count(b"{") + body.count(b"[") + body.count(b",") > MOST_VALUES:
        raise Malformed(f"more than {MOST_VALUES // 10**6} million values at once; send smaller batches")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"the body is not {what}, or is cut short") from error


def parsed(value: object) -> object:
    """What a string of JSON says, also when it was encoded twice; any other value as it is.

    Numbers in strings stay text: `1.10` is a version, not 1.1.
    """
    for _ in range(3):
        if not isinstance(value, str) or not value:
            return value
        if value[0] not in _JSON_STARTS and not value[0].isspace():
            return _JSON_WORDS.get(value, value)
        try:
            value = orjson.loads(value)
        except (orjson.JSONDecodeError, UnicodeEncodeError):
            return value
    return value


def storable(text: str) -> str:
    """The text with NUL and lone surrogates replaced, since no store takes them."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8") if _has_surrogate(text) else text


def _has_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def json_text(value: object) -> str:
    """The value as JSON that every store reads."""
    try:
        said = orjson.dumps(value)
    except (TypeError, orjson.JSONEncodeError, RecursionError):
        said = orjson.dumps(Bounded().of(value))
    if b"\\u0000" in said:
        said = said.replace(b"\\u0000", b"\\ufffd")
    return said.decode()


def text_of(value: object) -> str | None:
    """The value as text: JSON for lists and objects; None for nothing."""
    if isinstance(value, str):
        return value or None
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return str(value)
    return json_text(value)


class Bounded:
    """Makes any value storable: caps depth, length and vectors. `cut` says whether something was lost."""

    __slots__ = ("cut",)

    def __init__(self) -> None:
        self.cut = False

    def of(self, value: object, depth: int = 0) -> object:
        """The value within the limits."""
        if isinstance(value, str):
            return self.text(value)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            return value if -MAX_MOMENT <= value < MAX_MOMENT else str(value)
        if isinstance(value, float):
            return value if math.isfinite(value) else _not_finite(value)
        if depth >= MAX_DEPTH:
            self.cut = True
            return CUT
        if isinstance(value, Mapping):
            return {storable(str(key)): self.of(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return self._list(value, depth)
        if isinstance(value, bytes):
            return self.text(value.decode("utf-8", "replace"))
        return self.text(str(value))

    def text(self, text: str) -> str:
        """The text without what cannot be stored, at most `MAX_TEXT` characters."""
        if len(text) > MAX_TEXT:
            self.cut = True
            # without the word or number in which the cut fell: half a card number is not known for one
            last = _LAST_WORD.search(text, MAX_TEXT - _LONGEST_WORD, MAX_TEXT)
            text = text[: last.start() if last else MAX_TEXT] + CUT
        return storable(text)

    def _list(self, value: list[object] | tuple[object, ...], depth: int) -> object:
        if len(value) > MAX_NUMBERS and all(isinstance(item, int | float) for item in value[:MAX_NUMBERS]):
            return {"omitted": "numbers", "count": len(value)}
        return [self.of(item, depth + 1) for item in value]


def _not_finite(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def finite(value: float) -> float | str:
    """A number as it is; NaN and the infinities as words, since JSON has none."""
    return value if math.isfinite(value) else _not_finite(value)


def whole_number(value: object) -> int | None:
    """A count, or None when the value is none or beyond all counts; never negative."""
    try:
        number = value if isinstance(value, int | float | Decimal) else Decimal(str(value))
        # compared before it is made whole: 1e999999999 would be a number of a gigabyte
        return int(number) if 0 <= number < MOST_COUNT else None
    except (ValueError, OverflowError, InvalidOperation):
        return None


def measured(value: object) -> float | None:
    """A score or similarity, or None when the value is none or beyond all scores."""
    number = real(value)
    return number if number is not None and abs(number) < MOST_MEASURED else None


def real(value: object) -> float | None:
    """A finite number, or None."""
    if isinstance(value, dict | list) or value is None:
        return None
    try:
        number = float(value) if isinstance(value, int | float | Decimal) else float(str(value))
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def money(value: object) -> Decimal | None:
    """US dollars to ten places, or None when the value is no sensible amount."""
    if isinstance(value, bool | dict | list) or value is None:
        return None
    try:
        amount = Decimal(str(value))
        return amount.quantize(_MONEY_STEP) if 0 <= amount < _MONEY_MOST else None
    except (InvalidOperation, ValueError):
        return None


def flag(value: object) -> bool | None:
    """Yes or no, or None when the value is neither."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    return {"true": True, "yes": True, "false": False, "no": False}.get(str(value).strip().lower())


def nanoseconds(value: object) -> int | None:
    """Nanoseconds since 1970 from an integer, a decimal string or a float; exact where the source is."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        text = value.strip()
        digits = text[1:] if text[:1] in ("-", "+") else text
        return int(text) if digits.isdecimal() and len(digits) < 40 else None
    if isinstance(value, float):
        return int(value) if math.isfinite(value) else None
    return None


def moment_ns(value: object) -> int | None:
    """Nanoseconds since 1970 from ISO text (no zone means UTC), a datetime, or an epoch in s, ms, µs or ns."""
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        since = aware - datetime(1970, 1, 1, tzinfo=UTC)
        return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000
    if isinstance(value, str) and not value.strip().lstrip("+-").replace(".", "", 1).isdecimal():
        return _iso_ns(value.strip())
    number = real(value)
    if number is None or not 10**8 < number < 10**20:
        return None
    for limit, unit in ((10**11, 10**9), (10**14, 10**6), (10**17, 10**3)):
        if number < limit:
            return round(number * unit)
    return nanoseconds(value)


def _iso_ns(text: str) -> int | None:
    fraction = _ISO_FRACTION.search(text)
    try:
        at = datetime.fromisoformat(_ISO_FRACTION.sub("", text, count=1) if fraction else text)
        whole = moment_ns(at)
    except (ValueError, OverflowError):
        return None
    return whole + int(fraction[1].ljust(9, "0")) if whole is not None and fraction else whole


def instant(value: object) -> datetime | None:
    """A moment to the microsecond, UTC, or None."""
    nanos = moment_ns(value)
    if nanos is None:
        return None
    try:
        return datetime.fromtimestamp(nanos // 10**9, UTC).replace(microsecond=nanos // 1000 % 10**6)
    except (ValueError, OverflowError, OSError):
        return None
