"""The warehouse is derived: it may be deleted, damaged, interrupted or held, and says the same figures afterwards."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from errors import HomeHeld, StoreFailed, UsageError
from settings import Settings
from storage import texts, warehouse_file
from storage.loading import loader
from storage.schema import TABLES
from storage.warehouse import Warehouse
from tests.storage.arrivals import Bench, call, span

ROOT = Path(__file__).parents[2]


def _traffic(traces: int, *, first: int = 0) -> list[dict[str, object]]:
    return [
        row
        for n in range(first, first + traces)
        for row in (
            span("root", trace=f"t{n}", at=n, session_id=f"s{n // 3}", input_text=f"question {n}"),
            call("llm", "root", trace=f"t{n}", at=n, output_text=f"answer {n}"),
            span("find", "root", trace=f"t{n}", at=n, documents=[{"rank": 1, "content": f"page {n}"}]),
        )
    ]


def test_an_empty_home_has_empty_tables_and_views(bench: Bench) -> None:
    assert not bench.warehouse.load().changed
    for name in ("spans", "documents", "scores", "traces", "sessions"):
        frame = bench.warehouse.frame(f"FROM {name}")
        assert frame.empty
        if name in ("spans", "documents"):
            assert list(frame.columns) == [column.name for column in TABLES[name]]


def test_views_show_whole_spans_and_documents(bench: Bench) -> None:
    bench.take(*_traffic(2))

    rows = bench.all("SELECT trace_id, input_text, output_text FROM spans WHERE trace_id = 't1' ORDER BY span_id")
    assert [(row["input_text"], row["output_text"]) for row in rows] == [
        (None, None),
        (None, "answer 1"),
        ("question 1", None),
    ]
    assert bench.all("SELECT content FROM documents ORDER BY 1")[0]["content"] == "page 0"


def test_a_query_without_text_does_not_read_the_lake(bench: Bench) -> None:
    bench.take(*_traffic(2))
    plan = str(bench.all("EXPLAIN SELECT step, count(*) FROM spans GROUP BY step"))

    assert "PARQUET" not in plan.upper()


def test_deleting_everything_derived_and_loading_again_gives_the_same_rows(bench: Bench) -> None:
    for first in range(0, 30, 10):
        bench.take(*_traffic(10, first=first))
    before = bench.contents()
    bench.start_over()

    assert bench.contents() == before
    assert len(before["traces"]) == 30


def test_rebuilding_while_open_gives_the_same_rows_and_another_data_version(bench: Bench) -> None:
    bench.take(*_traffic(5))
    before, version = bench.contents(), bench.warehouse.data_version
    bench.warehouse.rebuild()

    assert bench.contents() == before
    assert bench.warehouse.data_version != version


def test_the_data_version_changes_with_the_rows_only(bench: Bench) -> None:
    bench.take(*_traffic(1))
    version = bench.warehouse.data_version
    bench.warehouse.load()
    assert bench.warehouse.data_version == version
    bench.reopen()
    assert bench.warehouse.data_version == version
    bench.take(*_traffic(1, first=1))
    assert bench.warehouse.data_version != version


@pytest.mark.parametrize("damage", [b"", b"not a database" * 1000])
def test_a_damaged_file_is_dropped_and_loaded_again_which_is_said(
    bench: Bench, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    bench.take(*_traffic(3))
    before = bench.contents()
    bench.close()
    bench.settings.warehouse_path.write_bytes(damage)
    bench.settings.text_index_path.write_bytes(damage)
    bench.__post_init__()
    bench.warehouse.load()

    assert bench.contents() == before
    assert "it is made anew from the lake" in caplog.text


def test_a_file_of_another_layout_is_dropped(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.take(*_traffic(3))
    bench.close()
    monkeypatch.setattr(warehouse_file, "LAYOUT", "later")
    bench.__post_init__()

    assert bench.warehouse.rows("SELECT count(*) FROM traces") == [(0,)]
    assert bench.warehouse.load().total.traces == 3


def test_a_home_that_was_moved_is_not_loaded_again_and_shows_its_texts(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "home")
    bench.take(*_traffic(3))
    bench.close()
    moved = Bench((tmp_path / "home").rename(tmp_path / "elsewhere"))

    assert moved.warehouse.load().rows_read == 0
    assert texts.trace_texts(moved.warehouse, "t1")["input_text"].dropna().tolist() == ["question 1"]
    assert moved.one("SELECT count(input_text) AS n FROM spans")["n"] == 3
    moved.close()


def test_what_traffic_is_grouped_by_is_never_an_empty_text(bench: Bench) -> None:
    bench.take(call("a", step="", model="", prompt_version="", error_type=""))
    row = bench.span("a")

    assert [row[name] for name in ("step", "model", "prompt_version", "error_type")] == [None] * 4


def test_files_are_readable_by_their_owner_only(bench: Bench) -> None:
    bench.take(*_traffic(1))
    modes = {path.name: path.stat().st_mode & 0o077 for path in bench.home.iterdir() if path.is_file()}

    assert set(modes.values()) == {0}, modes


def test_a_second_process_is_told_that_the_home_is_held(bench: Bench) -> None:
    code = f"""
