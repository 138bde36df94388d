"""What only a real browser can show: links, keys, size of the document, accessibility, harmless text."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import Browser, Dialog, Page, Request, expect  # noqa: E402

from tests.pages.bank import HOSTILE  # noqa: E402
from tests.pages.browser import CHROMIUM, chromium, served  # noqa: E402

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium")]

TRACE = f"{3:032x}"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(Path(__file__).with_name("served.py")) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as launched:
        yield launched


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(40_000)
    yield context.new_page()
    context.close()


def settled(page: Page) -> None:
    """Wait until the run that was asked for has been drawn."""
    page.wait_for_selector("h1")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_timeout(700)


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
    page.goto(f"{address}/outcomes?window=all&outcome=contained&by=tenant")
    page.locator(MARKS).first.wait_for(state="attached")
    settled(page)
    over_time = page.locator(".js-plotly-plot").nth(1)
    over_time.locator(".scatterlayer .points path").nth(1).click(force=True)

    expect(page.get_by_text(re.compile(r"^[1-9]\d* conversations? of (north|south), "))).to_be_visible()


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


def _host(request: Request) -> str:
    return request.url.split("/")[2] if request.url.startswith(("http", "ws")) else request.url.split(":")[0]


def _note(dialog: Dialog, dialogs: list[str]) -> None:
    dialogs.append(dialog.message)
    dialog.dismiss()
