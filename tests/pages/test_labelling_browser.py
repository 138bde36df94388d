"""Labelling in a real browser on a real home: by keyboard alone, blind, two at once, and nothing lost."""

import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import Browser, BrowserContext, Page, Request, expect  # noqa: E402

from tests.pages.browser import IN_A_BROWSER  # noqa: E402
from tests.pages.reviewed import MODEL, VERDICT, Reviewed, reviewed  # noqa: E402

pytestmark = IN_A_BROWSER
AXE = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
NewPage = Callable[..., Page]
GOOD = {"helpfulness": "5", "groundedness": "4", "resolved": "yes"}


@pytest.fixture(scope="module")
def app() -> Iterator[Reviewed]:
    with tempfile.TemporaryDirectory() as folder:
        yield from reviewed(Path(folder))


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """Opens pages of different people: each with cookies of its own."""
    opened: list[BrowserContext] = []

    def open_one(**settings: object) -> Page:
        context = browser.new_context(**({"viewport": {"width": 1440, "height": 900}} | settings))  # type: ignore[arg-type]
        context.set_default_timeout(40_000)
        opened.append(context)
        return context.new_page()

    yield open_one
    for context in opened:
        context.close()


def sit_down(page: Page, app: Reviewed, name: str) -> None:
    """Open the page Label and say who one is, by keyboard alone."""
    page.goto(f"{app.url}/label")
    page.get_by_role("heading", name="Who are you?").wait_for()
    field = page.get_by_label("Your name").last
    for _ in range(60):
        if field.evaluate("field => field === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    ready(page)


def ready(page: Page) -> None:
    """Until an item is shown and the next one is fetched."""
    page.locator(".labelling[data-item]:not([data-item=''])").wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def item(page: Page) -> str:
    return page.locator(".labelling").get_attribute("data-item") or ""


def question(page: Page) -> str:
    return page.locator(".asked .text").inner_text()


def label(page: Page, keys: str) -> None:
    """Answer by the keys, save, and wait until it is said to be saved and the next item is there."""
    was = item(page)
    for key in keys:
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    page.locator(f".labelling[data-settled='{was}']").wait_for()
    ready(page)


def chosen(page: Page) -> list[str]:
    return page.locator(".criterion:not([hidden]) button[aria-pressed=true] kbd").all_text_contents()


def test_a_newcomer_labels_ten_items_with_the_keyboard_alone_and_sees_the_progress_move(
    app: Reviewed, new_page: NewPage
) -> None:
    page = new_page()
    sit_down(page, app, "Newcomer")
    expect(page.get_by_text("Good examples")).to_be_visible()
    seen = []

    for number in range(10):
        expect(page.locator(".pace")).to_contain_text(f"{number} by you today")
        seen.append(question(page))
        label(page, "54y")

    expect(page.locator(".pace")).to_contain_text("10 by you today")
    assert float(page.locator("progress").evaluate("bar => bar.value")) >= 10
    assert len(set(seen)) == 10
    assert [answers for _, answers in app.labels("Newcomer")] == [GOOD] * 10


def test_two_reviewers_at_once_with_the_keyboard_alone_never_get_each_others_item(
    app: Reviewed, new_page: NewPage
) -> None:
    ana, ben = new_page(), new_page()
    sit_down(ana, app, "Ana")
    sit_down(ben, app, "Ben")

    for _ in range(6):
        assert item(ana) != item(ben)
        for for_ana, for_ben in zip("54y", "12n", strict=True):
            ana.keyboard.press(for_ana)
            ben.keyboard.press(for_ben)
        before = item(ana), item(ben)
        ana.keyboard.press("Enter")
        ben.keyboard.press("Enter")
        for page, was in zip((ana, ben), before, strict=True):
            page.locator(f".labelling[data-settled='{was}']").wait_for()
            ready(page)

    by_ana, by_ben = app.labels("Ana"), app.labels("Ben")
    assert [answers for _, answers in by_ana] == [GOOD] * 6
    assert [answers for _, answers in by_ben] == [{"helpfulness": "1", "groundedness": "2", "resolved": "no"}] * 6
    assert len({target for target, _ in by_ana}) == len({target for target, _ in by_ben}) == 6
    too_often = app.rows("""SELECT i.id FROM sample_items i JOIN submissions s ON s.item = i.id
        WHERE s.id NOT IN (SELECT submission FROM withdrawals) GROUP BY i.id, i.copies HAVING count(*) > i.copies""")
    assert too_often == []


def test_a_late_click_in_another_tab_labels_nothing_else(app: Reviewed, new_page: NewPage) -> None:
    page = new_page()
    sit_down(page, app, "Late")
    behind = page.context.new_page()
    behind.goto(f"{app.url}/label")
    ready(behind)
    assert item(behind) == item(page)
    label(page, "54y")
    after = item(page)

    behind.wait_for_timeout(600)
    for name in ("1 no help, or harmful", "1 invented or contradicted", "n no"):
        behind.get_by_role("button", name=name).click()
    behind.get_by_role("button", name="Enter Save, next").click()
    expect(behind.locator(".status")).to_have_text("Not saved")

    assert [answers for _, answers in app.labels("Late")] == [GOOD]
    assert item(behind) == after
    assert chosen(behind) == []


def test_a_reload_loses_nothing(app: Reviewed, new_page: NewPage) -> None:
    page = new_page()
    sit_down(page, app, "Rosa")
    label(page, "54y")
    was, asked = item(page), question(page)
    page.keyboard.type("34")
    page.keyboard.press("c")
    page.keyboard.type("As ana@example.com says")
    expect(page.locator(".replaced")).to_contain_text("<EMAIL>")

    page.reload()
    ready(page)

    assert (item(page), question(page)) == (was, asked)
    assert chosen(page) == ["3", "4"]
    expect(page.get_by_label("Comment")).to_have_value("As <EMAIL> says")
    expect(page.locator(".pace")).to_contain_text("1 by you today")


def test_a_reload_just_after_a_key_keeps_that_answer_too(app: Reviewed, new_page: NewPage) -> None:
    page = new_page()
    sit_down(page, app, "Rapid")
    was = item(page)
    page.keyboard.press("2")

    page.reload()
    ready(page)

    assert item(page) == was
    assert chosen(page) == ["2"]


def test_a_reload_keeps_answers_that_never_reached_the_server(app: Reviewed, new_page: NewPage) -> None:
    page = new_page()
    sit_down(page, app, "Tunnel")
    was = item(page)
    page.evaluate("window.WebSocket.prototype.send = () => {}")
    page.keyboard.type("34")

    page.reload()
    ready(page)

    assert item(page) == was
    assert chosen(page) == ["3", "4"]
    assert page.evaluate("Object.keys(sessionStorage).filter((one) => one.startsWith('benchbook'))") == []
    expect(page.locator(".status")).to_have_text("Draft kept")


def test_a_label_is_taken_back_and_given_again(app: Reviewed, new_page: NewPage) -> None:
    page = new_page()
    sit_down(page, app, "Undine")
    asked = question(page)
    label(page, "54y")

    page.keyboard.press("u")
    page.keyboard.press("Enter")
    expect(page.locator(".asked .text")).to_have_text(asked)
    assert chosen(page) == ["5", "4", "y"]
    assert app.labels("Undine") == []
    page.wait_for_timeout(600)
    page.keyboard.press("Backspace")
    label(page, "n")

    assert [answers for _, answers in app.labels("Undine")] == [GOOD | {"resolved": "no"}]


def test_somebody_who_was_removed_saves_nothing_more(app: Reviewed, new_page: NewPage) -> None:
    app.run_cli("user", "add", "Boss", "--role", "admin")  # the first to come would be the only admin, who stays
    page = new_page()
    sit_down(page, app, "Gone")
    app.run_cli("user", "role", "Gone", "none")

    page.keyboard.type("54y")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Who are you?").wait_for()

    assert app.labels("Gone") == []


class Traffic:
    """Everything that the server sends to a page: websocket frames and the bodies of responses."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._frames: list[bytes] = []
        self._responses: list[bytes] = []
        page.on("websocket", lambda socket: socket.on("framereceived", self._keep))
        self._requests: list[Request] = []
        page.on("requestfinished", self._note)

    def _note(self, request: Request) -> None:
        self._requests.append(request)

    def _keep(self, frame: str | bytes) -> None:
        self._frames.append(frame.encode() if isinstance(frame, str) else frame)

    def holds(self, text: str) -> bool:
        """Whether the text came, in whatever case; waits for what is under way."""
        self._page.wait_for_timeout(500)
        for request in self._requests:
            response = request.response()
            if response is not None and response.ok and "javascript" not in response.headers.get("content-type", ""):
                self._responses.append(response.body())
        self._requests.clear()
        return any(text.lower().encode() in one.lower() for one in (*self._frames, *self._responses))


def test_nothing_of_the_judge_the_strata_or_other_labels_is_sent_before_submitting(
    app: Reviewed, new_page: NewPage
) -> None:
    other = new_page()
    sit_down(other, app, "Otto")
    for _ in range(4):
        other.keyboard.type("54y")
        other.keyboard.press("c")
        other.keyboard.type("A wombat of a comment")
        was = item(other)
        other.keyboard.press("Control+Enter")
        other.locator(f".labelling[data-settled='{was}']").wait_for()
        ready(other)
    page = new_page()
    traffic = Traffic(page)
    sit_down(page, app, "Blind")
    for _ in range(5):
        for key in "dti":
            page.keyboard.press(key)
        label(page, "54y")

    assert traffic.holds("about the fee?"), "the control: what is shown is found"
    assert traffic.holds("Section "), "the control: a document that nobody opened came too, and is found"
    for secret in (VERDICT, MODEL, "wombat", "stratum", "probability", "0.35"):
        assert not traffic.holds(secret), secret


def test_the_verdict_would_be_seen(app: Reviewed, new_page: NewPage) -> None:
    """The control of the test above: the page of a trace, which shows its scores, sends the verdict."""
    page = new_page()
    traffic = Traffic(page)

    page.goto(f"{app.url}/trace?trace={11:032x}")
    page.locator(".waterfall .row").first.wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()

    assert traffic.holds(VERDICT)
    assert traffic.holds(MODEL)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_has_no_accessibility_violation(
    scheme: Literal["light", "dark"], app: Reviewed, new_page: NewPage
) -> None:
    page = new_page(color_scheme=scheme)
    sit_down(page, app, f"Axel {scheme}")
    page.keyboard.press("1")
    violations = set()

    for keys in ("", "d", "t", "e", "Escape", "s", "4", "Escape"):
        if keys:
            page.keyboard.press(keys)
        page.wait_for_timeout(100)
        found = AXE.Axe().run(page, context="[data-testid=stMain]")
        violations |= {(v["id"], node["html"][:160]) for v in found.response["violations"] for node in v["nodes"]}

    assert violations == set()


def test_a_violation_in_the_panel_would_be_seen(app: Reviewed, new_page: NewPage) -> None:
    """The control of the test above."""
    page = new_page()
    sit_down(page, app, "Axel control")
    page.locator(".head").evaluate("place => place.appendChild(document.createElement('img')).src = 'data:,'")

    found = AXE.Axe().run(page, context="[data-testid=stMain]")

    assert "image-alt" in {v["id"] for v in found.response["violations"]}


def test_all_of_it_is_on_one_screen(app: Reviewed, new_page: NewPage) -> None:
    page = new_page()
    sit_down(page, app, "Wide")
    page.keyboard.press("1")

    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("main => main.scrollHeight <= main.clientHeight + 1")
    for part in (*page.locator(".criterion").all(), *page.locator(".foot button").all(), page.locator(".review")):
        expect(part).to_be_in_viewport(ratio=1)


def test_a_narrow_screen_needs_no_sideways_scrolling(app: Reviewed, new_page: NewPage) -> None:
    page = new_page()
    sit_down(page, app, "Narrow")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(500)

    panel = page.locator(".labelling")
    assert panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth + 1")
    expect(page.get_by_role("button", name="Enter Save, next")).to_be_in_viewport(ratio=1)


def test_a_sample_that_is_not_there_says_so(app: Reviewed, new_page: NewPage) -> None:
    page = new_page()
    sit_down(page, app, "Astray")

    page.goto(f"{app.url}/label?sample=nowhere")

    expect(page.get_by_text(re.compile("there is no sample of that id"))).to_be_visible()
