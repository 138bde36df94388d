"""The labelling panel by itself: what each key does at any speed, and what it sends. With the app: tests/pages."""

import json
import re
from collections.abc import Iterator

import pytest

from components.labelling import option_keys, rubric_payload
from review.rubrics import BUILTIN, parse_rubric

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import Browser, Page, expect  # noqa: E402

from tests.components.panel import SCRIPT, STYLE, Panel, item  # noqa: E402
from tests.pages.browser import CHROMIUM, chromium  # noqa: E402

browser_only = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as launched:
        yield launched


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    yield opened
    context.close()
    assert faults == []


def criterion(scale: str) -> str:
    return f'name = "r"\n[[criteria]]\nname = "c"\nquestion = "Q?"\n{scale}\n'


@pytest.mark.parametrize(
    ("scale", "keys"),
    [
        ('scale = "yes_no"', ("y", "n")),
        ('scale = "integer"\nlow = 1\nhigh = 5', tuple("12345")),
        ('scale = "integer"\nlow = 0\nhigh = 9', tuple("0123456789")),
        ('scale = "integer"\nlow = 1\nhigh = 10', tuple("1234567890")),
        ('scale = "integer"\nlow = 0\nhigh = 10', ()),
        ('scale = "integer"\nlow = -2\nhigh = 2', ()),
        ('scale = "category"\ncategories = ["a", "b"]', ("1", "2")),
        (f'scale = "categories"\ncategories = {[f"c{n}" for n in range(10)]}', ()),
        ('scale = "text"', ()),
    ],
    ids=["yes or no", "1 to 5", "0 to 9", "1 to 10", "0 to 10", "-2 to 2", "two categories", "ten categories", "text"],
)
def test_each_value_has_a_key_of_its_own_or_is_typed_as_a_number(scale: str, keys: tuple[str, ...]) -> None:
    (only,) = parse_rubric(criterion(scale)).criteria

    assert option_keys(only) == keys
    assert len(set(keys)) == len(keys)


def test_criteria_that_depend_on_an_answer_come_after_all_others() -> None:
    names = [one["name"] for one in rubric_payload(parse_rubric(BUILTIN.read_text()))["criteria"]]

    assert names == ["helpfulness", "groundedness", "resolved", "failure"]


def test_all_of_the_rubric_is_json() -> None:
    sent = rubric_payload(parse_rubric(BUILTIN.read_text()))

    assert json.loads(json.dumps(sent)) == sent


def test_the_script_writes_no_html_and_keeps_nothing_in_the_browser() -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", SCRIPT)
    assert not re.search(
        r"localStorage|sessionStorage|indexedDB|document\.cookie|fetch\(|XMLHttpRequest|import ", SCRIPT
    )
    assert not re.search(r"url\(|@import", STYLE)


