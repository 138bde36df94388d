"""Opens pages as a browser would, over a warehouse that the test fills."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts import opened as held
from pages.parts.opened import Opened
from tests.metrics.built import BuiltWarehouse
from tests.pages.bank import Bank, four_weeks

PAGES = Path(__file__).parents[2] / "pages"
OpenPage = Callable[..., AppTest]


def _app() -> None:
    import streamlit as st

    from pages import menu

    st.navigation(menu.sections()).run()


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
def open_page(filled: Opened) -> Iterator[OpenPage]:
    """Opens `traffic/latency` and the like with a query, over `opened` (the filled bank when not said)."""

    def open_it(screen: str, opened: Opened = filled, **query: str | list[str]) -> AppTest:
        held.use(opened)
        app = AppTest.from_function(_app, default_timeout=60)
        for key, value in query.items():
            app.query_params[key] = value
        app.switch_page(str(PAGES / f"{screen}.py"))
        return app.run()

    yield open_it
    held._held.clear()
