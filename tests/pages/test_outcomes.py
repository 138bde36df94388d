"""The page Outcomes: the figures of the question, in words and with what is behind them."""

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.opened import Opened
from tests.metrics.built import BuiltWarehouse, span
from tests.pages.conftest import OpenPage
from tests.pages.test_pages import figures_of

MINUTE_S = 60


def served(version: str, number: int, *, handed: bool) -> list[dict[str, object]]:
    """One conversation of one turn, hours before the newest."""
    session = f"{version}-{number:03d}"
    common = {"at_s": number * MINUTE_S, "session_id": session, "app_version": version}
    rows = [span(session, span_id="root", **common)]
    if handed:
        rows.append(span(session, parent_span_id="root", kind="tool", step="handover", tool_name="handover", **common))
    return rows


@pytest.fixture
def page(open_page: OpenPage) -> AppTest:
    rows = [one for number in range(60) for one in served("1.0", number, handed=number % 20 == 0)]
    rows += [one for number in range(60) for one in served("2.0", number, handed=number % 2 == 0)]
    rows += [span("late", span_id="root", session_id="late", app_version="2.0", at_s=200 * MINUTE_S)]
    app = open_page("traffic/outcomes", Opened(warehouse=BuiltWarehouse().load(rows), home=str(Path("outcomes"))))
    assert not app.exception
    return app


def test_the_cards_say_how_many_were_handed_over_and_how_sure_that_is(page: AppTest) -> None:
    shown = figures_of(page)

    assert shown["Handed to a person"] == "27.5 %"
    assert shown["Contained"] == "72.5 %"
    assert shown["Solved"] == "–"  # noqa: RUF001 - the dash for unknown
    said = [one.value for one in page.text]
    assert "20.3 % to 36.1 %" in said
    assert any("1 conversation that may still go on" in one for one in said)


def test_the_version_that_hands_over_more_is_named(page: AppTest) -> None:
    apart = [one.value for one in page.text if "stands apart" in one.value]

    assert [one.split()[0] for one in apart] == ["1.0", "2.0"]
    assert apart[1].startswith("2.0 stands apart: +45.0 points")


def test_the_conversations_behind_are_those_of_the_outcome(page: AppTest) -> None:
    behind = page.dataframe[0].value
    assert isinstance(behind, pd.DataFrame)
    assert len(behind) == 33
    assert set(behind["person in turn"]) == {1}


def test_what_is_read_from_words_waits_until_it_is_asked_for(page: AppTest) -> None:
    assert "Mood of the users" not in [one.value for one in page.header]

    page.toggle(key="words").set_value(True).run()

    assert not page.exception
    headers = [one.value for one in page.header]
    assert headers[-2:] == ["Mood of the users", "Who is served worse"]
    said = [one.value for one in page.text]
    assert "0 of 120 conversations measured: those in English, by a lexicon, from -1 to 1." in said
    assert "No change of mood: fewer than 10 conversations measured." in [one.value for one in page.info]


def test_a_link_may_tell_conversations_apart_by_language(open_page: OpenPage) -> None:
    rows = [one for number in range(30) for one in served("1.0", number, handed=number % 5 == 0)]
    built = BuiltWarehouse().load([*rows, span("late", session_id="late", at_s=200 * MINUTE_S)])
    built.connection.execute("UPDATE traces SET preview = 'My card was stolen, please help me with a new one'")
    built.version += 1

    app = open_page("traffic/outcomes", Opened(warehouse=built, home="languages"), by="language", outcome="escalated")

    assert not app.exception
    assert "Escalated by language" in [one.value for one in app.header]
    assert "30 of 30 conversations measured: those in English, by a lexicon, from -1 to 1." in [
        one.value for one in app.text
    ]
    assert any(one.value.startswith("0 gaps looked at over tenant, language and topic") for one in app.text)
