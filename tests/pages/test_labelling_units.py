"""Each unit of review is labelled once in the served app: an answer, a whole session, and one retrieved document."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import BrowserContext, Page, expect  # noqa: E402

from tests.pages.browser import IN_A_BROWSER  # noqa: E402
from tests.pages.reviewed import MODEL, VERDICT, Reviewed, reviewed  # noqa: E402
from tests.pages.test_labelling_browser import Traffic, label, ready, sit_down  # noqa: E402

pytestmark = IN_A_BROWSER
RUBRIC = """
name = "{unit}-rubric"
unit = "{unit}"
[[criteria]]
name = "fits"
question = "Does this {unit} fit?"
scale = "yes_no"
"""
PLAN = 'name = "{unit}s"\nunit = "{unit}"\nrubric = "{unit}-rubric"\nsize = 8\n'


@pytest.fixture(scope="module")
def app() -> Iterator[Reviewed]:
    with tempfile.TemporaryDirectory() as folder:
        for served in reviewed(Path(folder), sessions=12):
            for unit in ("session", "document"):
                files = {"rubric": RUBRIC, "plan": PLAN}
                for name, text in files.items():
                    (Path(folder) / f"{unit}-{name}.toml").write_text(text.format(unit=unit))
                served.run_cli("rubric", "add", f"{folder}/{unit}-rubric.toml")
                served.run_cli("sample", f"{folder}/{unit}-plan.toml", "--week", "2026-W46")
            yield served


def take_up(context: BrowserContext, app: Reviewed, name: str, sample: str) -> tuple[Page, Traffic]:
    """A tab with the sample's first item, and all that was sent to it."""
    sit_down(context.new_page(), app, name)
    page = context.new_page()
    traffic = Traffic(page)
    page.goto(f"{app.url}/label?sample={sample}")
    ready(page)
    return page, traffic


def test_an_answer(app: Reviewed, context: BrowserContext) -> None:
    page, _ = take_up(context, app, "Tracy", "weekly-2026-W46")
    expect(page.locator(".review .who")).to_have_text("Answer under review")

    label(page, "54y")

    ((target, answers),) = app.labels("Tracy")
    assert len(target) == 32
    assert answers == {"helpfulness": "5", "groundedness": "4", "resolved": "yes"}


def test_a_session_is_shown_from_its_first_turn_to_its_last(app: Reviewed, context: BrowserContext) -> None:
    page, traffic = take_up(context, app, "Sessy", "sessions-2026-W46")
    said = page.locator(".talk .message .text").all_text_contents()
    assert [text.split()[0] for text in said] == ["Question", "Answer", "Question", "Answer"]
    assert page.locator(".review").count() == 0
    page.keyboard.press("d")
    expect(page.locator(".drawer h3").first).to_contain_text("turn 1")

    label(page, "y")

    ((target, answers),) = app.labels("Sessy")
    assert target.startswith("s_")
    assert answers == {"fits": "yes"}
    assert traffic.holds("Does this session fit?"), "the control: what is shown is found"
    for secret in (VERDICT, MODEL, "stratum", "probability"):
        assert not traffic.holds(secret), secret


def test_a_document_is_shown_with_the_question_it_was_found_for(app: Reviewed, context: BrowserContext) -> None:
    page, traffic = take_up(context, app, "Docky", "documents-2026-W46")
    expect(page.locator(".review .who")).to_have_text("Document under review")
    expect(page.locator(".review .text")).to_contain_text("the fee is 6.90 a month")
    expect(page.locator(".asked .text")).to_contain_text("about the fee?")

    label(page, "n")

    ((target, answers),) = app.labels("Docky")
    trace, span, rank = target.split("/")
    assert (len(trace), len(span), rank) == (32, 16, "1")
    assert answers == {"fits": "no"}
    for secret in (VERDICT, MODEL, "stratum", "probability"):
        assert not traffic.holds(secret), secret
