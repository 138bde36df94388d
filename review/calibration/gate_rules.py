"""Whether a judge may be trusted: rules on interval bounds, decided before a point estimate is looked at."""

from dataclasses import dataclass, field
from enum import StrEnum

from review.agreement.coefficient import Coefficient
from review.calibration.closeness import Estimate


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    NOT_ENOUGH_EVIDENCE = "not_enough_evidence"
    RUBRIC_NOT_READY = "rubric_not_ready"


@dataclass(frozen=True, slots=True)
class Rules:
    """Thresholds of the gate: judgement, not theory. A team may change them; they are stored with every decision."""

    effective_items: float = 100.0
    items_per_stratum: int = 30
    refused_items: int = 30
    double_labelled: int = 50
    rubric_alpha: float = 0.40
    kappa: float = 0.60
    kappa_below_people: float = 0.10
    bias_share_of_span: float = 1 / 16
    """.25 points on a scale from 1 to 5, and 5 percentage points on yes or no (see `bias_margin`)."""
    unparsable: float = 0.01

    def bias_margin(self, span: float) -> float:
        """In points: .25 on 1 to 5; .05 on 0 to 1."""
        return 0.05 if span <= 1 else span * self.bias_share_of_span


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the rules look at. `bias` has a 90% interval. `smallest_stratum` is (name, labelled items), if any."""

    people: Coefficient
    kappa: Coefficient
    kappa_less_people: Estimate
    bias: Estimate
    span: float
    effective_items: float
    items: int
    refused_items: int | None
    double_labelled: int
    smallest_stratum: tuple[str, int] | None
    unparsable: float


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict, why in words, and how many more labelled items would be needed to know (0 when it is known)."""

    verdict: Verdict
    reasons: tuple[str, ...]
    labels_needed: int
    rules: Rules = field(default_factory=Rules)


def decide(evidence: Evidence, rules: Rules) -> Decision:
    """Data first, then the rubric, then the judge. A judge whose interval lies wholly below every bar fails early.

    Source: STATISTICS section 3 of the design (release gate, steps 0 to 4); thresholds are defaults to be edited.
    """
    hopeless = _hopeless(evidence, rules)
    missing, needed = _missing(evidence, rules)
    if missing and not hopeless:
        return Decision(Verdict.NOT_ENOUGH_EVIDENCE, tuple(missing), needed, rules)
    if (people := evidence.people).low is not None and people.low < rules.rubric_alpha and not missing:
        return Decision(Verdict.RUBRIC_NOT_READY, (_rubric(people, rules),), 0, rules)
    failed = [*hopeless, *_biased(evidence, rules), *_unparsable(evidence, rules)]
    if failed:
        return Decision(Verdict.FAIL, tuple(failed), 0, rules)
    open_questions, more = _unsettled(evidence, rules)
    if open_questions:
        return Decision(Verdict.NOT_ENOUGH_EVIDENCE, tuple(open_questions), more, rules)
    return Decision(Verdict.PASS, (_agrees(evidence, rules),), 0, rules)


