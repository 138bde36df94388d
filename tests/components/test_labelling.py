"""What the labelling panel is told of a rubric, and what its script may not contain. In a browser: see beside."""

import json
import re

import pytest

from components.labelling import option_keys, rubric_payload
from review.rubric.rubrics import BUILTIN, parse_rubric

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from tests.components.panel import SCRIPT, STYLE, criterion


@pytest.mark.parametrize(
    ("scale", "keys"),
    [
        ('scale = "yes_no"', ("y", "n")),
        ('scale = "integer"\nlow = 1\nhigh = 5', tuple("12345")),
        ('scale = "integer"\nlow = 0\nhigh = 9', tuple("0123456789")),
        ('scale = "integer"\nlow = 1\nhigh = 10', tuple("1234567890")),
        ('scale = "integer"\nlow = 0\nhigh = 10', ()),
        ('scale = "integer"\nlow = -2\nhigh = 2', ()),
        ('scale = "category"\ncategories = ["a", "b"]', ("1", "2")),
        (f'scale = "categories"\ncategories = {[f"c{n}" for n in range(10)]}', ()),
        ('scale = "text"', ()),
    ],
    ids=["yes or no", "1 to 5", "0 to 9", "1 to 10", "0 to 10", "-2 to 2", "two categories", "ten categories", "text"],
)
def test_each_value_has_a_key_of_its_own_or_is_typed_as_a_number(scale: str, keys: tuple[str, ...]) -> None:
    (only,) = parse_rubric(criterion(scale)).criteria

    assert option_keys(only) == keys
    assert len(set(keys)) == len(keys)


def test_criteria_that_depend_on_an_answer_come_after_all_others() -> None:
    names = [one["name"] for one in rubric_payload(parse_rubric(BUILTIN.read_text()))["criteria"]]

    assert names == ["helpfulness", "groundedness", "resolved", "failure"]


def test_all_of_the_rubric_is_json() -> None:
    sent = rubric_payload(parse_rubric(BUILTIN.read_text()))

    assert json.loads(json.dumps(sent)) == sent


def test_the_script_writes_no_html_and_keeps_no_words_in_the_browser() -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", SCRIPT)
    assert not re.search(r"localStorage|indexedDB|document\.cookie|fetch\(|XMLHttpRequest|import ", SCRIPT)
    assert re.findall(r"sessionStorage\.\w+\(([^)]*)", SCRIPT) == [
        "LEFT + assignment, kept",
        *["LEFT + assignment"] * 2,
    ]
    assert "const kept = JSON.stringify({ answers: " in SCRIPT, "answers alone, until the tab's next load"
    assert not re.search(r"url\(|@import", STYLE)
