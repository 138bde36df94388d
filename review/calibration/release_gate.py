"""The release gate: may the candidate go live? Decided on the interval of the corrected difference, never on points."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from review.calibration.corrected_difference import FEWEST_ITEMS, CorrectedDifference
from review.calibration.scale import Kind, Scale


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    NOT_ENOUGH_EVIDENCE = "not_enough_evidence"


@dataclass(frozen=True, slots=True)
class Release:
    """The decision with its evidence; `labels_needed` more labelled items would settle an open one at this spread."""

    outcome: Outcome
    reason: str
    margin: float
    labels_needed: int
    evidence: CorrectedDifference

    def as_json(self) -> dict[str, Any]:
        found = self.evidence
        return {
            "outcome": self.outcome.value,
            "reason": self.reason,
            "margin": self.margin,
            "labels_needed": self.labels_needed,
            "difference": None if found.value is None else {"value": found.value, "low": found.low, "high": found.high},
            "candidate": asdict(found.candidate),
            "baseline": asdict(found.baseline),
            "lambda": found.weight,
        }


def default_margin(scale: Scale) -> float:
    """A quarter of a point on 1 to 5, in proportion on other scales; five percentage points on yes or no."""
    return 0.05 if scale.kind is Kind.BINARY else scale.span / 16


def decide(found: CorrectedDifference, *, margin: float) -> Release:
    """Non-inferiority: pass when even the lower bound is above -margin, fail when the upper bound is below it.

    Source: Schuirmann 1987 (one side of the two one-sided tests); STATISTICS section 3 of the design, gate step 5.
    """
    if found.value is None or found.low is None or found.high is None:
        missing = sum(max(FEWEST_ITEMS - side.labelled, 0) for side in (found.candidate, found.baseline))
        return Release(Outcome.NOT_ENOUGH_EVIDENCE, found.lacks, margin, missing, found)
    said = f"the candidate is {found.value:+.2f} points ({found.low:+.2f} to {found.high:+.2f}) from the baseline"
    if found.low > -margin:
        return Release(Outcome.PASS, f"{said}: no more than {margin:.2f} worse", margin, 0, found)
    if found.high < -margin:
        return Release(Outcome.FAIL, f"{said}: more than {margin:.2f} worse", margin, 0, found)
    labelled = found.candidate.labelled + found.baseline.labelled
    half, distance = (found.high - found.low) / 2, abs(found.value + margin)
    times = min((half / distance) ** 2, 11.0) if distance > 0 else 11.0
    needed = max(1, round(labelled * (times - 1)))
    reason = f"{said}: it may be more than {margin:.2f} worse, or not"
    return Release(Outcome.NOT_ENOUGH_EVIDENCE, reason, margin, needed, found)