def _missing(evidence: Evidence, rules: Rules) -> tuple[list[str], int]:
    """What the data lack, in words, and the most labelled items that any of it asks for."""
    said: list[str] = []
    wanted = [0]
    if (lack := rules.effective_items - evidence.effective_items) > 0:
        worth = evidence.effective_items / evidence.items if evidence.items else 1.0
        more = int(-(-lack // max(worth, 0.05)))
        said.append(
            f"the labels are worth {evidence.effective_items:.0f} items, {rules.effective_items:.0f} are needed"
        )
        wanted.append(more)
    if evidence.smallest_stratum and evidence.smallest_stratum[1] < rules.items_per_stratum:
        name, items = evidence.smallest_stratum
        said.append(f"stratum {name} has {items} labelled items, {rules.items_per_stratum} are needed")
        wanted.append(rules.items_per_stratum - items)
    if evidence.refused_items is not None and evidence.refused_items < rules.refused_items:
        lack = rules.refused_items - evidence.refused_items
        share = evidence.refused_items / evidence.items if evidence.items else 0.5
        said.append(f"people refused {evidence.refused_items} items, {rules.refused_items} are needed")
        wanted.append(int(-(-lack // max(share, 0.02))))
    if evidence.double_labelled < rules.double_labelled:
        lack = rules.double_labelled - evidence.double_labelled
        said.append(f"{evidence.double_labelled} items were labelled by two people, {rules.double_labelled} are needed")
        wanted.append(int(lack))
    return said, max(wanted)


def _hopeless(evidence: Evidence, rules: Rules) -> list[str]:
    """The judge fails when even the upper bounds are too low; with fewer than 30 items nothing is certain."""
    kappa, against = evidence.kappa, evidence.kappa_less_people
    if kappa.high is None or evidence.effective_items < rules.items_per_stratum or kappa.high >= rules.kappa:
        return []
    if against.high is not None and against.high >= -rules.kappa_below_people:
        return []
    beside = ""
    if evidence.people.value is not None:
        beside = f"; people's alpha is {evidence.people.value:.2f}"
    low = "" if kappa.low is None else f"{kappa.low:.2f} to "
    return [
        f"it agrees with people at kappa {kappa.value:.2f} ({low}{kappa.high:.2f}), below {rules.kappa:.2f}{beside}"
    ]


def _rubric(people: Coefficient, rules: Rules) -> str:
    return (
        f"people agree with each other at alpha {people.value:.2f}, at least {people.low:.2f}; "
        f"below {rules.rubric_alpha:.2f} the rubric is unclear and no judge can be graded by it"
    )


def _biased(evidence: Evidence, rules: Rules) -> list[str]:
    margin, bias = rules.bias_margin(evidence.span), evidence.bias
    if bias.value is None or bias.low is None or bias.high is None:
        return []
    if bias.low > margin or bias.high < -margin:
        kind = "lenient" if bias.value > 0 else "strict"
        found = f"{bias.value:+.2f} points ({bias.low:+.2f} to {bias.high:+.2f} at 90%)"
        return [f"it is too {kind}: {found}, allowed {margin:.2f}"]
    return []


def _unparsable(evidence: Evidence, rules: Rules) -> list[str]:
    if evidence.unparsable <= rules.unparsable:
        return []
    return [f"{evidence.unparsable:.1%} of its answers could not be read, {rules.unparsable:.0%} are allowed"]


def _agrees(evidence: Evidence, rules: Rules) -> str:
    if evidence.kappa.low is not None and evidence.kappa.low >= rules.kappa:
        return f"it agrees with people at kappa {evidence.kappa.value:.2f}, at least {evidence.kappa.low:.2f}"
    return "it agrees with people nearly as well as they agree with each other"


def _unsettled(evidence: Evidence, rules: Rules) -> tuple[list[str], int]:
    """What the intervals leave open, in words, and the labels that would settle it at the present spread."""
    said: list[str] = []
    wanted = [0]
    kappa, against, bias = evidence.kappa, evidence.kappa_less_people, evidence.bias
    strong = kappa.low is not None and kappa.low >= rules.kappa
    as_people = against.low is not None and against.low > -rules.kappa_below_people
    if not (strong or as_people):
        if kappa.value is None:
            said.append(f"agreement with people cannot be told: {kappa.lacks}")
        else:
            said.append(f"kappa {kappa.value:.2f} may be as low as {kappa.low:.2f}, {rules.kappa:.2f} is needed")
            wanted.append(_to_settle(evidence.items, kappa.value - (kappa.low or 0), abs(kappa.value - rules.kappa)))
    margin = rules.bias_margin(evidence.span)
    if bias.value is None or bias.low is None or bias.high is None:
        said.append(f"bias cannot be told: {bias.lacks}")
    elif bias.low < -margin or bias.high > margin:
        said.append(f"bias lies between {bias.low:+.2f} and {bias.high:+.2f} points, {margin:.2f} is allowed")
        wanted.append(_to_settle(evidence.items, (bias.high - bias.low) / 2, abs(margin - abs(bias.value))))
    return said, max(wanted)


def _to_settle(items: int, half_width: float, distance: float) -> int:
    """More items until the half-width shrinks to the distance from the bar; at most ten times as many as there are."""
    if half_width <= distance:
        return 0
    times = min((half_width / distance) ** 2, 11.0) if distance > 0 else 11.0
    return max(1, round(items * (times - 1)))
