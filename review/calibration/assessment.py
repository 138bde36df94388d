"""One judge on one criterion: every figure of the scorecard, the verdict, and what is missing to know more."""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from review.agreement.alpha import Metric, alpha_of_counts
from review.agreement.coefficient import Coefficient
from review.agreement.design import Design
from review.agreement.gwet import gwet_ac
from review.agreement.kappa import weighted_kappa
from review.agreement.weights import Weights
from review.calibration import closeness, gate_checks, gate_rules
from review.calibration.alternative_annotator import (
    AlternativeAnnotator,
    agreement,
    negative_rmse,
    of_labels,
)
from review.calibration.closeness import Estimate
from review.calibration.confusion import Confusion, confusion, rounded, true_negative_rate, true_positive_rate
from review.calibration.corrected_mean import CorrectedMean, corrected_mean, human_mean
from review.calibration.entries import Entries
from review.calibration.gate_checks import Conduct, Rules
from review.calibration.gate_rules import Decision
from review.calibration.kappa_less_people import kappa_less_people
from review.calibration.pairs import Pairs, one_value, pairs_of
from review.calibration.scale import Kind, Scale
from review.calibration.study import Judged, Study

Numbers = npt.NDArray[np.float64]
WEIGHTS = {Kind.ORDINAL: Weights.QUADRATIC, Kind.BINARY: Weights.IDENTITY, Kind.NOMINAL: Weights.IDENTITY}
METRICS = {Kind.ORDINAL: Metric.ORDINAL, Kind.BINARY: Metric.NOMINAL, Kind.NOMINAL: Metric.NOMINAL}
_RESAMPLES = 1_000
ELSEWHERE = "the judge uses another scale than people; map its scores first"
_EQUIVALENCE = 0.90
"""Two one-sided tests at .05 each."""
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
    levels, counts, design = _counted(study)
    kind = study.scale.kind
    alpha = alpha_of_counts(
        levels, counts, metric=METRICS[kind], design=design, confidence=confidence, resamples=_RESAMPLES
    )
    kappa = _between_people(study, confidence=confidence)
    twice = int((study.coded.labels_of_item >= 2).sum())
    mean = None if kind is Kind.NOMINAL else human_mean(study, confidence=confidence)
    return People(alpha, kappa, METRICS[kind].value, len(set(study.coded.reviewers)), len(counts), twice, mean)


@dataclass(frozen=True, slots=True)
class Options:
    """`epsilon` of the alternative annotator test; `weight`: lambda from past weeks, None tunes it on these labels;
    `conduct`: the judge over the weeks, None where they are not known."""

    epsilon: float = 0.15
    weight: float | None = None
    rules: Rules = field(default_factory=Rules)
    confidence: float = 0.95
    conduct: Conduct | None = None


def assess(study: Study, judged: Judged, among: People, options: Options) -> Assessment:
    """All figures of one judge."""
    confidence = options.confidence
    scale, numeric = study.scale, study.scale.kind is not Kind.NOMINAL
    by_item = one_value(judged.scores, is_nominal=not numeric) if len(judged.scores) else pd.Series(dtype=float)
    pairs = pairs_of(study, by_item)
    elsewhere = not scale.declared and scale.outside(pairs.judge) > _ELSEWHERE
    scale = scale if elsewhere else scale.including(pairs.judge)
    shared = pairs.none() if elsewhere else pairs
    told = replace(shared, judge=rounded(shared.judge, scale))
    decided = told if scale.kind is Kind.BINARY else shared  # a chance of yes, or votes, are a yes or a no
    weights = WEIGHTS[scale.kind]
    levels = sorted({*scale.levels, *np.unique(decided.judge).tolist(), *np.unique(shared.human).tolist()})
    kappa = weighted_kappa(
        decided.judge, shared.human, weights=weights, levels=levels, design=shared.design, confidence=confidence
    )
    both = np.column_stack([told.judge, shared.human])
    own = sorted(
        {*scale.levels, *np.unique(shared.human).tolist()}
    )  # AC's chance counts the levels: fractions are none
    ac = gwet_ac(both, levels=own, weights=weights, design=shared.design, confidence=confidence)
    less = kappa_less_people(study, shared, kappa, among.kappa)
    bias = closeness.bias(shared, span=scale.span, confidence=confidence) if numeric else None
    spread = closeness.spread_ratio(shared) if numeric else None
    evidence = gate_checks.Evidence(
        labels=labels_of(study, among, pairs), kappa=replace(kappa, lacks=ELSEWHERE) if elsewhere else kappa,
        kappa_less_people=less, scale=study.scale,
        bias=_bias_of(shared, span=scale.span, elsewhere=elsewhere) if numeric else None,
        unparsable=judged.unparsable_share, strata_bias=_strata_bias(shared, span=scale.span) if numeric else (),
        spread_ratio=spread, one_answer_off=_one_answer_off(told), conduct=options.conduct,
    )  # fmt: skip
    decision = gate_rules.decide(evidence, options.rules)
    corrected = corrected_mean(study, by_item, weight=options.weight, confidence=confidence) if numeric else None
    made = Assessment(
        judge=judged.name, pairs=pairs, kappa=kappa, ac=ac, kappa_less_people=less, bias=bias,
        mae=closeness.absolute_error(shared, span=scale.span, confidence=confidence) if numeric else None,
        spread_ratio=spread,
        spearman=closeness.spearman(pairs) if numeric else None,
        kendall=closeness.kendall(pairs) if numeric else None,
        tpr=true_positive_rate(decided, scale, confidence=confidence),
        tnr=true_negative_rate(decided, scale, confidence=confidence),
        confusion=confusion(shared, scale),
        alternative=_alternative(study, decided if scale.kind is Kind.BINARY else pairs, options.epsilon),
        corrected=corrected,
        judge_mean=float(by_item.mean()) if numeric and len(by_item) else None,
        judge_mean_labelled=pairs.mean(pairs.judge) if numeric and len(pairs.judge) else None,
        unparsable=judged.unparsable, unparsable_share=judged.unparsable_share, decision=decision, notes={},
    )  # fmt: skip
    if elsewhere:
        made.notes.update(dict.fromkeys(("kappa", "ac", "bias", "mae", "tpr", "tnr"), ELSEWHERE))
    return _with_notes(made, numeric=numeric)


