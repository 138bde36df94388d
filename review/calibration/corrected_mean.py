"""The corrected mean: people's labels stand for all of the traffic, the judge makes them go further."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from review import estimates
from review.calibration import prediction_powered
from review.calibration.closeness import Estimate
from review.calibration.scale import Kind
from review.calibration.study import Study

Numbers = npt.NDArray[np.float64]
_ENDLESS = 1e12
FEW_LABELS = 30
"""Below this many labelled items in a stratum an interval is marked."""


@dataclass(frozen=True, slots=True)
class CorrectedMean:
    """`value` and interval on the scale of the labels; `weight` (lambda) of the judge and where that is from."""

    value: float | None
    low: float | None
    high: float | None
    method: str
    weight: float
    weight_from: str
    few_labels: bool
    lacks: str = ""

    @classmethod
    def missing(cls, lacks: str, *, weight_from: str) -> "CorrectedMean":
        """No figure, and why."""
        return cls(None, None, None, "none", 0.0, weight_from, few_labels=True, lacks=lacks)


def human_mean(study: Study, *, confidence: float = 0.95) -> Estimate:
    """What people say of all of the traffic, without any judge. Source: Cochran 1977, chapter 5."""
    items = study.per_item()
    if len(items) < 2:
        return Estimate(None, None, None, len(items), "fewer than two items")
    sample = _sample(items, items["value"].to_numpy(float), study.sizes)
    found = (estimates.share if study.scale.kind is Kind.BINARY else estimates.hajek_mean)(
        sample, confidence=confidence
    )
    if found.value is None or found.low is None or found.high is None:
        return Estimate(None, None, None, len(items), found.lacks)
    low, high = max(study.scale.levels[0], found.low), min(study.scale.levels[-1], found.high)
    return Estimate(found.value, low, high, len(items))


def corrected_mean(
    study: Study, by_item: pd.Series, *, weight: float | None = None, confidence: float = 0.95
) -> CorrectedMean:
    """Sum over strata of W_h [lambda x judge's mean of all + mean of labels less lambda x judge's of the same items].

    `by_item`: the judge's one value by item, of all the traffic that it judged. `weight` (lambda) from past weeks; None
    tunes it on these labels, which makes intervals a little short below 30 labels per stratum. Unbiased however bad the
    judge is; at lambda 0 it is the people's mean.

    Source: stratified prediction-powered inference, Fisch et al. (NeurIPS 2024, arXiv:2406.04291); finite-population
    variance: Mozer, Pashley & Miratrix (arXiv:2602.12992); interval: Wilson 1927 on the effective number of items,
    Satterthwaite's degrees of freedom.
    """
    items = study.per_item()
    items = items[items.index.isin(by_item.index)]
    source = "given" if weight is not None else "these labels"
    if len(items) < 3:
        return CorrectedMean.missing("fewer than three items have label and score", weight_from=source)
    rest = by_item[~by_item.index.isin(items.index)].to_numpy(float)
    if len(rest) < 2:
        return CorrectedMean.missing("the judge scored nothing but the labelled items", weight_from=source)
    if study.sizes is not None and len(by_item) > 1.01 * sum(study.sizes.values()):
        return CorrectedMean.missing(
            "the sample was drawn from a part of the traffic that was judged", weight_from=source
        )
    few = bool((items.groupby("part").size() < FEW_LABELS).any())
    labels, scores = np.asarray(items["value"], float), np.asarray(by_item[items.index], float)
    if study.sizes is None:
        simple = prediction_powered.simple(labels, scores, rest, weight=weight, confidence=confidence)
        return CorrectedMean(simple.value, simple.low, simple.high, "PPI++", simple.weight, source, few)
    if weight is None:
        weight = prediction_powered.tuned_weight(_strata(items, scores, study.sizes))
    left = estimates.hajek_mean(_sample(items, labels - weight * scores, study.sizes), confidence=confidence)
    if left.value is None:
        return CorrectedMean.missing(left.lacks, weight_from=source)
    judge_mean, of_judge = _judge_mean(by_item, rest, units=sum(study.sizes.values()))
    value, variance = left.value + weight * judge_mean, left.careful_error**2 + weight**2 * of_judge
    low, high = _interval(value, variance, left.df, study=study, items=len(items), confidence=confidence)
    return CorrectedMean(value, low, high, "stratified PPI", weight, source, few)


def tuned_on(study: Study) -> float | None:
    """The lambda that these labels and their one judge ask for; None where they cannot say. For the weeks after."""
    (judged,) = study.judges
    if judged.scores.empty or study.labels.empty or study.sizes is None:
        return None
    by_item = judged.scores.groupby("item")["value"].mean()
    items = study.per_item()
    items = items[items.index.isin(by_item.index)]
    if len(items) < FEW_LABELS:
        return None
    return prediction_powered.tuned_weight(_strata(items, np.asarray(by_item[items.index], float), study.sizes))


def _judge_mean(by_item: pd.Series, rest: Numbers, *, units: float) -> tuple[float, float]:
    """The judge's mean of the traffic and its variance: none when it judged all, else as of a simple random part."""
    if len(by_item) >= units:
        return float(by_item.mean()), 0.0
    return float(rest.mean()), float(rest.var(ddof=1)) / len(rest)


def _strata(items: pd.DataFrame, scores: Numbers, sizes: dict[str, float]) -> list[prediction_powered.Stratum]:
    of_judge = pd.Series(scores, index=items.index)
    return [
        prediction_powered.Stratum(
            sizes[str(name)], np.asarray(rows["value"], float), np.asarray(of_judge[rows.index], float), 0.0
        )
        for name, rows in items.groupby("stratum")
    ]


def _sample(items: pd.DataFrame, values: Numbers, sizes: dict[str, float] | None) -> estimates.Labelled:
    """The labelled items as a sample of their strata; of endless traffic when nothing is known of it."""
    known = sizes or {"": _ENDLESS}
    place = {name: at for at, name in enumerate(known)}
    return estimates.Labelled(
        values=values,
        strata=np.array([place[name] if sizes else 0 for name in items["stratum"]], dtype=np.intp),
        populations=np.array(list(known.values()), dtype=float),
        clusters=pd.factorize(items["cluster"])[0].astype(np.intp),
    )


def _interval(
    value: float, variance: float, df: float, *, study: Study, items: int, confidence: float
) -> tuple[float, float]:
    """Wilson on the effective number of items where the scale has two levels, else t; never outside of the scale.

    A corrected share near 0 or 1 has more variance than a plain one there could have: then t, cut to the scale, too.
    """
    student = float(stats.t.ppf((1 + confidence) / 2, df))
    bottom, span = study.scale.levels[0], study.scale.span
    half = student * math.sqrt(variance)
    plain = max(bottom, value - half), min(bottom + span, value + half)
    if len(study.scale.levels) != 2 or not span or not bottom < value < bottom + span or variance == 0:
        return plain
    share = (value - bottom) / span
    effective = share * (1 - share) / (variance / span**2)
    if effective < items / 2:
        return plain
    low, high = estimates.share_bounds(share, effective, student)
    return bottom + span * low, bottom + span * high
