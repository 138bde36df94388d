"""Every interval that the judge pages and `benchbook calibrate` show of one week, and the truth that it is to hold."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.coverage.weeks import NEW, OLD, Traffic, census
from review.agreement.alpha import krippendorff_alpha
from review.agreement.gwet import gwet_ac
from review.agreement.kappa import weighted_kappa
from review.calibration.assessment import METRICS, WEIGHTS, people
from review.calibration.bias_checks import bias_checks
from review.calibration.closeness import absolute_error, bias, mean_of
from review.calibration.confusion import true_negative_rate, true_positive_rate
from review.calibration.corrected_difference import corrected_difference
from review.calibration.corrected_mean import FEW_LABELS, corrected_mean
from review.calibration.kappa_less_people import kappa_less_people
from review.calibration.levels import by_level
from review.calibration.pairs import one_value, pairs_of
from review.calibration.recalibration import isotonic_map
from review.calibration.study import Study


@dataclass(frozen=True, slots=True)
class Shown:
    """One interval. `few`: the page marks it, or shows none at this size."""

    figure: str
    key: str
    low: float
    high: float
    few: bool


def of_week(of: Traffic, study: Study, by_item: pd.Series, *, past_weight: float) -> Iterator[Shown]:
    """All but the faults of one week, by the functions behind the pages. Levels and parts have a key each.

    `by_item`: the judge's one value of each unit.
    """
    few = study.labels["item"].nunique() < FEW_LABELS * len(study.sizes or {})
    pairs, span, among = pairs_of(study, by_item), study.scale.span, people(study)
    weights, levels = WEIGHTS[study.scale.kind], study.scale.levels
    kappa = weighted_kappa(pairs.judge, pairs.human, weights=weights, levels=levels, design=pairs.design)
    both = np.column_stack([pairs.judge, pairs.human])
    for name, one in (
        ("people's mean", among.mean),
        ("corrected mean, lambda of past weeks", corrected_mean(study, by_item, weight=past_weight)),
        ("corrected mean, lambda of these labels", corrected_mean(study, by_item)),
        ("kappa of judge and people", kappa), ("kappa of people", among.kappa),
        ("kappa less people's", kappa_less_people(study, pairs, kappa, among.kappa)),
        ("AC", gwet_ac(both, levels=levels, weights=weights, design=pairs.design)), ("alpha", among.alpha),
        ("bias", bias(pairs, span=span)), ("bias, 90%", bias(pairs, span=span, confidence=0.90)),
        ("absolute error", absolute_error(pairs, span=span)),
        ("pass rate (TPR)", true_positive_rate(pairs, study.scale)),
        ("refusal rate (TNR)", true_negative_rate(pairs, study.scale)),
    ):  # fmt: skip
        yield from _one(name, name, one, few=few)
    for name, scores in (("with the judge", by_item), ("people alone", None)):
        apart = corrected_difference(study, of.units, scores, versions=(NEW, OLD), weight=past_weight)
        yield from _one(f"difference of versions, {name}", f"difference {name}", apart, few=few)
    for part in np.unique(of.stratum):
        own = pairs.entries.parts == part
        off = (pairs.judge - pairs.human)[own]
        of_part = mean_of(off, pairs.design.only(own), items=pairs.entries.items_among(own), span=span)
        yield from _one("bias of a part", f"part {part}", of_part, few=few)
    for row in by_level(pairs, study.scale).itertuples():
        name = "expected label of a level" + (" (few labels)" if row.few else "")
        yield from _one(name, f"level {row.level}", row, few=bool(row.few))


def faults_of_week(of: Traffic, study: Study) -> Iterator[Shown]:
    """The checks for known faults, whose intervals are of 90%."""
    few = study.labels["item"].nunique() < FEW_LABELS * len(study.sizes or {})
    for check in bias_checks(_rows(of, study), span=study.scale.span):
        name = "part against the rest" if check.name.startswith("stratum") else check.name
        yield from _one(f"fault, 90%: {name}", f"fault {check.name}", check, few=few)


def truths(of: Traffic) -> dict[str, float]:
    """Each figure by its key, of all units with both people's labels."""
    study = census(of)
    kind, levels = of.scale.kind, of.scale.levels
    by_item = one_value(study.judges[0].scores, is_nominal=False)
    pairs = pairs_of(study, by_item)
    threshold = of.scale.threshold or 0
    good, passed = pairs.human >= threshold, pairs.judge >= threshold
    both = np.column_stack([of.first, of.second])
    kappa = weighted_kappa(pairs.judge, pairs.human, weights=WEIGHTS[kind], levels=levels).value or 0.0
    of_people = (
        weighted_kappa(both.T.ravel(), both[:, ::-1].T.ravel(), weights=WEIGHTS[kind], levels=levels).value or 0.0
    )
    mean, apart = float(both.mean()), pairs.judge - pairs.human
    is_new = (of.units["prompt"] == NEW["prompt"]).to_numpy()
    difference = float(both[is_new].mean() - both[~is_new].mean())
    found = {
        "people's mean": mean, "corrected mean, lambda of past weeks": mean,
        "corrected mean, lambda of these labels": mean, "kappa of judge and people": kappa,
        "kappa of people": of_people, "kappa less people's": kappa - of_people,
        "AC": gwet_ac(np.column_stack([pairs.judge, pairs.human]), weights=WEIGHTS[kind], levels=levels).value or 0.0,
        "alpha": krippendorff_alpha(both, metric=METRICS[kind], resamples=2).value or 0.0,
        "bias": float(apart.mean()), "bias, 90%": float(apart.mean()), "absolute error": float(np.abs(apart).mean()),
        "pass rate (TPR)": float(passed[good].mean()), "refusal rate (TNR)": float((~passed)[~good].mean()),
        "difference with the judge": difference, "difference people alone": difference,
    }  # fmt: skip
    for name in np.unique(of.stratum):
        found[f"part {name}"] = float(apart[pairs.entries.parts == name].mean())
    expected = isotonic_map(pairs.judge, pairs.human).predict(np.array(levels))
    found |= {f"level {name}": float(value) for name, value in zip(of.scale.names, expected, strict=True)}
    for check in bias_checks(_rows(of, study), span=of.scale.span):
        if check.effect is not None:
            found[f"fault {check.name}"] = check.effect
    return found


def _rows(of: Traffic, study: Study) -> pd.DataFrame:
    """Labels as `bias_checks` takes them."""
    labels = study.labels
    place = labels["item"].astype(int).to_numpy()
    share = labels.groupby("item")["item"].transform("size")
    return pd.DataFrame({
        "item": labels["item"], "reviewer": labels["reviewer"], "human": labels["value"], "judge": of.judge[place],
        "weight": labels["weight"] / share, "cluster": labels["cluster"], "stratum": labels["stratum"],
        "words": of.units["words"].to_numpy()[place], "own_family": of.units["own_family"].to_numpy()[place],
    })  # fmt: skip


def _one(figure: str, key: str, one: object, *, few: bool) -> Iterator[Shown]:
    low, high = getattr(one, "low", None), getattr(one, "high", None)
    if low is not None and high is not None:
        yield Shown(figure, key, float(low), float(high), few)
