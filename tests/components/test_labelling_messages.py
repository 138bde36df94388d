"""What the panel sends, and what it does with the answer: saving, skips, undo, drafts, and the time of an item."""

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import Page, expect  # noqa: E402

from tests.components.panel import Panel, item  # noqa: E402
from tests.pages.browser import IN_A_BROWSER  # noqa: E402

pytestmark = IN_A_BROWSER


def test_saving_becomes_saved_when_the_server_says_so(page: Page) -> None:
    panel = Panel(page, item("a"), item("b"))

    panel.type("5y>")
    assert panel.status == "Saving …"

    panel.ack(panel.sent("submit")[0])
    assert panel.status == "Saved"


def test_a_failed_save_returns_to_the_item_with_its_answers(page: Page) -> None:
    panel = Panel(page, item("a"), item("b"))
    panel.type("5y>")

    panel.ack(panel.sent("submit")[0], ok=False, open=True, reason="The ledger is busy.")

    assert (panel.shown, panel.chosen) == ("a", ["5", "yes"])
    assert panel.note == "The ledger is busy."
    panel.pause()
    panel.type(">")
    assert [one["assignment"] for one in panel.sent("submit")] == ["a", "a"]


def test_a_lost_lease_says_so_and_goes_on(page: Page) -> None:
    panel = Panel(page, item("a"), item("b"))
    panel.type("5y>")

    panel.data["items"] = [item("b")]
    panel.ack(panel.sent("submit")[0], ok=False, open=False, reason="Somebody else has it now.")

    assert panel.shown == "b"
    assert panel.note == "Somebody else has it now."


def test_what_is_not_answered_is_sent_again(page: Page) -> None:
    page.clock.install()
    panel = Panel(page, item("a"), item("b"))
    panel.type("5y>")
    before = len(page.evaluate("window.sent"))

    page.clock.run_for(7_000)

    assert len(page.evaluate("window.sent")) > before
    assert len(panel.sent("submit")) == 1
    assert "Trying again" in panel.status


def test_two_saves_that_no_answer_has_come_for_travel_together(page: Page) -> None:
    panel = Panel(page, item("a"), item("b"))

    panel.type("5y>1n>")

    assert [one["assignment"] for one in page.evaluate("window.sent.at(-1)")] == ["a", "b"]


def test_a_draft_goes_out_after_a_pause_and_comes_back_after_a_reload(page: Page) -> None:
    panel = Panel(page, item("a"))
    panel.type("5")
    panel.page.wait_for_timeout(900)
    (sent,) = panel.sent("draft")
    assert (sent["assignment"], sent["answers"]) == ("a", {"help": "5"})

    again = Panel(page, item("a") | {"draft": {"answers": {"help": "5"}, "comment": "Well", "active_seconds": 3}})

    assert again.chosen == ["5"]
    expect(page.get_by_label("Comment")).to_have_value("Well")
    again.type("y")
    assert again.chosen == ["5", "yes"]


def test_leaving_the_page_sends_the_draft_at_once(page: Page) -> None:
    panel = Panel(page, item("a"))
    panel.type("5")

    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide'))")

    assert panel.sent("draft")[0]["answers"] == {"help": "5"}


def test_a_skip_needs_a_reason_and_enter(page: Page) -> None:
    panel = Panel(page, item("a"), item("b"))

    panel.type("s>")
    assert panel.sent("skip") == []
    panel.pause()
    panel.type("1>")

    assert (panel.sent("skip")[0]["assignment"], panel.sent("skip")[0]["reason"]) == (
        "a",
        "Not enough context to judge",
    )
    assert panel.shown == "b"


def test_a_reason_of_ones_own(page: Page) -> None:
    panel = Panel(page, item("a"), item("b"))
    panel.type("s4")

    page.keyboard.type("I know the person")
    page.keyboard.press("Enter")

    assert panel.sent("skip")[0]["reason"] == "I know the person"


def test_handing_back_and_escaping_from_it(page: Page) -> None:
    panel = Panel(page, item("a"), item("b"))
    panel.type("h")
    page.keyboard.press("Escape")
    assert panel.sent("return") == []

    panel.type("h>")

    assert panel.sent("return")[0]["assignment"] == "a"


def test_undo_brings_the_last_item_back_with_what_was_answered(page: Page) -> None:
    panel = Panel(page, item("a"), item("b"))
    panel.type("5y>")
    panel.ack(panel.sent("submit")[0])
    panel.feed(items=[item("b")])

    panel.type("u>")
    back = item("a2") | {"draft": {"answers": {"help": "5", "solved": "yes"}}}
    panel.data["items"] = [back, item("b")]
    panel.ack(panel.sent("undo")[0], assignment="a2")

    assert (panel.shown, panel.chosen) == ("a2", ["5", "yes"])


def test_another_sitting_keeps_nothing_of_the_last(page: Page) -> None:
    panel = Panel(page, item("a"))
    panel.type("5")

    panel.feed(sitting="another", items=[item("a")])

    assert panel.chosen == []


def test_time_that_nobody_was_there_is_left_out(page: Page) -> None:
    page.clock.install()
    panel = Panel(page, item("a"))
    page.clock.run_for(10_000)
    panel.type("5")
    page.clock.run_for(3_600_000)
    page.mouse.move(50, 50)
    page.clock.run_for(5_000)

    panel.type("y>")

    seconds = panel.sent("submit")[0]["active_seconds"]
    assert seconds == pytest.approx(10 + 60 + 5, abs=2)


def test_the_time_of_a_draft_is_added_to(page: Page) -> None:
    page.clock.install()
    panel = Panel(page, item("a") | {"draft": {"answers": {}, "active_seconds": 100}})
    page.clock.run_for(10_000)

    panel.type("5y>")

    assert panel.sent("submit")[0]["active_seconds"] == pytest.approx(110, abs=2)
