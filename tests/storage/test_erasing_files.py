"""No file keeps what was erased: old ones, an object store's, another program's, and what somebody died over."""

from pathlib import Path

from deltalake import write_deltalake

from storage.erasing.wanted import Wanted
from storage.lake_parquet import write_parquet
from tests.storage.arrivals import table
from tests.storage.every_byte import found_in
from tests.storage.homes import canary_of, fill, opened, turn

WORD = canary_of(5)


def test_a_canary_in_old_files_of_the_lake_is_gone_too(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with opened(home) as there:
        fill(there)
        there.home.lake.compact("spans")  # the small files stay for a grace
        there.home.lake.checkpoint("spans")
        there.warehouse.load()
        there.erase("trace", Wanted(traces=("trace-5",)))

    assert found_in(home, WORD, "trace-5") == {}


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


def test_a_copy_of_the_warehouse_that_somebody_died_over_is_dropped(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with opened(home) as there:
        fill(there, 6)
    (home / "warehouse.duckdb.renewed").write_text("half a copy")
    with opened(home) as there:
        assert there.warehouse.rows("SELECT count(*) FROM traces") == [(6,)]
    assert not (home / "warehouse.duckdb.renewed").exists()
