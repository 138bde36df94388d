"""Rubrics as text: read from TOML, checked, and written as TOML again."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from errors import UsageError
from review.rubric.criteria import CANNOT_TELL, Condition, Criterion, Scale, read_answer
from review.rubric.rubric import Rubric, Unit
from review.toml_text import place, read_toml

WIDEST_SCALE = 101
LONGEST_LINE = 500
"""Characters of a question, a category, or what an anchor says."""
_Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.-]{0,59}$", strip_whitespace=True)]
_Line = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_LINE, strip_whitespace=True)]
_Text = Annotated[str, StringConstraints(max_length=20_000)]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Condition(_Said):
    criterion: _Name
    values: Annotated[list[bool | int | str], Field(min_length=1)]


class _Criterion(_Said):
    name: _Name
    question: _Line
    scale: Scale
    low: int | None = None
    high: int | None = None
    anchors: dict[int, _Line] = Field(default_factory=dict)
    categories: list[_Line] = Field(default_factory=list)
    required: bool = True
    shown_if: _Condition | None = None

    @model_validator(mode="after")
    def _fits_its_scale(self) -> Self:
        if self.scale is Scale.INTEGER:
            self._check_numbers()
        elif self.low is not None or self.high is not None or self.anchors:
            raise ValueError("low, high and anchors belong to the scale integer")
        if self.scale in (Scale.CATEGORY, Scale.CATEGORIES):
            self._check_categories()
        elif self.categories:
            raise ValueError("categories belong to the scales category and categories")
        return self

    def _check_numbers(self) -> None:
        if self.low is None or self.high is None or self.low >= self.high:
            raise ValueError("an integer scale needs low and high, and low is the smaller")
        if self.high - self.low >= WIDEST_SCALE:
            raise ValueError(f"a scale has at most {WIDEST_SCALE} steps")
        if not all(self.low <= number <= self.high for number in self.anchors):
            raise ValueError("an anchor is not on the scale")

    def _check_categories(self) -> None:
        if len(self.categories) < 2 or len(set(self.categories)) < len(self.categories):
            raise ValueError("at least two categories, each once")
        if any(one.lower().replace("_", " ") == CANNOT_TELL or one.startswith("[") for one in self.categories):
            raise ValueError(f"'{CANNOT_TELL}' is always possible and is no category; none begins with [")


class _Rubric(_Said):
    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,59}$")]
    unit: Unit = Unit.TRACE
    instructions: _Text = ""
    good: list[_Text] = Field(default_factory=list)
    bad: list[_Text] = Field(default_factory=list)
    criteria: Annotated[list[_Criterion], Field(min_length=1, max_length=40)]


def parse_rubric(text: str) -> Rubric:
    """A rubric from TOML; its version is 0 until it is saved. Raises `UsageError` that says where it is wrong."""
    return rubric_of(read_toml(text, what="the rubric"))


def rubric_of(said: Mapping[str, Any], *, version: int = 0) -> Rubric:
    """A rubric from what TOML or the ledger says. Raises `UsageError`."""
    try:
        read = _Rubric.model_validate(said)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = place(fault["loc"])
        raise UsageError(f"the rubric's {where}: {fault['msg'].removeprefix('Value error, ')}") from error
    return Rubric(
        name=read.name,
        version=version,
        unit=read.unit,
        criteria=_criteria(read.criteria),
        instructions=read.instructions.strip(),
        good=tuple(one.strip() for one in read.good if one.strip()),
        bad=tuple(one.strip() for one in read.bad if one.strip()),
    )


def _criteria(said: list[_Criterion]) -> tuple[Criterion, ...]:
    earlier: dict[str, Criterion] = {}
    for one in said:
        if one.name in earlier:
            raise UsageError(f"the rubric has the criterion {one.name} twice")
        earlier[one.name] = Criterion(
            name=one.name,
            question=one.question,
            scale=one.scale,
            low=one.low,
            high=one.high,
            anchors=dict(sorted(one.anchors.items())),
            categories=tuple(one.categories),
            required=one.required,
            shown_if=_condition(one, earlier),
        )
    return tuple(earlier.values())


def _condition(one: _Criterion, earlier: Mapping[str, Criterion]) -> Condition | None:
    if one.shown_if is None:
        return None
    asked = earlier.get(one.shown_if.criterion)
    if asked is None or asked.scale is Scale.TEXT:
        raise UsageError(f"{one.name}: shown_if needs an earlier criterion that is not free text")
    values: list[str] = []
    for value in one.shown_if.values:
        answer = read_answer(asked, value)
        values += answer.chosen if answer else ()
    if not values:
        raise UsageError(f"{one.name}: shown_if needs values of {asked.name}")
    return Condition(asked.name, tuple(dict.fromkeys(values)))


def definition(rubric: Rubric) -> dict[str, Any]:
    """What the ledger keeps of a rubric, and TOML says: everything but the version."""
    return {
        "name": rubric.name,
        "unit": rubric.unit.value,
        "instructions": rubric.instructions,
        "good": list(rubric.good),
        "bad": list(rubric.bad),
        "criteria": [_said(one) for one in rubric.criteria],
    }


def _said(one: Criterion) -> dict[str, Any]:
    said: dict[str, Any] = {"name": one.name, "question": one.question, "scale": one.scale.value}
    if one.scale is Scale.INTEGER:
        said |= {"low": one.low, "high": one.high}
    if one.anchors:
        said["anchors"] = {str(number): words for number, words in one.anchors.items()}
    if one.categories:
        said["categories"] = list(one.categories)
    said["required"] = one.required
    if one.shown_if is not None:
        said["shown_if"] = {"criterion": one.shown_if.criterion, "values": list(one.shown_if.values)}
    return said


def toml_of(rubric: Rubric) -> str:
    """The rubric as TOML that `parse_rubric` reads back to the same."""
    said = definition(rubric)
    criteria = said.pop("criteria")
    lines = [f"{key} = {_toml(value)}" for key, value in said.items()]
    for one in criteria:
        lines += ["", "[[criteria]]", *(f"{key} = {_toml(value)}" for key, value in one.items())]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _toml_text(value)
    if isinstance(value, list):
        return f"[{', '.join(_toml(one) for one in value)}]"
    if isinstance(value, dict):
        pairs = ", ".join(f"{key} = {_toml(one)}" for key, one in value.items())
        return f"{{ {pairs} }}"
    return str(value)


def _toml_text(text: str) -> str:
    lines = [_escaped(line) for line in text.split("\n")]
    return f'"{lines[0]}"' if len(lines) == 1 else '"""\n' + "\n".join(lines) + '"""'


def _escaped(line: str) -> str:
    # JSON's escapes are TOML's too; but TOML alone refuses a bare DEL
    return re.sub("\x7f", r"\\u007f", orjson.dumps(line).decode()[1:-1])
