"""Words find the traces that hold them; what is typed is never syntax; the index is rebuilt when it is gone."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from storage import found, search, warehouse
from storage.found import traces_with
from storage.search import TextIndex, wanted
from tests.storage.arrivals import Bench, span


def _found(bench: Bench, text: str) -> list[str]:
    return list(traces_with(bench.warehouse, text))


def test_words_are_found_in_every_text_of_a_span(bench: Bench) -> None:
    bench.take(
        span("1", trace="in", input_text="Where is my balance?"),
        span("2", trace="out", output_text="It is <AMOUNT_1>, Zürich time"),
        span("3", trace="failed", error_message="TimeoutError: upstream"),
        span("4", trace="tool", tool_args='{"account": "savings"}', tool_result='{"state": "dormant"}'),
        span("5", trace="docs", documents=[{"content": "Fee schedule"}, {"content": "Overdraft rules"}]),
    )

    for words, expected in {
        "BALANCE": "in", "zurich": "out", "amount_1": "out", "timeouterror": "failed", "savings": "tool",
        "dormant": "tool", "overdraft": "docs", "over*": "docs", "balance where": "in",
    }.items():  # fmt: skip
        assert _found(bench, words) == [expected], words
    assert _found(bench, "balance overdraft") == []
    assert _found(bench, "alanc") == []


@pytest.mark.parametrize("word", ["हिन्दी", "ไทย", "0\u1b340", "שָׁלוֹם", "مُحَمَّد", "\U0001d49cx"])
def test_words_of_every_script_are_found(bench: Bench, word: str) -> None:
    bench.take(span("1", trace="that", input_text=f"so {word}, they said"), span("2", trace="other", input_text="so"))

    assert _found(bench, word) == ["that"]
    assert _found(bench, f"so {word}") == ["that"]


def test_newest_come_first_and_traces_are_named_once(bench: Bench) -> None:
    bench.take(span("a", trace="one", input_text="loan"), span("b", trace="one", input_text="loan"))
    bench.take(span("c", trace="two", input_text="loan"))

    assert traces_with(bench.warehouse, "loan") == ("two", "one")
    assert traces_with(bench.warehouse, "loan", limit=1) == ("two",)
    bench.take(span("d", trace="one", input_text="again"))
    assert traces_with(bench.warehouse, "loan") == ("two", "one")


HEX = ("0123456789abcdef" * 2, "0123456789ABCDEF" * 2, "0" * 32, "00", "trace-ü", " " * 32)


@pytest.mark.parametrize("trace", HEX, ids=["hex", "capitals", "zeros", "short", "text", "blank"])
def test_a_trace_is_named_as_it_is_kept(bench: Bench, trace: str) -> None:
    bench.take(span("a", trace=trace, input_text="loan"))
    assert _found(bench, "loan") == [trace]


def test_words_of_a_trace_are_found_together_however_its_spans_came(bench: Bench) -> None:
    bench.take(span("a", trace="at once", input_text="loan"), span("b", trace="at once", input_text="refused"))
    bench.take(span("c", trace="one by one", input_text="loan"))
    bench.take(span("d", trace="one by one", input_text="refused"), span("e", trace="half of it", input_text="loan"))

    assert _found(bench, "loan refused") == ["one by one", "at once"]
    assert _found(bench, "loan refused nowhere") == []
    bench.warehouse.rebuild()
    assert sorted(_found(bench, "loan refused")) == ["at once", "one by one"]


def test_very_long_traces_are_found_by_their_first_and_last_words(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "CHARACTERS_AT_ONCE", 10)
    monkeypatch.setattr(warehouse, "ROWS_FETCHED", 1)
    bench.take(*(span(f"{n}", trace="long", input_text=f"word{n} loan") for n in range(5)))

    for words in ("word0", "word4", "loan", "word0 word4"):
        assert _found(bench, words) == ["long"], words


def test_a_phrase_is_checked_in_the_text(bench: Bench) -> None:
    bench.take(
        span("1", trace="yes", input_text="Please close my account now"),
        span("2", trace="no", input_text="my account: close it, please"),
        span("3", trace="apart", input_text="Please close"),
        span("4", trace="apart", input_text="my account"),
    )

    assert _found(bench, '"close my account"') == ["yes"]
    assert _found(bench, '"Close My" please') == ["yes"]
    assert _found(bench, '"please close" "my account"') == ["apart", "yes"]
    assert sorted(_found(bench, "close account")) == ["apart", "no", "yes"]


def test_a_phrase_is_checked_in_every_arrival_of_a_merged_span(bench: Bench) -> None:
    bench.take(span("a", lasts=None, input_text="the first half"))
    bench.take(span("a", output_text="the other half"))

    assert _found(bench, "first other") == ["t"]
    assert _found(bench, '"first half"') == ["t"]
    assert _found(bench, '"other half"') == ["t"]


def test_phrases_are_looked_for_until_enough_traces_hold_them(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found, "_CHECKED_AT_ONCE", 2)
    texts = {f"t{n}": "my loan" if n % 3 else "loan my" for n in range(9)}
    bench.take(*(span("a", trace=trace, at=n, input_text=text) for n, (trace, text) in enumerate(texts.items())))

    assert traces_with(bench.warehouse, '"my loan"') == ("t8", "t7", "t5", "t4", "t2", "t1")
    assert traces_with(bench.warehouse, '"my loan"', limit=3) == ("t8", "t7", "t5")


def test_an_index_by_span_of_an_earlier_version_is_made_again(bench: Bench) -> None:
    bench.take(span("a", input_text="loan"))
    bench.close()
    bench.settings.text_index_path.unlink()
    with closing(sqlite3.connect(bench.settings.text_index_path)) as earlier:
        earlier.executescript("""
            CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL);
            CREATE VIRTUAL TABLE words USING fts5(body, content='', detail=none, columnsize=0);
            INSERT INTO state VALUES ('layout', '1'), ('position', '1');
            INSERT INTO words (rowid, body) VALUES (1, 'stale');
        """)

    bench.reopen()
    bench.warehouse.load()
    assert _found(bench, "loan") == ["t"]
    assert _found(bench, "stale") == []


def test_a_tidied_index_is_smaller_and_answers_the_same(tmp_path: Path) -> None:
    path = tmp_path / "text.idx"
    index = TextIndex(path)

    def rows(after: int, upto: int) -> Iterator[list[tuple[str, str]]]:
        numbers = range(after + 1, upto + 1)
        yield [(f"t{n}", " ".join(f"w{n * 7919 * k % 4001}" for k in range(1, 60))) for n in numbers]

    for upto in range(100, 1100, 100):
        index.catch_up(rows, last_sequence=upto)
    asked = [wanted(words) for words in ("w17", "w17 w34", "w1*", "nowhere")]
    before, size = [index.search(words) for words in asked], path.stat().st_size
    assert [len(found) > 0 for found in before] == [True, True, True, False]

    index.tidy()

    assert [index.search(words) for words in asked] == before
    assert path.stat().st_size < 0.8 * size
    assert not path.with_name("text.idx-wal").exists()
    assert index.catch_up(lambda *_: iter([[("later", "w17")]]), last_sequence=1101) == 1
    assert index.search(wanted("w17"))[0] == "later"


_TYPED = ["", "   ", "*", '"', '""', "AND", "NOT loan", "loan OR", "(", "body:loan", "NEAR(a b)", "^loan", "loan -x",
         "{a b}",
          "'; DROP TABLE words; --", "a\x00b", "💥", "ﬁ ǅ ⅷ ½", "\u0301", "x" * 10_000]  # fmt: skip


@pytest.mark.parametrize("text", _TYPED)
def test_no_search_is_an_error(bench: Bench, text: str) -> None:
    bench.take(span("a", input_text="loan"))
    assert isinstance(_found(bench, text), list)
    assert _found(bench, "loan") == ["t"]


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
    assert _found(bench, "loan") == ["t"]

    bench.settings.text_index_path.unlink()
    bench.warehouse.load()
    assert _found(bench, "loan") == ["t"]


def test_feeding_goes_on_after_an_interruption(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "ROWS_AT_ONCE", 2)
    bench.append(*(span(f"{n}", trace=f"t{n}", input_text=f"loan w{n}") for n in range(7)))
    bench.warehouse.load(with_index=False)
    index, rows = bench.warehouse.text_index, bench.warehouse._texts_between

    def failing(after: int, upto: int) -> Iterator[list[tuple[str, str]]]:
        if after >= 4:
            raise KeyboardInterrupt
        return rows(after, upto)

    with pytest.raises(KeyboardInterrupt):
        index.catch_up(failing, last_sequence=7)
    assert (index.position, len(_found(bench, "loan"))) == (4, 4)
    bench.warehouse.load()
    assert (index.position, len(_found(bench, "loan"))) == (7, 7)


def test_searching_while_feeding_gives_whole_answers(bench: Bench) -> None:
    bench.take(*(span(f"{n}", trace=f"t{n}", input_text="loan") for n in range(5)))
    index = bench.warehouse.text_index

    def rows(after: int, upto: int) -> Iterator[list[tuple[str, str]]]:
        assert len(_found(bench, "loan")) == 5
        yield from bench.warehouse._texts_between(after, upto)

    bench.append(span("more", input_text="loan"))
    bench.warehouse.load(with_index=False)
    index.catch_up(rows, last_sequence=6)
    assert len(_found(bench, "loan")) == 6
