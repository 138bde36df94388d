"""What the gate goes by: its evidence and thresholds, and what one check says."""

from dataclasses import dataclass, field
from enum import StrEnum

from review.agreement.coefficient import Coefficient
from review.calibration.closeness import Estimate
from review.calibration.scale import Kind, Scale
from settings import Settings


class State(StrEnum):
    """How one check came out. `NOT_ASKED`: it does not apply, or what it looks at is not known here; it holds nothing
    up."""

    PASS = "pass"  # noqa: S105 - a state, not a password
    FAIL = "fail"
    NOT_ENOUGH_EVIDENCE = "not_enough_evidence"
    NOT_ASKED = "not_asked"


class Step(StrEnum):
    """The steps of the gate, in the order in which they are decided."""

    LABELS = "labels"
    RUBRIC = "rubric"
    AGREEMENT = "agreement"
    BIAS = "bias"
    CONDUCT = "conduct"
    RELEASE = "release"


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
    stratum_bias_times: float = 2.0
    """A stratum may be off by so many times the margin of the bias: .5 points on 1 to 5."""
    unparsable: float = 0.01

    def bias_margin(self, scale: Scale) -> float:
        """In points: .25 on 1 to 5; .05 on yes or no."""
        return 0.05 if scale.kind is Kind.BINARY else scale.span * self.bias_share_of_span

    def stratum_margin(self, scale: Scale) -> float:
        """In points: .5 on 1 to 5; .1 on yes or no."""
        return self.stratum_bias_times * self.bias_margin(scale)


def gate_rules_of(settings: Settings) -> Rules:
    """The rules with what `[gate]` of `benchbook.toml` changes."""
    return Rules(**settings.gate.model_dump(exclude_none=True))


@dataclass(frozen=True, slots=True)
class Points:
    """Figures in points of the scale; shares of yes or no in percentage points."""

    unit: str
    times: float
    digits: int

    @classmethod
    def of(cls, scale: Scale) -> "Points":
        return cls("percentage points", 100.0, 0) if scale.kind is Kind.BINARY else cls("points", 1.0, 2)

    def __call__(self, value: float) -> str:
        return f"{self.times * value:.{self.digits}f}"

    def apart(self, value: float | None) -> str:
        """With its sign."""
        return "unknown" if value is None else f"{self.times * value:+.{self.digits}f}"


@dataclass(frozen=True, slots=True)
class Labels:
    """What there is to go by. `people` is Krippendorff's alpha; `strata` are (name, labelled items), 0 of a stratum
    without any, and none when the items were not drawn from strata.

    `refused_items`: items that some person refused; None on a scale without a threshold. `rarer_items`: those that some
    person refused or, where fewer, passed; of categories, those outside of the most frequent one. `seen`: labels that
    were left out because they were given after seeing the judge, `shown`: those left out because the judge's prompt may
    have learned from their items; None where nobody can know.
    """

    people: Coefficient
    effective_items: float
    items: int
    refused_items: int | None
    double_labelled: int
    rarer_items: int | None = None
    strata: tuple[tuple[str, int], ...] = ()
    seen: int | None = None
    shown: int | None = None


@dataclass(frozen=True, slots=True)
class Conduct:
    """The judge over the weeks. `drift_since`: the week that an open CUSUM alarm of its bias began in, None when there
    is none; `weeks` had labels. `other_versions`: titles of the same judge that scored weeks which this one did not."""

    weeks: int
    drift_since: str | None = None
    other_versions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the rules look at. `bias` has a 90% interval, None for categories; `strata_bias` 95% intervals by stratum.

    `spread_ratio` (judge's over people's) only helps to say why a judge fails. `one_answer_off`: of a judge that gave
    all items one and the same answer, the items that people answered otherwise; None of every other judge. `conduct` is
    None where weeks are not known.
    """

    labels: Labels
    kappa: Coefficient
    kappa_less_people: Estimate
    bias: Estimate | None
    scale: Scale
    unparsable: float
    strata_bias: tuple[tuple[str, Estimate], ...] = ()
    spread_ratio: float | None = None
    one_answer_off: int | None = None
    conduct: Conduct | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One rule: how it came out, in words with the numbers and the bar; `figures` are the same as numbers.

    `labels_needed`: more labelled items that would settle it, as far as anybody can tell now.
    """

    step: Step
    name: str
    state: State
    said: str
    labels_needed: int = 0
    figures: dict[str, float | str | None] = field(default_factory=dict)
