"""The release gate: may the candidate go live? Decided on the interval of the corrected difference, never on points."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from scipy import special

from review.calibration.corrected_difference import FEWEST_ITEMS, CorrectedDifference
from review.calibration.gate_checks import Check, Points, Rules, State, Step
from review.calibration.gate_rules import Decision
from review.calibration.holm import holm
from review.calibration.scale import Kind, Scale

CONFIDENCE = 0.95
_POINTS = Points("points", 1.0, 2)
OVERALL = "candidate against baseline"
SPELT = {
    State.PASS: "pass",
    State.FAIL: "fail",
    State.NOT_ENOUGH_EVIDENCE: "not enough evidence",
    State.NOT_ASKED: "not asked",
}


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    NOT_ENOUGH_EVIDENCE = "not_enough_evidence"


@dataclass(frozen=True, slots=True)
class Release:
    """The decision with its evidence; `labels_needed` more labelled items would settle an open one at this spread.

    `checks` are all steps in order; `protected` the difference by protected stratum; `judge` is the verdict on the
    judge, None for people alone; `weight_from` says where lambda is from; `notes` say what else to know.
    """

    outcome: Outcome
    reasons: tuple[str, ...]
    margin: float
    labels_needed: int
    evidence: CorrectedDifference
    checks: tuple[Check, ...]
    rules: Rules
    judge: Decision | None = None
    protected: Mapping[str, CorrectedDifference] = field(default_factory=dict)
    weight_from: str = ""
    notes: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        return "; ".join(self.reasons)

    def as_json(self) -> dict[str, Any]:
        found = self.evidence
        return {
            "outcome": self.outcome.value,
            "reason": self.reason,
            "margin": self.margin,
            "labels_needed": self.labels_needed,
            "difference": _interval(found),
            "candidate": asdict(found.candidate),
            "baseline": asdict(found.baseline),
            "lambda": found.weight,
            "lambda_from": self.weight_from,
            "judge_verdict": None if self.judge is None else self.judge.verdict.value,
            "checks": [asdict(one) for one in self.checks],
            "protected": {
                name: {"difference": _interval(one), "labelled": [one.candidate.labelled, one.baseline.labelled]}
                for name, one in self.protected.items()
            },
            "rules": asdict(self.rules),
            "notes": list(self.notes),
        }  # fmt: skip


def default_margin(scale: Scale) -> float:
    """A quarter of a point on 1 to 5, in proportion on other scales; five percentage points on yes or no."""
    return 0.05 if scale.kind is Kind.BINARY else scale.span / 16


def release_check(found: CorrectedDifference, *, margin: float, spelt: Points = _POINTS, within: str = "") -> Check:
    """Step 5, non-inferiority: pass when even the lower bound is above -margin, fail when the upper bound is below it.

    `within` names the stratum that the difference is of.

    Source: Schuirmann 1987 (one side of the two one-sided tests); STATISTICS section 3 of the design, gate step 5.
    """
    name, where = (f"candidate in {within}", f"in {within} ") if within else (OVERALL, "")
    if found.value is None or found.low is None or found.high is None:
        missing = sum(max(FEWEST_ITEMS - side.labelled, 0) for side in (found.candidate, found.baseline))
        return Check(Step.RELEASE, name, State.NOT_ENOUGH_EVIDENCE, f"{where}{found.lacks}", missing, {"bar": -margin})
    figures: dict[str, float | str | None] = {
        "value": found.value, "low": found.low, "high": found.high, "bar": -margin
    }  # fmt: skip
    between = f"{spelt.apart(found.low)} to {spelt.apart(found.high)}"
    said = f"{where}the candidate is {spelt.apart(found.value)} {spelt.unit} ({between}) from the baseline"
    if found.low > -margin:
        return Check(Step.RELEASE, name, State.PASS, f"{said}: no more than {spelt(margin)} worse", 0, figures)
    if found.high < -margin:
        return Check(Step.RELEASE, name, State.FAIL, f"{said}: more than {spelt(margin)} worse", 0, figures)
    labelled = found.candidate.labelled + found.baseline.labelled
    half, distance = (found.high - found.low) / 2, abs(found.value + margin)
    times = min((half / distance) ** 2, 11.0) if distance > 0 else 11.0
    needed = max(1, round(labelled * (times - 1)))
    reason = f"{said}: it may be more than {spelt(margin)} worse, or not"
    return Check(Step.RELEASE, name, State.NOT_ENOUGH_EVIDENCE, reason, needed, figures)


def protected_checks(
    strata: Mapping[str, CorrectedDifference], *, margin: float, spelt: Points = _POINTS
) -> tuple[Check, ...]:
    """Step 5 in each protected stratum: all of them are to be shown no worse, and one that is worse fails.

    The p-values of "no worse" are corrected together, those of "worse" too, each side at .025: so of many healthy
    strata one fails by chance in no more than 2.5% of releases. Intervals are shown without the correction.

    Source: Holm 1979 (Scandinavian Journal of Statistics 6:65).
    """
    plain = [release_check(one, margin=margin, spelt=spelt, within=name) for name, one in strata.items()]
    above = [None if one.value is None else _p_above(one, -margin) for one in strata.values()]
    better, worse = holm(above), holm([None if p is None else 1 - p for p in above])
    return tuple(_corrected(*one) for one in zip(plain, better, worse, strict=True))


def _corrected(check: Check, no_worse: float | None, worse: float | None) -> Check:
    if no_worse is None or worse is None:
        return check
    level = (1 - CONFIDENCE) / 2
    state = State.PASS if no_worse <= level else State.FAIL if worse <= level else State.NOT_ENOUGH_EVIDENCE
    if state is check.state:
        return replace(check, figures={**check.figures, "p_no_worse": no_worse, "p_worse": worse})
    said = (
        f"{check.said.rpartition(': ')[0]}: not certain yet, among so many strata (p {min(no_worse, worse):.3f}, Holm)"
    )
    return replace(
        check, state=state, said=said, labels_needed=0, figures={**check.figures, "p_no_worse": no_worse,
                                                                 "p_worse": worse}
    )  # fmt: skip


def _p_above(found: CorrectedDifference, bar: float) -> float:
    """One-sided p of "the difference is not above the bar"."""
    assert found.value is not None  # noqa: S101 - for the type checker
    if not found.error:
        return float(found.value <= bar)
    return float(special.stdtr(found.df, -(found.value - bar) / found.error))


def outcome_of(checks: Sequence[Check]) -> tuple[Outcome, tuple[Check, ...]]:
    """What the checks come to, and the checks that say so.

    Missing labels or an unready rubric leave it open, whatever the difference looks like. Then the difference decides:
    worse overall or in a protected stratum fails, shown to be no worse everywhere passes. The checks of the judge are
    not asked: the corrected difference is people's, however bad the judge.
    """

    def of(state: State, *steps: Step) -> tuple[Check, ...]:
        return tuple(one for one in checks if one.state is state and one.step in steps)

    unready = of(State.FAIL, Step.RUBRIC)
    if missing := unready or of(State.NOT_ENOUGH_EVIDENCE, Step.LABELS, Step.RUBRIC):
        return Outcome.NOT_ENOUGH_EVIDENCE, missing
    if failed := of(State.FAIL, Step.RELEASE):
        return Outcome.FAIL, failed
    if unsettled := of(State.NOT_ENOUGH_EVIDENCE, Step.RELEASE):
        return Outcome.NOT_ENOUGH_EVIDENCE, unsettled
    return Outcome.PASS, of(State.PASS, Step.RELEASE)


def _interval(found: CorrectedDifference) -> dict[str, float | None] | None:
    return None if found.value is None else {"value": found.value, "low": found.low, "high": found.high}
