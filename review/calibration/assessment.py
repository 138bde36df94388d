"""One judge on one criterion: every figure of the scorecard, the verdict, and what is missing to know more."""

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from review.agreement.alpha import Metric, krippendorff_alpha
from review.agreement.coefficient import Coefficient
from review.agreement.design import Design
from review.agreement.gwet import gwet_ac
from review.agreement.kappa import weighted_kappa
from review.agreement.weights import Weights
from review.calibration import closeness, gate_rules
from review.calibration.alternative_annotator import (
    AlternativeAnnotator,
    agreement,
    alternative_annotator,
    negative_rmse,
)
from review.calibration.closeness import Estimate
from review.calibration.confusion import Confusion, confusion, true_negative_rate, true_positive_rate
from review.calibration.corrected_mean import CorrectedMean, corrected_mean, human_mean
from review.calibration.gate_rules import Decision, Rules
from review.calibration.pairs import Pairs, one_value, paired
from review.calibration.scale import Kind
from review.calibration.study import Judged, Study

WEIGHTS = {Kind.ORDINAL: Weights.QUADRATIC, Kind.BINARY: Weights.IDENTITY, Kind.NOMINAL: Weights.IDENTITY}
METRICS = {Kind.ORDINAL: Metric.ORDINAL, Kind.BINARY: Metric.NOMINAL, Kind.NOMINAL: Metric.NOMINAL}
_RESAMPLES = 1_000
ELSEWHERE = "the judge uses another scale than people; map its scores first"
_ELSEWHERE = 0.5
"""Above this share of values beyond people's lowest and highest, the judge uses another scale."""


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Reviewers among themselves, and what they say of all of the traffic."""

    alpha: Coefficient
    kappa: Coefficient
    level: str
    reviewers: int
    items: int
    double_labelled: int
    mean: Estimate | None


@dataclass(frozen=True, slots=True, eq=False)
class Assessment:
    """Figures of one judge; what cannot be computed is None, with its reason in `notes` by field."""

    judge: str
    pairs: Pairs
    kappa: Coefficient
    ac: Coefficient
    kappa_less_people: Estimate
    bias: Estimate | None
    mae: Estimate | None
    spread_ratio: float | None
    spearman: float | None
    kendall: float | None
    tpr: Estimate
    tnr: Estimate
    confusion: Confusion
    alternative: AlternativeAnnotator
    corrected: CorrectedMean | None
    judge_mean: float | None
    judge_mean_labelled: float | None
    unparsable: int
    unparsable_share: float
    decision: Decision
    notes: dict[str, str]


def people(study: Study, *, confidence: float = 0.95) -> People:
    """Agreement of the reviewers and their mean. Alpha uses the scale's own level."""
    table, design = _wide(study)
    kind = study.scale.kind
    alpha = krippendorff_alpha(
        table.to_numpy(float), metric=METRICS[kind], design=design, confidence=confidence, resamples=_RESAMPLES
    )
    kappa = _between_people(study, confidence=confidence)
    twice = int((table.notna().sum(axis=1) >= 2).sum())
    mean = None if kind is Kind.NOMINAL else human_mean(study, confidence=confidence)
    return People(alpha, kappa, METRICS[kind].value, table.shape[1], len(table), twice, mean)


@dataclass(frozen=True, slots=True)
class Options:
    """`epsilon` of the alternative annotator test; `weight`: lambda from past weeks, None tunes it on these labels."""

    epsilon: float = 0.15
    weight: float | None = None
    rules: Rules = field(default_factory=Rules)
    confidence: float = 0.95


def assess(study: Study, judged: Judged, among: People, options: Options) -> Assessment:
    """All figures of one judge."""
    confidence = options.confidence
    scale, numeric = study.scale, study.scale.kind is not Kind.NOMINAL
    by_item = one_value(judged.scores, is_nominal=not numeric) if len(judged.scores) else pd.Series(dtype=float)
    pairs = paired(study.labels, by_item)
    elsewhere = not scale.declared and scale.outside(pairs.judge) > _ELSEWHERE
    scale = scale if elsewhere else scale.including(pairs.judge)
    shared = pairs.none() if elsewhere else pairs
    weights = WEIGHTS[scale.kind]
    levels = sorted({*scale.levels, *shared.judge.tolist(), *shared.human.tolist()})
    kappa = weighted_kappa(
        shared.judge, shared.human, weights=weights, levels=levels, design=shared.design, confidence=confidence
    )
    both = np.column_stack([shared.judge, shared.human])
    ac = gwet_ac(both, levels=levels, weights=weights, design=shared.design, confidence=confidence)
    less = _difference(kappa, among.kappa)
    bias = closeness.bias(shared, confidence=confidence) if numeric else None
    decision = gate_rules.decide(_evidence(study, judged, among, shared, kappa, less), options.rules)
    corrected = corrected_mean(study, by_item, weight=options.weight, confidence=confidence) if numeric else None
    made = Assessment(
        judge=judged.name, pairs=pairs, kappa=kappa, ac=ac, kappa_less_people=less, bias=bias,
        mae=closeness.absolute_error(shared, span=scale.span, confidence=confidence) if numeric else None,
        spread_ratio=closeness.spread_ratio(shared) if numeric else None,
        spearman=closeness.spearman(pairs) if numeric else None,
        kendall=closeness.kendall(pairs) if numeric else None,
        tpr=true_positive_rate(shared, scale, confidence=confidence),
        tnr=true_negative_rate(shared, scale, confidence=confidence),
        confusion=confusion(shared, scale),
        alternative=_alternative(study, by_item, options.epsilon),
        corrected=corrected,
        judge_mean=float(by_item.mean()) if numeric and len(by_item) else None,
        judge_mean_labelled=pairs.mean(pairs.judge) if numeric and len(pairs.judge) else None,
        unparsable=judged.unparsable, unparsable_share=judged.unparsable_share, decision=decision, notes={},
    )  # fmt: skip
    if elsewhere:
        made.notes.update(dict.fromkeys(("kappa", "ac", "bias", "mae", "tpr", "tnr"), ELSEWHERE))
    return _with_notes(made, numeric=numeric)


