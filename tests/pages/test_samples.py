"""The page Samples: what it says before drawing, drawing, and what it says of a sample that was drawn."""

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.opened import Opened
from review import audit, people
from review.rubric.rubrics import ensure_builtin
from review.sampling import samples, stored_plans
from storage.ledger_database import Database
from tests.pages.bank import Bank, four_weeks
from tests.pages.conftest import NOW, OpenPage
from tests.pages.test_pages import figures_of, words_of

PAGE = "review/samples"
NEW = {"section": "draw a new one", "week": "2026-W12"}


@pytest.fixture(scope="module")
def busy() -> Bank:
    return four_weeks(600)


@pytest.fixture(scope="module")
def traffic(busy: Bank) -> Opened:
    return busy.opened()


@pytest.fixture
def here(traffic: Opened, ledger: Database) -> Opened:
    """600 turns over four weeks, and an engineer."""
    for name, role in (("Eli", people.Role.ENGINEER), ("Ben", people.Role.REVIEWER)):
        people.add_person(ledger, name, role, by=people.SHELL, now=NOW)
    return replace(traffic, database=ledger)


def listed(app: AppTest, heading: str) -> list[dict[Hashable, Any]]:
    """The table whose first column has this name."""
    return next(each.value.to_dict("records") for each in app.dataframe if each.value.columns[0] == heading)


def test_before_anything_is_loaded_it_says_how_to_get_traces(empty: Opened, ledger: Database,
                                                             open_page: OpenPage) -> None:  # fmt: skip
    people.add_person(ledger, "Eli", people.Role.ENGINEER, by=people.SHELL, now=NOW)
    app = open_page(PAGE, replace(empty, database=ledger), "Eli")
    assert not app.exception
    assert "No traces yet" in words_of(app)


def test_a_reviewer_sees_no_samples(here: Opened, open_page: OpenPage) -> None:
    app = open_page(PAGE, here, "Ben")
    assert "You may not open this page" in words_of(app)
    assert not app.dataframe


def test_it_proposes_the_last_complete_week(here: Opened, open_page: OpenPage) -> None:
    app = open_page(PAGE, here, "Eli")
    assert not app.exception
    assert app.selectbox(key="week").value == "2026-W14"
    assert app.selectbox(key="plan").value == "weekly"


def test_it_shows_the_strata_with_sizes_and_items_and_the_precision_to_expect(
    here: Opened, open_page: OpenPage
) -> None:
    app = open_page(PAGE, here, "Eli", **NEW)
    assert not app.exception
    figures = figures_of(app)
    assert figures["Would be drawn"] == "120 items"
    assert figures["resolved"].startswith("± ")
    assert figures["resolved"].endswith(" pp")
    strata = listed(app, "stratum")
    assert sum(row["items (n)"] for row in strata) == 120
    traces = int(figures["Could be drawn"].split()[0])
    assert sum(row["units (N)"] for row in strata) == traces > 120


def test_more_items_make_the_interval_narrower(here: Opened, open_page: OpenPage) -> None:
    app = open_page(PAGE, here, "Eli", **NEW)
    before = figures_of(app)["resolved"]
    app.number_input(key="size of weekly").set_value(60).run()
    after = figures_of(app)["resolved"]
    assert float(after.split()[1]) > float(before.split()[1])
    assert figures_of(app)["Would be drawn"] == "60 items"


def test_what_cannot_be_drawn_says_why(here: Opened, open_page: OpenPage) -> None:
    app = open_page(PAGE, here, "Eli", **NEW)
    app.number_input(key="size of weekly").set_value(3).run()
    assert not app.exception
    assert "the plan draws 3 items" in words_of(app)


def test_the_button_draws_what_was_shown_and_leads_to_it(here: Opened, ledger: Database, open_page: OpenPage) -> None:
    app = open_page(PAGE, here, "Eli", **NEW)
    shown = {row["stratum"]: row["items (n)"] for row in listed(app, "stratum")}
    app.button(key="draw").click().run()
    assert not app.exception
    assert "Drawn: 120 items wait in the queue." in words_of(app)
    assert figures_of(app)["Labelled"] == "0 of 144"
    stored = samples.sample(ledger, "weekly-2026-W12")
    assert {one.name: one.drawn for one in stored.strata} == shown
    assert stored.drawn_by == "Eli"
    assert "sample.drawn" in set(audit.audit_log(ledger)["action"])
    assert "benchbook sample weekly --week 2026-W12 --replay" in words_of(app)


