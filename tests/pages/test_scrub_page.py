"""The page Scrub shows what would be replaced in a pasted text, as text, and keeps nothing."""

from dataclasses import replace
from pathlib import Path

from streamlit.testing.v1 import AppTest

from pages.parts.opened import Opened
from review.words import Words
from scrub import Policy
from tests.pages.conftest import OpenPage

APP = "bank-chat"
HOSTILE = "![x](https://evil.example/x) <b>Maria Lopez</b> maria@example.com, Maria"


def _with_scrubber(opened: Opened, policy: Policy | None = None) -> Opened:
    return replace(opened, words=Words(policy or Policy(), b"k" * 32))


def _pasted(app: AppTest, text: str) -> AppTest:
    return app.text_area(key="pasted").set_value(text).run()


def test_it_opens_without_traces_and_waits_for_a_text(empty: Opened, open_page: OpenPage) -> None:
    app = open_page("data/scrub", _with_scrubber(empty))
    assert not app.exception
    assert [title.value for title in app.title] == ["Scrub"]
    assert not app.code


def test_a_pasted_text_is_shown_scrubbed_and_as_text(empty: Opened, open_page: OpenPage, tmp_path: Path) -> None:
    app = _pasted(open_page("data/scrub", _with_scrubber(empty)), HOSTILE)
    assert not app.exception
    assert [code.value for code in app.code] == ["![x](https://evil.example/x) <b><PERSON_1></b> <EMAIL_1>, <PERSON_1>"]
    assert "evil" not in "".join(element.value for element in app.markdown)
    (found,) = app.dataframe
    assert found.value.to_dict("list") == {"type": ["PERSON", "EMAIL_ADDRESS"], "pieces": [2, 1]}
    assert list(tmp_path.rglob("*")) == []


def test_what_it_is_decides_how_strictly_it_is_searched(empty: Opened, open_page: OpenPage) -> None:
    app = _pasted(open_page("data/scrub", _with_scrubber(empty)), "Zorblax is back in stock.")
    assert app.code[0].value == "<PERSON_1> is back in stock."
    app.session_state["surface"] = "tool"
    app.run()
    assert app.code[0].value == "Zorblax is back in stock."
    assert "no proof" in app.success[0].value


def test_the_policy_of_an_application_can_be_tried_and_the_page_says_when_it_has_none(
    filled: Opened, open_page: OpenPage
) -> None:
    policy = Policy(apps={"**bank**": Policy(patterns={"TICKET": "T-[0-9]{4}"})})
    app = _pasted(open_page("data/scrub", _with_scrubber(filled, policy)), "see T-1234")
    assert app.code[0].value == "see T-1234"
    chosen = app.selectbox(key="scrubbed_app")
    assert {"**bank**", APP} <= set(chosen.options)
    app = chosen.select("**bank**").run()
    assert app.code[0].value == "see <TICKET_1>"
    assert any("**bank** has a section of its own" in said.value for said in app.text)
    app = app.selectbox(key="scrubbed_app").select(APP).run()
    assert app.code[0].value == "see T-1234"
    assert any(f"{APP} has no section in [scrub.apps]: the policy of all counts." == said.value for said in app.text)


def test_a_text_in_a_language_that_the_policy_does_not_name_is_never_passed_as_clean(
    empty: Opened, open_page: OpenPage
) -> None:
    polish = "Chciałbym zmienić swój lot na jutro, ponieważ moja córka jest chora i nie może podróżować."
    app = _pasted(open_page("data/scrub", _with_scrubber(empty)), polish)
    assert not app.exception
    assert "does not name" in app.warning[0].value
    assert any("Language: pl" in text.value for text in app.text)
    app = _pasted(open_page("data/scrub", _with_scrubber(empty)), HOSTILE)
    assert not app.warning


def test_without_the_server_it_says_so(empty: Opened, open_page: OpenPage) -> None:
    app = open_page("data/scrub", empty)
    assert not app.exception
    assert "benchbook serve" in app.info[0].value
