"""What a screen reader is told, and light or dark, in a real browser."""

import re
from typing import Literal

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import Browser, Page  # noqa: E402

from tests.pages.browser import IN_A_BROWSER, settled  # noqa: E402

pytestmark = IN_A_BROWSER
TRACE = f"{3:032x}"
AXE = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/outcomes",
        "/latency",
        "/errors",
        f"/trace?trace={TRACE}",
        "/trace?trace=long",
        "/session?session=s_1",
        "/data",
    ],
)
def test_our_parts_have_no_accessibility_violation(
    path: str, scheme: Literal["light", "dark"], browser: Browser, address: str
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(address + path)
    settled(page)

    found = AXE.Axe().run(page, context="[data-testid=stMain]")

    violations = {(v["id"], node["html"][:160]) for v in found.response["violations"] for node in v["nodes"]}
    context.close()
    assert violations == set()


def test_a_violation_would_be_seen(page: Page, address: str) -> None:
    """The control of the test above: a picture without words, in the page and inside the waterfall."""
    page.goto(f"{address}/trace?trace={TRACE}")
    page.wait_for_selector(".waterfall .row")
    settled(page)
    for place in (".waterfall", "h1"):
        page.locator(place).first.evaluate("place => place.appendChild(document.createElement('img')).src = 'data:,'")

    found = AXE.Axe().run(page, context="[data-testid=stMain]")

    pictures = [node for v in found.response["violations"] if v["id"] == "image-alt" for node in v["nodes"]]
    assert len(pictures) == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_follows_the_readers_light_or_dark(
    scheme: Literal["light", "dark"], browser: Browser, address: str
) -> None:
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{address}/trace?trace={TRACE}")
    page.wait_for_selector(".waterfall .row")
    colour = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    context.close()

    bright = sum(int(part) for part in re.findall(r"\d+", colour)[:3]) > 3 * 128
    assert bright == (scheme == "light")
