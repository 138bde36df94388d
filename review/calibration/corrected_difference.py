"""The corrected difference between two versions: is the candidate worse than the baseline on people's scale?"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from errors import UsageError
from review.calibration.corrected_mean import ONE_LEVEL, judge_mean_of, lacks_of_strata
from review.calibration.prediction_powered import tuned_weight
from review.calibration.sampled import sample_of
from review.calibration.scale import Kind
from review.calibration.study import Study
from review.sampling import estimates

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
VERSION_COLUMNS = ("app", "app_version", "model", "prompt", "retrieval")
FEWEST_ITEMS = 30
PEOPLE_ALONE = "compare by people alone"
_PART = re.compile(r"""\s*(\w+)\s*=\s*("(?:[^"]|"")*"|[^,"]*?)\s*(?:,|$)""")
Spelt = str | Mapping[str, str]
"""A version as a shell spells it, or as columns and values."""


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
    """Candidate less baseline in points, with its interval; None where `lacks` says why.

    `error` is the standard error that the interval rests on, with `df` degrees of freedom. `weeks`: those that it is
    of, where the judge scored not all of the labelled ones.
    """

    candidate: Version
    baseline: Version
    value: float | None
    low: float | None
    high: float | None
    weight: float
    lacks: str = ""
    error: float | None = None
    df: float = math.inf
    weeks: tuple[str, ...] = ()


def version(spelt: Spelt) -> Mapping[str, str]:
    """`prompt=v4`, `prompt=v4,model=gpt-4o` or `prompt="v4, long"` as columns and values.

    Quotes hold a comma, and two of them one quote. `UsageError` names the columns there are.
    """
    if not isinstance(spelt, str):
        return spelt
    found: dict[str, str] = {}
    at = 0
    while at < len(spelt) or not found:
        part = _PART.match(spelt, at)
        column, value = (part[1], _unquoted(part[2])) if part else ("", "")
        if part is None or column not in VERSION_COLUMNS or not value:
            raise UsageError(
                f"a version is COLUMN=VALUE, with one of {', '.join(VERSION_COLUMNS)}; for example prompt=v4, or "
                'prompt="v4, long" where a value has a comma'
            )
        if column in found:
            raise UsageError(f"a version has one {column}; it is given twice")
        found[column], at = value, part.end()
    return found


def spelled(wanted: Mapping[str, str]) -> str:
    """The version as `version` reads it."""
    return ",".join(f"{column}={_quoted(value)}" for column, value in wanted.items())


def _unquoted(value: str) -> str:
    return value[1:-1].replace('""', '"') if value.startswith('"') else value


def _quoted(value: str) -> str:
    plain = value and value == value.strip() and not {'"', ","} & set(value)
    return value if plain else '"' + value.replace('"', '""') + '"'


def corrected_difference(
    study: Study,
    units: pd.DataFrame,
    judged: pd.Series | None,
    *,
    versions: tuple[Spelt, Spelt],
    weight: float | None = None,
    confidence: float = 0.95,
) -> CorrectedDifference:
    """Difference of the corrected means of two `versions` (candidate, baseline) of the traffic, from one set of labels.

    `units`: `item` and the version columns of all traffic; `judged`: one judge's values by item (of several the mean),
    None for people alone. Both sides share one lambda (`weight`; None tunes it on these labels). Where the judge scored
    only a part of a version's traffic, its mean of the whole is an estimate too and adds its variance. Compares the
    mixes as they were: it cannot tell a better version from one that got easier questions.

    Raises `UsageError` for categories, which have no mean, and for versions that are none or share traffic.

    Source: domain means of a stratified sample by linearisation, Lohr 2010, sections 4.2 and 9.1, of the residuals of
    stratified prediction-powered inference, Fisch et al. (NeurIPS 2024, arXiv:2406.04291); a judge's scores of a part:
    Angelopoulos et al. (2023) Science 382:669.
    """
    if study.scale.kind is Kind.NOMINAL:
        raise UsageError(
            "categories have no order and no mean, so no version is better by them; choose another criterion"
        )
    wanted, traffic = [version(one) for one in versions], pd.Index(units["item"])
    sides = [_mask(units, one) for one in wanted]
    for one, side in zip(wanted, sides, strict=True):
        if not side.any():
            raise UsageError(f"no traffic of {spelled(one)} in the labelled weeks; {_there(units, one)}")
    if (sides[0] & sides[1]).any():
        raise UsageError("candidate and baseline share traffic; name two versions that exclude each other")
    once = None if judged is None else _once(judged)
    weeks = () if once is None or "week" not in units else study.weeks_scored(once)
    if weeks:
        in_weeks = units["week"].isin(list(weeks)).to_numpy(bool)
        study, traffic, sides = study.in_weeks(weeks), traffic[in_weeks], [side[in_weeks] for side in sides]
    scores = None if once is None else _scores(once, traffic)
    items, place = _labelled(study, traffic, scores)
    inside = [side[place] for side in sides]
    is_rest = np.ones(len(traffic), dtype=bool) if scores is None else ~np.isnan(scores)
    said = [Version(spelled(one), int(part.sum()), int(side.sum()), None, _judge_mean(scores, side & is_rest))
            for one, part, side in zip(wanted, inside, sides, strict=True)]  # fmt: skip
    is_rest[place] = False
    rests = [np.empty(0) if scores is None else scores[side & is_rest] for side in sides]
    if lacks := _lacks(said, rests, study, judged=scores is not None, traffic=len(traffic)):
        return CorrectedDifference(said[0], said[1], None, None, None, 0.0, lacks, weeks=weeks)
    labels = np.asarray(items["value"], float)
    forecast = np.zeros(len(items)) if scores is None else scores[place]
    sample = sample_of(items, labels, study.sizes)
    if scores is not None and (lacks := lacks_of_strata(sample)):
        return CorrectedDifference(said[0], said[1], None, None, None, 0.0, f"{lacks}; {PEOPLE_ALONE}", weeks=weeks)
    if weight is None or scores is None:
        weight = 0.0 if scores is None else tuned_weight(sample.populations, sample.strata, sample.values, forecast)
    left = replace(sample, values=labels - weight * forecast)
    means = [estimates.hajek_mean(left, part=part).value or 0.0 for part in inside]
    people = _of_people(left, inside, means, study, weight)
    if people is None:
        return CorrectedDifference(said[0], said[1], None, None, None, weight, ONE_LEVEL)
    of_judge = [(0.0, 0.0) if scores is None else judge_mean_of(forecast[part], rest, units=one.units)
                for part, rest, one in zip(inside, rests, said, strict=True)]  # fmt: skip
    corrected = [mean + weight * add for mean, (add, _) in zip(means, of_judge, strict=True)]
    value = corrected[0] - corrected[1]
    error, df = _joined(
        people, [(weight**2 * of, len(rest) - 1.0) for (_, of), rest in zip(of_judge, rests, strict=True)]
    )
    half = float(stats.t.ppf((1 + confidence) / 2, df)) * error
    made = [replace(one, corrected=mean) for one, mean in zip(said, corrected, strict=True)]
    return CorrectedDifference(
        made[0], made[1], value, value - half, value + half, weight, error=error, df=df, weeks=weeks
    )


def _of_people(
    left: estimates.Labelled, inside: list[Flags], means: list[float], study: Study, weight: float
) -> tuple[float, float] | None:
    """Variance and degrees of freedom of the difference of what the judge leaves over; None where nothing bounds it."""
    influence = _influence(left, inside[0], means[0]) - _influence(left, inside[1], means[1])
    variance, df = estimates.variance(left, influence, lent=estimates.LENT_ITEMS)
    if variance > (estimates.ROUNDING * study.scale.span) ** 2:
        return variance, df
    if not study.scale.span:
        return None
    bottom, top = study.scale.levels[0], study.scale.levels[-1]
    bounds = (bottom - weight * top, top - weight * bottom)
    return sum(estimates.bounded_mean(left, bounds=bounds, part=part).careful_error ** 2 for part in inside), df


def _joined(people: tuple[float, float], judge: list[tuple[float, float]]) -> tuple[float, float]:
    """Standard error of the sum of independent parts (variance, degrees of freedom). Source: Satterthwaite 1946."""
    parts = [part for part in (people, *judge) if part[0] > 0]
    if not parts:
        return 0.0, math.inf
    variance = sum(part for part, _ in parts)
    return math.sqrt(variance), variance**2 / sum(part**2 / df for part, df in parts)


def _mask(units: pd.DataFrame, wanted: Mapping[str, str]) -> Flags:
    found = np.ones(len(units), dtype=bool)
    for column, value in wanted.items():
        found &= (units[column] == value).to_numpy(bool)
    return found


def _once(judged: pd.Series) -> pd.Series:
    """The judge's score by item, of several the mean."""
    return judged if judged.index.is_unique else judged.groupby(level=0).mean()


