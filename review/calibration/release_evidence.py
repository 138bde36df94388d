"""What the release gate looks at: the labels, the rubric, the judge, and the difference overall and in each stratum."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from errors import UsageError
from review.calibration.assessment import Options, assess, labels_of, people
from review.calibration.corrected_difference import (
    VERSION_COLUMNS,
    CorrectedDifference,
    Spelt,
    corrected_difference,
    spelled,
    version,
)
from review.calibration.corrected_mean import listed
from review.calibration.few_shot import name_of
from review.calibration.gate_checks import Check, Conduct, Points, Rules, State, Step
from review.calibration.gate_rules import Decision
from review.calibration.label_checks import label_checks
from review.calibration.over_weeks import over_weeks
from review.calibration.pairs import paired
from review.calibration.past_weight import PAST_WEEKS, PastWeight, weight_of_past
from review.calibration.release_gate import (
    OVERALL,
    Release,
    default_margin,
    outcome_of,
    protected_checks,
    release_check,
)
from review.calibration.reviewed import Reviewed
from review.calibration.scale import Kind

STRATA = "strata"
"""What `Question.protect` calls the strata that the samples were drawn from."""
ALONE = "people alone"
PROTECTABLE = (STRATA, "tenant", *VERSION_COLUMNS)
MOST_PROTECTED = 20
WINDOW_WEEKS = 8
EARLIER_WEEKS = WINDOW_WEEKS + PAST_WEEKS
"""Weeks to read for a lambda from before the window."""
Earlier = Callable[[], Reviewed | None]
Versions = tuple[Mapping[str, str], Mapping[str, str]]
_OF_LABELS = (Step.LABELS, Step.RUBRIC)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: two versions, the points that the candidate may be worse by (None: `default_margin`), and what is
    protected: `strata` of the samples, or columns of the traffic, each of whose values is a stratum then."""

    candidate: Spelt
    baseline: Spelt
    margin: float | None = None
    protect: tuple[str, ...] = ()
    rules: Rules = field(default_factory=Rules)


def released(of: Reviewed, judge: str | None, question: Question, *, earlier: Earlier = lambda: None) -> Release:
    """The gate's answer, by all six steps.

    `judge` None: people alone, and steps 2 to 4 are not asked. A judge whose conduct fails (unreadable answers, drift,
    another version) is left out; one that fails by agreement or bias may still correct, since people's labels decide.
    `earlier` reads more weeks than the window has, for a lambda that is not tuned on the window's own labels.

    Raises `UsageError` for categories, and for versions or protected columns that are not there.
    """
    if of.study.scale.kind is Kind.NOMINAL:
        raise UsageError(
            "categories have no order and no mean, so no version is better by them; choose another criterion"
        )
    versions = (version(question.candidate), version(question.baseline))
    margin = default_margin(of.study.scale) if question.margin is None else question.margin
    verdict = None if judge is None else judge_verdict(of, judge, question.rules)
    used = _with_judge(of, judge, verdict, versions, earlier) if judge and verdict else None
    used = used or _people_alone(of, question.rules)
    found, spelt = used.difference(versions), Points.of(of.study.scale)
    strata, unmatched = _protected(used, versions, question.protect)
    checks = (
        *used.label_checks,
        *(one for one in (verdict.checks if verdict else ()) if one.step not in _OF_LABELS),
        release_check(found, margin=margin, spelt=spelt),
        *protected_checks(strata, margin=margin, spelt=spelt),
    )
    outcome, why = outcome_of(checks)
    return Release(
        outcome=outcome, reasons=tuple(one.said for one in why), margin=margin,
        labels_needed=_labels_needed(why), evidence=found, checks=checks,
        rules=question.rules, judge=verdict, protected=strata, weight_from=used.weight_from,
        notes=(*_about_judge(verdict, used, found), *unmatched, *used.of.study.notes),
    )  # fmt: skip


