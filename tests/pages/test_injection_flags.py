"""Flags on the pages: at the step, in the list's filter, over time; always called a flag, never a protection."""

from pages.parts.opened import Opened
from tests.metrics.built import BuiltWarehouse, span
from tests.pages.conftest import OpenPage
from tests.pages.test_pages import words_of

FLAG = {
    "injection_flag": True, "injection_score": 6, "injection_version": "1",
    "injection_rules": ["document/hidden_tags", "tool/override", "user/<script>"],
}  # fmt: skip


def _opened() -> Opened:
    spans = [
        span("t1", span_id="root", injection_version="1"),
        span("t1", span_id="tool", parent_span_id="root", name="look_up", kind="tool", **FLAG),
        span("t2", injection_version="1"),
        span("t3", injection_version="1 + ours:Model", injection_flag=None, name="unsure"),
    ]
    return Opened(warehouse=BuiltWarehouse().load(spans), home="flags")


def test_a_flag_stands_at_its_step_with_its_rules_and_what_it_is_not(open_page: OpenPage) -> None:
    said = words_of(open_page("traces/trace", _opened(), trace="t1", span="tool"))
    assert "Injection flag on 1 span: look_up" in said
    assert "A tool's result tells to ignore earlier instructions (override)." in said
    assert "A document holds words in characters that no screen shows (hidden_tags)." in said
    assert "about a fifth of attacks" in said
    assert "Nothing was blocked" in said
    assert "protected" not in said.lower()


def test_a_step_without_a_flag_shows_none_and_one_that_was_not_judged_says_so(open_page: OpenPage) -> None:
    assert "(override)" not in words_of(open_page("traces/trace", _opened(), trace="t1", span="root"))
    assert "Injection flag" not in words_of(open_page("traces/trace", _opened(), trace="t2"))
    assert "not judged" in words_of(open_page("traces/trace", _opened(), trace="t3"))


def test_the_list_shows_flagged_traces_alone(open_page: OpenPage) -> None:
    app = open_page("traces/traces", _opened(), only="with injection flags", window="all")
    assert not app.exception
    assert "1 trace" in words_of(app)


def test_flags_over_time_stand_on_data_with_their_denominator(open_page: OpenPage) -> None:
    app = open_page("data/data", _opened(), section="flags")
    assert not app.exception
    said = words_of(app)
    assert "1 span of 3 flagged; 1 not judged, the classifier gave no answer" in said
    assert list(app.dataframe[0].value["rule"]) == ["<script>", "hidden_tags", "override"]


def test_where_nothing_was_looked_at_data_says_so(open_page: OpenPage) -> None:
    opened = Opened(warehouse=BuiltWarehouse().load([span("t1", injection_flag=None)]), home="old")
    assert "Nothing that is loaded was looked at" in words_of(open_page("data/data", opened, section="flags"))