class TestKeys:
    pytestmark = browser_only

    @pytest.mark.parametrize("pause_ms", [0, 30, 80])
    def test_answers_are_right_however_fast_they_are_typed(self, page: Page, pause_ms: int) -> None:
        panel = Panel(page, item("a"), item("b"))

        panel.type("5y>1n>", pause_ms=pause_ms)

        first, second = panel.sent("submit")
        assert (first["assignment"], first["answers"]) == ("a", {"help": "5", "solved": "yes"})
        assert (second["assignment"], second["answers"]) == ("b", {"help": "1", "solved": "no"})

    def test_a_condition_does_not_change_what_the_next_key_answers(self, page: Page) -> None:
        panel = Panel(page, item("a"))

        panel.type("2y1>")

        assert panel.sent("submit")[0]["answers"] == {"help": "2", "solved": "yes", "why": "facts"}

    def test_a_hidden_answer_is_not_sent(self, page: Page) -> None:
        panel = Panel(page, item("a"))
        panel.type("2y1")
        for _ in range(3):
            page.keyboard.press("ArrowUp")

        panel.type("5>")

        assert panel.sent("submit")[0]["answers"] == {"help": "5", "solved": "yes"}

    def test_a_held_key_answers_once(self, page: Page) -> None:
        panel = Panel(page, item("a"))

        for _ in range(12):
            page.keyboard.down("4")  # the second and later ones are repeats, as when a key is held
        page.keyboard.up("4")

        assert panel.chosen == ["4"]

    def test_enter_twice_saves_one_label_and_not_the_next_item_empty(self, page: Page) -> None:
        panel = Panel(page, item("a"), item("b"))

        panel.type("5y>>")

        assert [one["assignment"] for one in panel.sent("submit")] == ["a"]
        assert panel.shown == "b"
        assert "help, solved have no answer" in panel.note

    def test_an_item_without_any_answer_is_not_saved_even_if_nothing_is_required(self, page: Page) -> None:
        panel = Panel(page, item("a"), rubric=criterion('scale = "yes_no"\nrequired = false'))

        panel.type(">")

        assert panel.sent("submit") == []
        assert "nothing is answered" in panel.note

    def test_a_key_that_means_nothing_stops_its_burst(self, page: Page) -> None:
        panel = Panel(page, item("a"), item("b"))

        panel.type("y5y>")  # the first is no number: what follows may be meant for another criterion

        assert panel.chosen == []
        assert panel.sent("submit") == []
        panel.pause()
        panel.type("5y>")
        assert panel.sent("submit")[0]["answers"] == {"help": "5", "solved": "yes"}

    def test_keys_that_were_typed_before_the_next_item_came_label_nothing(self, page: Page) -> None:
        panel = Panel(page, item("a"))
        panel.type("5y>5")

        panel.feed(items=[item("a"), item("b")])
        panel.type("n>")

        assert panel.shown == "b"
        assert panel.chosen == []
        assert [one["assignment"] for one in panel.sent("submit")] == ["a"]

    def test_keys_meant_for_one_item_do_not_label_another_that_comes_back_by_itself(self, page: Page) -> None:
        panel = Panel(page, item("a"), item("b"))
        panel.type("5y>4")

        panel.ack(panel.sent("submit")[0], ok=False, open=True, reason="The ledger is busy.")
        panel.type("n>")

        assert panel.shown == "a"
        assert panel.chosen == ["5", "yes"]
        assert len(panel.sent("submit")) == 1

    def test_more_keys_than_questions_change_nothing(self, page: Page) -> None:
        panel = Panel(page, item("a"))

        panel.type("5y3")

        assert panel.chosen == ["5", "yes"]
        assert "Every question has its answer" in panel.note

    def test_cannot_tell_is_an_answer_apart(self, page: Page) -> None:
        panel = Panel(page, item("a"))

        panel.type("xx>")

        assert panel.sent("submit")[0]["answers"] == {"help": {"cannot_tell": True}, "solved": {"cannot_tell": True}}

    def test_ten_is_the_key_zero(self, page: Page) -> None:
        panel = Panel(page, item("a"), rubric=criterion('scale = "integer"\nlow = 1\nhigh = 10'))

        panel.type("0>")

        assert panel.sent("submit")[0]["answers"] == {"c": "10"}

    def test_a_wide_scale_takes_a_number_that_is_typed(self, page: Page) -> None:
        panel = Panel(page, item("a"), rubric=criterion('scale = "integer"\nlow = -5\nhigh = 50'))

        panel.type("-3 >")

        assert panel.sent("submit")[0]["answers"] == {"c": "-3"}

    def test_a_number_off_the_scale_is_refused(self, page: Page) -> None:
        panel = Panel(page, item("a"), rubric=criterion('scale = "integer"\nlow = 0\nhigh = 100'))

        panel.type("101 ")

        assert "not on the scale" in panel.note
        assert panel.chosen == []

    def test_several_categories_are_chosen_and_unchosen(self, page: Page) -> None:
        panel = Panel(page, item("a"), rubric=criterion('scale = "categories"\ncategories = ["a", "b", "c"]'))

        panel.type("1232>")

        assert panel.sent("submit")[0]["answers"] == {"c": ["a", "c"]}

    def test_the_last_answer_is_cleared(self, page: Page) -> None:
        panel = Panel(page, item("a"))
        panel.type("5y")

        page.keyboard.press("Backspace")

        assert panel.chosen == ["5"]
        panel.type("n>")
        assert panel.sent("submit")[0]["answers"] == {"help": "5", "solved": "no"}

    def test_typing_in_a_field_elsewhere_on_the_page_answers_nothing(self, page: Page) -> None:
        panel = Panel(page, item("a"))

        page.locator("#elsewhere").press_sequentially("5y")

        assert panel.chosen == []
        expect(page.locator("#elsewhere")).to_have_value("5y")


