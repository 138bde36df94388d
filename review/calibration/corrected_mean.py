"""The corrected mean: people's labels stand for all of the traffic, the judge makes them go further."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from review.calibration import prediction_powered
from review.calibration.closeness import Estimate
from review.calibration.pairs import one_value
from review.calibration.sampled import sample_of
from review.calibration.scale import Scale
from review.calibration.study import Study, covered_in_words
from review.sampling import estimates

Numbers = npt.NDArray[np.float64]
ONE_LEVEL = "all labels are alike and no scale is declared, so nothing says how far others may lie"
MOST_UNCOVERED = 0.01
"""Share of the traffic in strata without a label that a corrected mean may be silent of."""
FEW_LABELS = 30
"""Below this many labelled items in a stratum an interval is marked."""


@dataclass(frozen=True, slots=True)
class CorrectedMean:
    """`value` and interval on the scale of the labels; `weight` (lambda) of the judge and where that is from.

    `lacks` says why there is no value, or which weeks it is not of.
    `error` is the standard error that the interval rests on, with `df` degrees of freedom; None without a value.
    """

    value: float | None
    low: float | None
    high: float | None
    method: str
    weight: float
    weight_from: str
    few_labels: bool
    lacks: str = ""
    error: float | None = None
    df: float = math.inf

    @classmethod
    def missing(cls, lacks: str, *, weight_from: str) -> "CorrectedMean":
        """No figure, and why."""
        return cls(None, None, None, "none", 0.0, weight_from, few_labels=True, lacks=lacks)


def human_mean(study: Study, *, confidence: float = 0.95) -> Estimate:
    """What people say of all of the traffic, or of what `lacks` says; without any judge.

    Source: Cochran 1977, chapter 5.
    """
    items = study.per_item()
    if len(items) < 2:
        return Estimate(None, None, None, len(items), "fewer than two items")
    sample = study.sample
    if not study.scale.span:
        return Estimate(estimates.hajek_mean(sample).value, None, None, len(items), ONE_LEVEL)
    found = estimates.bounded_mean(sample, bounds=_ends(study.scale), confidence=confidence)
    lacks = found.lacks
    if not lacks and sample.uncovered_share:
        lacks = f"of {covered_in_words(sample.uncovered_share)}: its other strata have no label"
    return Estimate(found.value, found.low, found.high, len(items), lacks, found.careful_error, found.df)


def corrected_mean(
    study: Study, by_item: pd.Series, *, weight: float | None = None, confidence: float = 0.95
) -> CorrectedMean:
    """Sum over strata of W_h [lambda x judge's mean of all + mean of labels less lambda x judge's of the same items].

    `by_item`: the judge's one value by item, of all the traffic that it judged. `weight` (lambda) from past weeks; None
    tunes it on these labels, which makes intervals a little short below 30 labels per stratum. Unbiased however bad the
    judge is; at lambda 0 it is the people's mean. Of several weeks it is of those that the judge scored.

    Source: stratified prediction-powered inference, Fisch et al. (NeurIPS 2024, arXiv:2406.04291); finite-population
    variance: Mozer, Pashley & Miratrix (arXiv:2602.12992); interval: Wilson 1927 on the effective number of items,
    Satterthwaite's degrees of freedom.
    """
    if weeks := study.weeks_scored(by_item):
        own, said = study.in_weeks(weeks), study.scores_in(by_item, weeks)
        found = corrected_mean(own, said, weight=weight, confidence=confidence)
        return replace(found, lacks=found.lacks or f"of {listed(weeks)} alone: it scored no other labelled week")
    items, scores, rest = _scored(study, by_item)
    source = "given" if weight is not None else "these labels"
    if lacks := _lacks(study, items, rest, judged=len(by_item)):
        return CorrectedMean.missing(lacks, weight_from=source)
    few = bool((np.bincount(pd.factorize(items["part"])[0]) < FEW_LABELS).any())
    sample = _sample(study, items)
    if lacks := lacks_of_strata(sample):
        return CorrectedMean.missing(lacks, weight_from=source)
    labels = sample.values
    if weight is None and study.sizes is not None:
        weight = prediction_powered.tuned_weight(sample.populations, sample.strata, sample.values, scores)
    if study.sizes is None:
        weight = prediction_powered.simple(labels, scores, rest, weight=weight).weight
    assert weight is not None  # noqa: S101 - given, or tuned above
    bottom, top = _ends(study.scale)
    left = estimates.bounded_mean(
        replace(sample, values=labels - weight * scores), bounds=(bottom - weight * top, top - weight * bottom),
        confidence=confidence,
    )  # fmt: skip
    if left.value is None:
        return CorrectedMean.missing(left.lacks, weight_from=source)
    judge_mean, of_judge = judge_mean_of(scores, rest, units=float(sample.populations.sum()))
    value, variance = left.value + weight * judge_mean, left.careful_error**2 + weight**2 * of_judge
    if variance == 0 and not study.scale.span:
        return CorrectedMean.missing(ONE_LEVEL, weight_from=source)
    low, high = _interval(value, variance, left.df, scale=study.scale, items=len(items), confidence=confidence)
    method = "stratified PPI" if study.sizes is not None else "PPI++"
    return CorrectedMean(value, low, high, method, weight, source, few, error=math.sqrt(variance), df=left.df)


def tuned_on(study: Study) -> float | None:
    """The lambda that these labels and their one judge ask for; None where they cannot say. For the weeks after."""
    (judged,) = study.judges
    if judged.scores.empty or study.labels.empty or study.sizes is None:
        return None
    items, scores, _ = _scored(study, one_value(judged.scores, is_nominal=False))
    if len(items) < FEW_LABELS:
        return None
    sample = _sample(study, items)
    return prediction_powered.tuned_weight(sample.populations, sample.strata, sample.values, scores)


def lacks_of_strata(sample: estimates.Labelled) -> str:
    """Why what a judge says of all of the traffic cannot be corrected by these items; nothing where it can."""
    uncovered = sample.uncovered_share
    if uncovered <= MOST_UNCOVERED:
        return ""
    return f"{uncovered:.0%} of the traffic is in strata without an item that has label and score"


def _lacks(study: Study, items: pd.DataFrame, rest: Numbers, *, judged: int) -> str:
    if len(items) < 3:
        return "fewer than three items have label and score"
    if len(rest) < 2:
        return "the judge scored nothing but the labelled items"
    if study.sizes is not None and judged > 1.01 * sum(study.sizes.values()):
        return "the sample was drawn from a part of the traffic that was judged"
    return ""


def _sample(study: Study, items: pd.DataFrame) -> estimates.Labelled:
    return study.sample if items is study.per_item() else sample_of(items, items["value"].to_numpy(float), study.sizes)


def _scored(study: Study, by_item: pd.Series) -> tuple[pd.DataFrame, Numbers, Numbers]:
    """The labelled items that the judge scored, its scores of them, and its scores of all others."""
    items, said = study.per_item(), by_item.to_numpy(float)
    place = study.places_in(by_item.index) if len(by_item) else np.full(len(items), -1)
    has_score, is_rest = place >= 0, np.ones(len(said), dtype=bool)
    is_rest[place[has_score]] = False
    return items if has_score.all() else items[has_score], said[place[has_score]], said[is_rest]


def judge_mean_of(labelled: Numbers, rest: Numbers, *, units: float) -> tuple[float, float]:
    """The judge's mean of all `units` and its variance, from its scores of the labelled ones and of `rest` of others.

    Without variance when it scored all; else the rest that it scored are taken as a simple random part of what nobody
    labelled, as the unlabelled set of prediction-powered inference is.

    Source: Angelopoulos et al. (2023) Science 382:669; finite population: Cochran 1977, theorem 2.2.
    """
    if not len(rest):
        return float(labelled.mean()), 0.0
    others = max(units - len(labelled), float(len(rest)))
    share = others / (others + len(labelled))
    mean = (1 - share) * float(labelled.mean()) + share * float(rest.mean())
    left = 1 - len(rest) / others
    return mean, share**2 * left * float(rest.var(ddof=1)) / len(rest) if left > 0 else 0.0


def listed(weeks: Sequence[str]) -> str:
    """`2026-W45`, or the first and the last of several."""
    return weeks[0] if len(weeks) == 1 else f"{weeks[0]} to {weeks[-1]}"


def _ends(scale: Scale) -> tuple[float, float]:
    return scale.levels[0], scale.levels[-1]


def _interval(
    value: float, variance: float, df: float, *, scale: Scale, items: int, confidence: float
) -> tuple[float, float]:
    """Wilson on the effective number of items, as of a people's mean; never outside of the scale.

    A corrected mean near an end of the scale has more variance than a plain one there could have: then t, cut to it.
    """
    student = float(special.stdtrit(df, (1 + confidence) / 2))
    (bottom, top), span = _ends(scale), scale.span
    half = student * math.sqrt(variance)
    plain = (max(bottom, value - half), min(top, value + half)) if span else (value - half, value + half)
    if not bottom < value < top or variance == 0:
        return plain
    place = (value - bottom) / span
    effective = place * (1 - place) / (variance / span**2)
    if effective < items / 2:
        return plain
    low, high = estimates.share_bounds(place, effective, student)
    return bottom + span * low, bottom + span * high
