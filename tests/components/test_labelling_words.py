"""What a reviewer writes: comments, corrections, free answers, and what is replaced in them."""

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import Page, expect  # noqa: E402

from tests.components.panel import Panel, criterion, item  # noqa: E402
from tests.pages.browser import IN_A_BROWSER  # noqa: E402

pytestmark = IN_A_BROWSER


def test_a_comment_is_written_and_saved_from_its_field(page: Page) -> None:
    panel = Panel(page, item("a"), item("b"))
    panel.type("5y")

    page.keyboard.press("c")
    page.keyboard.type("y n 5, s and u are letters here")
    page.keyboard.press("Control+Enter")
    panel.ack(panel.sent("draft")[-1], words={"comment": {"text": "…", "replaced": {}}})

    (sent,) = panel.sent("submit")
    assert sent["comment"] == "y n 5, s and u are letters here"
    assert panel.shown == "b"


def test_what_is_replaced_is_seen_before_it_is_saved(page: Page) -> None:
    panel = Panel(page, item("a"))
    panel.type("5yc")
    page.keyboard.type("Ask Ana")
    page.keyboard.press("Control+Enter")
    assert panel.sent("submit") == []

    panel.ack(panel.sent("draft")[-1], words={"comment": {"text": "Ask <PERSON>", "replaced": {"PERSON": 1}}})

    assert panel.sent("submit") == []
    expect(page.locator(".replaced")).to_contain_text("comment: 1 PERSON replaced; kept as")
    expect(page.locator(".replaced")).to_contain_text("Ask <PERSON>")
    panel.pause()
    panel.type(">")
    assert len(panel.sent("submit")) == 1


def test_keys_typed_while_words_are_checked_go_nowhere(page: Page) -> None:
    panel = Panel(page, item("a"), item("b"))
    panel.type("5yc")
    page.keyboard.type("Good")
    page.keyboard.press("Control+Enter")

    page.keyboard.type("1n")
    panel.ack(panel.sent("draft")[-1], words={})

    assert panel.sent("submit")[0]["comment"] == "Good"
    assert panel.chosen == []


def test_the_answer_is_corrected_in_its_place_and_the_change_is_marked(page: Page) -> None:
    panel = Panel(page, item("a", answer="The fee is 5 euros."))

    page.keyboard.press("e")
    field = page.locator("textarea.correct")
    expect(field).to_be_focused()
    field.fill("The fee is 6 euros.")
    page.keyboard.press("Escape")

    assert page.locator(".review del").all_text_contents() == ["5 "]
    assert page.locator(".review ins").all_text_contents() == ["6 "]
    panel.type("5y>")
    panel.ack(panel.sent("draft")[-1], words={})
    assert panel.sent("submit")[0]["corrected"] == "The fee is 6 euros."


def test_a_correction_that_says_the_same_is_none(page: Page) -> None:
    panel = Panel(page, item("a", answer="The fee is 5 euros."))
    panel.type("5y")
    page.keyboard.press("e")

    page.locator("textarea.correct").fill("The fee is 5 euros.")
    page.keyboard.press("Escape")
    panel.type(">")

    assert panel.sent("submit")[0]["corrected"] is None


def test_a_free_answer_is_written_with_w_and_never_by_fast_typing(page: Page) -> None:
    panel = Panel(page, item("a"), rubric=criterion('scale = "text"'))
    panel.type("5")
    assert "no answer" in panel.note
    panel.pause()

    panel.type("w")
    page.keyboard.type("Too long")
    page.keyboard.press("Control+Enter")
    panel.ack(panel.sent("draft")[-1], words={})

    assert panel.sent("submit")[0]["answers"] == {"c": "Too long"}