import errors, pathlib, settings
from storage.lake import Lake
from storage.warehouse import Warehouse
where = settings.Settings(home=pathlib.Path({str(bench.home)!r}))
try:
    Warehouse.open(where, Lake(where.lake_location))
except errors.HomeHeld as held:
    print("held", held.store)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "held warehouse\n"


def test_a_wrong_question_is_a_usage_error_that_quotes_no_value(bench: Bench) -> None:
    bench.take(span("root", tenant="secret tenant"))
    with pytest.raises(UsageError, match="nope"):
        bench.warehouse.frame("SELECT nope FROM traces")
    with pytest.raises(UsageError) as wrong:
        bench.warehouse.frame("SELECT tenant::INTEGER FROM traces")
    assert "secret" not in str(wrong.value)


def test_columns_that_old_files_lack_are_empty(bench: Bench) -> None:
    bench.append(*_traffic(1))
    (file,) = bench.lake.files("spans")
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT * EXCLUDE (tenant, tool_result) FROM '{file.path}') TO '{file.path}' (FORMAT parquet)"
        )
    bench.warehouse.load()

    assert bench.all("SELECT DISTINCT tenant, tool_result FROM spans") == [{"tenant": None, "tool_result": None}]


def test_an_interrupted_load_goes_on_where_it_was(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "ROWS_PER_CHUNK", 10)
    for first in range(0, 30, 3):
        bench.append(*_traffic(3, first=first))

    class Interrupted(BaseException):
        pass

    def stop(_progress: object) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        bench.warehouse.load(stop)
    there = bench.warehouse.rows("SELECT count(*) FROM span_rows")[0][0]
    bench.reopen()
    rest = bench.warehouse.load()

    assert 0 < there < 90
    assert (there + rest.total.spans, rest.rows_read, rest.total.duplicates) == (90, 90 - there, 0)


