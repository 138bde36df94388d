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


@dataclass(frozen=True, slots=True)
class Setting:
    """`levels` 2 or 5; `rates`: pass rate of each stratum; a good judge errs little, a poor one adds little."""

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
    """Every unit of a week: what two reviewers and the judge say of it, by the same latent quality."""

    scale: Scale
    stratum: npt.NDArray[np.str_]
    first: Numbers
    second: Numbers
    judge: Numbers


def traffic(setting: Setting, *, seed: int, judge_noise: float = 0.6, judge_shift: float = 0.2) -> Traffic:
    """`UNITS` units, split over the strata by `SHARES`."""
    rng = np.random.default_rng(seed)
    stratum = np.repeat(list(SHARES), [round(share * UNITS) for share in SHARES.values()])
    rate = np.asarray(pd.Series(dict(zip(SHARES, setting.rates, strict=True)))[stratum], float)
    quality = rng.standard_normal(UNITS) + _probit(rate) * np.sqrt(1.25)
    said = [quality + rng.normal(0, spread, UNITS) + shift
            for spread, shift in ((0.5, 0.0), (0.5, 0.0), (judge_noise, judge_shift))]  # fmt: skip
    cuts = [0.0] if setting.levels == 2 else [-1.2, -0.5, 0.0, 0.9]
    first, second, judge = (np.searchsorted(cuts, one).astype(float) for one in said)
    if setting.levels == 2:
        return Traffic(Scale(Kind.BINARY, (0.0, 1.0), ("no", "yes"), 1.0, declared=True), stratum, first, second, judge)
    five = ordinal([1.0, 2.0, 3.0, 4.0, 5.0], threshold=4.0)
    return Traffic(five, stratum, first + 1, second + 1, judge + 1)


def week(all_of_it: Traffic, *, per_stratum: int, seed: int, double: float = 1.0) -> Study:
    """A sample with the same number of items in each stratum; `double` of them labelled by two people."""
    rng = np.random.default_rng(seed)
    drawn = np.concatenate([
        rng.choice(np.flatnonzero(all_of_it.stratum == name), per_stratum, replace=False) for name in SHARES
    ])  # fmt: skip
    sizes = {name: float((all_of_it.stratum == name).sum()) for name in SHARES}
    one = pd.DataFrame({"item": drawn.astype(str), "reviewer": "ana", "value": all_of_it.first[drawn]})
    twice = drawn[rng.random(len(drawn)) < double]
    other = pd.DataFrame({"item": twice.astype(str), "reviewer": "ben", "value": all_of_it.second[twice]})
    labels = pd.concat([one, other], ignore_index=True)
    stratum = pd.Series(all_of_it.stratum[labels["item"].astype(int)])
    labels = labels.assign(stratum=stratum, weight=stratum.map(sizes) / per_stratum, cluster=labels["item"])
    scores = pd.DataFrame({"item": np.arange(UNITS).astype(str), "value": all_of_it.judge})
    return Study(labels, (Judged("judge", scores, 0),), all_of_it.scale, sizes)


def _probit(share: Numbers) -> Numbers:
    from scipy import special

    return np.asarray(special.ndtri(share), float)
