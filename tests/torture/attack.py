"""What every attack is given and what it gives back: dice from a seed, a folder, counts, findings.

An attack is a context manager: it sets up, yields a function that does one round, and checks once more at its end.
Round number N of seed S throws the same dice whatever came before it, so a finding can be looked for again.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ingest.receive.boundary import place_of

MOST_FINDINGS = 40
"""Of one attack: one defect is often found a thousand times."""
MUST_BE_ZERO = (
    "acknowledged spans lost", "acknowledged labels lost", "doubled", "answers of 500", "answers that never came",
    "scripts run", "remote fetches", "role bypasses", "personal values found",
)  # fmt: skip
"""Counts that the report shows first; each of them is a finding too."""


class Skipped(Exception):
    """This machine cannot be attacked so; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A defect that an attack met, and how to meet it again. It never quotes trace text."""

    attack: str
    what: str
    repeat: str


@dataclass
class Place:
    """Where one attack works: its folder, its dice, what it has counted and found."""

    attack: str
    folder: Path
    seed: int
    seconds: float
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    round: int = 0

    def dice(self, *more: object) -> random.Random:
        """Chance of this round; the same for the same seed and round."""
        said = "/".join(map(str, (self.seed, self.attack, self.round, *more)))
        return random.Random(said)  # noqa: S311 - moments and bytes, no secret

    def count(self, what: str, by: int = 1) -> None:
        """Note that something was done `by` times."""
        self.counts[what] += by

    def found(self, what: str, *, zero: str | None = None, by: int = 1) -> None:
        """Note a defect; `zero` is the count of `MUST_BE_ZERO` that it raises."""
        if zero is not None:
            assert zero in MUST_BE_ZERO, zero
            self.counts[zero] += by
        is_new = all(what != one.what for one in self.findings)
        if is_new and len(self.findings) < MOST_FINDINGS:
            how = f"python -m tests.torture --only {self.attack} --seed {self.seed} --round {self.round}"
            self.findings.append(Finding(self.attack, what, how))

    def expect(self, holds: bool, what: str, *, zero: str | None = None, by: int = 1) -> bool:
        """Note a defect unless it holds; whether it does."""
        if not holds:
            self.found(what, zero=zero, by=by)
        return holds


OneRound = Callable[[], None]
Opened = Callable[[Place], AbstractContextManager[OneRound]]


@dataclass(frozen=True, slots=True)
class Attack:
    """`share` of the time of a whole run; `short_seconds` beside setting up, when `make check` runs it.

    Not `is_short`: it takes minutes, or has a short form elsewhere, and is left to the long run.
    """

    name: str
    what: str
    open: Opened
    share: float
    short_seconds: float
    is_short: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attack. `skipped` is the reason why it was not made."""

    attack: str
    what: str
    rounds: int
    seconds: float
    counts: Counter[str]
    findings: list[Finding]
    skipped: str = ""


def run(attack: Attack, folder: Path, *, seed: int, seconds: float, only_round: int | None = None) -> Outcome:
    """Set up, do rounds until the time is over (one at least), check at the end.

    `only_round` does that round alone: to repeat a finding.
    """
    folder.mkdir(parents=True, exist_ok=True)
    place, began, rounds = Place(attack.name, folder, seed, seconds), time.monotonic(), 0
    try:
        with attack.open(place) as one_round:
            ends = time.monotonic() + seconds
            while rounds == 0 or (only_round is None and time.monotonic() < ends):
                place.round = rounds if only_round is None else only_round
                rounds += 1
                with _noting(place):
                    one_round()
    except Skipped as skipped:
        return Outcome(attack.name, attack.what, rounds, time.monotonic() - began, place.counts, [], str(skipped))
    except AssertionError as error:  # of setting up, or of the check at the end
        place.found(_said(error))
    except Exception as error:  # noqa: BLE001 - one attack that breaks must not end the others
        place.found(_broken(error))
    return Outcome(attack.name, attack.what, rounds, time.monotonic() - began, place.counts, place.findings)


@contextmanager
def _noting(place: Place) -> Iterator[None]:
    """An assertion of a round is a finding, and the next round is done all the same."""
    try:
        yield
    except AssertionError as error:
        place.found(_said(error))
    except Skipped:
        raise
    except Exception as error:  # noqa: BLE001 - told as a finding: either ours or the product's
        place.found(_broken(error))


def _broken(error: Exception) -> str:
    """Where an attack itself stopped; the message is left out, it may quote what was sent."""
    return f"the attack broke off: {place_of(error)}"


def _said(error: AssertionError) -> str:
    return " ".join(str(error).split())[:600] or "an assertion without words failed"
