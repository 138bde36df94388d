"""The page Scrub shows what would be replaced in a pasted text, as text, and keeps nothing."""

from dataclasses import replace
from pathlib import Path

from streamlit.testing.v1 import AppTest

from pages.parts.opened import Opened
from review.words import Words
from scrub import Policy
from tests.pages.conftest import OpenPage

HOSTILE = "![x](https://evil.example/x) <b>Maria Lopez</b> maria@example.com, Maria"


def _with_scrubber(empty: Opened) -> Opened:
    return replace(empty, words=Words(Policy(), b"k" * 32))


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
