"""JSON inside a string, walked without being written anew: every value and key with its place in the text."""

import json
import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import NamedTuple

LONGEST = 1_048_576
DEEPEST = 5
"""JSON in a string in JSON in a string ... is followed this far."""

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
    """Whether the text is a JSON object or list that we follow, or one in a JSON string."""
    if len(text) > LONGEST or not is_json_like(text):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


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


def numbers(text: str, depth: int = 0) -> frozenset[tuple[int, int]]:
    """Start and end of every number that a JSON text holds, also in JSON in its strings; none of other text."""
    found: set[tuple[int, int]] = set()
    if depth >= DEEPEST or not is_json(text):
        return frozenset()
    for leaf in leaves(text):
        if leaf.is_number:
            found.add((leaf.start, leaf.end))
        elif not leaf.is_key and leaf.end - leaf.start > 2:
            literal = text[leaf.start : leaf.end]
            if inner := numbers(unescaped(literal), depth + 1):
                where = Places(literal)
                found.update((leaf.start + where[start], leaf.start + where[end]) for start, end in inner)
    return frozenset(found)


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
