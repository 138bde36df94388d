"""The scorecard: every judge on every criterion that has labels."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pandas as pd

from review.calibration.assessment import Assessment, Options, People, assess, people
from review.calibration.bias_checks import BiasCheck, bias_checks
from review.calibration.gate_rules import Verdict
from review.calibration.past_weight import PastWeight, weight_of_past
from review.calibration.reviewed import Reviewed, family
from review.calibration.scale import Kind

_AT_ONCE = 2
"""Criteria worked out at once."""
IN_WORDS = {
    Verdict.PASS: "trusted",
    Verdict.FAIL: "not trusted",
    Verdict.NOT_ENOUGH_EVIDENCE: "not enough evidence",
    Verdict.RUBRIC_NOT_READY: "rubric not ready",
}


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One judge on one criterion; `reviewed` has the labels that may grade it."""

    reviewed: Reviewed
    people: People
    judged: Assessment

    @property
    def verdict(self) -> str:
        """In words, with the labels that are missing to know."""
        said = IN_WORDS[self.judged.decision.verdict]
        needed = self.judged.decision.labels_needed
        return f"{said}: {needed} more labels" if needed else said


def scorecard(found: tuple[Reviewed, ...], options: Options | None = None) -> tuple[Row, ...]:
    """A row per judge and criterion, criteria in the rubrics' order. People are compared once per criterion."""

    def of_criterion(one: Reviewed) -> list[Row]:
        among = people(one.study)
        return [row_of(one, judged.name, among=among, options=options) for judged in one.study.judges]

    with ThreadPoolExecutor(_AT_ONCE) as beside:  # most of it is sums of long arrays, which leave the interpreter free
        return tuple(row for rows in beside.map(of_criterion, found) for row in rows)


def row_of(of: Reviewed, judge: str, *, among: People | None = None, options: Options | None = None) -> Row:
    """One judge's row, by its title. `among`: how people agree on all of the labels, if that is known already."""
    own = of.graded_by(judge)
    with_it = among if among is not None and own is of else people(own.study)
    (judged,) = [one for one in own.study.judges if one.name == judge]
    asked = options or Options()
    past = _past(own, judge) if asked.weight is None else PastWeight(None, ())
    found = assess(own.study, judged, with_it, asked if past.value is None else replace(asked, weight=past.value))
    if past.value is not None and found.corrected is not None:
        told = f"{len(past.weeks)} past week{'s' if len(past.weeks) > 1 else ''}"
        found = replace(found, corrected=replace(found.corrected, weight_from=told))
    if found.corrected is not None and found.corrected.value is not None and found.corrected.lacks:
        own = replace(own, study=own.study.noted(f"the corrected mean of {judge} is {found.corrected.lacks}"))
    return Row(own, with_it, found)


def _past(of: Reviewed, judge: str) -> PastWeight:
    """Lambda from the weeks before the window: one from inside of it would have seen its labels."""
    if of.earlier is None or of.study.scale.kind is Kind.NOMINAL:
        return PastWeight(None, ())
    return weight_of_past(of.earlier, judge, of.weeks[0])


def faults(row: Row) -> list[BiasCheck]:
    """The judge's faults on this criterion; none of categories, which have no more or less."""
    study = row.reviewed.study
    if study.scale.kind is Kind.NOMINAL:
        return []
    own = row.reviewed.judged[row.reviewed.judged["judge"] == row.judged.judge]
    own_model = family(str(own["judge_model"].iloc[0])) if len(own) else None
    units = row.reviewed.units.set_index("item")
    families = {model: family(str(model)) for model in units["model"].unique()}
    labels = study.labels
    share = labels.groupby("item")["item"].transform("size")
    model = labels["item"].map(units["model"]).map(families)
    pairs = pd.DataFrame({
        "item": labels["item"], "reviewer": labels["reviewer"], "human": labels["value"],
        "judge": labels["item"].map(own.set_index("item")["value"]), "weight": labels["weight"] / share,
        "cluster": labels["cluster"], "stratum": labels[study.part],
        "words": pd.to_numeric(labels["item"].map(units["words"])),
        "own_family": None if own_model is None else (model == own_model).where(model.notna(), None),
    })  # fmt: skip
    return bias_checks(pairs.dropna(subset=["judge"]), span=study.scale.span)


def disagreements(row: Row, *, without: Collection[str] = (), rows: int = 50) -> pd.DataFrame:
    """Items where judge and people part, farthest first: `item, human, judge, apart, reviewers`.

    `apart` is judge minus people in points; of categories, the share of people who said another. `without`: items that
    whoever reads may not see.
    """
    labels = row.reviewed.study.labels
    labels = labels[~labels["item"].isin(list(without))]
    of_judge = row.reviewed.judged[row.reviewed.judged["judge"] == row.judged.judge].set_index("item")["value"]
    items = labels.groupby("item").agg(human=("value", "mean"), reviewers=("reviewer", ", ".join))
    items = items.assign(judge=of_judge.reindex(items.index)).dropna(subset=["judge"])
    if row.reviewed.study.scale.kind is Kind.NOMINAL:
        other = (labels["value"] != labels["item"].map(of_judge)).groupby(labels["item"]).mean()
        apart = other.reindex(items.index)
    else:
        apart = items["judge"] - items["human"]
    return (
        items.assign(apart=apart)
        .loc[apart.abs().sort_values(ascending=False, kind="stable").index]
        .head(rows)
        .reset_index()
    )
