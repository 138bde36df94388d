"""A team's own classifier of injected instructions, called so that it can neither stop an ingest nor slow it for long.

It is a class of the team's, named in `benchbook.toml` as `module:Class`, with a method `probabilities(texts)`. It is
made once in each worker process, gets texts that are scrubbed already, each distinct one once, and answers with numbers
from 0 to 1. Whatever goes wrong - it cannot be made, raises, takes too long, answers nonsense - its answer is None:
not judged. It then rests for a while.
"""

import importlib
import math
import threading
import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Protocol

from errors import UsageError

REST_SECONDS = 60.0
"""After a failure nobody asks it for this long, so that a slow one does not slow every request."""


class Classifier(Protocol):
    """What the team's class must be."""

    def probabilities(self, texts: Sequence[str]) -> Sequence[float]:
        """For each text how likely it holds an injected instruction, 0-1."""
        ...


class Guarded:
    """The classifier in a thread of its own, with a time limit and a rest after each failure."""

    def __init__(
        self, make: Callable[[], Classifier], *, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._make = make
        self._seconds = seconds
        self._clock = clock
        self._rests_until = -math.inf
        self._made: Classifier | None = None
        self._busy: threading.Thread | None = None
        self.failures = 0

    def probabilities(self, texts: Sequence[str]) -> list[float | None]:
        """The classifier's answers; None for all of them when it gave none in time or no numbers from 0 to 1."""
        none: list[float | None] = [None] * len(texts)
        if not texts or self._clock() < self._rests_until or (self._busy is not None and self._busy.is_alive()):
            return none
        answers: SimpleQueue[list[float | None] | None] = SimpleQueue()
        self._busy = threading.Thread(target=self._ask, args=(texts, answers), name="classifier", daemon=True)
        self._busy.start()
        self._busy.join(self._seconds)
        said = answers.get_nowait() if not answers.empty() else None
        if said is None:
            self.failures += 1
            self._rests_until = self._clock() + REST_SECONDS
            return none
        return said

    def _ask(self, texts: Sequence[str], answers: "SimpleQueue[list[float | None] | None]") -> None:
        try:
            if self._made is None:
                self._made = self._make()
            answers.put(_checked(self._made.probabilities(list(texts)), len(texts)))
        except BaseException:  # noqa: BLE001  # somebody else's code; its message could quote a trace
            answers.put(None)


def _checked(said: Sequence[float], texts: int) -> list[float | None] | None:
    """The numbers, or None when they are not one from 0 to 1 for each text."""
    numbers: list[float | None] = [float(one) for one in said]
    is_whole = len(numbers) == texts and all(one is not None and 0 <= one <= 1 for one in numbers)
    return numbers if is_whole else None


def named(where: str) -> Callable[[], Classifier]:
    """What makes the classifier that `module:Class` names; it is imported when it is first made.

    Raises `UsageError` when the name is none.
    """
    module, _, name = where.partition(":")
    if not (module and name.isidentifier() and all(part.isidentifier() for part in module.split("."))):
        raise UsageError(f"injection.classifier: {where} is no module:Class")

    def made() -> Classifier:
        kind: Callable[[], Classifier] = getattr(importlib.import_module(module), name)
        return kind()

    return made
