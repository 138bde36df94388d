"""The scorecard: every judge on every criterion that has labels."""

from dataclasses import dataclass

import pandas as pd

from review.calibration.assessment import Assessment, Options, People, assess, people
from review.calibration.bias_checks import BiasCheck, bias_checks
from review.calibration.gate_rules import Verdict
from review.calibration.reviewed import Reviewed
from review.calibration.scale import Kind

IN_WORDS = {
    Verdict.PASS: "trusted",
    Verdict.FAIL: "not trusted",
    Verdict.NOT_ENOUGH_EVIDENCE: "not enough evidence",
    Verdict.RUBRIC_NOT_READY: "rubric not ready",
}


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One judge on one criterion."""

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
    rows = []
    for one in found:
        among = people(one.study)
        rows += [Row(one, among, assess(one.study, judged, among, options or Options())) for judged in one.study.judges]
    return tuple(rows)


def faults(row: Row) -> list[BiasCheck]:
    """The judge's faults on this criterion; none of categories, which have no more or less."""
    study = row.reviewed.study
    if study.scale.kind is Kind.NOMINAL:
        return []
    of_judge = row.reviewed.judged[row.reviewed.judged["judge"] == row.judged.judge].set_index("item")
    labels = study.labels
    share = labels.groupby("item")["item"].transform("size")
    pairs = pd.DataFrame({
        "item": labels["item"], "reviewer": labels["reviewer"], "human": labels["value"],
        "judge": labels["item"].map(of_judge["value"]), "weight": labels["weight"] / share,
        "cluster": labels["cluster"], "stratum": labels[study.part],
        "words": pd.to_numeric(labels["item"].map(of_judge["words"])),
        "own_family": labels["item"].map(of_judge["own_family"]),
    })  # fmt: skip
    return bias_checks(pairs.dropna(subset=["judge"]), span=study.scale.span)


def disagreements(row: Row, *, rows: int = 50) -> pd.DataFrame:
    """Items where judge and people part, farthest first: `item, human, judge, apart, reviewers`."""
    labels = row.reviewed.study.labels
    of_judge = row.reviewed.judged[row.reviewed.judged["judge"] == row.judged.judge].set_index("item")["value"]
    items = labels.groupby("item").agg(human=("value", "mean"), reviewers=("reviewer", ", ".join))
    items = items.assign(judge=of_judge.reindex(items.index)).dropna(subset=["judge"])
    apart = items["judge"] - items["human"]
    return (
        items.assign(apart=apart)
        .loc[apart.abs().sort_values(ascending=False, kind="stable").index]
        .head(rows)
        .reset_index()
    )
