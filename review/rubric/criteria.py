"""A question of a rubric, the values it takes, and how an answer to it is read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import orjson

from errors import UsageError

LONGEST_TEXT = 20_000
"""Characters of a free answer."""
CANNOT_TELL = "cannot tell"
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,6}")

Given = bool | int | float | str | Sequence[str] | Mapping[str, object] | None
"""An answer as a page, a script or a file says it."""


class Scale(StrEnum):
    """What kind of answer a criterion asks for."""

    YES_NO = "yes_no"
    INTEGER = "integer"
    CATEGORY = "category"
    CATEGORIES = "categories"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Condition:
    """Shows a criterion only when an earlier one was answered by one of `values` (canonical text)."""

    criterion: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question. `low`, `high` and `anchors` belong to integer scales, `categories` to category and categories."""

    name: str
    question: str
    scale: Scale
    low: int | None = None
    high: int | None = None
    anchors: Mapping[int, str] = field(default_factory=dict)
    """What a number of the scale means, in words; not every number needs one."""
    categories: tuple[str, ...] = ()
    required: bool = True
    shown_if: Condition | None = None

    @property
    def values(self) -> tuple[str, ...]:
        """Every value an answer can have, as kept; none for free text. `categories` takes any number of them."""
        match self.scale:
            case Scale.YES_NO:
                return ("yes", "no")
            case Scale.INTEGER:
                return tuple(str(number) for number in range(self.low or 0, (self.high or 0) + 1))
            case Scale.TEXT:
                return ()
            case _:
                return self.categories


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it is kept: a canonical value, or none because the reviewer cannot tell.

    `value` is `yes` or `no`, a whole number, a category, a sorted JSON list of categories, or text.
    """

    value: str | None
    cannot_tell: bool = False

    @property
    def chosen(self) -> tuple[str, ...]:
        """The values that a condition compares with: each category of a list, else the value itself."""
        if self.value is None:
            return ()
        if self.value.startswith("["):
            try:
                listed = orjson.loads(self.value)
            except orjson.JSONDecodeError:
                return (self.value,)
            return tuple(str(one) for one in listed)
        return (self.value,)


def read_answer(criterion: Criterion, given: Given | Answer) -> Answer | None:
    """The answer in its canonical form; None when nothing was answered.

    Raises `UsageError` when it is not on the criterion's scale. It names what would be, and does not quote the answer.
    """
    if isinstance(given, Answer):
        given = {"cannot_tell": True} if given.cannot_tell else given.value
    if _is_cannot_tell(criterion, given):
        return Answer(None, cannot_tell=True)
    if given is None or (isinstance(given, str) and not given.strip()):
        return None
    value = _READERS[criterion.scale](criterion, given)
    return None if value is None else Answer(value)


def _is_cannot_tell(criterion: Criterion, given: Given) -> bool:
    if isinstance(given, Mapping):
        if set(given) == {"cannot_tell"} and given["cannot_tell"] is True:
            return True
        raise UsageError(f'{criterion.name}: an answer is a value, or {{"cannot_tell": true}}')
    return isinstance(given, str) and given.strip().lower().replace("_", " ") == CANNOT_TELL


def _yes_no(criterion: Criterion, given: Given) -> str:
    if isinstance(given, bool):
        return "yes" if given else "no"
    if isinstance(given, str) and given.strip().lower() in ("yes", "no"):
        return given.strip().lower()
    raise UsageError(f"{criterion.name}: the answer is yes or no")


def _integer(criterion: Criterion, given: Given) -> str:
    number = _whole_number(given)
    if number is None or str(number) not in criterion.values:
        raise UsageError(f"{criterion.name}: the answer is a whole number from {criterion.low} to {criterion.high}")
    return str(number)


def _whole_number(given: Given) -> int | None:
    if isinstance(given, bool):
        return None
    if isinstance(given, int):
        return given
    if isinstance(given, float):
        return int(given) if given.is_integer() else None
    if isinstance(given, str) and _WHOLE_NUMBER.fullmatch(given.strip()):
        return int(given)
    return None


def _category(criterion: Criterion, given: Given) -> str:
    if isinstance(given, str) and given.strip() in criterion.categories:
        return given.strip()
    raise UsageError(f"{criterion.name}: the answer is one of: {', '.join(criterion.categories)}")


def _categories(criterion: Criterion, given: Given) -> str | None:
    listed = _list(given)
    if listed is None or any(one not in criterion.categories for one in listed):
        raise UsageError(f"{criterion.name}: the answer is a list of: {', '.join(criterion.categories)}")
    return orjson.dumps(sorted(set(listed))).decode() if listed else None


def _list(given: Given) -> list[str] | None:
    if isinstance(given, str):
        if not given.strip().startswith("["):
            return [given.strip()]
        try:
            given = orjson.loads(given)
        except orjson.JSONDecodeError:
            return None
    if isinstance(given, Sequence) and all(isinstance(one, str) for one in given):
        return [str(one) for one in given]
    return None


def _text(criterion: Criterion, given: Given) -> str:
    if not isinstance(given, str):
        raise UsageError(f"{criterion.name}: the answer is text")
    if len(given) > LONGEST_TEXT:
        raise UsageError(f"{criterion.name}: the answer is longer than {LONGEST_TEXT:,} characters")
    return given.strip()


_READERS = {
    Scale.YES_NO: _yes_no,
    Scale.INTEGER: _integer,
    Scale.CATEGORY: _category,
    Scale.CATEGORIES: _categories,
    Scale.TEXT: _text,
}
