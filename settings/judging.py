"""How judges' scores are read, and the bars of verdicts and gates."""

from pydantic import Field

from settings.section import Section


class JudgeScore(Section):
    """Which criteria of a rubric a judge's score answers, and its own scale where that is another."""

    criteria: list[str]
    lowest: float | None = None
    """The judge's lowest score; above `highest` when it counts the other way round. Both or neither."""
    highest: float | None = None


class Gate(Section):
    """Bars of the verdict on judges and of the release gate; what is left out is as in `docs/calibration.md`."""

    effective_items: float | None = Field(default=None, ge=0)
    """What the labels have to be worth, in items of a simple random sample."""
    items_per_stratum: int | None = Field(default=None, ge=2)
    refused_items: int | None = Field(default=None, ge=0)
    double_labelled: int | None = Field(default=None, ge=0)
    rubric_alpha: float | None = Field(default=None, ge=-1, le=1)
    kappa: float | None = Field(default=None, ge=-1, le=1)
    kappa_below_people: float | None = Field(default=None, ge=0, le=1)
    bias_share_of_span: float | None = Field(default=None, gt=0, le=1)
    """Margin of the bias: 0.0625 is .25 points on 1 to 5. Yes or no keeps five points of a hundred."""
    stratum_bias_times: float | None = Field(default=None, ge=1)
    unparsable: float | None = Field(default=None, ge=0, le=1)
