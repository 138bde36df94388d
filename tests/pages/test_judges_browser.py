"""The pages of judges on the home that `make demo` makes: full at once, and alive to a label given in the queue.

And what of the Overview needs such a home: quality that people checked, and the weekly report.
"""

import datetime as dt
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import Browser, Page, expect  # noqa: E402

from review.labelling import labels, queue  # noqa: E402
from review.people import register_locally  # noqa: E402
from storage.ledger_database import Database  # noqa: E402
from tests.pages.browser import IN_A_BROWSER  # noqa: E402
from tests.receive.conftest import ONE_WORKER  # noqa: E402
from tests.receive.served import ROOT, Served  # noqa: E402

AXE = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
DEMO = ("ingest sample_data", "labels import sample_data", "sample weekly --week 2026-W46")
"""What `make demo` does before it serves."""
ANSWERS = {"helpfulness": 4, "groundedness": 4, "resolved": True}
SAMPLED = 120
WAIT_MS = 60_000
pytestmark = [
    *IN_A_BROWSER,
    pytest.mark.skipif(not (ROOT / "sample_data" / "traces-2026-W45.jsonl.gz").exists(), reason="no sample data"),
]


@pytest.fixture(scope="module")
def demo() -> Iterator[Served]:
    with tempfile.TemporaryDirectory() as folder:
        app = Served(Path(folder) / "home", ONE_WORKER)
        for words in DEMO:
            command = [sys.executable, "-m", "cli", *words.split(), "--home", str(app.home)]
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        yield app.start()
        app.close()


