"""The Overview: a week beside the one before, in words, each tile with the way to what is behind it."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from metrics.budgets.limits import Figure, Limit, What
from metrics.versions.deployments import Deployment, register
from pages.parts.opened import Opened
from review.people import SHELL
from tests.metrics.built import START, BuiltWarehouse
from tests.metrics.two_weeks import NEW, WEEK_S, conversation, two_weeks
from tests.pages.conftest import NOW, OpenPage


@pytest.fixture(scope="module")
def warehouse() -> BuiltWarehouse:
    return two_weeks()


@pytest.fixture
def opened(warehouse: BuiltWarehouse, team: Opened, tmp_path: Path) -> Opened:
    return replace(team, warehouse=warehouse, home=str(tmp_path))


def tiles(app: AppTest) -> dict[str, str]:
    assert not app.exception
    return {one.label: one.value for one in app.metric}


def said(app: AppTest) -> str:
    return "\n".join(one.value for one in app.text)


def test_the_week_is_held_against_the_one_before(opened: Opened, open_page: OpenPage) -> None:
    app = open_page("traffic/overview", opened, name="Pia")

    shown = tiles(app)
    assert shown["Helped without a person"] == "75.0 %"
    assert shown["Handed to a person"] == "25.0 %"
    assert shown["Cost of a conversation"] == "$0.01"
    assert "was 5.0 %; likely 16.8 to 35.5 %" in said(app)
    assert said(app).startswith("Worse: helped without a person, handed to a person. 2026-W11, 9 to 15 Mar 2026")


def test_a_change_names_the_version_it_goes_with_and_whether_somebody_said_so(
    opened: Opened, open_page: OpenPage
) -> None:
    assert "since app version 2.0 (9 Mar, nobody registered it): 50.0 % with it, 3.3 % without" in said(
        open_page("traffic/overview", opened)
    )
    assert opened.database is not None
    went_live = Deployment(START + dt.timedelta(days=7, minutes=-30), {"app_version": NEW})
    register(opened.database, went_live, by=SHELL, now=NOW)

    assert "since app version 2.0 (9 Mar): 50.0 % with it" in said(open_page("traffic/overview", opened))


def test_a_quiet_week_is_called_neither_better_nor_worse(open_page: OpenPage) -> None:
    rows = [
        row
        for week in (0, 1)
        for number in range(80)
        for row in conversation(number, at_s=week * WEEK_S + number * 7200.0, handed=number % (19 + week) == 0)
    ]
    app = open_page("traffic/overview", Opened(warehouse=BuiltWarehouse().load(rows), home="quiet"))

    assert said(app).startswith("No sure difference.")
    assert "nothing new" in said(app)


def test_few_conversations_are_no_figure(open_page: OpenPage) -> None:
    rows = [row for number in range(5) for row in conversation(number, at_s=number * 60.0)]
    app = open_page("traffic/overview", Opened(warehouse=BuiltWarehouse().load(rows), home="few"))

    assert tiles(app)["Helped without a person"] == "–"  # noqa: RUF001 - the dash for unknown
    assert "fewer than 10 in a week" in said(app)
    assert said(app).startswith("Not enough data to tell. 2026-W10")


def test_a_missed_target_is_marked_with_what_was_asked(opened: Opened, open_page: OpenPage) -> None:
    limit = Limit(What.TURN, Figure.LATENCY, 2.15, share_within=0.95)
    app = open_page("traffic/overview", replace(opened, budgets=(limit,), home="with a budget"))

    assert "30.9 % within 2.15 s, target 95 %, was 30.0 %" in said(app)  # 25 of 81, 24 of 80
    assert [one.value for one in app.markdown if "target missed" in one.value]


def test_filters_and_week_are_those_of_the_link(opened: Opened, open_page: OpenPage) -> None:
    app = open_page("traffic/overview", opened, week="2026-W10", tenant="north")

    assert tiles(app)["Handed to a person"] == "5.0 %"
    links = [one.proto for one in app.get("page_link")]
    latency = next(one.query_string for one in links if one.page == "latency")
    assert "from=2026-03-02T00%3A00" in latency
    assert "to=2026-03-09T00%3A00" in latency
    assert "tenant=north" in latency


def test_a_week_that_nothing_matches_says_so(opened: Opened, open_page: OpenPage) -> None:
    app = open_page("traffic/overview", opened, tenant="nobody")

    assert not app.exception
    assert "no conversations" in app.warning[0].value
    app.button(key="clear_here").click().run()
    assert tiles(app)["Handed to a person"] == "25.0 %"


def test_without_a_ledger_there_are_no_alerts_and_no_review(warehouse: BuiltWarehouse, open_page: OpenPage) -> None:
    shown = tiles(open_page("traffic/overview", Opened(warehouse=warehouse, home="no ledger")))

    assert shown["Alerts that ask for action"] == "–"  # noqa: RUF001
    assert shown["Review of this week"] == "–"  # noqa: RUF001
