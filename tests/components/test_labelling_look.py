"""What the panel shows: any text as text, all of it in view, and what to do when there is nothing."""

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import Page, expect  # noqa: E402

from review.rubric.rubrics import BUILTIN  # noqa: E402
from tests.components.panel import Panel, item  # noqa: E402
from tests.pages.browser import IN_A_BROWSER  # noqa: E402

pytestmark = IN_A_BROWSER


def test_hostile_text_is_shown_as_text(page: Page) -> None:
    evil = "<img src=x onerror=window.harmed=1> <script>window.harmed=1</script> **bold** [a](https://evil.example/)"
    documents = [{"title": evil, "updated": None, "content": evil, "turn": 1, "under_review": False}]
    tools = [{"name": evil, "given": evil, "result": evil, "failed": False, "turn": 1}]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    panel = Panel(page, item("a", question=evil, answer=evil, documents=documents, tool_calls=tools,
                             before=[{"role": "user", "text": evil}]))  # fmt: skip
    expect(page.locator(".review .text")).to_have_text(evil)

    panel.type("d")
    expect(page.locator(".drawer-body .text")).to_have_text(evil)
    panel.type("t")
    expect(page.locator(".drawer-body pre").first).to_have_text(evil)

    assert page.evaluate("window.harmed") is None
    assert page.locator(".labelling img, .labelling a, .labelling script").count() == 0
    assert not [url for url in asked if "evil" in url]


def test_a_long_conversation_opens_at_the_answer(page: Page) -> None:
    before = [{"role": "user", "text": f"Line {n}\n" * 10} for n in range(20)]

    Panel(page, item("a", before=before))

    expect(page.locator(".review")).to_be_in_viewport()
    expect(page.locator(".asked")).to_be_in_viewport()
    expect(page.locator(".before").first).not_to_be_in_viewport()


@pytest.mark.parametrize("question", ["Where is it?", "One more line. " * 200])
def test_beside_the_instructions_the_end_of_the_question_stays_above_a_long_answer(page: Page, question: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    before = [{"role": "user", "text": f"Line {n}\n" * 10} for n in range(9)]
    panel = Panel(
        page, item("a", question=question, answer="At length. " * 300, before=before), rubric=BUILTIN.read_text()
    )
    panel.feed(sitting="another", newcomer=True)
    expect(page.get_by_text("Good examples")).to_be_visible()

    places = page.evaluate("""() => {
        const found = (name) => document.querySelector("#host").shadowRoot.querySelector(name).getBoundingClientRect();
        const [talk, asked, under] = [found(".talk"), found(".asked"), found(".review")];
        return [(asked.bottom - talk.top) / talk.height, (under.top - talk.top) / talk.height];
    }""")
    assert 0 < places[0] < places[1] < 0.6


def test_the_built_in_rubric_and_every_key_are_in_view_without_scrolling(page: Page) -> None:
    panel = Panel(page, item("a", before=[{"role": "user", "text": "x\n" * 300}]), rubric=BUILTIN.read_text())
    panel.type("1")

    for part in (*page.locator(".criterion").all(), *page.locator(".foot button, .hints, .own textarea").all()):
        expect(part).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.querySelector('#host').shadowRoot.querySelector('.criteria').scrollTop") == 0
    assert page.locator(".criterion:not([hidden])").count() == 4


def test_a_newcomer_sees_the_instructions_and_can_answer_at_once(page: Page) -> None:
    panel = Panel(page, item("a"), item("b"), rubric=BUILTIN.read_text())
    panel.feed(sitting="another", newcomer=True)
    expect(page.get_by_text("Good examples")).to_be_visible()

    panel.type("55y>")

    assert panel.sent("submit")[0]["assignment"] == "a"
    expect(page.get_by_text("Good examples")).not_to_be_visible()


def test_an_item_that_is_gone_can_only_be_skipped(page: Page) -> None:
    panel = Panel(page, {"assignment": "a", "item": None, "draft": None}, item("b"))
    panel.type("5y>")
    assert panel.sent("submit") == []
    panel.pause()

    panel.type("s3>")

    assert panel.sent("skip")[0]["assignment"] == "a"


def test_an_empty_queue_says_so(page: Page) -> None:
    Panel(page)

    expect(page.get_by_text("All done.")).to_be_visible()
