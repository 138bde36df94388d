"""JSON inside a string, walked without being written anew: every value and key with its place in the text."""

import json
import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import NamedTuple

LONGEST = 1_048_576
DEEPEST = 5
"""JSON in a string in JSON in a string ... is followed this far."""

_MORE_FOLLOWS = "Extra data"
_DECODER = json.JSONDecoder()
_BLANKS = re.compile(r"[ \t\r\n]*(?:\Z|(?=([{\[])))")
LONGEST_NUMBER = 30
_POWER = re.compile(r"\d+(?:\.\d+)?[eE][+-]?\d{1,2}")

_TOKEN = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"([ \t\r\n]*:)?|([{}\[\]])|(-?\d[\d.eE+-]*)')
_BEGINS = re.compile(r"[ \t\r\n]{0,1000}(?:\"\\{0,15}){0,4}[{\[]")
_ESCAPE = re.compile(r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)")
PROSE_ROLES = frozenset({"user", "assistant", "human", "ai"})


class Leaf(NamedTuple):
    """A key, string or number of a JSON text. `start` and `end` are of what is inside the quotes.

    `owner` numbers the object or list that it stands in.
    """

    start: int
    end: int
    key: str
    parent: str
    is_key: bool = False
    is_number: bool = False
    is_prose: bool = False
    owner: int = 0


def is_json_like(text: str) -> bool:
    """Whether the text begins as JSON that we follow does; quick."""
    return _BEGINS.match(text) is not None


def is_json(text: str) -> bool:
    """Whether the text is a JSON object or list that we follow, one in a JSON string, or several one after another."""
    if len(text) > LONGEST or not is_json_like(text):
        return False
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.msg == _MORE_FOLLOWS and _are_json(text)
    except (ValueError, RecursionError):
        return False
    return True


def _are_json(text: str) -> bool:
    """Whether the text is objects and lists with blanks between them, such as one a line."""
    values = 0
    start = _BLANKS.match(text)
    try:
        while start and start[1]:
            end = _DECODER.raw_decode(text, start.start(1))[1]
            start = _BLANKS.match(text, end)
            values += 1
    except (ValueError, RecursionError):
        return False
    return values > 1 and start is not None


class _Open(NamedTuple):
    key: str
    parent: str
    role: list[str]
    number: int = 0


def leaves(text: str, wanted: Callable[[str], bool] | None = None) -> Iterator[Leaf]:
    """Keys, strings and numbers of a valid JSON text, in its order; of keys only the `wanted`, if that is said."""
    stack: list[_Open] = [_Open("", "", [""])]
    key, opened = "", 0
    for token in _TOKEN.finditer(text):
        body, colon, bracket, number = token.groups()
        top = stack[-1]
        if bracket:
            if bracket in "{[":
                opened += 1
                stack.append(_Open(key or top.key, top.key if key else top.parent, [top.role[0]], opened))
            elif len(stack) > 1:
                stack.pop()
            key = ""
        elif colon is not None:
            key = body
            if wanted is None or wanted(body):
                yield Leaf(token.start(1), token.end(1), "", "", is_key=True, owner=top.number)
        else:
            name, above = (key, top.key) if key else (top.key, top.parent)
            key = ""
            if number is not None:
                yield Leaf(token.start(4), token.end(4), name, above, is_number=True, owner=top.number)
                continue
            if name == "role":
                top.role[0] = body
            prose = top.role[0] in PROSE_ROLES and name in {"content", "text"}
            yield Leaf(token.start(1), token.end(1), name, above, is_prose=prose, owner=top.number)


def whole_number(number: str) -> str:
    """The digits before the point of a number as JSON writes it, without its sign; none for 0 and for what is too long.

    A number with an exponent is written out.
    """
    plain = number.lstrip("-")
    if len(plain) <= LONGEST_NUMBER and _POWER.fullmatch(plain):
        plain = format(Decimal(plain), "f")
    whole = plain.partition(".")[0].lstrip("0")
    return whole if len(whole) <= LONGEST_NUMBER and whole.isdecimal() else ""


def unescaped(literal: str) -> str:
    """The string that a JSON literal (without its quotes) stands for."""
    return str(json.loads(f'"{literal}"', strict=False)) if "\\" in literal else literal


class Places:
    """Where each character of an unescaped string begins in its literal; the one behind the last is the literal's end.

    Only escapes are remembered, for a long literal has few findings.
    """

    __slots__ = ("_escapes", "_shifts")

    def __init__(self, literal: str) -> None:
        self._escapes = array("l")  # places in the unescaped string that were escaped
        self._shifts = array("l", (0,))  # characters that the literal has more, before each of them and at the end
        shift = 0
        for escape in _ESCAPE.finditer(literal):
            start, end = escape.span()
            self._escapes.append(start - shift)
            shift += end - start - 1
            self._shifts.append(shift)

    def __getitem__(self, place: int) -> int:
        return place + self._shifts[bisect_left(self._escapes, place)]
