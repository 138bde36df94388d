"""Every regular expression of the product on a megabyte that nearly matches it; found by listing, not by hand."""

import importlib
import multiprocessing
import pkgutil
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from benchmarks.scrub_hostile import LIMIT_SECONDS_PER_MILLION, nearly, patterns, seconds
from tests.torture.attack import OneRound, Place

CHARACTERS = 1_000_000
ROOMS = ("ingest", "metrics", "pages", "review", "scrub", "storage", "charts", "components")
ANSWERED_SECONDS = 90.0
AT_ONCE = 4
"""Expressions of one round."""


def all_patterns() -> dict[str, re.Pattern[str]]:
    """Every expression that a module of any room holds, by module and name; of scrubbing those of its registry too."""
    found = patterns()
    for room in ROOMS:
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            if any(part in module.name for part in (".lists.build", ".migrations.", "pages.")):
                continue  # scripts and pages run when they are imported
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    found.setdefault(f"{module.name}.{name}", value)
    return found


@contextmanager
def expressions(place: Place) -> Iterator[OneRound]:
    """Each round tries some expressions in a process of its own, which is ended when one does not come back."""
    names = sorted(all_patterns())
    order = place.dice("order").sample(names, len(names))
    trial = _Trial()

    def one_round() -> None:
        at = place.round * AT_ONCE
        for name in (order[(at + step) % len(order)] for step in range(AT_ONCE)):
            place.count("expressions tried")
            took = trial.seconds(name, seed=place.dice().randrange(10**6))
            place.expect(
                took is not None,
                f"{name} does not come back from a megabyte in {ANSWERED_SECONDS:.0f} s",
                zero="answers that never came",
            )
            place.expect(
                took is None or took <= LIMIT_SECONDS_PER_MILLION, f"{name} needs {took or 0:.1f} s for a megabyte"
            )

    try:
        yield one_round
    finally:
        trial.end()


class _Trial:
    """A process that tries expressions; it is started anew after one that hung."""

    def __init__(self) -> None:
        self._line: Connection | None = None
        self._process: multiprocessing.process.BaseProcess | None = None

    def seconds(self, name: str, *, seed: int) -> float | None:
        """CPU seconds of the slowest of four megabytes made for the expression; None when it did not come back."""
        if self._line is None:
            self._start()
        assert self._line is not None
        self._line.send((name, seed))
        if not self._line.poll(ANSWERED_SECONDS * 4):
            self.end()
            return None
        took: float = self._line.recv()
        return took

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=_tried, args=(theirs,), daemon=True)
        self._process.start()

    def end(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._line = self._process = None


def _tried(line: Connection) -> None:
    known = all_patterns()
    while True:
        name, seed = line.recv()
        line.send(
            max(
                _cost(known[name], text, is_of_scrubbing=name.startswith("scrub."))
                for text in nearly(known[name], CHARACTERS, seed)
            )
        )


def _cost(pattern: re.Pattern[str], text: str, *, is_of_scrubbing: bool) -> float:
    """Of the whole scrubber where the expression is one of its own, else of looking for it everywhere."""
    if is_of_scrubbing:
        return seconds(text)
    began = time.process_time()
    for _ in pattern.finditer(text):
        pass
    return time.process_time() - began
