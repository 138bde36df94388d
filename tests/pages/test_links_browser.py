"""Links in a real browser: cold ones, those behind a figure and the way back, and what others see by one."""

import re

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import Browser, Page, expect  # noqa: E402

from tests.pages.browser import IN_A_BROWSER, settled  # noqa: E402

pytestmark = IN_A_BROWSER
TRACE = f"{3:032x}"


def test_a_cold_deep_link_opens_the_span_it_names(page: Page, address: str) -> None:
    page.goto(f"{address}/trace?trace={TRACE}")
    page.locator(".waterfall .row", has_text="synthesis").click()
    expect(page).to_have_url(re.compile("span="))
    link = page.url

    page.goto("about:blank")
    page.goto(link)

    expect(page.locator(".waterfall .row[aria-selected=true]")).to_contain_text("synthesis")
    expect(page.get_by_text("1,800 tokens in, 160 out")).to_be_visible()


def test_a_point_leads_to_its_traces_and_back_with_its_filters(page: Page, address: str) -> None:
    page.goto(f"{address}/latency?app=bank-chat&window=all")
    page.wait_for_selector(".js-plotly-plot .scatterlayer .points path")
    settled(page)
    page.locator(".js-plotly-plot .scatterlayer .points path").nth(2).click(force=True)
    page.get_by_role("button", name="Open the traces behind this point").click()
    expect(page.get_by_role("heading", name="Traces", exact=True)).to_be_visible()
    settled(page)

    for said in ("window=custom", "from=", "to=", "step=", "app=bank-chat", "sort=slowest"):
        assert said in page.url
    filters = set(page.url.split("?")[1].split("&"))

    table = page.locator("[data-testid=stDataFrame]").bounding_box()
    assert table is not None
    page.mouse.click(table["x"] + 80, table["y"] + 54)
    expect(page.get_by_role("heading", name="Trace", exact=True)).to_be_visible()
    page.get_by_text("Back to the list").click()
    expect(page.get_by_role("heading", name="Traces", exact=True)).to_be_visible()
    settled(page)

    assert set(page.url.split("?")[1].split("&")) == filters


MARKS = ".js-plotly-plot .scatterlayer .points path, .js-plotly-plot .barlayer .point path"


@pytest.mark.parametrize("screen", ["cost", "tokens", "volume"])
def test_every_chart_over_time_leads_to_the_traces_of_a_point(screen: str, page: Page, address: str) -> None:
    page.goto(f"{address}/{screen}?window=all&tenant=north")
    page.locator(MARKS).first.wait_for(state="attached")
    settled(page)
    page.locator(MARKS).nth(1).click(force=True)
    page.get_by_role("button", name="Open the traces behind this point").click()
    expect(page.get_by_role("heading", name="Traces", exact=True)).to_be_visible()
    settled(page)

    for said in ("window=custom", "from=", "to=", "step=", "tenant=north"):
        assert said in page.url
    expect(page.get_by_text(re.compile(r"^[1-9][\d,]* traces?\b"))).to_be_visible()


def test_a_point_of_outcomes_leads_to_its_conversations(page: Page, address: str) -> None:
    page.goto(f"{address}/outcomes?window=all&outcome=contained&by=app")
    page.locator(MARKS).first.wait_for(state="attached")
    settled(page)
    over_time = page.locator(".js-plotly-plot").nth(1)
    over_time.locator(".scatterlayer .points path").first.click(force=True)

    expect(page.get_by_text(re.compile(r"^[1-9]\d* conversations? of bank-chat, "))).to_be_visible()


@pytest.mark.parametrize(("name", "path", "more"), [
    ("Helped without a person", "outcomes", "outcome=contained"), ("Handed to a person", "outcomes", ""),
    ("Cost of a conversation", "cost", ""), ("Time to answer", "latency", ""),
    ("Alerts that ask for action", "alerts", ""), ("What changed, step by step", "changes", ""),
    ("Versions", "versions", ""),
])  # fmt: skip
def test_a_tile_leads_to_its_evidence_with_the_same_week_and_filters(
    name: str, path: str, more: str, page: Page, address: str
) -> None:
    page.goto(f"{address}/?week=2026-W12&tenant=north")
    settled(page)

    page.locator("[data-testid=stMain]").get_by_role("link", name=name).click()
    page.wait_for_url(re.compile(f"/{path}\\?"))
    settled(page)

    said = ["window=custom", "from=2026-03-16T00%3A00", "to=2026-03-23T00%3A00", more]
    if path == "changes":
        said.append("reference=a+week+before")
    if path != "alerts":  # it has no filters
        said.append("tenant=north")
        expect(
            page.get_by_text(re.compile("^16 Mar 2026 00:00 to 23 Mar 2026 00:00 UTC.*tenant north"))
        ).to_be_visible()
    assert [one for one in said if one not in page.url] == []


SHARED = (
    "?week=2026-W12&tenant=north",
    "outcomes?window=all&by=tenant",
    "cost?window=all&group=model&tenant=south",
    "latency?window=custom&from=2026-03-09T00:00&to=2026-03-23T00:00&percentile=p50",
    "traces?window=all&only=odd",
)


@pytest.mark.parametrize("path", SHARED)
def test_a_link_shows_somebody_else_what_its_sender_sees(path: str, page: Page, browser: Browser, address: str) -> None:
    page.goto(f"{address}/{path}")
    settled(page)
    page.get_by_text(re.compile(r"^Filters")).click()  # the sender changes something by hand
    page.get_by_label("Environment").last.click()
    page.get_by_role("option", name="production").click()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("environment=production"))
    settled(page)

    other = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    other.goto(page.url)
    settled(other)
    for _ in range(40):
        if view(other) == view(page):  # what comes in pieces is all there
            break
        other.wait_for_timeout(250)
    mine, theirs = view(page), view(other)
    other.context.close()

    assert mine == theirs
    assert mine


def view(page: Page) -> list[object]:
    """What a page says and draws: its texts, figures and the points of its charts."""
    parts = page.locator("[data-testid=stText], [data-testid=stMetric], [data-testid=stHeading]").all_inner_texts()
    drawn = "[...document.querySelectorAll('.js-plotly-plot')].map(one => one._fullData.map(t => [t.name, [...t.y]]))"
    return [*parts, page.evaluate(drawn)]


def test_filters_stay_when_the_page_is_changed_in_the_menu(page: Page, address: str) -> None:
    page.goto(f"{address}/latency?tenant=north&window=all")
    settled(page)

    page.get_by_role("link", name="Cost").click()
    expect(page.get_by_role("heading", name="Cost", exact=True)).to_be_visible()
    settled(page)

    expect(page.get_by_text("tenant north").first).to_be_visible()
    expect(page).to_have_url(re.compile("tenant=north"))
