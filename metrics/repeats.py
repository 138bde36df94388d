"""Repeated tool calls: the same tool with the same arguments, again, within one trace."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Repeat:
    """This call is number `nth` of `times` identical ones."""

    nth: int
    times: int


def repeated_calls(calls: Sequence[tuple[str, str]]) -> list[Repeat | None]:
    """For each call (tool, arguments), in order of start: its place among identical ones; None for a single one.

    Arguments that are JSON are compared by value, so the order of keys and blanks do not matter.
    """
    same = [(tool, _by_value(arguments)) for tool, arguments in calls]
    times = Counter(same)
    places = list(_places(same))
    return [Repeat(nth, times[call]) if times[call] > 1 else None for call, nth in zip(same, places, strict=True)]


def _places(calls: Iterable[tuple[str, str]]) -> Iterable[int]:
    seen: Counter[tuple[str, str]] = Counter()
    for call in calls:
        seen[call] += 1
        yield seen[call]


def _by_value(arguments: str) -> str:
    try:
        return json.dumps(json.loads(arguments), sort_keys=True)
    except (ValueError, RecursionError):
        return arguments.strip()