def _scores(once: pd.Series, traffic: pd.Index) -> Numbers:
    """The judge's score of each trace; NaN where it has none."""
    place = once.index.get_indexer(traffic)
    return np.where(place < 0, np.nan, once.to_numpy(float)[place]) if len(once) else np.full(len(traffic), np.nan)


def _labelled(study: Study, traffic: pd.Index, scores: Numbers | None) -> tuple[pd.DataFrame, npt.NDArray[np.intp]]:
    """Labelled items (with a score, where there is a judge) and their places in the traffic."""
    items = study.per_item()
    place = np.asarray(traffic.get_indexer(items.index), dtype=np.intp)
    used = place >= 0
    if scores is not None:
        used &= ~np.isnan(scores[place])
    return items[used], place[used]


def _there(table: pd.DataFrame, wanted: Mapping[str, str]) -> str:
    """Which values the columns asked for do have."""
    seen = {column: sorted(str(value) for value in table[column].unique() if value)[:10] for column in wanted}
    return "there " + ", ".join(f"{column} is {' or '.join(values) or 'not given'}" for column, values in seen.items())


def _judge_mean(scores: Numbers | None, known: Flags) -> float | None:
    return None if scores is None or not known.any() else float(scores[known].mean())


def _lacks(sides: list[Version], rests: list[Numbers], study: Study, *, judged: bool, traffic: int) -> str:
    for one in sides:
        if one.labelled < FEWEST_ITEMS:
            return f"{one.named} has {one.labelled} labelled items, {FEWEST_ITEMS} are needed"
    if not judged:
        return ""
    for one, rest in zip(sides, rests, strict=True):
        if len(rest) < 2 and one.labelled < one.units:
            return f"the judge scored nothing of {one.named} but the labelled items; {PEOPLE_ALONE}"
    if study.sizes is not None and traffic > 1.01 * sum(study.sizes.values()):
        return f"the sample was drawn from a part of the traffic; {PEOPLE_ALONE}"
    return ""


def _influence(sample: estimates.Labelled, inside: Flags, mean: float) -> Numbers:
    units = float((sample.weights * inside).sum())
    return np.asarray(np.where(inside, sample.values - mean, 0.0) / units)
