"""How many items each stratum gets: one item after the other, each to the stratum where it helps most."""

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from errors import UsageError
from review.sampling.plans import Allocation


@dataclass(frozen=True, slots=True)
class Sizes:
    """A stratum as allocation sees it: N_h, and the standard deviation of what is measured in it (for Neyman's)."""

    name: str
    population: int
    spread: float = 1.0
    certainty: bool = False


def allocate(strata: Sequence[Sizes], *, size: int, rule: Allocation, floor: int) -> dict[str, int]:
    """Items per stratum, by name; all of a certainty stratum, at least `floor` (or all) of the others.

    The items above the floors go one by one to the stratum where they reduce the variance of the mean most, which is
    the optimum in whole numbers. Proportional allocation is the optimum when all strata are equally spread.

    Fewer come out when the frame is smaller. Raises `UsageError` when `size` cannot hold certain items and floors.
    Source: Neyman 1934, JRSS 97:558-625; in whole numbers Wright 2012, The American Statistician 66:217-224.
    """
    least = {one.name: one.population if one.certainty else min(floor, one.population) for one in strata}
    if sum(least.values()) > size and sum(one.population for one in strata) > size:
        raise UsageError(_too_small(strata, least, size=size, floor=floor))
    items = dict(least)
    waiting = [(-_gain(one, items[one.name], rule), -one.population, one.name, one) for one in strata]
    waiting = [entry for entry in waiting if items[entry[2]] < entry[3].population]
    heapq.heapify(waiting)
    left = size - sum(items.values())
    while waiting and left > 0:
        *_, name, one = heapq.heappop(waiting)
        items[name] += 1
        left -= 1
        if items[name] < one.population:
            heapq.heappush(waiting, (-_gain(one, items[name], rule), -one.population, name, one))
    return items


def _gain(one: Sizes, items: int, rule: Allocation) -> float:
    """Priority of one more item: the square root of what it takes from the variance of the total."""
    if rule is Allocation.EQUAL:
        return -float(items)
    spread = one.spread if rule is Allocation.NEYMAN else 1.0
    return one.population * spread / math.sqrt(items * (items + 1)) if items else math.inf


def _too_small(strata: Sequence[Sizes], least: Mapping[str, int], *, size: int, floor: int) -> str:
    certain = sum(one.population for one in strata if one.certainty)
    needed = sum(least.values())
    said = f"{certain:,} units are certain to be drawn, and " if certain else ""
    others = sum(not one.certainty for one in strata)
    return (
        f"the plan draws {size:,} items, but {said}{others} strata with at least {floor} each make {needed:,}; "
        "raise the size, lower the floor, or cut into fewer strata"
    )
