"""The corrected difference between two versions: is the candidate worse than the baseline on people's scale?"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from errors import UsageError
from review import estimates
from review.calibration.prediction_powered import Stratum, tuned_weight
from review.calibration.scale import Kind
from review.calibration.study import Study

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
VERSION_COLUMNS = ("app", "app_version", "model", "prompt", "retrieval")
FEWEST_ITEMS = 30


@dataclass(frozen=True, slots=True)
class Version:
    """One side: `labelled` items, `units` of the traffic, its corrected mean and the judge's own."""

    named: str
    labelled: int
    units: int
    corrected: float | None
    judge_mean: float | None


@dataclass(frozen=True, slots=True)
class CorrectedDifference:
    """Candidate less baseline in points, with its interval; None where `lacks` says why."""

    candidate: Version
    baseline: Version
    value: float | None
    low: float | None
    high: float | None
    weight: float
    lacks: str = ""


def version(spelt: str) -> Mapping[str, str]:
    """`prompt=v4` or `prompt=v4,model=gpt-4o` as columns and values; `UsageError` names the columns there are."""
    found = {}
    for part in spelt.split(","):
        column, equals, value = (one.strip() for one in part.partition("="))
        if not equals or column not in VERSION_COLUMNS or not value:
            raise UsageError(
                f"a version is COLUMN=VALUE, with one of {', '.join(VERSION_COLUMNS)}; for example prompt=v4"
            )
        found[column] = value
    return found


def corrected_difference(
    study: Study,
    units: pd.DataFrame,
    judged: pd.Series | None,
    *,
    versions: tuple[str, str],
    weight: float | None = None,
    confidence: float = 0.95,
) -> CorrectedDifference:
    """Difference of the corrected means of two `versions` (candidate, baseline) of the traffic, from one set of labels.

    `units`: `item` and the version columns of all traffic; `judged`: one judge's values by item (of several the mean),
    None for people alone. Both sides share one lambda (`weight`; None tunes it on these labels). Compares the mixes as
    they were: it cannot tell a better version from one that got easier questions.

    Raises `UsageError` for categories, which have no mean, and for versions that are none or share traffic.

    Source: domain means of a stratified sample by linearisation, Lohr 2010, sections 4.2 and 9.1, of the residuals of
    stratified prediction-powered inference, Fisch et al. (NeurIPS 2024, arXiv:2406.04291).
    """
    if study.scale.kind is Kind.NOMINAL:
        raise UsageError(
            "categories have no order and no mean, so no version is better by them; choose another criterion"
        )
    table = units.set_index("item")
    sides = [_mask(table, version(spelt)) for spelt in versions]
    for spelt, side in zip(versions, sides, strict=True):
        if not side.any():
            raise UsageError(f"no traffic of {spelt} in the labelled weeks; {_there(table, version(spelt))}")
    if bool((sides[0] & sides[1]).any()):
        raise UsageError("candidate and baseline share traffic; name two versions that exclude each other")
    items = study.per_item()
    items = items[items.index.isin(table.index)]
    scores = None if judged is None else judged.groupby(level=0).mean().reindex(table.index)
    if scores is not None:
        items = items[scores[items.index].notna().to_numpy()]
    inside = [np.asarray(side.reindex(items.index), bool) for side in sides]
    said = [Version(spelt, int(part.sum()), int(side.sum()), None, _judge_mean(scores, side))
            for spelt, part, side in zip(versions, inside, sides, strict=True)]  # fmt: skip
    if lacks := _lacks(said):
        return CorrectedDifference(said[0], said[1], None, None, None, 0.0, lacks)
    labels = np.asarray(items["value"], float)
    forecast = np.zeros(len(items)) if scores is None else np.asarray(scores[items.index], float)
    weight = 0.0 if scores is None else tuned_weight(_strata(items, forecast, study)) if weight is None else weight
    sample = estimates.Labelled(
        values=labels - weight * forecast,
        strata=pd.factorize(items["stratum"])[0].astype(np.intp),
        populations=_populations(items, study),
        clusters=pd.factorize(items["cluster"])[0].astype(np.intp),
    )
    means = [estimates.hajek_mean(sample, part=part).value or 0.0 for part in inside]
    influence = _influence(sample, inside[0], means[0]) - _influence(sample, inside[1], means[1])
    variance, df = estimates.variance(sample, influence, lent=estimates.LENT_ITEMS)
    of_judge = [0.0 if scores is None else weight * (side.judge_mean or 0.0) for side in said]
    corrected = [mean + add for mean, add in zip(means, of_judge, strict=True)]
    value = corrected[0] - corrected[1]
    half = float(stats.t.ppf((1 + confidence) / 2, df)) * math.sqrt(variance)
    made = [Version(one.named, one.labelled, one.units, mean, one.judge_mean)
            for one, mean in zip(said, corrected, strict=True)]  # fmt: skip
    return CorrectedDifference(made[0], made[1], value, value - half, value + half, weight)


def _mask(table: pd.DataFrame, wanted: Mapping[str, str]) -> pd.Series:
    found = pd.Series(data=True, index=table.index)
    for column, value in wanted.items():
        found &= table[column] == value
    return found


def _there(table: pd.DataFrame, wanted: Mapping[str, str]) -> str:
    """Which values the columns asked for do have."""
    seen = {column: sorted(str(value) for value in table[column].unique() if value)[:10] for column in wanted}
    return "there " + ", ".join(f"{column} is {' or '.join(values) or 'not given'}" for column, values in seen.items())


def _judge_mean(scores: pd.Series | None, side: pd.Series) -> float | None:
    if scores is None:
        return None
    known = scores[side.to_numpy()].dropna()
    return float(known.mean()) if len(known) else None


def _lacks(sides: list[Version]) -> str:
    for one in sides:
        if one.labelled < FEWEST_ITEMS:
            return f"{one.named} has {one.labelled} labelled items, {FEWEST_ITEMS} are needed"
    return ""


def _influence(sample: estimates.Labelled, inside: Flags, mean: float) -> Numbers:
    units = float((sample.weights * inside).sum())
    return np.asarray(np.where(inside, sample.values - mean, 0.0) / units)


def _populations(items: pd.DataFrame, study: Study) -> Numbers:
    sizes = study.sizes or {}
    return np.array([sizes.get(str(name), 1e12) for name in pd.factorize(items["stratum"])[1]], dtype=float)


def _strata(items: pd.DataFrame, forecast: Numbers, study: Study) -> list[Stratum]:
    by_item, sizes = pd.Series(forecast, index=items.index), study.sizes or {}
    return [
        Stratum(
            sizes.get(str(name), 1e12), np.asarray(rows["value"], float), np.asarray(by_item[rows.index], float), 0.0
        )
        for name, rows in items.groupby("stratum")
    ]
