"""Quiet years: how often the charts alarm though neither judge nor application has changed."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from benchmarks.coverage.weeks import SETTINGS, SHARES, Setting, traffic
from review.calibration.control_chart import Weekly, self_starting
from review.sampling.estimates import LENT_ITEMS

Numbers = npt.NDArray[np.float64]
WEEKS = 52
_WEIGHT = 0.6
"""Lambda, as past weeks would have told it."""


def false_alarms(setting: Setting, *, per_stratum: int, years: int, seed: int) -> dict[str, float]:
    """Share of quiet years that alarm, by chart: bias, people's mean, corrected mean."""
    return {
        name: sum(bool(self_starting(one).alarms) for one in charts) / years
        for name, charts in _years(setting, per_stratum=per_stratum, years=years, seed=seed)
    }


def _years(setting: Setting, *, per_stratum: int, years: int, seed: int) -> Iterator[tuple[str, list[Weekly]]]:
    """Every week is drawn anew from the same endless traffic, the same number of items from each stratum."""
    of, rng = traffic(setting, seed=seed), np.random.default_rng(seed)
    drawn = np.stack([
        rng.choice(np.flatnonzero(of.stratum == name), (years, WEEKS, per_stratum)) for name in SHARES
    ])  # fmt: skip
    for name, values in (
        ("bias", of.judge - of.first), ("people", of.first), ("corrected", of.first - _WEIGHT * of.judge)
    ):  # fmt: skip
        figure, errors, df = _weekly(values[drawn])
        yield name, [
            Weekly(figure[at], errors[at], df[at], np.full(WEEKS, 4.0 * per_stratum)) for at in range(years)
        ]  # fmt: skip


def _weekly(values: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Mean, error and degrees of freedom by year and week of `values` by stratum, year, week and item.

    As `review.sampling.estimates.variance` of endless strata, for many weeks at once.
    """
    share = np.array(list(SHARES.values()))[:, None, None]
    df = values.shape[-1] - 1
    squares = values.var(axis=-1) * values.shape[-1]
    spread = (squares + LENT_ITEMS * squares.mean(axis=0) / df) / (df + LENT_ITEMS)
    parts = share**2 * spread / values.shape[-1]
    variance = parts.sum(axis=0)
    freedom = variance**2 / np.maximum((parts**2 / df).sum(axis=0), 1e-300)
    return (share * values.mean(axis=-1)).sum(axis=0), np.sqrt(variance), np.maximum(freedom, 1.0)


def table(*, years: int, seed: int) -> Iterator[tuple[str, int, dict[str, float]]]:
    """Setting, items a stratum, and the share of years that alarm by chart."""
    for setting in SETTINGS:
        for per_stratum in (12, 30):
            yield setting.name, per_stratum, false_alarms(setting, per_stratum=per_stratum, years=years, seed=seed)
