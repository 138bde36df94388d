"""Whether a judge may be trusted: rules on interval bounds, decided before a point estimate is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from review.calibration.gate_checks import Check, Evidence, Rules, State, Step
from review.calibration.judge_checks import judge_checks
from review.calibration.label_checks import label_checks


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    NOT_ENOUGH_EVIDENCE = "not_enough_evidence"
    RUBRIC_NOT_READY = "rubric_not_ready"


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict, why in words, how many more labelled items would be needed to know (0 when it is known), and every
    check that it rests on."""

    verdict: Verdict
    reasons: tuple[str, ...]
    labels_needed: int
    rules: Rules = field(default_factory=Rules)
    checks: tuple[Check, ...] = ()


def decide(evidence: Evidence, rules: Rules) -> Decision:
    """Steps 0 to 4 of the gate: data, the rubric, then the judge. The first step that does not hold gives the verdict.

    Two things come before missing labels. People who disagree make the rubric not ready, however few labels there are
    of other kinds. And a judge fails early when its interval of kappa lies wholly below every bar, with 30 items' worth
    or more: no further label would save it. Drift and change of version are looked at only where weeks are known
    (`Evidence.conduct`), blindness and examples only where the labels tell (`Labels.seen`, `Labels.shown`).

    Source: STATISTICS section 3 of the design (release gate); thresholds are defaults to be edited.
    """
    checks = (*label_checks(evidence.labels, rules), *judge_checks(evidence, rules))

    def of(state: State, *steps: Step) -> list[Check]:
        return [one for one in checks if one.state is state and one.step in steps]

    def said(verdict: Verdict, why: Sequence[Check]) -> Decision:
        needed = 0 if verdict is Verdict.FAIL else max((one.labels_needed for one in why), default=0)
        return Decision(verdict, tuple(one.said for one in why), needed, rules, checks)

    hopeless = of(State.FAIL, Step.AGREEMENT)
    unready = of(State.FAIL, Step.RUBRIC)
    if hopeless and evidence.labels.people.low is not None:
        unready = unready or of(State.NOT_ENOUGH_EVIDENCE, Step.RUBRIC)
    missing = of(State.NOT_ENOUGH_EVIDENCE, Step.LABELS)
    if unready:
        return said(Verdict.RUBRIC_NOT_READY, unready)
    if missing and not hopeless:
        return said(Verdict.NOT_ENOUGH_EVIDENCE, missing)
    judge = (Step.AGREEMENT, Step.BIAS, Step.CONDUCT)
    if failed := of(State.FAIL, *judge):
        return said(Verdict.FAIL, failed)
    if unsettled := of(State.NOT_ENOUGH_EVIDENCE, Step.RUBRIC, *judge):
        return said(Verdict.NOT_ENOUGH_EVIDENCE, unsettled)
    return said(Verdict.PASS, of(State.PASS, Step.AGREEMENT))
