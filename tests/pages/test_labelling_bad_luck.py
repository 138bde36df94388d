"""Labelling while the app is killed and started again: what was pressed is kept once, and the page goes on."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import BrowserContext, Page  # noqa: E402

from tests.pages.browser import IN_A_BROWSER  # noqa: E402
from tests.pages.reviewed import Reviewed, reviewed  # noqa: E402
from tests.pages.test_labelling_browser import GOOD, item, ready, sit_down  # noqa: E402

pytestmark = IN_A_BROWSER


@pytest.fixture(scope="module")
def app() -> Iterator[Reviewed]:
    with tempfile.TemporaryDirectory() as folder:
        yield from reviewed(Path(folder), sessions=12)


def killed_and_started(app: Reviewed) -> None:
    """On the same port, as a supervisor would."""
    port = urlsplit(app.url).port
    assert port is not None
    app.kill()
    app.start(port=port)


def settled(page: Page, was: str) -> None:
    page.locator(f".labelling[data-settled='{was}']").wait_for()
    ready(page)


@pytest.mark.parametrize("pause_ms", [0, 30, 200])
def test_a_label_is_kept_once_whenever_the_app_is_killed_after_the_key(
    app: Reviewed, context: BrowserContext, pause_ms: int
) -> None:
    name = f"Kit {pause_ms}"
    page = context.new_page()
    sit_down(page, app, name)
    was = item(page)
    page.keyboard.type("54y")
    page.keyboard.press("Enter")
    page.wait_for_timeout(pause_ms)

    killed_and_started(app)
    settled(page, was)

    assert [answers for _, answers in app.labels(name)] == [GOOD]
    after = item(page)
    assert after != was
    page.keyboard.type("54y")
    page.keyboard.press("Enter")
    settled(page, after)
    assert [answers for _, answers in app.labels(name)] == [GOOD, GOOD]
