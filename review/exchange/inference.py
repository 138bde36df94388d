"""A rubric for labels whose own is not here: made from what the file says, so that nothing is guessed twice."""

import re
from collections.abc import Iterable, Sequence

from errors import UsageError
from review.exchange.rows import LabelRow
from review.rubric.criteria import CANNOT_TELL, Criterion, Scale
from review.rubric.files import definition, rubric_of
from review.rubric.rubric import Rubric, Unit
from review.rubric.scales import WIDEST, answered_by, criterion_of, spelt
from review.words import Words

_USUAL = ((0, 1), (1, 4), (1, 5), (1, 7), (1, 10), (0, 10), (0, 100))
_MOST_CATEGORIES = 40
_LONGEST_CATEGORY = 60
_YES_NO = frozenset({"yes", "no", "true", "false"})
_WHOLE = re.compile(r"[+-]?[0-9]{1,6}(?:\.0+)?")
_NOT_IN_NAME = re.compile(r"[^a-z0-9_.-]+")


def inferred_rubric(name: str, rows: Iterable[LabelRow], words: Words) -> Rubric:
    """A rubric with a criterion for each that the rows name; its unit is theirs.

    A column `scale` (our exports have it) is followed. Else the scale is the narrowest usual one that holds all
    answers; words that a person could be known by become free text, which is scrubbed.
    """
    by_criterion: dict[str, list[LabelRow]] = {}
    for row in rows:
        by_criterion.setdefault(row.criterion, []).append(row)
    listed = tuple(_spelt(one, of) or _seen(one, of, words) for one, of in by_criterion.items())
    unit = next(iter(by_criterion.values()))[0].unit
    return Rubric(name=rubric_name(name), version=0, unit=unit, criteria=listed)


def fits(rubric: Rubric, rows: Sequence[LabelRow]) -> bool:
    """Whether the rubric asks what the rows answer: their unit, each criterion, and its scale where they spell it."""
    asked = {one.name: spelt(one) for one in rubric.criteria}
    said = {row.criterion: row.scale for row in reversed(rows) if row.scale}  # the first of each counts
    is_asked = all(row.criterion in asked for row in rows)
    return is_asked and rubric.unit is rows[0].unit and all(asked[name] == scale for name, scale in said.items())


def rubric_name(said: str) -> str:
    """A name that rubrics can have."""
    return _NOT_IN_NAME.sub("-", said.lower()).strip("-_.")[:60] or "imported"


def _spelt(name: str, rows: list[LabelRow]) -> Criterion | None:
    said = next((row.scale for row in rows if row.scale), None)
    found = criterion_of(name, said) if said else None
    return found if found is not None and _is_sound(found) else None


def _is_sound(one: Criterion) -> bool:
    """Whether a rubric may have it; the file may say anything."""
    try:
        rubric_of(definition(Rubric("sound", 0, Unit.TRACE, (one,))))
    except UsageError:
        return False
    return True


def _seen(name: str, rows: list[LabelRow], words: Words) -> Criterion:
    given = {str(row.given).strip() for row in rows if not isinstance(row.given, dict | list)}
    given = {one for one in given if one.lower() != CANNOT_TELL}
    if any(isinstance(row.given, list) for row in rows):
        chosen = sorted({str(one) for row in rows if isinstance(row.given, list) for one in row.given})
        return _categories(name, Scale.CATEGORIES, chosen, words)
    if given and {one.lower() for one in given} <= _YES_NO:
        return answered_by(name, Scale.YES_NO)
    if given and all(_WHOLE.fullmatch(one) for one in given):
        numbers = [int(float(one)) for one in given]
        usual = next((each for each in _USUAL if each[0] <= min(numbers) and max(numbers) <= each[1]), None)
        low, high = usual or (min(numbers), max(numbers))
        if low < high <= low + WIDEST:
            return answered_by(name, Scale.INTEGER, low=low, high=high)
    return _categories(name, Scale.CATEGORY, sorted(given), words)


def _categories(name: str, scale: Scale, chosen: list[str], words: Words) -> Criterion:
    short = 2 <= len(chosen) <= _MOST_CATEGORIES and all(len(one) <= _LONGEST_CATEGORY for one in chosen)
    made = answered_by(name, scale, categories=tuple(chosen))
    if short and _is_sound(made) and not any(words.scrubbed(one).replaced for one in chosen):
        return made
    return answered_by(name, Scale.TEXT)
