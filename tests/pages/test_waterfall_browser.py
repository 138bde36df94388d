"""The waterfall of a trace in a real browser: by keyboard, zoomed, searched, and with thousands of spans."""

import re

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import Page, expect  # noqa: E402

from tests.pages.browser import IN_A_BROWSER, settled  # noqa: E402

pytestmark = IN_A_BROWSER
TRACE = f"{3:032x}"


def test_the_waterfall_is_walked_by_keyboard(page: Page, address: str) -> None:
    page.goto(f"{address}/trace?trace={TRACE}")
    page.wait_for_selector(".waterfall .row")
    settled(page)
    rows = page.locator(".waterfall .row").count()
    tree = page.locator(".waterfall [role=tree]")
    tree.focus()

    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page).to_have_url(re.compile("span="))
    settled(page)
    assert page.locator(".row[aria-selected=true] .text").inner_text() == "search handbook"

    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".waterfall .row")).to_have_count(1)
    assert page.locator(".row").get_attribute("aria-expanded") == "false"

    page.keyboard.press("ArrowRight")
    expect(page.locator(".waterfall .row")).to_have_count(rows)
    page.keyboard.press("End")
    assert page.locator(".row[aria-selected=true] .text").inner_text() != "POST /chat"
    assert tree.evaluate("tree => tree.getRootNode().activeElement === tree")


def test_five_thousand_spans_are_a_hundred_rows_at_most(page: Page, address: str) -> None:
    page.goto(f"{address}/trace?trace=long")
    page.wait_for_selector(".waterfall .row")
    settled(page)
    tree = page.locator(".waterfall [role=tree]")

    for key in ("End", "PageUp", "Home"):
        tree.focus()
        page.keyboard.press(key)
        page.wait_for_timeout(300)
        assert 10 < page.locator(".waterfall .row").count() <= 120

    page.keyboard.press("End")
    page.wait_for_timeout(300)
    assert page.locator(".waterfall .row", has_text="step 4998").count() == 1


def test_a_subtree_fills_the_width_when_zoomed_and_gives_it_back(page: Page, address: str) -> None:
    page.goto(f"{address}/trace?trace=long")
    page.wait_for_selector(".waterfall .row")
    settled(page)
    tree = page.locator(".waterfall [role=tree]")
    tree.focus()

    page.keyboard.press("ArrowDown")
    page.keyboard.press("z")
    expect(page.locator(".waterfall .row")).to_have_count(3)
    bar, lane = (page.locator(f".row .{part}").first.bounding_box() for part in ("bar", "lane"))
    assert bar is not None
    assert lane is not None
    assert bar["width"] == pytest.approx(lane["width"], rel=0.05)

    page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    assert page.locator(".waterfall .row").count() > 10


def test_search_shows_matches_with_the_way_to_them(page: Page, address: str) -> None:
    page.goto(f"{address}/trace?trace=long")
    page.wait_for_selector(".waterfall .row")
    settled(page)

    page.get_by_label("Find spans by name, kind or error").fill("step 4001")

    expect(page.locator(".waterfall .said")).to_have_text("1 of 5,000 spans match")
    names = page.locator(".waterfall .row .text").all_inner_texts()
    assert names == ["agent", "step 3999", "step 4001"]


def test_a_late_child_does_not_stretch_its_trace(page: Page, address: str) -> None:
    page.goto(f"{address}/trace?trace=late")
    page.wait_for_selector(".waterfall .row")
    settled(page)

    bar, lane = (page.locator(f".row .{part}").first.bounding_box() for part in ("bar", "lane"))

    assert bar is not None
    assert lane is not None
    assert bar["width"] == pytest.approx(lane["width"], rel=0.05)
    assert page.locator(".row", has_text="judge").locator(".later").inner_text() == "1 min 00 s later ▸"


def test_repeated_calls_are_marked(page: Page, address: str) -> None:
    page.goto(f"{address}/trace?trace=long")
    page.wait_for_selector(".waterfall .row")

    assert page.locator(".waterfall .row", has_text="↻ 1/3").count() > 0
