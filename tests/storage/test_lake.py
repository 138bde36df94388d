"""What is appended to the lake is there, numbered, and told to who asks what changed."""

import re
from pathlib import Path

import pyarrow.fs as pafs
import pytest
from deltalake import DeltaTable
from deltalake.fs import DeltaStorageHandler

from errors import StoreFailed
from storage.delta_log import TableFolder
from storage.lake import Lake
from storage.lake_table import table_folder
from tests.storage.rows import spans


@pytest.fixture(params=["own entries", "library"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    folder = tmp_path / "lake"
    return Lake(str(folder) if request.param == "own entries" else f"file://{folder}")


def test_rows_come_back_with_sequence_numbers_in_order_of_arrival(lake: Lake, tmp_path: Path) -> None:
    first = lake.append("spans", spans(3))
    second = lake.append("spans", spans(2, trace="b"))
    assert (first.first_sequence, first.last_sequence) == (1, 3)
    assert (second.first_sequence, second.last_sequence) == (4, 5)
    assert second.version == first.version + 1
    rows = DeltaTable(tmp_path / "lake" / "spans").to_pyarrow_table(columns=["sequence", "trace_id"]).to_pylist()
    assert sorted((row["sequence"], row["trace_id"]) for row in rows) == [
        (1, "a"),
        (2, "a"),
        (3, "a"),
        (4, "b"),
        (5, "b"),
    ]


def test_changes_tell_only_what_came_after_the_version_asked_from(lake: Lake) -> None:
    first = lake.append("spans", spans(3))
    assert [file.rows for file in lake.changes("spans", None).added] == [3]
    lake.append("spans", spans(2))
    changes = lake.changes("spans", first.version)
    assert [(f.rows, f.first_sequence, f.last_sequence, f.data_change) for f in changes.added] == [(2, 4, 5, True)]
    assert changes.version == first.version + 1
    assert lake.changes("spans", changes.version).added == []
    assert [file.rows for file in lake.files("spans")] == [3, 2]


def test_a_lake_without_tables_has_no_changes(lake: Lake) -> None:
    assert lake.changes("spans", None).added == []
    assert lake.changes("spans", None).version == -1
    assert lake.changes("spans", -1).added == []


def test_files_say_which_times_they_hold(lake: Lake) -> None:
    lake.append("spans", spans(3, start_ns=1_000))
    (file,) = lake.files("spans")
    assert (file.first_start_ns, file.last_start_ns) == (1_000, 1_002)


def test_no_rows_make_no_commit(lake: Lake) -> None:
    lake.append("spans", spans(3))
    done = lake.append("spans", spans(0))
    assert (done.first_sequence, done.last_sequence) == (4, 3)
    assert lake.append("spans", spans(1)).version == done.version + 1


def test_rows_without_the_lakes_columns_are_refused(lake: Lake) -> None:
    with pytest.raises(StoreFailed, match="columns"):
        lake.append("spans", spans(2).drop_columns(["trace_id"]))
    assert sum(file.rows for file in lake.files("spans")) == 0


def test_a_damaged_entry_is_named_and_not_skipped(lake: Lake, tmp_path: Path) -> None:
    first = lake.append("spans", spans(1))
    entry = tmp_path / "lake" / "spans" / "_delta_log" / f"{lake.append('spans', spans(1)).version:020d}.json"
    entry.write_bytes(entry.read_bytes()[:100])
    with pytest.raises(StoreFailed, match=re.escape(f"entry {first.version + 1} in")):
        lake.changes("spans", first.version)


def test_entries_read_through_an_object_store_are_those_read_from_the_disk(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path / "lake"))
    lake.append("spans", spans(3))
    root = str(tmp_path / "lake" / "spans")
    store = TableFolder(root, pafs.PyFileSystem(DeltaStorageHandler(f"file://{root}")))
    disk = table_folder(root, None)
    assert [store.entry(n) for n in range(3)] == [disk.entry(n) for n in range(3)]
    assert [store.has(n) for n in range(3)] == [True, True, False]


def test_files_in_an_object_store_are_told_as_urls() -> None:
    folder = TableFolder("s3://bucket/lake/spans", pafs.LocalFileSystem())
    assert folder.path_of("part-1.parquet") == "s3://bucket/lake/spans/part-1.parquet"
    assert folder.path_of("s3://other/part-2.parquet") == "s3://other/part-2.parquet"
