"""Opens pages as a browser would, over a warehouse that the test fills; and in a browser, over the bank."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts import opened as held
from pages.parts import who
from pages.parts.opened import Opened
from review import people
from review.people import Role
from storage.ledger_database import Database
from tests.metrics.built import BuiltWarehouse
from tests.pages.bank import Bank, four_weeks

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

PAGES = Path(__file__).parents[2] / "pages"
OpenPage = Callable[..., AppTest]
NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)


def _app() -> None:
    import streamlit as st

    from pages import menu
    from pages.parts import who

    page = st.navigation(menu.sections(), expanded=True)
    who.badge()
    page.run()


@pytest.fixture(scope="session")
def bank() -> Bank:
    """A small bank: 60 turns over four weeks."""
    return four_weeks(60)


@pytest.fixture(scope="session")
def filled(bank: Bank) -> Opened:
    return bank.opened()


@pytest.fixture
def empty() -> Opened:
    return Opened(warehouse=BuiltWarehouse(), home="an empty home")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Database]:
    """An empty ledger."""
    database = Database(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield database
    database.close()


@pytest.fixture
def team(filled: Opened, ledger: Database) -> Opened:
    """The filled bank with a ledger that knows one person of each role: Ana admin, Ben reviewer, Eli engineer, Pia."""
    for name, role in (
        ("Ana", Role.ADMIN),
        ("Ben", Role.REVIEWER),
        ("Eli", Role.ENGINEER),
        ("Pia", Role.PRODUCT_OWNER),
    ):
        people.add_person(ledger, name, role, by=people.SHELL, now=NOW)
    return replace(filled, database=ledger)


@pytest.fixture
def open_page(filled: Opened) -> Iterator[OpenPage]:
    """Opens `traffic/latency` and the like with a query, over `opened` (the filled bank when not said).

    `name` is the name that was chosen in this browser, in local mode.
    """

    def open_it(screen: str, opened: Opened = filled, name: str = "", **query: str | list[str]) -> AppTest:
        held.use(opened)
        app = AppTest.from_function(_app, default_timeout=60)
        if name:
            app.session_state[who.NAME] = name
        for key, value in query.items():
            app.query_params[key] = value
        app.switch_page(str(PAGES / f"{screen}.py"))
        return app.run()

    yield open_it
    held._held.clear()


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where the pages are served over a bank, a trace of 5,000 spans and one of hostile text."""
    from tests.pages.browser import served  # late: most tests of pages need no Playwright

    with served(Path(__file__).with_name("served.py")) as url:
        yield url


@pytest.fixture
def context(browser: "Browser") -> "Iterator[BrowserContext]":
    """One person's cookies and tabs, on a desktop."""
    opened = browser.new_context(viewport={"width": 1440, "height": 900})
    opened.set_default_timeout(60_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: "BrowserContext") -> "Page":
    return context.new_page()
