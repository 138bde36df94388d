"""What texts cost that were made to be slow: for every expression of the scrubber, repeated text that nearly matches.

python -m benchmarks.scrub_hostile [--kilobytes 1000] [--slowest 15] [--languages en ...]

Expressions are found by listing the package, so a new one is attacked without anybody thinking of it. Each text is
scrubbed as people's words, with a cold cache; the limit is 5 s of CPU time for a million characters.
"""

import argparse
import importlib
import pkgutil
import random
import re
import time
from collections.abc import Iterator
from re import _constants as sre  # type: ignore[attr-defined]  # the compiled form of an expression has no public name
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import scrub
from scrub import Policy, TextKind
from scrub.detection import Detector
from scrub.languages import LANGUAGES
from scrub.recognisers import recognisers

LIMIT_SECONDS_PER_MILLION = 5.0
_CATEGORIES = {
    sre.CATEGORY_DIGIT: "7", sre.CATEGORY_WORD: "a", sre.CATEGORY_SPACE: " ", sre.CATEGORY_NOT_WORD: ".",
    sre.CATEGORY_NOT_DIGIT: "a", sre.CATEGORY_NOT_SPACE: "a",
}  # fmt: skip
_TRIED = "aA7 .-:@/\né"


def patterns() -> dict[str, re.Pattern[str]]:
    """Every expression of the package and of what it registers with Presidio, by module and name."""
    policy = Policy(languages=tuple(LANGUAGES))
    rules = [one for kind in TextKind for code in LANGUAGES for one in recognisers(policy, kind, code)]
    registered = {type(one).__module__ for one in rules}
    modules = {found.name for found in pkgutil.walk_packages(scrub.__path__, "scrub.")} | registered
    found: dict[str, re.Pattern[str]] = {}
    for name in sorted(modules):
        for variable, value in vars(importlib.import_module(name)).items():
            found.update({f"{name}.{variable}{place}": one for place, one in _within(value)})
    for rule in rules:
        found.update(
            {f"{type(rule).__module__}.{type(rule).__name__}{place}": one for place, one in _within(vars(rule))}
        )
    return {name: one for name, one in found.items() if isinstance(one.pattern, str)}


def _within(value: object) -> Iterator[tuple[str, re.Pattern[str]]]:
    if isinstance(value, re.Pattern):
        yield "", value
    elif isinstance(value, tuple | list | dict):
        for number, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from ((f"[{number}]{place}", one) for place, one in _within(inner))


def nearly(pattern: re.Pattern[str], characters: int, seed: int = 0) -> Iterator[str]:
    """Texts of that length that begin to match the expression again and again: whole, cut, and with a wrong end."""
    written = "".join(_written(parser.parse(pattern.pattern, pattern.flags), random.Random(seed))) or "x"
    for pump in (written, written[:-1] or "x", f"{written}!", f"{written} "):
        yield (pump * (characters // len(pump) + 1))[:characters]


def _written(tree: Any, chance: random.Random) -> Iterator[str]:
    """A text that the expression describes, but for what it looks ahead or behind for."""
    for operation, said in tree:
        if operation is sre.LITERAL:
            yield chr(said)
        elif operation in {sre.NOT_LITERAL, sre.ANY}:
            yield next(letter for letter in _TRIED if ord(letter) != said)
        elif operation is sre.IN:
            yield _one_of(said)
        elif operation in {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}:
            fewest, most, inner = said
            for _ in range(max(1, fewest, min(most, chance.choice((1, 2, 4))))):
                yield from _written(inner, chance)
        elif operation is sre.SUBPATTERN:
            yield from _written(said[-1], chance)
        elif operation is sre.BRANCH:
            yield from _written(chance.choice(said[1]), chance)


def _one_of(items: list[tuple[Any, Any]]) -> str:
    if items[0][0] is sre.NEGATE:
        return next(letter for letter in _TRIED if not any(_holds(item, letter) for item in items[1:]))
    kind, said = items[-1]
    return chr(said) if kind is sre.LITERAL else chr(said[0]) if kind is sre.RANGE else _CATEGORIES[said]


def _holds(item: tuple[Any, Any], letter: str) -> bool:
    kind, said = item
    if kind is sre.CATEGORY:
        return letter == _CATEGORIES[said] or (said is sre.CATEGORY_WORD and letter.isalnum())
    low, high = said if kind is sre.RANGE else (said, said)
    return bool(low <= ord(letter) <= high)


def seconds(text: str, policy: Policy | None = None) -> float:
    """CPU seconds of a first look at a text; the clock that would mask it whole stands still."""
    detector = Detector(policy or Policy(), clock=lambda: 0.0)
    start = time.process_time()
    detector.spans(text, TextKind.PROSE)
    return time.process_time() - start


def main() -> None:
    """Print the slowest, in seconds for a million characters, and how many there were."""
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--kilobytes", type=int, default=1_000)
    said.add_argument("--slowest", type=int, default=15)
    said.add_argument("--languages", nargs="+", default=["en"], help="that the policy names; forms of all are attacked")
    options = said.parse_args()
    policy = Policy(languages=tuple(options.languages))
    seconds(
        "Hello Maria, chciałbym zmienić swój lot na jutro, ponieważ moja córka jest chora i nie może. " * 9
    )  # lists
    characters = options.kilobytes * 1_000
    costs = [
        (seconds(text, policy) * 1e6 / characters, name, text[:40])
        for name, pattern in patterns().items()
        for text in nearly(pattern, characters)
    ]
    for cost, name, text in sorted(costs, reverse=True)[: options.slowest]:
        print(f"{cost:6.2f} s/million  {name:45} {text!r}")
    over = sum(cost > LIMIT_SECONDS_PER_MILLION for cost, _, _ in costs)
    print(f"{len(costs)} texts of {characters:,} characters; {over} over {LIMIT_SECONDS_PER_MILLION} s")


if __name__ == "__main__":
    main()
