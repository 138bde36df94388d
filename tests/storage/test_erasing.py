"""After an erasure no byte is left of what went, the figures are those of what stays, and it does not come back."""

import datetime as dt
from pathlib import Path
from typing import Any

from storage.erasing.wanted import Wanted
from storage.found import traces_with
from tests.storage.arrivals import TABLES
from tests.storage.every_byte import found_in
from tests.storage.homes import Open, canary_of, fill, judged, opened, turn, word_of

WORD = canary_of(5)


_HOURS = """SELECT hour_ts, sum(spans) AS spans, sum(tok_in) AS tok_in, sum(cost_total) AS cost, sum(error_spans)
FROM step_hours WHERE dimension = 'none' GROUP BY ALL ORDER BY ALL"""


def _contents(warehouse: Any) -> dict[str, list[str]]:
    found = {}
    for name in TABLES:
        columns = sorted(row[0] for row in warehouse.rows(f"SELECT column_name FROM (DESCRIBE {name})"))
        listed = ", ".join(f'"{column}"' for column in columns)
        found[name] = sorted(map(repr, warehouse.rows(f"SELECT {listed} FROM {name}")))
    return found


def test_a_canary_is_found_everywhere_before_and_nowhere_after(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with opened(home) as there:
        fill(there)
    before = found_in(home, WORD, "trace-5")
    with opened(home) as there:
        there.erase("trace", Wanted(traces=("trace-5",)))

    assert any(name.endswith(".parquet") for name in before[WORD])
    assert {"warehouse.duckdb", "text.idx"} <= set(before[WORD])
    assert found_in(home, WORD, "trace-5", "score-5") == {}
    assert found_in(home, canary_of(6), "trace-6").keys() == {canary_of(6), "trace-6"}


def test_figures_change_by_exactly_the_erased_rows(there: Open) -> None:
    def hours() -> dict[Any, tuple[Any, ...]]:
        return {hour: tuple(rest) for hour, *rest in there.warehouse.rows(_HOURS)}

    before = hours()
    erased = {hour: tuple(rest) for hour, *rest in there.warehouse.rows(
        """SELECT date_trunc('hour', start_ts)::TIMESTAMP, count(*), sum(tok_in)::HUGEINT, sum(cost_total),
           count(*) FILTER (status = 'error') FROM span_rows WHERE user_id = 'u_1' GROUP BY ALL""")}  # fmt: skip
    traces = there.warehouse.rows("SELECT count(*), sum(cost_total) FROM traces")[0]

    there.erase("user", Wanted(users=("u_1",)))

    assert len(erased) == 4
    after = hours()
    for hour, (spans, tokens, cost, errors) in before.items():
        gone = erased.get(hour, (0, 0, 0, 0))
        left = (spans - gone[0], tokens - gone[1], cost - gone[2], errors - gone[3])
        assert after.get(hour, (0, 0, 0, 0)) == left
    assert there.warehouse.rows("SELECT count(*), sum(cost_total) FROM traces")[0] == (
        traces[0] - 4, traces[1] - sum(one[2] for one in erased.values()))  # fmt: skip


def test_what_stays_is_what_a_rebuild_makes_and_it_brings_nothing_back(there: Open) -> None:
    there.erase("session", Wanted(sessions=("s_3",)))
    erased = _contents(there.warehouse)
    there.warehouse.rebuild()

    assert _contents(there.warehouse) == erased
    assert there.warehouse.rows("SELECT count(*) FROM traces WHERE session_id = 's_3'") == [(0,)]


def test_words_of_what_stays_are_still_found_and_of_what_went_are_not(there: Open) -> None:
    there.erase("trace", Wanted(traces=("trace-5", "trace-11")))

    assert traces_with(there.warehouse, word_of(5)) == ()
    assert traces_with(there.warehouse, word_of(6)) == ("trace-6",)
    assert len(traces_with(there.warehouse, "ask")) == 22


def test_an_erased_trace_that_arrives_again_is_dropped_and_counted(there: Open) -> None:
    there.erase("trace", Wanted(traces=("trace-5",)))
    there.append([*turn(5), *turn(40)])
    there.append([judged(5), judged(40)], "scores")
    there.warehouse.load()

    assert there.warehouse.rows("SELECT trace_id FROM traces WHERE trace_id IN ('trace-5', 'trace-40')") == [
        ("trace-40",)
    ]
    assert there.warehouse.rows("SELECT id FROM scores WHERE id IN ('score-5', 'score-40')") == [("score-40",)]
    counted = there.home.ledger.rejected_by_reason(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    assert counted["spans"].sum() == 3


def test_a_new_request_of_an_erased_person_is_new_data(there: Open) -> None:
    there.erase("user", Wanted(users=("u_1",)))
    there.append([*turn(6), *turn(50, user_id="u_1", session_id="s_3")])
    there.warehouse.load()

    assert there.warehouse.rows("SELECT trace_id FROM traces WHERE user_id = 'u_1'") == [("trace-50",)]


def test_a_trace_that_only_the_lake_knows_goes_too(there: Open) -> None:
    there.append(turn(70))
    there.erase("trace", Wanted(traces=("trace-70",)))
    there.warehouse.load()

    assert there.warehouse.rows("SELECT count(*) FROM traces WHERE trace_id = 'trace-70'") == [(0,)]


def test_a_span_in_several_arrivals_goes_whole(there: Open) -> None:
    first, second = turn(5)
    there.append([first | {"content_hash": "other", "output_text": f"more of {WORD}"}])
    there.warehouse.load()
    assert there.warehouse.rows("SELECT revision FROM span_rows WHERE span_id = 'trace-5-a'") == [(2,)]
    there.erase("trace", Wanted(traces=("trace-5",)))

    assert there.warehouse.rows("SELECT count(*) FROM span_arrivals WHERE trace_id = 'trace-5'") == [(0,)]
    assert second["trace_id"] == "trace-5"


def test_erasing_what_is_not_there_leaves_a_record_and_changes_nothing(there: Open) -> None:
    before = _contents(there.warehouse)
    there.erase("trace", Wanted(traces=("never-seen",)))

    assert _contents(there.warehouse) == before
    there.append(turn(5, trace="never-seen"))
    there.warehouse.load()
    assert there.warehouse.rows("SELECT count(*) FROM traces WHERE trace_id = 'never-seen'") == [(0,)]


def test_a_word_index_that_cannot_forget_is_made_anew(tmp_path: Path) -> None:
    """More words are known of the trace by now than the whole index has: to SQLite it would be damaged."""
    home = tmp_path / "home"
    with opened(home) as there:
        fill(there, 6)
        many = " ".join(f"zqlate{n}" for n in range(5_000))
        there.append([turn(5)[0] | {"content_hash": "late", "output_text": many}])
        there.warehouse.load(with_index=False)
        there.erase("trace", Wanted(traces=("trace-5",)))

        assert traces_with(there.warehouse, word_of(5)) == ()
        assert len(traces_with(there.warehouse, "ask")) == 5
    assert found_in(home, WORD, "zqlate77") == {}


def test_everything_can_be_erased_trace_by_trace(there: Open) -> None:
    for number in range(24):
        there.erase("trace", Wanted(traces=(f"trace-{number}",)))
    assert there.warehouse.rows("SELECT count(*) FROM traces") == [(0,)]
    assert there.warehouse.rows("SELECT count(*) FROM step_hours") == [(0,)]
    assert traces_with(there.warehouse, "ask") == ()
    there.append(turn(77))
    there.warehouse.load()
    assert traces_with(there.warehouse, "ask") == ("trace-77",)
