"""After an erasure no byte is left of what went, the figures are those of what stays, and it does not come back."""

import datetime as dt
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from deltalake import write_deltalake

from settings.privacy import Retention, RetentionOfApp
from storage.erasing import victims
from storage.erasing.lake_reading import reading
from storage.erasing.run import erase_pending
from storage.erasing.wanted import Wanted
from storage.found import traces_with
from storage.lake_parquet import write_parquet
from storage.retention import retain
from storage.turns import alone
from tests.storage.arrivals import TABLES, table
from tests.storage.every_byte import found_in
from tests.storage.homes import NOW, Open, canary_of, fill, judged, opened, turn, word_of
from tests.storage.writers import ROOT

WORD = canary_of(5)
_HOURS = """SELECT hour_ts, sum(spans) AS spans, sum(tok_in) AS tok_in, sum(cost_total) AS cost, sum(error_spans)
FROM step_hours WHERE dimension = 'none' GROUP BY ALL ORDER BY ALL"""


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Open]:
    with opened(tmp_path / "home") as home:
        fill(home)
        yield home


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


def test_a_canary_in_old_files_of_the_lake_is_gone_too(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with opened(home) as there:
        fill(there)
        there.home.lake.compact("spans")  # the small files stay for a grace
        there.home.lake.checkpoint("spans")
        there.warehouse.load()
        there.erase("trace", Wanted(traces=("trace-5",)))

    assert found_in(home, WORD, "trace-5") == {}


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


def test_the_judges_own_trace_and_everything_said_of_the_trace_go_with_it(there: Open) -> None:
    there.append(turn(60, canary="judgeprompt", trace="judging", session_id=None, user_id=None))
    there.append([
        judged(5, id="by-judge", judge_trace_id="judging"),
        judged(5, id="by-span", trace_id=None, span_id="trace-5-b", target_level="span"),
        judged(5, id="of-session", trace_id=None, session_id="s_2", target_level="session"),
    ], "scores")  # fmt: skip
    there.warehouse.load()

    going = there.erase("trace", Wanted(traces=("trace-5",)))

    assert going.traces == ("judging", "trace-5")
    assert set(going.scores) == {"score-5", "by-judge", "by-span"}
    assert there.warehouse.rows("SELECT count(*) FROM scores WHERE id = 'of-session'") == [(1,)]
    assert going.touched_sessions == ("s_2",)


def test_scores_that_a_batch_judge_gave_to_what_stays_stay(there: Open) -> None:
    there.append(turn(60, canary="judgeprompt", trace="judging", session_id=None, user_id=None))
    there.append([judged(n, id=f"batch-{n}", judge_trace_id="judging") for n in (5, 6, 7)], "scores")
    there.warehouse.load()

    going = there.erase("trace", Wanted(traces=("trace-5",)))

    assert going.traces == ("judging", "trace-5")
    assert set(going.scores) == {"score-5", "batch-5"}
    kept = "SELECT id FROM scores WHERE judge_trace_id = 'judging' ORDER BY id"
    assert there.warehouse.rows(kept) == [("batch-6",), ("batch-7",)]
    there.warehouse.rebuild()
    assert there.warehouse.rows(kept) == [("batch-6",), ("batch-7",)]


def test_a_judge_that_is_asked_for_by_its_id_takes_its_scores_with_it(there: Open) -> None:
    there.append(turn(60, trace="judging", session_id=None, user_id=None))
    there.append([judged(n, id=f"batch-{n}", judge_trace_id="judging") for n in (5, 6)], "scores")
    there.warehouse.load()
    going = there.erase("trace", Wanted(traces=("judging",)))

    assert going.traces == ("judging",)
    assert set(going.scores) == {"batch-5", "batch-6"}
    assert there.warehouse.rows("SELECT count(*) FROM scores") == [(24,)]


def test_of_traces_that_go_by_age_the_scores_that_they_gave_others_are_not_taken(there: Open) -> None:
    there.append(turn(60, trace="judging", session_id=None, user_id=None))
    there.append([judged(5, id="batch-5", judge_trace_id="judging")], "scores")
    with reading(there.home.lake) as lake:
        assert victims.of_traces(lake, ["judging"]).scores == ()
        assert victims.of_traces(lake, ["trace-5"]).scores == ("batch-5", "score-5")


def test_when_a_judges_own_traces_go_by_age_its_scores_of_what_stays_stay(there: Open) -> None:
    there.append(turn(60, trace="judging", session_id=None, user_id=None, app="judge"))
    there.append([judged(5, id="batch-5", judge_trace_id="judging")], "scores")
    there.warehouse.load()
    by_age = Retention(apps={"judge": RetentionOfApp(spans_days=30)})
    stores = replace(there.stores, settings=there.settings.model_copy(update={"retention": by_age}))
    done = retain(stores, now=NOW + dt.timedelta(days=365))

    assert [one.traces for one in done] == [1]
    assert there.warehouse.rows("SELECT count(*) FROM traces WHERE trace_id = 'judging'") == [(0,)]
    assert there.warehouse.rows("SELECT trace_id FROM scores WHERE id = 'batch-5'") == [("trace-5",)]


def test_a_session_goes_with_the_scores_that_name_it_alone(there: Open) -> None:
    there.append([judged(5, id="of-session", trace_id=None, session_id="s_2", target_level="session")], "scores")
    there.warehouse.load()
    going = there.erase("session", Wanted(sessions=("s_2",)))
    there.append([judged(5, id="late", trace_id=None, session_id="s_2", target_level="session")], "scores")
    there.warehouse.load()

    assert going.traces == ("trace-4", "trace-5")
    assert "of-session" in going.scores
    assert there.warehouse.rows("SELECT count(*) FROM scores WHERE session_id = 's_2'") == [(0,)]


def test_a_trace_that_only_the_lake_knows_goes_too(there: Open) -> None:
    there.append(turn(70))
    there.erase("trace", Wanted(traces=("trace-70",)))
    there.warehouse.load()

    assert there.warehouse.rows("SELECT count(*) FROM traces WHERE trace_id = 'trace-70'") == [(0,)]


def test_what_arrives_between_the_question_and_the_erasure_goes_as_well(there: Open) -> None:
    there.ask("user", Wanted(users=("u_1",)))
    there.append(turn(80, user_id="u_1"))
    assert erase_pending(there.stores) == 1

    assert there.warehouse.rows("SELECT count(*) FROM traces WHERE user_id = 'u_1'") == [(0,)]
    there.warehouse.rebuild()
    assert there.warehouse.rows("SELECT count(*) FROM traces WHERE user_id = 'u_1'") == [(0,)]


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


def test_on_an_object_store_nothing_is_left_either(tmp_path: Path) -> None:
    """By the library, which writes bounds of trace ids into the log; a file:// URL is an object store to it."""
    home = tmp_path / "home"
    lake = tmp_path / "elsewhere"
    lake.mkdir()
    url = f"file://{lake}"
    with opened(home, lake=url) as there:
        fill(there, 12)
        there.home.lake.compact("spans")
        there.warehouse.load()
        there.erase("session", Wanted(sessions=("s_2",)))
        assert there.warehouse.rows("SELECT count(*), sum(spans) FROM traces") == [(10, 20)]
        there.append(turn(5))
        there.warehouse.load()
        there.warehouse.rebuild()
        assert there.warehouse.rows("SELECT count(*), sum(spans) FROM traces") == [(10, 20)]

    assert found_in(home, WORD, "trace-5", "trace-4") == {}
    assert found_in(lake, WORD, "trace-5", "trace-4") == {}
    assert found_in(lake, canary_of(6)) != {}


def test_rows_that_another_program_wrote_go_with_the_bounds_in_its_log_entry(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with opened(home) as there:
        fill(there, 6)
        folder = Path(there.settings.lake_location) / "spans"
        write_deltalake(folder, table([*turn(5, trace="foreign-5", canary="zqforeign5"), *turn(6, trace="kept-6")]),
                        mode="append")  # fmt: skip
        there.warehouse.load()
    before = found_in(home, "zqforeign5", "foreign-5")
    with opened(home) as there:
        there.erase("trace", Wanted(traces=("foreign-5",)))
        there.warehouse.rebuild()
        assert there.warehouse.rows("SELECT count(*) FROM traces WHERE trace_id IN ('kept-6', 'foreign-5')") == [(1,)]

    assert any("_delta_log" in name for name in before["foreign-5"])
    assert found_in(home, "zqforeign5", "foreign-5") == {}


def test_what_a_killed_writer_left_in_the_folder_goes_too(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with opened(home) as there:
        fill(there, 12)
        folder = Path(there.settings.lake_location) / "spans"
        orphan = folder / "part-12345678-1234-1234-1234-123456789abc.parquet"
        write_parquet(orphan, table(turn(5)))
        cut = folder / "part-12345678-1234-1234-1234-123456789abd.parquet"
        cut.write_bytes(orphan.read_bytes()[:-200])
        (folder / "_delta_log" / ".half.tmp").write_text(WORD)
        there.erase("trace", Wanted(traces=("trace-5",)))

    assert found_in(home, WORD, "trace-5") == {}
    assert not orphan.exists()
    assert not cut.exists()


def test_what_another_program_is_about_to_commit_is_left(tmp_path: Path) -> None:
    with opened(tmp_path / "home") as there:
        fill(there, 6)
        folder = Path(there.settings.lake_location) / "spans"
        theirs = folder / "part-00000-theirs-c000.snappy.parquet"
        write_parquet(theirs, table(turn(99)))
        half = folder / "part-00001-theirs-c000.snappy.parquet"
        half.write_bytes(b"PAR1 half written")
        there.erase("trace", Wanted(traces=("trace-5",)))

        assert theirs.exists()
        assert half.exists()


def test_a_compaction_that_runs_is_waited_for(there: Open) -> None:
    folder = Path(there.settings.lake_location) / "spans"
    ended: list[float] = []

    def compacting() -> None:
        with alone(folder.with_suffix(".compaction.lock")):
            started.set()
            time.sleep(1.0)
            ended.append(time.monotonic())

    started = threading.Event()
    other = threading.Thread(target=compacting)
    other.start()
    started.wait()
    there.erase("trace", Wanted(traces=("trace-5",)))
    erased_at = time.monotonic()
    other.join()

    assert ended[0] < erased_at


def test_questions_go_on_while_the_warehouse_is_written_anew(there: Open) -> None:
    stop, failed, answers = threading.Event(), [], []

    def ask() -> None:
        while not stop.is_set():
            try:
                answers.append(there.warehouse.rows("SELECT count(*) FROM traces")[0][0])
            except Exception as error:  # noqa: BLE001 - whatever it is, the test fails
                failed.append(error)

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for one in asking:
        one.start()
    try:
        for number in range(4):
            there.erase("trace", Wanted(traces=(f"trace-{number}",)))
    finally:
        stop.set()
        for one in asking:
            one.join()

    assert failed == []
    assert set(answers) <= {24, 23, 22, 21, 20}
    assert answers[-1] == 20


_STREAM = """
import sys, time
from pathlib import Path
from storage.home import open_home
from tests.storage.arrivals import table
from tests.storage.homes import NOW, settings_of, turn
home, who, until = Path(sys.argv[1]), int(sys.argv[2]), time.monotonic() + 6
lake = open_home(settings_of(home), now=NOW).lake
print("begin", flush=True)
number = 0
while time.monotonic() < until:
    name = f"other-{who}-{number}"
    rows = [*turn(5, content_hash=f"{who}-{number}"), *turn(number, trace=name, canary="plain")]
    lake.append("spans", table(rows))
    print(name, flush=True)
    number += 1
"""


def test_processes_that_send_the_trace_again_and_again_neither_bring_it_back_nor_lose_theirs(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with opened(home) as there:
        fill(there, 12)
        sending = [
            subprocess.Popen([sys.executable, "-c", _STREAM, str(home), str(who)], cwd=ROOT, stdout=subprocess.PIPE,
                             text=True)
            for who in range(2)
        ]  # fmt: skip
        for one in sending:
            assert one.stdout is not None
            assert one.stdout.readline() == "begin\n"
        time.sleep(1.0)
        there.erase("trace", Wanted(traces=("trace-5",)))
        said = []
        for one in sending:
            assert one.stdout is not None
            with one.stdout as rest:  # communicate() loses what readline() read ahead
                said.append(rest.read().split())
            assert one.wait(timeout=60) == 0
        there.warehouse.load()
        traces = {trace for (trace,) in there.warehouse.rows("SELECT trace_id FROM traces")}

    acknowledged = {name for names in said for name in names}
    assert len(acknowledged) > 20
    assert traces == acknowledged | {f"trace-{n}" for n in range(12) if n != 5}
    assert found_in(home, WORD, "trace-5") == {}


def test_a_copy_of_the_warehouse_that_somebody_died_over_is_dropped(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with opened(home) as there:
        fill(there, 6)
    (home / "warehouse.duckdb.renewed").write_text("half a copy")
    with opened(home) as there:
        assert there.warehouse.rows("SELECT count(*) FROM traces") == [(6,)]
    assert not (home / "warehouse.duckdb.renewed").exists()


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
