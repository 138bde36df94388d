"""Plans of samples: which traffic, cut into which strata, how many items of each; from TOML or a mapping, checked."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator

from errors import UsageError
from review.rubric.rubric import Unit
from review.toml_text import place, read_toml

COLUMNS = (
    "app", "environment", "tenant", "model", "prompt_version", "retrieval_config", "error", "escalated",
    "injection_flag", "length", "judge_score",
)  # fmt: skip
"""What strata, filters and certainty conditions may name. Values are text; `error`, `escalated` and
`injection_flag` are yes or no."""
HANDOVER = ("transfer_to_human", "handoff_to_human", "escalate_to_human", "human_handoff", "transfer_to_agent")
_Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,59}$")]
_Cuts = Annotated[tuple[float, ...], Field(min_length=1, max_length=9)]


class Allocation(StrEnum):
    """How the items are shared out among the strata."""

    PROPORTIONAL = "proportional"  # as the strata are large
    EQUAL = "equal"  # as many of each
    NEYMAN = "neyman"  # as they are large and as their values differ: the most precise for one estimate


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class JudgeBand(_Said):
    """Which judge's score `judge_score` is, and where its bands are cut: a score on a cut belongs to the upper band."""

    judge: _Text
    score: _Text
    cuts: _Cuts


Condition = Mapping[str, tuple[str, ...]]
"""Column to the values that match; all columns have to."""


class Plan(_Said):
    """What is drawn each week. Shares are 0 to 1."""

    name: _Name
    rubric: _Name = "answer-quality"
    unit: Unit = Unit.TRACE
    weeks: Annotated[int, Field(ge=1, le=52)] = 1
    """The window: so many weeks, which end with the week that is asked for."""
    filters: dict[str, tuple[_Text, ...]] = Field(default_factory=dict)
    strata: tuple[str, ...] = ()
    most_strata: Annotated[int, Field(ge=2, le=200)] = 20
    """When the columns cut the traffic into more, the smallest together are one."""
    certainty: tuple[dict[str, tuple[_Text, ...]], ...] = ()
    """Conditions; every unit that meets one is in the sample."""
    size: Annotated[int, Field(ge=2, le=20_000)]
    """Items in all, those of certainty strata included."""
    allocation: Allocation = Allocation.PROPORTIONAL
    criterion: _Text | None = None
    """Of the rubric: the one that Neyman's allocation makes precise."""
    floor: Annotated[int, Field(ge=2, le=1_000)] = 5
    """Items that each stratum gets at least, if it has them."""
    overlap_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Part of the items that two people label."""
    again_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Part of the items that come back to whoever labelled them ..."""
    again_weeks: Annotated[int, Field(ge=1, le=52)] = 4
    """... after so many weeks."""
    handover: tuple[_Text, ...] = HANDOVER
    """Steps or tools that hand a conversation to a person: what `escalated` goes by."""
    length_cuts: _Cuts = (150.0, 300.0, 600.0)
    """Tokens written where the bands of `length` are cut."""
    judge_score: JudgeBand | None = None

    @field_validator("filters", "certainty", mode="before")
    @classmethod
    def _one_value_is_a_list(cls, said: object) -> object:
        """`{escalated = "yes"}` says the same as `{escalated = ["yes"]}`; true and false are yes and no."""
        if isinstance(said, Mapping):
            return {column: _listed(values) for column, values in said.items()}
        if isinstance(said, list | tuple):
            return [cls._one_value_is_a_list(one) for one in said]
        return said

    @model_validator(mode="after")
    def _columns_are_there(self) -> Self:
        named = [*self.strata, *self.filters, *(column for condition in self.certainty for column in condition)]
        for column in named:
            if column not in COLUMNS:
                raise ValueError(f"there is no column {column} yet; there are: {', '.join(COLUMNS)}")
        if "judge_score" in named and self.judge_score is None:
            raise ValueError("judge_score needs a table of that name that says judge, score and cuts")
        if len(set(self.strata)) < len(self.strata):
            raise ValueError("a column cuts the traffic once")
        if any(not condition for condition in self.certainty):
            raise ValueError("a certainty condition names a column")
        for cuts in (self.length_cuts, self.judge_score.cuts if self.judge_score else ()):
            if list(cuts) != sorted(set(cuts)):
                raise ValueError("cuts go up")
        return self

    @property
    def texts(self) -> list[str]:
        """All that somebody wrote in it."""
        conditions = (self.filters, *self.certainty)
        values = [value for condition in conditions for several in condition.values() for value in several]
        judge = [self.judge_score.judge, self.judge_score.score] if self.judge_score else []
        return [self.name, *values, *self.handover, *judge]

    def definition(self) -> dict[str, Any]:
        """What the ledger keeps; `plan_of` reads it back to the same."""
        return self.model_dump(mode="json")


def _listed(values: object) -> object:
    several = values if isinstance(values, list | tuple) else [values]
    return tuple({True: "yes", False: "no"}[one] if isinstance(one, bool) else one for one in several)


def parse_plan(text: str) -> Plan:
    """A plan from TOML. Raises `UsageError` that says where it is wrong."""
    return plan_of(read_toml(text, what="the plan"))


def plan_of(said: Mapping[str, Any]) -> Plan:
    """A plan from what TOML, the page or the ledger says. Raises `UsageError`."""
    try:
        return Plan.model_validate(said)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = place(fault["loc"])
        words = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "string_pattern_mismatch":
            words = "lower-case letters, digits and . - _, up to 60"
        raise UsageError(f"the plan's {where}: {words}" if where else f"the plan: {words}") from error