def _counted(study: Study) -> tuple[Numbers, Numbers, Design]:
    """The levels that people used, how many of them gave each item each level, and the design of the items."""
    of, items = study.coded, study.per_item()
    levels, level = np.unique(of.human, return_inverse=True)
    counts = np.bincount(of.item * len(levels) + level, minlength=len(items) * len(levels))
    design = Design.of(
        len(items), weights=items["weight"].to_numpy(float), strata=items["stratum"].cat.codes,
        clusters=items["cluster"].cat.codes,
    )  # fmt: skip
    return levels, counts.reshape(len(items), len(levels)).astype(float), design


def _between_people(study: Study, *, confidence: float) -> Coefficient:
    """Kappa of one reviewer with another, on the footing of judge and reviewer: all pairs of labels, both ways."""
    of = study.coded
    others = study.others
    label = others.label
    design = Design.of(
        len(label), weights=of.weights[label] / others.pairs_of_item(of.item)[label], strata=of.strata[label],
        clusters=of.clusters[label],
    )  # fmt: skip
    return weighted_kappa(
        of.human[label], of.human[others.other], weights=WEIGHTS[study.scale.kind], levels=study.scale.levels,
        design=design, confidence=confidence,
    )  # fmt: skip


def _bias_of(pairs: Pairs, *, span: float, elsewhere: bool) -> Estimate:
    found = closeness.bias(pairs, span=span, confidence=_EQUIVALENCE)
    return replace(found, lacks=ELSEWHERE) if elsewhere else found


def labels_of(study: Study, among: People, pairs: Pairs) -> gate_checks.Labels:
    """What there is to grade a judge by: the labels of items that it scored too, and people among themselves."""
    entries = pairs.entries
    labelled = {part.name: part.items for part in entries.by_part} if len(study.part_names) > 1 else {}
    refused, rarer = _rare_answers(entries, study.scale)
    return gate_checks.Labels(
        people=among.alpha, effective_items=entries.effective_items, items=entries.n_items,
        refused_items=refused, rarer_items=rarer, double_labelled=among.double_labelled,
        strata=tuple((name, labelled.get(name, 0)) for name in study.part_names),
        seen=study.seen, shown=study.shown,
    )  # fmt: skip


def _rare_answers(entries: Entries, scale: Scale) -> tuple[int | None, int | None]:
    """`Labels.refused_items` and `Labels.rarer_items`."""
    if scale.kind is Kind.NOMINAL:
        levels, counts = np.unique(entries.human, return_counts=True)
        return None, entries.items_among(entries.human != levels[counts.argmax()]) if len(levels) else 0
    if scale.threshold is None:
        return None, None
    refused, passed = (
        entries.items_among(one) for one in (entries.human < scale.threshold, entries.human >= scale.threshold)
    )
    return refused, min(refused, passed)


def _strata_bias(pairs: Pairs, *, span: float) -> tuple[tuple[str, Estimate], ...]:
    """Bias by part of the traffic, with 95% intervals; nothing of traffic that is one part."""
    parts = pairs.entries.by_part
    apart = pairs.judge - pairs.human
    return tuple(
        (part.name, closeness.mean_of(apart[part.entries], part.design, items=part.items, span=span))
        for part in (parts if len(parts) > 1 else ())
    )


def _one_answer_off(pairs: Pairs) -> int | None:
    """`Evidence.one_answer_off`."""
    if not len(pairs.judge) or np.ptp(pairs.judge):
        return None
    return pairs.entries.items_among(pairs.human != pairs.judge)


def _alternative(study: Study, pairs: Pairs, epsilon: float) -> AlternativeAnnotator:
    score = negative_rmse if study.scale.kind is Kind.ORDINAL else agreement
    return of_labels(
        pairs.entries.others, pairs.entries.by_reviewer, pairs.human, pairs.judge, score=score, epsilon=epsilon
    )


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