def test_from_a_sample_the_way_leads_to_its_queue(here: Opened, open_page: OpenPage) -> None:
    app = open_page(PAGE, here, "Eli", **NEW)
    app.button(key="draw").click().run()
    next(each for each in app.button if each.label == "Label its items").click().run()
    assert not app.exception
    assert [title.value for title in app.title] != ["Samples"]
    assert app.query_params["sample"] in ("weekly-2026-W12", ["weekly-2026-W12"])


def test_a_sample_that_is_drawn_is_not_offered_again(here: Opened, open_page: OpenPage) -> None:
    open_page(PAGE, here, "Eli", **NEW).button(key="draw").click().run()
    app = open_page(PAGE, here, "Eli", **NEW)
    assert "weekly-2026-W12 is drawn already" in words_of(app)
    assert "draw" not in {button.key for button in app.button}
    app.button(key="show_it").click().run()
    assert app.selectbox(key="drawn").value == "weekly-2026-W12"


def test_a_sample_of_the_plan_as_it_was_is_not_said_to_be_the_changed_ones(here: Opened, open_page: OpenPage) -> None:
    open_page(PAGE, here, "Eli", **NEW).button(key="draw").click().run()
    app = open_page(PAGE, here, "Eli", **NEW)
    app.number_input(key="size of weekly").set_value(60).run()
    assert "weekly-2026-W12 was drawn before the plan was changed" in words_of(app)
    assert "draw" not in {button.key for button in app.button}


def test_a_changed_plan_is_kept_as_its_next_version(here: Opened, ledger: Database, open_page: OpenPage) -> None:
    app = open_page(PAGE, here, "Eli", **NEW)
    app.number_input(key="size of weekly").set_value(100).run()
    app.multiselect(key="strata of weekly").set_value(["model", "tenant"]).run()
    assert "The changed plan is kept as weekly." in words_of(app)
    app.button(key="draw").click().run()
    kept = stored_plans.plan(ledger, "weekly")
    assert (kept.size, kept.strata) == (100, ("model", "tenant"))
    assert len(samples.sample(ledger, "weekly-2026-W12").items) == 100


def test_a_changed_plan_may_get_a_name_of_its_own(here: Opened, ledger: Database, open_page: OpenPage) -> None:
    app = open_page(PAGE, here, "Eli", **NEW)
    app.text_input(key="name of weekly").set_value("Not a name!").run()
    assert not app.exception
    assert "the plan's name" in words_of(app)
    app.text_input(key="name of weekly").set_value("small").run()
    app.number_input(key="size of weekly").set_value(60).run()
    app.button(key="draw").click().run()
    assert samples.sample(ledger, "small-2026-W12").plan.size == 60
    assert stored_plans.plan(ledger, "weekly") == stored_plans.builtin()


def test_somebody_who_may_no_longer_draw_draws_nothing(here: Opened, ledger: Database, open_page: OpenPage) -> None:
    """The page was open when an admin took the right away."""
    app = open_page(PAGE, here, "Eli", **NEW)
    people.add_person(ledger, "Ana", people.Role.ADMIN, by=people.SHELL, now=NOW)
    people.change_role(ledger, "Eli", people.Role.REVIEWER, by="Ana", now=NOW)
    app.button(key="draw").click().run()
    assert not samples.is_drawn(ledger, "weekly-2026-W12")
    assert "You may not open this page" in words_of(app)


def test_an_item_added_by_hand_is_marked_and_one_that_is_not_there_is_refused(
    here: Opened, ledger: Database, open_page: OpenPage, busy: Bank
) -> None:
    app = open_page(PAGE, here, "Eli", **NEW)
    app.button(key="draw").click().run()
    drawn = samples.sample(ledger, "weekly-2026-W12").items
    other = next(row["trace_id"] for row in busy.spans if row["trace_id"] not in drawn)
    for target, said in ((other, "Added"), (other, "has this item already"), ("no such trace", "no trace of that id")):
        app.text_input(key="picked").set_value(target)
        next(each for each in app.button if each.label == "Add it").click().run()
        assert said in words_of(app)
    row = samples.samples(ledger).iloc[0]
    assert (row["items"], row["picked"], row["labels"]) == (121, 1, 145)
    assert samples.sample(ledger, "weekly-2026-W12").items == drawn


def test_without_a_sample_the_list_says_so(here: Opened, ledger: Database, open_page: OpenPage) -> None:
    ensure_builtin(ledger, NOW)
    app = open_page(PAGE, here, "Eli", section="drawn")
    assert "No sample has been drawn yet." in words_of(app)
