"""A rubric that is edited in rows is the one that was meant, or refused with the place."""

from typing import Any

import pytest

from errors import UsageError
from review.rubric.files import definition
from review.rubric.rows import edited, rows_of, rubric_of_rows
from tests.review.rubric.test_rubrics import QUALITY, WIDE

SAID = {"name": "r", "unit": "trace", "instructions": "", "good": [], "bad": []}
ROW = {"name": "a", "question": "A?", "scale": "yes_no"}


@pytest.mark.parametrize("one", [QUALITY, WIDE], ids=["quality", "wide"])
def test_rows_that_nobody_changed_are_the_same_rubric(one: Any) -> None:
    said = definition(one)
    said.pop("criteria")

    assert rubric_of_rows(said, rows_of(one)) == one


def test_what_an_editor_reports_is_done_to_the_rows() -> None:
    rows = [{"name": name, "question": "?", "scale": "yes_no"} for name in "abc"]
    changes = {
        "edited_rows": {"2": {"question": "C?"}, 0: {"required": False}}, "deleted_rows": [1], "added_rows": [ROW, {}],
    }  # fmt: skip

    done = edited(rows, changes)

    assert [row.get("name") for row in done] == ["a", "c", "a", None]
    assert done[1]["question"] == "C?"
    assert done[0]["required"] is False


def test_empty_rows_are_left_out_and_numbers_of_a_table_are_whole() -> None:
    integer = ROW | {
        "scale": "integer",
        "low": 1.0,
        "high": 5.0,
        "anchors": "1: none | 5: all: of it",
        "required": None,
    }

    (one,) = rubric_of_rows(SAID, [{}, integer, {"name": None, "low": float("nan")}]).criteria

    assert (one.low, one.high, one.required) == (1, 5, True)
    assert dict(one.anchors) == {1: "none", 5: "all: of it"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"name": "a"}, "criterion 1 has no question and no scale"),
        (ROW | {"scale": "integer", "low": 1, "high": 5, "anchors": "good"}, "an anchor is written as"),
        (ROW | {"scale": "integer", "low": 1, "high": 5, "anchors": "x: good"}, "anchors"),
        (ROW | {"scale": "integer", "low": float("nan"), "high": 5}, "needs low and high"),
        (ROW | {"shown_if": "yes"}, "a condition is written as"),
        (ROW | {"scale": "category", "categories": "one"}, "at least two"),
    ],
    ids=["half a row", "anchor", "anchor number", "no low", "condition", "one category"],
)
def test_a_row_that_cannot_be_is_refused_with_the_rule(row: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        rubric_of_rows(SAID, [row])