def test_a_load_goes_on_over_a_compaction_of_what_it_had_begun(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "ROWS_PER_CHUNK", 10)
    for first in range(0, 30, 3):
        bench.append(*_traffic(3, first=first))

    def stop(_progress: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench.warehouse.load(stop)
    bench.lake.compact("spans")
    bench.warehouse.load()
    assert bench.warehouse.rows("SELECT count(*), count(DISTINCT trace_id) FROM span_rows") == [(90, 30)]
    piece_by_piece = bench.contents()
    bench.start_over()
    assert bench.contents() == piece_by_piece


def test_compaction_between_loads_loads_nothing_twice_and_keeps_the_text(bench: Bench) -> None:
    for first in range(0, 12, 3):
        bench.take(*_traffic(3, first=first))
    version = bench.warehouse.data_version
    bench.lake.compact("spans")
    report = bench.warehouse.load()

    assert (report.rows_read, bench.warehouse.data_version) == (0, version)
    assert bench.warehouse.rows("SELECT count(*) FROM lake_files") == [(len(bench.lake.files("spans")),)]
    assert bench.one("SELECT count(input_text) AS n FROM spans")["n"] == 12
    assert texts.trace_texts(bench.warehouse, "t3")["input_text"].dropna().tolist() == ["question 3"]


def test_texts_of_a_trace_are_merged_and_its_documents_have_content(bench: Bench) -> None:
    bench.take(*_traffic(3))
    bench.take(span("root", trace="t1", at=1, output_text="late answer"))

    found = texts.trace_texts(bench.warehouse, "t1").set_index("span_id")
    assert (found.input_text["root"], found.output_text["root"]) == ("question 1", "late answer")
    assert texts.trace_documents(bench.warehouse, "t1").content.tolist() == ["page 1"]
    some = texts.span_texts(bench.warehouse, [("t0", "root"), ("t2", "llm"), ("t2", "no such")])
    assert sorted(some.span_id) == ["llm", "root"]
    assert texts.trace_texts(bench.warehouse, "no such").empty
    assert texts.trace_documents(bench.warehouse, "no such").empty


def test_what_is_new_is_told_by_batch_whoever_loaded_it(bench: Bench) -> None:
    first = _traffic(2)
    bench.take(*first)
    bench.take(*(row | {"ingest_batch": "b2"} for row in [*first, *_traffic(1, first=2)]))

    counts = bench.warehouse.counts_of(["b1", "b2", "b3"])
    assert (counts["b1"].spans, counts["b1"].traces, counts["b1"].documents) == (6, 2, 2)
    assert (counts["b2"].spans, counts["b2"].traces, counts["b2"].documents) == (3, 1, 1)
    assert "b3" not in counts


def test_six_threads_read_right_answers_while_a_load_runs(bench: Bench) -> None:
    bench.take(*_traffic(50))
    wrong: list[object] = []
    ending = threading.Event()

    def read() -> None:
        while not ending.is_set():
            frame: pd.DataFrame = bench.warehouse.frame(
                "SELECT trace_id, count(*) AS n FROM span_rows WHERE trace_id = $id GROUP BY 1", id="t7"
            )
            spans, traces = bench.warehouse.rows(
                "SELECT (SELECT count(*) FROM span_rows), (SELECT count(*) FROM traces)"
            )[0]
            if frame.n.tolist() != [3] or spans != 3 * traces:
                wrong.append((frame, spans, traces))

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for first in range(50, 110, 10):
        bench.take(*_traffic(10, first=first))
    ending.set()
    for thread in threads:
        thread.join()

    assert wrong == []
    assert bench.warehouse.rows("SELECT count(*) FROM traces") == [(110,)]


@pytest.mark.kill
def test_a_killed_load_leaves_whole_commits_and_the_next_one_takes_the_rest(bench: Bench) -> None:
    for first in range(0, 400, 20):
        bench.append(*_traffic(20, first=first))
    bench.close()
    code = f"""
import pathlib, settings, sys, time
from storage.lake import Lake
from storage.loading import loader
from storage.warehouse import Warehouse
loader.ROWS_PER_CHUNK = 60
def tell(progress):
    print(progress.rows_done, flush=True)
    time.sleep(float(sys.argv[1]))
where = settings.Settings(home=pathlib.Path({str(bench.home)!r}))
warehouse = Warehouse.open(where, Lake(where.lake_location))
warehouse.load(tell)
print("all", flush=True)
"""
    interrupted = 0
    for chunks, pause_seconds in ((1, 600), (3, 0), (2, 0), (4, 0)):  # the first stands still until it is killed
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(pause_seconds)], cwd=ROOT, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        for _ in range(chunks):
            process.stdout.readline()
        time.sleep(0.02 * chunks)
        os.kill(process.pid, signal.SIGKILL)
        interrupted += "all" not in process.stdout.read()
        process.stdout.close()
        process.wait()
    assert interrupted >= 1
    bench.__post_init__()
    bench.warehouse.load()

    assert bench.warehouse.rows("SELECT count(*), count(DISTINCT (trace_id, span_id)) FROM span_rows") == [(1200, 1200)]
    assert bench.warehouse.rows("SELECT count(*), sum(spans) FROM traces") == [(400, 1200)]


def test_a_home_on_a_full_disk_says_so(tmp_path: Path) -> None:
    missing = Settings(home=tmp_path / "not there")
    with pytest.raises(StoreFailed) as failed:
        Warehouse.open(missing, Bench(tmp_path / "other").lake)
    assert not isinstance(failed.value, HomeHeld)
