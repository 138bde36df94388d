"""A rubric: the versioned questions that reviewers answer about one unit, and the check of a set of answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from errors import UsageError
from review.rubric.criteria import Answer, Criterion, Given, read_answer


class Unit(StrEnum):
    """What is reviewed: one answer with its conversation before it, a whole session, or a retrieved document."""

    TRACE = "trace"
    SESSION = "session"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Rubric:
    """`version` counts from 1; 0 is one that is not saved yet. `good` and `bad` are examples in words."""

    name: str
    version: int
    unit: Unit
    criteria: tuple[Criterion, ...]
    instructions: str = ""
    good: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()

    def criterion(self, name: str) -> Criterion | None:
        return next((one for one in self.criteria if one.name == name), None)


def is_shown(criterion: Criterion, answers: Mapping[str, Answer]) -> bool:
    """Whether the earlier answers ask for this criterion; one that cannot be told asks for nothing."""
    condition = criterion.shown_if
    if condition is None:
        return True
    earlier = answers.get(condition.criterion)
    return earlier is not None and any(value in condition.values for value in earlier.chosen)


def checked_answers(rubric: Rubric, answers: Mapping[str, Given | Answer]) -> dict[str, Answer]:
    """The answers that are kept, by criterion, in the rubric's order.

    Answers to criteria that an earlier answer hides are dropped, whatever they are. Raises `UsageError` for a criterion
    that the rubric does not have, a value off its scale, and a required one that is missing.
    """
    if any(rubric.criterion(name) is None for name in answers):
        known = ", ".join(one.name for one in rubric.criteria)
        raise UsageError(f"an answer names a criterion that {rubric.name} does not have; it has: {known}")
    kept: dict[str, Answer] = {}
    for criterion in rubric.criteria:
        if not is_shown(criterion, kept):
            continue
        answer = read_answer(criterion, answers.get(criterion.name))
        if answer is not None:
            kept[criterion.name] = answer
        elif criterion.required:
            raise UsageError(f"{criterion.name}: an answer is required; 'cannot tell' is one")
    return kept
