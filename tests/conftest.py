"""What holds for all tests."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from storage.ledger_database import Database
from tests.storage.databases import KINDS
from tests.storage.databases import database as database_url

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# How fast examples are made depends on what else the machine does; that is no finding about the code.
settings.register_profile("benchbook", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("benchbook")


@pytest.fixture(autouse=True)
def same_main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page under test becomes `__main__` and stays it; a process started later would load the page."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """A real Chromium, for all tests of a module."""
    from tests.pages.browser import chromium  # late: most tests need no Playwright

    with chromium() as launched:
        yield launched


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A ledger that was just made; SQLite, and PostgreSQL where one answers."""
    for url in database_url(request.param, tmp_path):
        opened = Database(url)
        yield opened
        opened.close()