class TestWords:
    pytestmark = browser_only

    def test_a_comment_is_written_and_saved_from_its_field(self, page: Page) -> None:
        panel = Panel(page, item("a"), item("b"))
        panel.type("5y")

        page.keyboard.press("c")
        page.keyboard.type("y n 5, s and u are letters here")
        page.keyboard.press("Control+Enter")
        panel.ack(panel.sent("draft")[-1], words={"comment": {"text": "…", "replaced": {}}})

        (sent,) = panel.sent("submit")
        assert sent["comment"] == "y n 5, s and u are letters here"
        assert panel.shown == "b"

    def test_what_is_replaced_is_seen_before_it_is_saved(self, page: Page) -> None:
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

    def test_keys_typed_while_words_are_checked_go_nowhere(self, page: Page) -> None:
        panel = Panel(page, item("a"), item("b"))
        panel.type("5yc")
        page.keyboard.type("Good")
        page.keyboard.press("Control+Enter")

        page.keyboard.type("1n")
        panel.ack(panel.sent("draft")[-1], words={})

        assert panel.sent("submit")[0]["comment"] == "Good"
        assert panel.chosen == []

    def test_the_answer_is_corrected_in_its_place_and_the_change_is_marked(self, page: Page) -> None:
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

    def test_a_correction_that_says_the_same_is_none(self, page: Page) -> None:
        panel = Panel(page, item("a", answer="The fee is 5 euros."))
        panel.type("5y")
        page.keyboard.press("e")

        page.locator("textarea.correct").fill("The fee is 5 euros.")
        page.keyboard.press("Escape")
        panel.type(">")

        assert panel.sent("submit")[0]["corrected"] is None

    def test_a_free_answer_is_written_with_w_and_never_by_fast_typing(self, page: Page) -> None:
        panel = Panel(page, item("a"), rubric=criterion('scale = "text"'))
        panel.type("5")
        assert "no answer" in panel.note
        panel.pause()

        panel.type("w")
        page.keyboard.type("Too long")
        page.keyboard.press("Control+Enter")
        panel.ack(panel.sent("draft")[-1], words={})

        assert panel.sent("submit")[0]["answers"] == {"c": "Too long"}


class TestMessages:
    pytestmark = browser_only

    def test_saving_becomes_saved_when_the_server_says_so(self, page: Page) -> None:
        panel = Panel(page, item("a"), item("b"))

        panel.type("5y>")
        assert panel.status == "Saving …"

        panel.ack(panel.sent("submit")[0])
        assert panel.status == "Saved"

    def test_a_failed_save_returns_to_the_item_with_its_answers(self, page: Page) -> None:
        panel = Panel(page, item("a"), item("b"))
        panel.type("5y>")

        panel.ack(panel.sent("submit")[0], ok=False, open=True, reason="The ledger is busy.")

        assert (panel.shown, panel.chosen) == ("a", ["5", "yes"])
        assert panel.note == "The ledger is busy."
        panel.pause()
        panel.type(">")
        assert [one["assignment"] for one in panel.sent("submit")] == ["a", "a"]

    def test_a_lost_lease_says_so_and_goes_on(self, page: Page) -> None:
        panel = Panel(page, item("a"), item("b"))
        panel.type("5y>")

        panel.data["items"] = [item("b")]
        panel.ack(panel.sent("submit")[0], ok=False, open=False, reason="Somebody else has it now.")

        assert panel.shown == "b"
        assert panel.note == "Somebody else has it now."

    def test_what_is_not_answered_is_sent_again(self, page: Page) -> None:
        page.clock.install()
        panel = Panel(page, item("a"), item("b"))
        panel.type("5y>")
        before = len(page.evaluate("window.sent"))

        page.clock.run_for(7_000)

        assert len(page.evaluate("window.sent")) > before
        assert len(panel.sent("submit")) == 1
        assert "Trying again" in panel.status

    def test_two_saves_that_no_answer_has_come_for_travel_together(self, page: Page) -> None:
        panel = Panel(page, item("a"), item("b"))

        panel.type("5y>1n>")

        assert [one["assignment"] for one in page.evaluate("window.sent.at(-1)")] == ["a", "b"]

    def test_a_draft_goes_out_after_a_pause_and_comes_back_after_a_reload(self, page: Page) -> None:
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

    def test_leaving_the_page_sends_the_draft_at_once(self, page: Page) -> None:
        panel = Panel(page, item("a"))
        panel.type("5")

        page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide'))")

        assert panel.sent("draft")[0]["answers"] == {"help": "5"}

    def test_a_skip_needs_a_reason_and_enter(self, page: Page) -> None:
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

    def test_a_reason_of_ones_own(self, page: Page) -> None:
        panel = Panel(page, item("a"), item("b"))
        panel.type("s4")

        page.keyboard.type("I know the person")
        page.keyboard.press("Enter")

        assert panel.sent("skip")[0]["reason"] == "I know the person"

    def test_handing_back_and_escaping_from_it(self, page: Page) -> None:
        panel = Panel(page, item("a"), item("b"))
        panel.type("h")
        page.keyboard.press("Escape")
        assert panel.sent("return") == []

        panel.type("h>")

        assert panel.sent("return")[0]["assignment"] == "a"

    def test_undo_brings_the_last_item_back_with_what_was_answered(self, page: Page) -> None:
        panel = Panel(page, item("a"), item("b"))
        panel.type("5y>")
        panel.ack(panel.sent("submit")[0])
        panel.feed(items=[item("b")])

        panel.type("u>")
        back = item("a2") | {"draft": {"answers": {"help": "5", "solved": "yes"}}}
        panel.data["items"] = [back, item("b")]
        panel.ack(panel.sent("undo")[0], assignment="a2")

        assert (panel.shown, panel.chosen) == ("a2", ["5", "yes"])

    def test_another_sitting_keeps_nothing_of_the_last(self, page: Page) -> None:
        panel = Panel(page, item("a"))
        panel.type("5")

        panel.feed(sitting="another", items=[item("a")])

        assert panel.chosen == []


