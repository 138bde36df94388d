"""Drawing: simple random without replacement within each stratum, decided by the seed and each unit's id alone.

Each unit has a number that the seed and its id give; those with the lowest are drawn. The order of rows does not
matter, nor does what else is in the lake: the same units and the same seed give the same items.
"""

import hashlib
from collections.abc import Iterable

_SEED_BYTES = 6  # a whole number that JSON readers keep exactly


def default_seed(plan: str, week: str) -> int:
    """The seed of a plan's sample of a week when nobody names another: 0 to 2^48 - 1."""
    digest = hashlib.blake2b(f"{plan} {week}".encode(), digest_size=_SEED_BYTES, person=b"benchbook seed")
    return int.from_bytes(digest.digest())


def number_of(unit: str, *, seed: int, purpose: str = "draw") -> int:
    """The unit's own random number, 0 to 2^64 - 1; for another purpose another one."""
    key = seed.to_bytes(16, signed=True)
    return int.from_bytes(hashlib.blake2b(unit.encode(), digest_size=8, key=key, person=purpose.encode()).digest())


def drawn(units: Iterable[str], items: int, *, seed: int, purpose: str = "draw") -> list[str]:
    """`items` of the units, each set of that many equally likely; in the order of their numbers."""
    return sorted(units, key=lambda unit: (number_of(unit, seed=seed, purpose=purpose), unit))[:items]