def _labels_needed(why: tuple[Check, ...]) -> int:
    """An item can serve several checks at once, but lies in one protected stratum."""
    within = sum(one.labels_needed for one in why if one.step is Step.RELEASE and one.name != OVERALL)
    return max(within, *(one.labels_needed for one in why if one.name == OVERALL or one.step is not Step.RELEASE), 0)


def same_in(of: Reviewed, found: Iterable[Reviewed]) -> Reviewed | None:
    """The same criterion of the same rubric version, as read for other weeks."""
    wanted = (of.rubric, of.rubric_version, of.criterion.name)
    return next((one for one in found if (one.rubric, one.rubric_version, one.criterion.name) == wanted), None)


def judge_verdict(of: Reviewed, judge: str, rules: Rules) -> Decision:
    """Steps 0 to 4 for one judge, drift and change of version included."""
    own = of.graded_by(judge)
    (judged,) = (one for one in own.study.judges if one.name == judge)
    return assess(own.study, judged, people(own.study), Options(rules=rules, conduct=conduct(own, judge))).decision


def conduct(of: Reviewed, judge: str) -> Conduct:
    """How steady the judge was over the weeks: an open CUSUM alarm of its bias, and other versions of it."""
    weeks = over_weeks(of, judge)
    drift = weeks.judge_drift
    since = str(weeks.table["week"].iloc[drift.since[-1]]) if drift.is_open else None
    scored = of.judged.drop_duplicates(["judge", "week"])
    lacking = set(of.weeks) - set(scored.loc[scored["judge"] == judge, "week"])
    others = {str(one) for one in scored.loc[scored["week"].isin(lacking), "judge"]}
    same = sorted(one for one in others if name_of(one) == name_of(judge))
    return Conduct(len(weeks.table), since, tuple(same))


@dataclass(frozen=True, slots=True, eq=False)
class _Used:
    """The labels and scores that the difference is made from, with their checks; `scores` None: people alone."""

    of: Reviewed
    scores: pd.Series | None
    past: PastWeight
    label_checks: tuple[Check, ...]

    @property
    def weight_from(self) -> str:
        if self.scores is None:
            return ALONE
        weeks = self.past.weeks
        if not weeks:
            return "these labels"
        return weeks[0] if len(weeks) == 1 else f"{weeks[0]} to {weeks[-1]}"

    def difference(self, versions: Versions) -> CorrectedDifference:
        return corrected_difference(
            self.of.study, self.of.units, self.scores, versions=versions, weight=self.past.value
        )  # fmt: skip

    def difference_in(self, part: str, versions: Versions) -> CorrectedDifference:
        """In one stratum of the samples, by people alone: which traffic without a label lies in it is not known."""
        study = self.of.study
        labels = study.labels[study.labels[study.part] == part]
        sizes = None if study.sizes is None else {one: study.sizes[one] for one in labels["stratum"].unique()}
        units = self.of.units[self.of.units["item"].isin(labels["item"])]
        return corrected_difference(replace(study, labels=labels, sizes=sizes), units, None, versions=versions)


def _people_alone(of: Reviewed, rules: Rules) -> _Used:
    study = of.study
    everything = labels_of(study, people(study), paired(study.labels, study.per_item()["value"]))
    return _Used(of, None, PastWeight(None, ()), label_checks(everything, rules))


def _with_judge(of: Reviewed, judge: str, verdict: Decision, versions: Versions, earlier: Earlier) -> _Used | None:
    """None when the judge's conduct fails: then its scores are not to be used at all."""
    if _failed(verdict, Step.CONDUCT):
        return None
    own = of.graded_by(judge)
    scores = own.judged[own.judged["judge"] == judge].set_index("item")["value"]
    return _Used(
        own, scores, _past(own, judge, versions, earlier),
        tuple(one for one in verdict.checks if one.step in _OF_LABELS),
    )  # fmt: skip