class TestClicks:
    pytestmark = browser_only

    def test_a_click_that_comes_just_as_the_item_changes_labels_nothing(self, page: Page) -> None:
        panel = Panel(page, item("a"), item("b"))
        panel.pause()
        place = page.get_by_role("button", name="5", exact=True).bounding_box()
        assert place is not None
        at = place["x"] + 5, place["y"] + 5
        page.mouse.click(*at)
        assert panel.chosen == ["5"]

        panel.type("y>")
        page.mouse.click(*at)

        assert panel.shown == "b"
        assert panel.chosen == []

    def test_a_click_after_that_does(self, page: Page) -> None:
        panel = Panel(page, item("a"))
        panel.pause()

        page.get_by_role("button", name="5", exact=True).click()
        page.get_by_role("button", name="y yes").click()
        page.get_by_role("button", name="Enter Save, next").click()

        assert panel.sent("submit")[0]["answers"] == {"help": "5", "solved": "yes"}


class TestTime:
    pytestmark = browser_only

    def test_time_that_nobody_was_there_is_left_out(self, page: Page) -> None:
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

    def test_the_time_of_a_draft_is_added_to(self, page: Page) -> None:
        page.clock.install()
        panel = Panel(page, item("a") | {"draft": {"answers": {}, "active_seconds": 100}})
        page.clock.run_for(10_000)

        panel.type("5y>")

        assert panel.sent("submit")[0]["active_seconds"] == pytest.approx(110, abs=2)


class TestLook:
    pytestmark = browser_only

    def test_hostile_text_is_shown_as_text(self, page: Page) -> None:
        evil = (
            "<img src=x onerror=window.harmed=1> <script>window.harmed=1</script> **bold** [a](https://evil.example/)"
        )
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

    def test_a_long_conversation_opens_at_the_answer(self, page: Page) -> None:
        before = [{"role": "user", "text": f"Line {n}\n" * 10} for n in range(20)]

        Panel(page, item("a", before=before))

        expect(page.locator(".review")).to_be_in_viewport()
        expect(page.locator(".asked")).to_be_in_viewport()
        expect(page.locator(".before").first).not_to_be_in_viewport()

    def test_the_built_in_rubric_and_every_key_are_in_view_without_scrolling(self, page: Page) -> None:
        panel = Panel(page, item("a", before=[{"role": "user", "text": "x\n" * 300}]), rubric=BUILTIN.read_text())
        panel.type("1")

        for part in (*page.locator(".criterion").all(), *page.locator(".foot button, .hints, .own textarea").all()):
            expect(part).to_be_in_viewport(ratio=1)
        assert page.evaluate("document.querySelector('#host').shadowRoot.querySelector('.criteria').scrollTop") == 0
        assert page.locator(".criterion:not([hidden])").count() == 4

    def test_a_newcomer_sees_the_instructions_and_can_answer_at_once(self, page: Page) -> None:
        panel = Panel(page, item("a"), item("b"), rubric=BUILTIN.read_text())
        panel.feed(sitting="another", newcomer=True)
        expect(page.get_by_text("Good examples")).to_be_visible()

        panel.type("55y>")

        assert panel.sent("submit")[0]["assignment"] == "a"
        expect(page.get_by_text("Good examples")).not_to_be_visible()

    def test_an_item_that_is_gone_can_only_be_skipped(self, page: Page) -> None:
        panel = Panel(page, {"assignment": "a", "item": None, "draft": None}, item("b"))
        panel.type("5y>")
        assert panel.sent("submit") == []
        panel.pause()

        panel.type("s3>")

        assert panel.sent("skip")[0]["assignment"] == "a"

    def test_an_empty_queue_says_so(self, page: Page) -> None:
        Panel(page)

        expect(page.get_by_text("All done.")).to_be_visible()
