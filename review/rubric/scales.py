"""A criterion's scale as one cell of a table, and back: so that labels that leave keep what their values mean."""

import re

import orjson

from review.rubric.criteria import Criterion, Scale

WIDEST = 100
"""Steps of an integer scale, at most."""
_SPELT = re.compile(r"integer (-?[0-9]{1,6})\.\.(-?[0-9]{1,6})|yes_no|text|(?:category|categories) (\[.*\])", re.DOTALL)


def spelt(criterion: Criterion) -> str:
    """`integer 1..5`, `yes_no`, `category ["a", "b"]`, `categories ["a", "b"]` or `text`."""
    match criterion.scale:
        case Scale.INTEGER:
            return f"integer {criterion.low}..{criterion.high}"
        case Scale.CATEGORY | Scale.CATEGORIES:
            return f"{criterion.scale.value} {orjson.dumps(list(criterion.categories)).decode()}"
        case _:
            return criterion.scale.value


def criterion_of(name: str, said: str) -> Criterion | None:
    """A criterion with the scale that `spelt` wrote; None when it is not one."""
    found = _SPELT.fullmatch(said)
    if found is None:
        return None
    scale = Scale(said.partition(" ")[0])
    if scale is Scale.INTEGER:
        low, high = int(found[1]), int(found[2])
        return answered_by(name, scale, low=low, high=high) if low < high <= low + WIDEST else None
    if found[3] is None:
        return answered_by(name, scale)
    try:
        listed = tuple(str(one) for one in orjson.loads(found[3]))
    except orjson.JSONDecodeError:
        return None
    return answered_by(name, scale, categories=listed) if len(set(listed)) > 1 else None


def answered_by(
    name: str, scale: Scale, *, low: int | None = None, high: int | None = None, categories: tuple[str, ...] = ()
) -> Criterion:
    """A criterion that says no more than its name and scale, and need not be answered."""
    return Criterion(name=name, question=name, scale=scale, low=low, high=high, categories=categories, required=False)