def _past(of: Reviewed, judge: str, versions: Versions, earlier: Earlier) -> PastWeight:
    """Lambda from the weeks before the first one with traffic of either version."""
    sides = _of_version(of.units, versions[0]) | _of_version(of.units, versions[1])
    weeks = [str(week) for week in of.units.loc[sides, "week"].unique()]
    if not weeks:
        return PastWeight(None, ())
    past = weight_of_past(of, judge, min(weeks))
    if past.value is not None or (more := earlier()) is None:
        return past
    return weight_of_past(more.graded_by(judge), judge, min(weeks))


def _of_version(units: pd.DataFrame, wanted: Mapping[str, str]) -> pd.Series:
    found = pd.Series(data=True, index=units.index)
    for column, value in wanted.items():
        found &= units[column] == value
    return found


def _protected(
    used: _Used, versions: Versions, protect: tuple[str, ...]
) -> tuple[dict[str, CorrectedDifference], list[str]]:
    """The difference in each protected stratum, and notes of strata that only one of the versions has."""
    found: dict[str, CorrectedDifference] = {}
    notes: list[str] = []
    for column in dict.fromkeys(protect):
        if column not in PROTECTABLE:
            raise UsageError(f"what is protected is one of {', '.join(PROTECTABLE)}")
        if column in versions[0] or column in versions[1]:
            raise UsageError(f"the versions differ by {column}; it cannot be protected too")
        for name, one in (_by_strata if column == STRATA else _by_column)(used, versions, column):
            if one is None:
                notes.append(f"{name} has traffic of one version only; there is nothing to compare")
            else:
                found[name] = one
    if len(found) > MOST_PROTECTED:
        raise UsageError(
            f"{len(found)} strata would be protected, {MOST_PROTECTED} are the most; choose another column"
        )
    return found, notes


def _by_strata(used: _Used, versions: Versions, _: str) -> Iterator[tuple[str, CorrectedDifference | None]]:
    labels, units = used.of.study.labels, used.of.units.set_index("item")
    for part, rows in labels.groupby(used.of.study.part):
        seen = units.reindex(rows["item"].unique())
        there = all(_of_version(seen, one).any() for one in versions)
        yield f"stratum {part}", used.difference_in(str(part), versions) if there else None


def _by_column(used: _Used, versions: Versions, column: str) -> Iterator[tuple[str, CorrectedDifference | None]]:
    units = used.of.units
    has = [set(units.loc[_of_version(units, one), column].dropna()) - {""} for one in versions]
    if not has[0] | has[1]:
        raise UsageError(f"no traffic of these versions has a {column}; choose another column")
    for value in sorted(has[0] | has[1]):
        sides = ({**versions[0], column: value}, {**versions[1], column: value})
        yield f"{column} {value}", _named(used.difference(sides), versions) if value in has[0] & has[1] else None


def _named(found: CorrectedDifference, versions: Versions) -> CorrectedDifference:
    """With the sides called as the whole versions are: the stratum is said beside them."""
    lacks = found.lacks
    for side, one in zip((found.candidate, found.baseline), versions, strict=True):
        lacks = lacks.replace(side.named, spelled(one))
    return replace(found, lacks=lacks)


def _failed(verdict: Decision, *steps: Step) -> list[Check]:
    return [one for one in verdict.checks if one.state is State.FAIL and one.step in steps]


def _about_judge(verdict: Decision | None, used: _Used, found: CorrectedDifference) -> list[str]:
    """What the judge's checks mean for the difference."""
    if verdict is None:
        return []
    if used.scores is None:
        why = "; ".join(one.said for one in _failed(verdict, Step.CONDUCT))
        return [f"the judge is left out and people's labels decide alone: {why}"]
    notes = []
    if found.weeks:
        notes.append(f"the difference is of {listed(found.weeks)} alone: the judge scored no other labelled week")
    if _failed(verdict, Step.AGREEMENT, Step.BIAS):
        notes.append(
            "the judge fails by agreement or bias, but it may still correct: people's labels decide, its scores count "
            f"with weight {found.weight:.2f}, and the worse it is the fewer labels it saves"
        )
    if not used.past.weeks:
        notes.append("the weight of the judge is tuned on these labels: no labelled week lies before both versions")
    return notes
