"""Budgets on the pages Latency and Cost: marks where they were not kept, sentences, and the traces behind."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from metrics.budgets.limits import human_cost_of, limits_of
from pages.parts.opened import Opened
from settings import Settings
from settings.traffic import Budgets
from tests.metrics.built import BuiltWarehouse, llm
from tests.pages.conftest import OpenPage
from tests.pages.test_pages import words_of

THIRD_DAY = range(30 + 48, 30 + 96)
"""Half hours of Wednesday, as the first is Monday at nine."""
WINDOW = {"window": "custom", "from": "2026-03-01T00:00", "to": "2026-03-08T00:00"}


def opened(**said: Any) -> Opened:
    """Four days of a model call every half hour; on the third day it is slow and dear."""
    rows = [
        llm(f"t{place}", session_id=f"s{place}", at_s=place * 1800, lasts_s=4 if place in THIRD_DAY else 1,
            cost=0.5 if place in THIRD_DAY else 0.1)
        for place in range(4 * 48)
    ]  # fmt: skip
    settings = Settings(home=Path("unused"), budgets=Budgets.model_validate(said))
    return Opened(BuiltWarehouse().load(rows), home="budgets", budgets=limits_of(settings),
                  human_cost=human_cost_of(settings))  # fmt: skip


def marks(app: AppTest) -> list[str]:
    """Moments of the marks on the chart."""
    figure = json.loads(app.get("plotly_chart")[0].proto.spec)
    return [day for one in figure["data"] if one["name"] == "over budget" for day in one["x"]]


BUDGET = {"steps": {"synth*": {"seconds": 2, "cost_usd": 0.3}}}


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("latency", "95 % of the calls of synth* within 2 s"),
        ("cost", "A call of synth* costs at most $0.3 on average"),
    ],
)
def test_a_broken_budget_is_marked_where_it_broke_and_said_below(page: str, said: str, open_page: OpenPage) -> None:
    app = open_page(f"traffic/{page}", opened(**BUDGET), **WINDOW)

    assert not app.exception
    assert marks(app) == ["2026-03-04 12:00"]
    assert said in words_of(app)
    assert "synthesis: " in words_of(app)
    assert "Breached in 1 of 5 times 1 day." in words_of(app)


def test_without_budgets_the_page_says_where_to_set_them(open_page: OpenPage) -> None:
    text = words_of(open_page("traffic/latency", replace(opened(), budgets=()), **WINDOW))

    assert "[budgets] in benchbook.toml" in text


def test_what_a_person_would_cost_stands_beside(open_page: OpenPage) -> None:
    said = words_of(open_page("traffic/cost", opened(conversation={"human_cost_usd": 6.5}), **WINDOW))

    assert "A contained conversation costs $0.20" in said
    assert "with a person $6.50" in said