def _wide(study: Study) -> tuple[pd.DataFrame, Design]:
    """Items by reviewers, and the design of the items."""
    table = study.labels.pivot(index="item", columns="reviewer", values="value").sort_index()
    items = study.per_item().loc[table.index]
    design = Design.of(
        len(table), weights=items["weight"].to_numpy(float), strata=items["stratum"].to_numpy(),
        clusters=items["cluster"].to_numpy(),
    )  # fmt: skip
    return table, design


def _between_people(study: Study, *, confidence: float) -> Coefficient:
    """Kappa of one reviewer with another, on the footing of judge and reviewer: all pairs of labels, both ways."""
    labels = study.labels
    other = labels[["item", "reviewer", "value"]].rename(columns={"reviewer": "by", "value": "other"})
    both = labels.merge(other, on="item")
    both = both[both["reviewer"] != both["by"]]
    share = both.groupby("item")["item"].transform("size").to_numpy(float)
    design = Design.of(
        len(both), weights=both["weight"].to_numpy(float) / share, strata=both["stratum"].to_numpy(),
        clusters=both["cluster"].to_numpy(),
    )  # fmt: skip
    return weighted_kappa(
        both["value"].to_numpy(float), both["other"].to_numpy(float), weights=WEIGHTS[study.scale.kind],
        levels=study.scale.levels, design=design, confidence=confidence,
    )  # fmt: skip


def _difference(judge: Coefficient, among: Coefficient) -> Estimate:
    """Kappa of judge and people less that of people; the two are treated as independent, which widens the interval."""
    if judge.value is None or among.value is None or judge.low is None or among.low is None:
        return Estimate(None, None, None, 0, judge.lacks or among.lacks or "")
    assert judge.high is not None  # noqa: S101 - an interval has both ends
    assert among.high is not None  # noqa: S101
    value = judge.value - among.value
    low = value - math.hypot(judge.value - judge.low, among.high - among.value)
    high = value + math.hypot(judge.high - judge.value, among.value - among.low)
    return Estimate(value, low, high, among.items)


def _evidence(
    study: Study, judged: Judged, among: People, pairs: Pairs, kappa: Coefficient, less: Estimate
) -> gate_rules.Evidence:
    sizes = (
        pd.Series(pairs.items).groupby(_stratum_of(study, pairs)).nunique()
        if study.sizes and len(study.sizes) > 1
        else None
    )
    smallest = None if sizes is None or sizes.empty else (str(sizes.idxmin()), int(sizes.min()))
    threshold = study.scale.threshold
    refused = None if threshold is None else len(np.unique(pairs.items[pairs.human < threshold]))
    numeric = study.scale.kind is not Kind.NOMINAL
    return gate_rules.Evidence(
        people=among.alpha, kappa=kappa, kappa_less_people=less,
        bias=closeness.bias(pairs, confidence=0.90) if numeric else Estimate(0.0, 0.0, 0.0, 0),
        span=study.scale.span, effective_items=pairs.effective_items, items=pairs.n_items, refused_items=refused,
        double_labelled=among.double_labelled, smallest_stratum=smallest, unparsable=judged.unparsable_share,
    )  # fmt: skip


def _stratum_of(study: Study, pairs: Pairs) -> np.ndarray:
    by_item = study.labels.drop_duplicates("item").set_index("item")[study.part]
    return by_item.reindex(pairs.items).to_numpy()


def _alternative(study: Study, by_item: pd.Series, epsilon: float) -> AlternativeAnnotator:
    people_said = {
        str(name): {str(item): float(value) for item, value in zip(rows["item"], rows["value"], strict=True)}
        for name, rows in study.labels.groupby("reviewer")
    }
    judge = {str(item): float(value) for item, value in by_item.items()}
    score = negative_rmse if study.scale.kind is Kind.ORDINAL else agreement
    return alternative_annotator(judge, people_said, score=score, epsilon=epsilon)


def _with_notes(made: Assessment, *, numeric: bool) -> Assessment:
    notes = made.notes
    for name, lacks in (
        ("kappa", made.kappa.lacks), ("ac", made.ac.lacks), ("tpr", made.tpr.lacks), ("tnr", made.tnr.lacks),
        ("alt_test", made.alternative.reason), ("corrected_mean", made.corrected.lacks if made.corrected else ""),
        ("bias", made.bias.lacks if made.bias else ""), ("mae", made.mae.lacks if made.mae else ""),
    ):  # fmt: skip
        if lacks:
            notes.setdefault(name, lacks)
    if not numeric:
        notes |= dict.fromkeys(("bias", "mae", "spearman", "kendall", "corrected_mean"), "categories have no order")
    elif made.spearman is None:
        notes |= dict.fromkeys(("spearman", "kendall"), "no variation")
    return made
