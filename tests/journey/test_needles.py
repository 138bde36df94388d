"""What the search for canaries finds is what `in` finds, at any place, also across the parts that it reads at once."""

import random

import pytest

from tests.journey import needles
from tests.journey.needles import Needles


def test_it_finds_what_in_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needles, "_AT_ONCE", 64)
    dice = random.Random(7)  # noqa: S311 - repeatable
    values = [dice.randbytes(dice.randint(8, 30)) for _ in range(40)] + [b"+1 415 555 0100", b"+1 415 555 0101"]
    searched = Needles(values)
    for _ in range(300):
        pieces = [piece for value in dice.sample(values, 3) for piece in (dice.randbytes(dice.randrange(90)), value)]
        haystack = b"".join(pieces)[dice.randrange(4) : -1 if dice.random() < 0.5 else None]
        assert searched.found_in(haystack) == {value for value in values if value in haystack}
    assert searched.found_in(b"") == searched.found_in(b"too few") == set()
