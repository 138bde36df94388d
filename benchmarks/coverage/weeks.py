"""Simulated traffic whose truth is known, and weekly samples of it as reviewers would label them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from review.calibration.scale import Kind, Scale, ordinal
from review.calibration.study import Judged, Study

SHARES = {"a": 0.60, "b": 0.25, "c": 0.10, "d": 0.05}
UNITS = 4_000
Numbers = npt.NDArray[np.float64]
NEW, OLD = {"prompt": "v4"}, {"prompt": "v3"}


@dataclass(frozen=True, slots=True)
class Setting:
    """`levels` 2 or 5; `rates`: pass rate of each stratum."""

    name: str
    levels: int
    rates: tuple[float, float, float, float]


SETTINGS = (
    Setting("binary", 2, (0.90, 0.75, 0.50, 0.30)),
    Setting("binary, hard", 2, (0.97, 0.90, 0.80, 0.60)),
    Setting("ordinal", 5, (0.90, 0.75, 0.50, 0.30)),
    Setting("ordinal, hard", 5, (0.97, 0.90, 0.80, 0.60)),
)


@dataclass(frozen=True, slots=True, eq=False)
class Traffic:
    """Every unit of a week: what two reviewers and the judge say of it, by the same latent quality.

    `units`: `item, stratum, words, own_family` and the version columns. Half of it is v4, a fifth of a standard
    deviation worse, which the judge does not see; it likes long answers and its own family.
    """

    scale: Scale
    stratum: npt.NDArray[np.str_]
    first: Numbers
    second: Numbers
    judge: Numbers
    units: pd.DataFrame


def traffic(
    setting: Setting, *, seed: int, judge_noise: float = 0.6, judge_shift: float = 0.2, quality_shift: float = 0.0
) -> Traffic:
    """`UNITS` units, split over the strata by `SHARES`. Shifts in standard deviations of quality within a stratum."""
    rng = np.random.default_rng(seed)
    stratum = np.repeat(list(SHARES), [round(share * UNITS) for share in SHARES.values()])
    rate = np.asarray(pd.Series(dict(zip(SHARES, setting.rates, strict=True)))[stratum], float)
    is_new, own_family = rng.random(UNITS) < 0.5, rng.random(UNITS) < 0.4
    doublings = rng.normal(0, 1, UNITS)
    quality = rng.standard_normal(UNITS) + _probit(rate) * np.sqrt(1.25) + quality_shift - 0.1 * np.where(is_new, 1, -1)
    liked = judge_shift + 0.1 * np.where(is_new, 1, -1) + 0.1 * doublings + 0.2 * (own_family - 0.4)
    said = [quality + rng.normal(0, spread, UNITS) + shift
            for spread, shift in ((0.5, 0.0), (0.5, 0.0), (judge_noise, liked))]  # fmt: skip
    cuts = [0.0] if setting.levels == 2 else [-1.2, -0.5, 0.0, 0.9]
    first, second, judge = (np.searchsorted(cuts, one).astype(float) for one in said)
    units = pd.DataFrame({
        "item": np.arange(UNITS).astype(str), "stratum": stratum, "words": np.round(100 * 2**doublings),
        "own_family": own_family, "app": "", "app_version": "", "model": "",
        "prompt": np.where(is_new, NEW["prompt"], OLD["prompt"]), "retrieval": "",
    })  # fmt: skip
    if setting.levels == 2:
        yes_no = Scale(Kind.BINARY, (0.0, 1.0), ("no", "yes"), 1.0, declared=True)
        return Traffic(yes_no, stratum, first, second, judge, units)
    five = ordinal([1.0, 2.0, 3.0, 4.0, 5.0], threshold=4.0, declared=True)
    return Traffic(five, stratum, first + 1, second + 1, judge + 1, units)


def week(all_of_it: Traffic, *, per_stratum: int, seed: int, double: float = 1.0) -> Study:
    """A sample with the same number of items in each stratum; `double` of them labelled by two people."""
    rng = np.random.default_rng(seed)
    drawn = np.concatenate([
        rng.choice(np.flatnonzero(all_of_it.stratum == name), per_stratum, replace=False) for name in SHARES
    ])  # fmt: skip
    twice = drawn[rng.random(len(drawn)) < double]
    return study_of(all_of_it, drawn, twice)


def census(all_of_it: Traffic) -> Study:
    """Every unit labelled by both."""
    every = np.arange(len(all_of_it.stratum))
    return study_of(all_of_it, every, every)


def study_of(all_of_it: Traffic, drawn: npt.NDArray[np.intp], twice: npt.NDArray[np.intp]) -> Study:
    """These units labelled by ana, some of them by ben as well; the judge scored all."""
    units = all_of_it.units
    sizes = {name: float((all_of_it.stratum == name).sum()) for name in SHARES}
    one = pd.DataFrame({"item": units["item"].to_numpy()[drawn], "reviewer": "ana", "value": all_of_it.first[drawn],
                        "stratum": all_of_it.stratum[drawn]})  # fmt: skip
    other = pd.DataFrame({"item": units["item"].to_numpy()[twice], "reviewer": "ben", "value": all_of_it.second[twice],
                          "stratum": all_of_it.stratum[twice]})  # fmt: skip
    labels = pd.concat([one, other], ignore_index=True)
    weights = {name: size / (all_of_it.stratum[drawn] == name).sum() for name, size in sizes.items()}
    labels = labels.assign(weight=labels["stratum"].map(weights), cluster=labels["item"], part=labels["stratum"])
    scores = pd.DataFrame({"item": units["item"], "value": all_of_it.judge})
    return Study(labels, (Judged("judge", scores, 0),), all_of_it.scale, sizes)


def _probit(share: Numbers) -> Numbers:
    from scipy import special

    return np.asarray(special.ndtri(share), float)
