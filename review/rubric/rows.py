"""A rubric as rows that a person edits: a row per criterion, its lists as text with | between the parts."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from errors import UsageError
from review.rubric.criteria import Criterion, Scale
from review.rubric.files import rubric_of
from review.rubric.rubric import Rubric

COLUMNS = ("name", "question", "scale", "low", "high", "anchors", "categories", "required", "shown_if")
_BETWEEN = " | "


def rows_of(rubric: Rubric) -> list[dict[str, Any]]:
    """A row per criterion: `anchors` as `1: none | 5: all`, `categories` as `a | b`, `shown_if` as `name: 1 | 2`."""
    return [_row(one) for one in rubric.criteria]


def _row(one: Criterion) -> dict[str, Any]:
    condition = one.shown_if
    return {
        "name": one.name,
        "question": one.question,
        "scale": one.scale.value,
        "low": one.low,
        "high": one.high,
        "anchors": _BETWEEN.join(f"{number}: {words}" for number, words in one.anchors.items()),
        "categories": _BETWEEN.join(one.categories),
        "required": one.required,
        "shown_if": f"{condition.criterion}: {_BETWEEN.join(condition.values)}" if condition else "",
    }


def edited(rows: Sequence[Mapping[str, Any]], changes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows with what an editor reports: `edited_rows` by place, `deleted_rows` places, `added_rows` at the end."""
    by_place: Mapping[Any, Mapping[str, Any]] = changes.get("edited_rows", {})
    changed = {int(place): change for place, change in by_place.items()}
    kept = [
        {**row, **changed.get(place, {})}
        for place, row in enumerate(rows)
        if place not in changes.get("deleted_rows", [])
    ]
    return kept + [dict(row) for row in changes.get("added_rows", [])]


def rubric_of_rows(said: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Rubric:
    """The rubric that the rows and `said` (name, unit, instructions, good, bad) describe. Raises `UsageError`."""
    filled = [row for row in rows if any(row.get(name) for name in ("name", "question", "scale"))]
    return rubric_of({**said, "criteria": [_criterion(row, place) for place, row in enumerate(filled, start=1)]})


def _criterion(row: Mapping[str, Any], place: int) -> dict[str, Any]:
    missing = [name for name in ("name", "question", "scale") if not str(row.get(name) or "").strip()]
    if missing:
        raise UsageError(f"criterion {place} has no {' and no '.join(missing)}")
    said: dict[str, Any] = {"name": row["name"], "question": row["question"], "scale": row["scale"]}
    said["required"] = row.get("required") is not False
    if row["scale"] == Scale.INTEGER:
        said |= {"low": _whole(row.get("low")), "high": _whole(row.get("high"))}
        said["anchors"] = dict(
            _pair(part, "an anchor is written as `5: what it means`") for part in _parts(row, "anchors")
        )
    if row["scale"] in (Scale.CATEGORY, Scale.CATEGORIES):
        said["categories"] = _parts(row, "categories")
    if str(row.get("shown_if") or "").strip():
        name, values = _pair(str(row["shown_if"]), "a condition is written as `criterion: value | value`")
        said["shown_if"] = {"criterion": name, "values": [one.strip() for one in values.split("|") if one.strip()]}
    return said


def _parts(row: Mapping[str, Any], name: str) -> list[str]:
    return [part.strip() for part in str(row.get(name) or "").split("|") if part.strip()]


def _pair(text: str, rule: str) -> tuple[str, str]:
    first, colon, second = text.partition(":")
    if not colon or not first.strip() or not second.strip():
        raise UsageError(rule)
    return first.strip(), second.strip()


def _whole(number: object) -> int | None:
    return int(number) if isinstance(number, int | float) and not math.isnan(number) else None
