"""Words find the spans that hold them; what is typed is never syntax; the index is rebuilt when it is gone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from storage import search
from storage.found import spans_with, traces_with
from storage.search import TextIndex, wanted
from tests.storage.arrivals import Bench, span


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "home")
    yield made
    made.close()


def _found(bench: Bench, text: str) -> list[str]:
    return [span_id for _, span_id in spans_with(bench.warehouse, text)]


def test_words_are_found_in_every_text_of_a_span(bench: Bench) -> None:
    bench.take(
        span("in", input_text="Where is my balance?"),
        span("out", output_text="It is <AMOUNT_1>, Zürich time"),
        span("failed", error_message="TimeoutError: upstream"),
        span("tool", tool_args='{"account": "savings"}', tool_result='{"state": "dormant"}'),
        span("docs", documents=[{"content": "Fee schedule"}, {"content": "Overdraft rules"}]),
    )

    for words, expected in {
        "BALANCE": "in", "zurich": "out", "amount_1": "out", "timeouterror": "failed", "savings": "tool",
        "dormant": "tool", "overdraft": "docs", "over*": "docs", "balance where": "in",
    }.items():  # fmt: skip
        assert _found(bench, words) == [expected], words
    assert _found(bench, "balance overdraft") == []
    assert _found(bench, "alanc") == []


def test_newest_come_first_and_traces_are_named_once(bench: Bench) -> None:
    bench.take(span("a", trace="one", input_text="loan"), span("b", trace="one", input_text="loan"))
    bench.take(span("c", trace="two", input_text="loan"))

    assert traces_with(bench.warehouse, "loan") == ("two", "one")
    assert traces_with(bench.warehouse, "loan", limit=1) == ("two",)


def test_a_phrase_is_checked_in_the_text(bench: Bench) -> None:
    bench.take(
        span("yes", input_text="Please close my account now"), span("no", input_text="my account: close it, please")
    )

    assert _found(bench, '"close my account"') == ["yes"]
    assert _found(bench, '"Close My" please') == ["yes"]
    assert sorted(_found(bench, "close account")) == ["no", "yes"]


def test_a_merged_span_is_found_by_the_words_of_each_half(bench: Bench) -> None:
    bench.take(span("a", lasts=None, input_text="question"))
    bench.take(span("a", output_text="answer"))

    assert _found(bench, "question") == ["a"]
    assert _found(bench, "answer") == ["a"]


_TYPED = ["", "   ", "*", '"', '""', "AND", "NOT loan", "loan OR", "(", "body:loan", "NEAR(a b)", "^loan", "loan -x",
         "{a b}",
          "'; DROP TABLE words; --", "a\x00b", "💥", "ﬁ ǅ ⅷ ½", "\u0301", "x" * 10_000]  # fmt: skip


@pytest.mark.parametrize("text", _TYPED)
def test_no_search_is_an_error(bench: Bench, text: str) -> None:
    bench.take(span("a", input_text="loan"))
    assert isinstance(_found(bench, text), list)
    assert _found(bench, "loan") == ["a"]


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=300
)
@given(st.text(max_size=40))
def test_any_text_can_be_searched_for(tmp_path: Path, text: str) -> None:
    index = TextIndex(tmp_path / "text.idx")
    assert index.search(wanted(text)) == []


def test_a_deleted_or_damaged_index_is_made_again(bench: Bench) -> None:
    bench.take(span("a", input_text="loan"))
    bench.warehouse.text_index.drop()
    assert _found(bench, "loan") == []
    bench.warehouse.load()
    assert _found(bench, "loan") == ["a"]

    bench.settings.text_index_path.unlink()
    bench.warehouse.load()
    assert _found(bench, "loan") == ["a"]


def test_feeding_goes_on_after_an_interruption(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "ROWS_AT_ONCE", 2)
    bench.append(*(span(f"{n}", input_text=f"loan w{n}") for n in range(7)))
    bench.warehouse.load(with_index=False)
    index, rows = bench.warehouse.text_index, bench.warehouse._texts_between

    def failing(after: int, upto: int) -> Iterator[list[tuple[int, str]]]:
        if after >= 4:
            raise KeyboardInterrupt
        return rows(after, upto)

    with pytest.raises(KeyboardInterrupt):
        index.catch_up(failing, last_sequence=7)
    assert (index.position, len(_found(bench, "loan"))) == (4, 4)
    bench.warehouse.load()
    assert (index.position, len(_found(bench, "loan"))) == (7, 7)


def test_searching_while_feeding_gives_whole_answers(bench: Bench) -> None:
    bench.take(*(span(f"{n}", input_text="loan") for n in range(5)))
    index = bench.warehouse.text_index

    def rows(after: int, upto: int) -> Iterator[list[tuple[int, str]]]:
        assert len(_found(bench, "loan")) == 5
        yield from bench.warehouse._texts_between(after, upto)

    bench.append(span("more", input_text="loan"))
    bench.warehouse.load(with_index=False)
    index.catch_up(rows, last_sequence=6)
    assert len(_found(bench, "loan")) == 6
