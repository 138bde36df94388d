"""What each key and click does, at any speed: an answer, a save, or nothing."""

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import Page, expect  # noqa: E402

from tests.components.panel import Panel, criterion, item  # noqa: E402
from tests.pages.browser import IN_A_BROWSER  # noqa: E402

pytestmark = IN_A_BROWSER


@pytest.mark.parametrize("pause_ms", [0, 30, 80])
def test_answers_are_right_however_fast_they_are_typed(page: Page, pause_ms: int) -> None:
    panel = Panel(page, item("a"), item("b"))

    panel.type("5y>1n>", pause_ms=pause_ms)

    first, second = panel.sent("submit")
    assert (first["assignment"], first["answers"]) == ("a", {"help": "5", "solved": "yes"})
    assert (second["assignment"], second["answers"]) == ("b", {"help": "1", "solved": "no"})


def test_a_condition_does_not_change_what_the_next_key_answers(page: Page) -> None:
    panel = Panel(page, item("a"))

    panel.type("2y1>")

    assert panel.sent("submit")[0]["answers"] == {"help": "2", "solved": "yes", "why": "facts"}


def test_a_hidden_answer_is_not_sent(page: Page) -> None:
    panel = Panel(page, item("a"))
    panel.type("2y1")
    for _ in range(3):
        page.keyboard.press("ArrowUp")

    panel.type("5>")

    assert panel.sent("submit")[0]["answers"] == {"help": "5", "solved": "yes"}


def test_a_held_key_answers_once(page: Page) -> None:
    panel = Panel(page, item("a"))

    for _ in range(12):
        page.keyboard.down("4")  # the second and later ones are repeats, as when a key is held
    page.keyboard.up("4")

    assert panel.chosen == ["4"]


def test_enter_twice_saves_one_label_and_not_the_next_item_empty(page: Page) -> None:
    panel = Panel(page, item("a"), item("b"))

    panel.type("5y>>")

    assert [one["assignment"] for one in panel.sent("submit")] == ["a"]
    assert panel.shown == "b"
    assert "help, solved have no answer" in panel.note


def test_an_item_without_any_answer_is_not_saved_even_if_nothing_is_required(page: Page) -> None:
    panel = Panel(page, item("a"), rubric=criterion('scale = "yes_no"\nrequired = false'))

    panel.type(">")

    assert panel.sent("submit") == []
    assert "nothing is answered" in panel.note


def test_a_key_that_means_nothing_stops_its_burst(page: Page) -> None:
    panel = Panel(page, item("a"), item("b"))

    panel.type("y5y>")  # the first is no number: what follows may be meant for another criterion

    assert panel.chosen == []
    assert panel.sent("submit") == []
    panel.pause()
    panel.type("5y>")
    assert panel.sent("submit")[0]["answers"] == {"help": "5", "solved": "yes"}


def test_keys_that_were_typed_before_the_next_item_came_label_nothing(page: Page) -> None:
    panel = Panel(page, item("a"))
    panel.type("5y>5")

    panel.feed(items=[item("a"), item("b")])
    panel.type("n>")

    assert panel.shown == "b"
    assert panel.chosen == []
    assert [one["assignment"] for one in panel.sent("submit")] == ["a"]


def test_keys_meant_for_one_item_do_not_label_another_that_comes_back_by_itself(page: Page) -> None:
    panel = Panel(page, item("a"), item("b"))
    panel.type("5y>4")

    panel.ack(panel.sent("submit")[0], ok=False, open=True, reason="The ledger is busy.")
    panel.type("n>")

    assert panel.shown == "a"
    assert panel.chosen == ["5", "yes"]
    assert len(panel.sent("submit")) == 1


def test_more_keys_than_questions_change_nothing(page: Page) -> None:
    panel = Panel(page, item("a"))

    panel.type("5y3")

    assert panel.chosen == ["5", "yes"]
    assert "Every question has its answer" in panel.note


def test_cannot_tell_is_an_answer_apart(page: Page) -> None:
    panel = Panel(page, item("a"))

    panel.type("xx>")

    assert panel.sent("submit")[0]["answers"] == {"help": {"cannot_tell": True}, "solved": {"cannot_tell": True}}


def test_ten_is_the_key_zero(page: Page) -> None:
    panel = Panel(page, item("a"), rubric=criterion('scale = "integer"\nlow = 1\nhigh = 10'))

    panel.type("0>")

    assert panel.sent("submit")[0]["answers"] == {"c": "10"}


def test_a_wide_scale_takes_a_number_that_is_typed(page: Page) -> None:
    panel = Panel(page, item("a"), rubric=criterion('scale = "integer"\nlow = -5\nhigh = 50'))

    panel.type("-3 >")

    assert panel.sent("submit")[0]["answers"] == {"c": "-3"}


def test_a_number_off_the_scale_is_refused(page: Page) -> None:
    panel = Panel(page, item("a"), rubric=criterion('scale = "integer"\nlow = 0\nhigh = 100'))

    panel.type("101 ")

    assert "not on the scale" in panel.note
    assert panel.chosen == []


def test_several_categories_are_chosen_and_unchosen(page: Page) -> None:
    panel = Panel(page, item("a"), rubric=criterion('scale = "categories"\ncategories = ["a", "b", "c"]'))

    panel.type("1232>")

    assert panel.sent("submit")[0]["answers"] == {"c": ["a", "c"]}


def test_the_last_answer_is_cleared(page: Page) -> None:
    panel = Panel(page, item("a"))
    panel.type("5y")

    page.keyboard.press("Backspace")

    assert panel.chosen == ["5"]
    panel.type("n>")
    assert panel.sent("submit")[0]["answers"] == {"help": "5", "solved": "no"}


def test_typing_in_a_field_elsewhere_on_the_page_answers_nothing(page: Page) -> None:
    panel = Panel(page, item("a"))

    page.locator("#elsewhere").press_sequentially("5y")

    assert panel.chosen == []
    expect(page.locator("#elsewhere")).to_have_value("5y")


def test_a_click_that_comes_just_as_the_item_changes_labels_nothing(page: Page) -> None:
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


def test_a_click_after_that_does(page: Page) -> None:
    panel = Panel(page, item("a"))
    panel.pause()

    page.get_by_role("button", name="5", exact=True).click()
    page.get_by_role("button", name="y yes").click()
    page.get_by_role("button", name="Enter Save, next").click()

    assert panel.sent("submit")[0]["answers"] == {"help": "5", "solved": "yes"}


@pytest.mark.parametrize("name", ["constructor", "toString", "valueOf", "hasOwnProperty"])
def test_a_criterion_may_be_called_as_any_object_has_it(page: Page, name: str) -> None:
    rubric = criterion('scale = "yes_no"').replace('name = "c"', f'name = "{name}"')
    panel = Panel(page, item("a"), rubric=rubric)

    panel.type(">")
    assert panel.sent("submit") == []
    panel.pause()
    panel.type("y>")

    assert panel.sent("submit")[0]["answers"] == {name: "yes"}
