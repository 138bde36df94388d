"""Hostile text on every page of a real browser: it is read, and does nothing."""

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import Dialog, Page, Request  # noqa: E402

from tests.pages.bank import HOSTILE  # noqa: E402
from tests.pages.browser import IN_A_BROWSER, settled  # noqa: E402

pytestmark = IN_A_BROWSER
HOSTILE_PAGES = [
    "/?week=2026-W10",
    "/volume?table=true",
    "/latency?table=true",
    "/cost?table=true&why=true",
    "/errors?table=true",
    "/tokens?table=true",
    "/traces",
    "/data",
    "/trace?trace=hostile",
    "/trace?trace=hostile&table=true",
    "/session?session=s_hostile",
    "/compare?left=hostile&right=hostile",
    "/latency?group=model",
    "/cost?group=prompt+version",
]


@pytest.mark.parametrize("path", HOSTILE_PAGES)
def test_hostile_text_is_shown_and_does_nothing(path: str, page: Page, address: str) -> None:
    asked: list[str] = []
    dialogs: list[str] = []
    page.on("request", lambda request: asked.append(_host(request)))
    page.on("dialog", lambda dialog: _note(dialog, dialogs))
    page.goto(address + path)
    settled(page)
    for name in ("Messages", "Documents", "Scores", "Attributes"):
        button = page.get_by_role("radio", name=name, exact=True)
        if path.startswith("/trace?trace=hostile") and button.count():
            button.click()
            settled(page)

    assert set(asked) <= {address.split("//")[1], "blob", "data"}
    assert dialogs == []
    assert page.evaluate("window.harmed") is None
    assert page.locator("a[href*='evil.example']").count() == 0
    assert page.locator("img[src*='evil.example']").count() == 0


def test_the_attack_would_be_seen(page: Page, address: str) -> None:
    """The control of the test above: the same text put into the page as HTML does ask for its picture."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(_host(request)))
    page.goto(f"{address}/")
    settled(page)

    page.evaluate("text => { document.querySelector('h1').innerHTML = text }", HOSTILE)
    page.wait_for_timeout(500)

    assert "evil.example" in asked


def _host(request: Request) -> str:
    return request.url.split("/")[2] if request.url.startswith(("http", "ws")) else request.url.split(":")[0]


def _note(dialog: Dialog, dialogs: list[str]) -> None:
    dialogs.append(dialog.message)
    dialog.dismiss()
