"""Are figures from a sample right? A fixed frame with known values, drawn and estimated again and again.

`python -m benchmarks.unbiased` prints, for each allocation, kind of value and estimator: the bias in standard errors of
the simulation, how often the 95 % interval holds the true mean, and how wide it is.
"""

import argparse
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from review.sampling import draws, estimates
from review.sampling.allocation import Sizes, allocate
from review.sampling.plans import Allocation

Floats = npt.NDArray[np.float64]
RATES = {"large": (700, 0.93), "middle": (400, 0.82), "small": (250, 0.65), "odd": (120, 0.5), "escalated": (30, 0.3)}
"""Stratum to its size and the share of good answers; `escalated` is certain to be drawn."""
CERTAIN = "escalated"


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """A frame whose values are known: unit ids, their stratum, an answer from 1 to 5 and one of yes or no each.

    `part` marks the units of one of two apps, which the strata do not know of.
    """

    units: list[str]
    strata: npt.NDArray[np.intp]
    ordinal: Floats
    binary: Floats
    part: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Row:
    """`bias_z` is the bias in standard errors of the simulation; `width` is the mean width of the intervals."""

    allocation: str
    values: str
    estimator: str
    bias: float
    bias_z: float
    coverage: float
    width: float


def world(seed: int = 1) -> World:
    """The same frame each time."""
    random = np.random.default_rng(seed)
    strata, ordinal, binary = [], [], []
    for place, (size, rate) in enumerate(RATES.values()):
        quality = random.normal(rate * 4 + 0.8, 0.55 + 0.7 * (1 - rate), size)
        strata += [place] * size
        ordinal += list(np.clip(np.round(quality), 1, 5))
        binary += list((random.random(size) < rate).astype(float))
    units = [f"{random.integers(2**62):016x}" for _ in strata]
    part = random.random(len(strata)) < np.where(np.array(ordinal) > 3, 0.35, 0.5)
    return World(units, np.array(strata, np.intp), np.array(ordinal), np.array(binary), part)


def items_of(frame: World, rule: Allocation, *, size: int, values: Floats) -> list[int]:
    """Items per stratum, as a plan with one certainty stratum gets them; Neyman's knows the spread of past weeks."""
    sizes = []
    for place, name in enumerate(RATES):
        own = values[frame.strata == place]
        sizes.append(Sizes(name, len(own), spread=float(own.std(ddof=1)) * 1.1, certainty=name == CERTAIN))
    shared = allocate(sizes, size=size, rule=rule, floor=10)
    return [shared[name] for name in RATES]


def order(frame: World, *, seed: int) -> list[npt.NDArray[np.intp]]:
    """Units of each stratum in the order in which this seed draws them."""
    numbers = np.array([draws.number_of(unit, seed=seed) for unit in frame.units], dtype=np.uint64)
    by_stratum = (np.flatnonzero(frame.strata == place) for place in range(len(RATES)))
    return [units[np.argsort(numbers[units], kind="stable")] for units in by_stratum]


Estimator = Callable[[estimates.Labelled, npt.NDArray[np.bool_]], estimates.Estimate]


def tried(frame: World) -> Iterator[tuple[str, Floats, float, dict[str, Estimator]]]:
    """Kind of value, the values, the true figure, and what is tried on them."""
    inside, exact = int(frame.part.sum()), estimates.Interval.KORN_GRAUBARD
    yield "1 to 5", frame.ordinal, float(frame.ordinal.mean()), {
        "Horvitz-Thompson": lambda of, _: estimates.horvitz_thompson_mean(of),
        "Hájek": lambda of, _: estimates.hajek_mean(of),
    }  # fmt: skip
    yield "1 to 5, of a part", frame.ordinal, float(frame.ordinal[frame.part].mean()), {
        "Horvitz-Thompson": lambda of, part: estimates.horvitz_thompson_mean(of, part=part, part_size=inside),
        "Hájek": lambda of, part: estimates.hajek_mean(of, part=part),
    }  # fmt: skip
    yield "yes or no", frame.binary, float(frame.binary.mean()), {
        "Hájek, Wilson": lambda of, _: estimates.share(of),
        "Hájek, Korn-Graubard": lambda of, _: estimates.share(of, interval=exact),
    }  # fmt: skip
    yield "yes or no, of a part", frame.binary, float(frame.binary[frame.part].mean()), {
        "Hájek, Wilson": lambda of, part: estimates.share(of, part=part),
    }  # fmt: skip


def simulate(*, times: int, size: int = 150, first_seed: int = 1) -> Iterator[Row]:
    """One row per allocation, kind of value and estimator, over `times` draws."""
    frame = world()
    populations = np.array([size for size, _ in RATES.values()], dtype=float)
    orders = [order(frame, seed=first_seed + number) for number in range(times)]
    for rule in Allocation:
        for kind, values, truth, estimators in tried(frame):
            items = items_of(frame, rule, size=size, values=values)
            drawn = [np.concatenate([units[:n] for units, n in zip(each, items, strict=True)]) for each in orders]
            samples = [estimates.Labelled(values[units], frame.strata[units], populations) for units in drawn]
            for name, estimator in estimators.items():
                found = [estimator(each, frame.part[units]) for each, units in zip(samples, drawn, strict=True)]
                yield _row(rule, kind, name, found, truth=truth)


def _row(rule: Allocation, kind: str, name: str, found: list[estimates.Estimate], *, truth: float) -> Row:
    values = np.array([each.value for each in found], dtype=float)
    low, high = (np.array([getattr(each, end) for each in found], dtype=float) for end in ("low", "high"))
    bias = float(values.mean() - truth)
    error = float(values.std(ddof=1)) / math.sqrt(len(found))
    return Row(rule.value, kind, name, bias, bias / error, float(((low <= truth) & (truth <= high)).mean()),
               float((high - low).mean()))  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--times", type=int, default=2_000)
    options.add_argument("--size", type=int, default=150)
    said = options.parse_args()
    print(f"{said.times:,} draws of {said.size} items from {sum(size for size, _ in RATES.values()):,} units in "
          f"{len(RATES)} strata, one of them certain")  # fmt: skip
    print(f"{'allocation':14}{'values':22}{'estimator':24}{'bias':>9}{'in MC SE':>10}{'coverage':>10}{'width':>8}")
    for row in simulate(times=said.times, size=said.size):
        print(f"{row.allocation:14}{row.values:22}{row.estimator:24}{row.bias:9.4f}{row.bias_z:10.2f}"
              f"{row.coverage:10.1%}{row.width:8.3f}")  # fmt: skip


if __name__ == "__main__":
    main()