@pytest.fixture
def page(browser: Browser, demo: Served) -> Iterator[Page]:
    """The page Judges, seen by the first person who came in: an admin."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(f"{demo.url}/judges")
    page.get_by_label("Your name").last.fill("Vera")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Judges", exact=True)).to_be_visible(timeout=WAIT_MS)
    for _ in range(WAIT_MS // 200):
        if any(one.get("name", "").startswith("benchbook_") for one in context.cookies()):  # the name is kept
            break
        page.wait_for_timeout(200)
    settled(page)
    yield page
    context.close()


def settled(page: Page) -> None:
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_timeout(700)
    expect(page.locator("[data-testid=stMain] button[type=button]:empty")).to_have_count(0, timeout=WAIT_MS)


def cells(page: Page, place: int = 0) -> list[list[str]]:
    """The cells of a table that are in sight, as a screen reader is told them."""
    table = page.locator("[data-testid=stDataFrame]").nth(place)
    table.locator("canvas [role=gridcell]").first.wait_for(state="attached")
    rows = [row.locator("[role=gridcell]").all_text_contents() for row in table.locator("canvas [role=row]").all()]
    return [row for row in rows if row]


def give(database: Database, *, labels_wanted: int, by: str) -> None:
    """Label items of the weekly sample as the queue hands them out."""
    register_locally(database, by, now=dt.datetime.now(dt.UTC), as_reviewer=True)
    for _ in range(labels_wanted):
        now = dt.datetime.now(dt.UTC)
        given = queue.claim(database, reviewer=by, now=now)
        assert given is not None
        labels.submit(database, given.id, reviewer=by, answers=ANSWERS, now=now)


def test_the_demo_shows_full_tables_and_pictures_at_once(page: Page) -> None:
    expect(page.get_by_text("1,440 labels of weeks 2026-W40 to 2026-W45")).to_be_visible(timeout=WAIT_MS)
    settled(page)
    shown = cells(page)
    assert len(shown) == 4
    assert {row[0] for row in shown} == {"house-judge", "panel-judge"}
    assert not [row for row in shown if "" in row or "\u2013" in row]
    assert all(re.fullmatch(r"\u2212?\d.\d\d \(.* to .*\)", row[3]) for row in shown)
    for part in ("Agreement", "Over time", "Part by part", "Known faults", "Reviewers", "Disagreements"):
        page.goto(f"{page.url.split('/judge')[0]}/judge?criterion=helpfulness&part={part.replace(' ', '+')}")
        expect(page.get_by_role("radio", name=part, exact=True)).to_be_checked(timeout=WAIT_MS)
        settled(page)
        assert len(cells(page)) >= 2, part


def test_a_label_given_in_the_queue_changes_the_tables_of_an_open_page(page: Page, demo: Served) -> None:
    database = Database(f"sqlite:///{demo.home / 'ledger.db'}")
    try:
        give(database, labels_wanted=SAMPLED // 2 - 1, by="Lea")
        expect(page.get_by_text(re.compile("W46 is left out until half of it is labelled"))).to_be_visible(
            timeout=WAIT_MS
        )
        settled(page)
        page.evaluate("window.untouched = true")
        before = [row[-1] for row in cells(page)]
        give(database, labels_wanted=2, by="Kim")
        expect(page.get_by_text(re.compile("of weeks 2026-W40 to 2026-W46"))).to_be_visible(timeout=WAIT_MS)
        settled(page)
        assert all(int(row[-1]) > int(was) for row, was in zip(cells(page), before, strict=True))
        assert page.evaluate("window.untouched")
    finally:
        database.close()


@pytest.mark.parametrize("part", ["", "Agreement", "Over+time", "Part+by+part", "Known+faults", "Reviewers",
                                  "Disagreements"])  # fmt: skip
def test_no_part_has_an_accessibility_violation(part: str, page: Page, demo: Served) -> None:
    if part:
        page.goto(f"{demo.url}/judge?criterion=helpfulness&part={part}")
        expect(page.get_by_role("heading", name="Judge", exact=True)).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_role("button", name="Download as CSV").first).to_be_visible(timeout=WAIT_MS)
    page.wait_for_timeout(1500)  # other buttons of a part come in pieces
    settled(page)
    found = AXE.Axe().run(page, context="[data-testid=stMain]")
    assert {(one["id"], node["html"][:160]) for one in found.response["violations"] for node in one["nodes"]} == set()


def test_a_cell_of_the_matrix_leads_to_its_items(page: Page, demo: Served) -> None:
    page.goto(f"{demo.url}/judge?criterion=helpfulness&part=Agreement")
    cell = page.locator(".js-plotly-plot").first.locator(".scatterlayer .points path").nth(2 * 5 + 3)
    cell.wait_for(state="attached")
    settled(page)
    box = cell.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_text(re.compile("A person said 3, the judge 4: ")).first).to_be_visible(timeout=WAIT_MS)


def test_the_overview_leads_to_how_quality_was_corrected(page: Page, demo: Served) -> None:
    page.goto(f"{demo.url}/?week=2026-W45")
    page.locator("[data-testid=stMain]").get_by_role("link", name="Answer quality").click()
    page.wait_for_url(re.compile("/judge\\?"))
    expect(page.get_by_role("radio", name="Over time", exact=True)).to_be_checked(timeout=WAIT_MS)
    assert "part=Over" in page.url


def test_the_overview_gives_the_weekly_report(page: Page, demo: Served) -> None:
    page.goto(f"{demo.url}/?week=2026-W45")
    for name, start in (("Report (PDF)", b"%PDF"), ("Report (page)", b"<!doctype html>")):
        with page.expect_download(timeout=WAIT_MS) as given:
            page.get_by_role("button", name=name).click()
        assert given.value.suggested_filename.startswith("weekly-report-2026-W45.")
        assert Path(given.value.path()).read_bytes().startswith(start)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_overview_has_no_accessibility_violation(scheme: str, page: Page, demo: Served) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(f"{demo.url}/?week=2026-W45")
    expect(page.get_by_text("Answer quality").first).to_be_visible(timeout=WAIT_MS)
    settled(page)
    found = AXE.Axe().run(page, context="[data-testid=stMain]")
    assert {(one["id"], node["html"][:160]) for one in found.response["violations"] for node in one["nodes"]} == set()
