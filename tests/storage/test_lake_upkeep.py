"""Compaction, vacuum and log clean-up change how rows lie, never which rows are there or what they are numbered."""

import hashlib
import os
import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

from storage import lake_upkeep
from storage.lake import Lake, LakeFile
from storage.lake_parquet import RowGroups
from storage.lake_upkeep import without_repeats
from storage.schema import lake_schema
from tests.storage.rows import spans
from tests.storage.writers import acknowledged, started


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))


def rows_of(file: LakeFile) -> list[dict[str, object]]:
    return list(pq.read_table(file.path, columns=["sequence", "trace_id", "span_id", "start_ns"]).to_pylist())


def log_of(lake: Lake) -> Path:
    return Path(lake.location) / "spans" / "_delta_log"


def test_small_files_become_one_in_the_order_of_time_with_their_numbers(lake: Lake) -> None:
    for number, start_ns in enumerate((30, 10, 20)):
        lake.append("spans", spans(2, trace=f"t{number}", start_ns=start_ns))
    done = lake.compact("spans")
    (file,) = lake.files("spans")
    assert [(row["start_ns"], row["sequence"]) for row in rows_of(file)] == [
        (10, 3), (11, 4), (20, 5), (21, 6), (30, 1), (31, 2)
    ]  # fmt: skip
    assert (done.files_before, done.files_after, done.rows, done.duplicates) == (3, 1, 6, 0)
    assert (file.first_sequence, file.last_sequence, file.first_start_ns, file.last_start_ns) == (1, 6, 10, 31)
    assert lake.append("spans", spans(1)).first_sequence == 7


def test_rows_are_the_same_after_compaction(lake: Lake) -> None:
    documents = [{"rank": 1, "content": "Fees\n"}, {"rank": 2, "content": ""}]
    for first, texts in ((0, ["", None, "ü" * 3000]), (3, ["same", "same", "\x00"])):
        rows = spans(3, trace=f"t{first}", start_ns=first)
        said = {"input_text": texts, "output_text": texts[::-1], "documents": [documents, None, []]}
        for name, values in said.items():
            at = rows.schema.get_field_index(name)
            rows = rows.set_column(at, rows.schema.field(at), pa.array(values, rows.schema.field(at).type))
        lake.append("spans", rows)
    before = [row for file in lake.files("spans") for row in pq.read_table(file.path).to_pylist()]
    assert lake.compact("spans").files_after == 1
    (file,) = lake.files("spans")
    assert pq.read_table(file.path).to_pylist() == before
    assert DeltaTable(log_of(lake).parent).to_pyarrow_table().sort_by("sequence").to_pylist() == before


def test_a_document_that_comes_again_far_apart_is_kept_once(lake: Lake) -> None:
    corpus = [hashlib.shake_128(bytes([n])).hexdigest(1000) for n in range(20)]  # 1 KB each, whatever compresses it
    for batch in range(4):
        rows = spans(10_000, trace=f"t{batch}", start_ns=batch * 10_000)
        at = rows.schema.get_field_index("documents")
        given = pa.array([[{"rank": 1, "content": corpus[n % 20]}] for n in range(10_000)], rows.schema.field(at).type)
        lake.append("spans", rows.set_column(at, rows.schema.field(at), given))
    done = lake.compact("spans")
    (file,) = lake.files("spans")
    columns = pq.read_metadata(file.path).row_group(0)
    said = {columns.column(n).path_in_schema: columns.column(n) for n in range(columns.num_columns)}
    assert done.rows == columns.num_rows == 40_000
    assert said["documents.list.element.content"].total_compressed_size < len(
        "".join(corpus)
    )  # 20 KB as bytes, half an index byte a row
    assert done.bytes_after < done.bytes_before / 2


def test_of_exact_repeats_the_first_arrival_stays(lake: Lake) -> None:
    lake.append("spans", spans(3))
    lake.append("spans", spans(4))
    assert lake.compact("spans").duplicates == 3
    assert sorted((row["span_id"], row["sequence"]) for row in rows_of(lake.files("spans")[0])) == [
        (f"{n:016x}", sequence) for n, sequence in enumerate([1, 2, 3, 7])
    ]


def test_rows_that_differ_in_content_or_have_no_hash_are_no_repeats() -> None:
    columns = {
        "trace_id": ["a"] * 5,
        "span_id": ["s"] * 5,
        "content_hash": ["x", "y", None, None, "x"],
        "sequence": [1, 2, 3, 4, 5],
    }
    rows = pa.table(columns, schema=pa.schema([lake_schema("spans").field(name) for name in columns]))
    assert without_repeats(rows)["sequence"].to_pylist() == [1, 2, 3, 4]


def test_scores_are_compacted_in_the_order_of_arrival(lake: Lake) -> None:
    schema = lake_schema("scores")
    for name in ("b", "a"):
        lake.append("scores", pa.Table.from_pylist([{"id": name, "name": "correctness", "value": 1.0}], schema=schema))
    assert lake.compact("scores").files_after == 1
    rows = pq.read_table(lake.files("scores")[0].path)
    assert rows.select(["id", "sequence"]).to_pylist() == [{"id": "b", "sequence": 1}, {"id": "a", "sequence": 2}]


def test_a_reader_that_follows_the_log_is_not_told_to_load_rewritten_rows(lake: Lake) -> None:
    lake.append("spans", spans(2))
    version = lake.append("spans", spans(2, trace="b")).version
    old = {file.path for file in lake.files("spans")}
    lake.compact("spans")
    changes = lake.changes("spans", version)
    assert [file.data_change for file in changes.added] == [False]
    assert set(changes.removed) == old
    assert all(Path(path).exists() for path in old)


def test_rows_that_came_and_were_rewritten_since_count_as_new(lake: Lake) -> None:
    version = lake.append("spans", spans(2)).version
    lake.append("spans", spans(2, trace="b"))
    lake.compact("spans")
    lake.vacuum("spans", grace_seconds=0)
    changes = lake.changes("spans", version)
    assert [(file.rows, file.data_change) for file in changes.added] == [(4, True)]


def test_nothing_to_compact_makes_no_commit(lake: Lake) -> None:
    assert lake.compact("spans").files_after == 0
    version = lake.append("spans", spans(2)).version
    assert lake.compact("spans").files_after == 0
    assert lake.changes("spans", version).version == version


def test_large_files_are_not_rewritten_again(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lake_upkeep, "TARGET_ROWS", 8)
    for number in range(9):
        lake.append("spans", spans(1, trace=f"t{number}", start_ns=number))
    lake.compact("spans")
    assert sorted(file.rows for file in lake.files("spans")) == [1, 8]
    lake.append("spans", spans(1, trace="later", start_ns=99))
    assert lake.compact("spans").files_before == 2
    assert sorted(file.rows for file in lake.files("spans")) == [2, 8]


def test_a_file_that_somebody_deleted_rows_from_meanwhile_is_left_to_them(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.append("spans", spans(2))
    lake.append("spans", spans(2, trace="b"))
    write = RowGroups.write

    def erased_while_writing(self: RowGroups, rows: pa.Table) -> None:
        write(self, rows)
        DeltaTable(log_of(lake).parent).delete("trace_id = 'b'")

    monkeypatch.setattr(RowGroups, "write", erased_while_writing)
    assert lake.compact("spans").files_after == 0
    assert sum(file.rows for file in lake.files("spans")) == 2
    monkeypatch.undo()
    lake.vacuum("spans", grace_seconds=0)
    assert {str(path) for path in log_of(lake).parent.glob("*.parquet")} == {file.path for file in lake.files("spans")}


def test_vacuum_leaves_what_a_reader_may_still_hold(lake: Lake) -> None:
    lake.append("spans", spans(2))
    lake.append("spans", spans(2, trace="b"))
    old = [Path(file.path) for file in lake.files("spans")]
    orphan = old[0].with_name("part-orphan.parquet")
    orphan.write_bytes(b"PAR1")
    for path in (*old, orphan):
        os.utime(path, (0, 0))  # written long ago, left the table just now
    lake.compact("spans")
    assert lake.vacuum("spans") == 1
    assert all(path.exists() for path in old)
    assert not orphan.exists()
    assert lake.vacuum("spans", grace_seconds=0) == 2
    assert not any(path.exists() for path in old)
    assert sum(file.rows for file in lake.files("spans")) == 4


def test_vacuum_refuses_a_grace_that_the_log_does_not_remember(lake: Lake) -> None:
    lake.append("spans", spans(1))
    with pytest.raises(ValueError, match="remembers"):
        lake.vacuum("spans", grace_seconds=1e6)


def test_a_reader_behind_the_cleaned_log_gets_every_file(lake: Lake) -> None:
    version = lake.append("spans", spans(2)).version
    for _ in range(5):
        lake.append("spans", spans(2))
    lake.checkpoint("spans", kept_seconds=0)
    changes = lake.changes("spans", version)
    assert changes.whole
    assert sum(file.rows for file in changes.added) == 12
    assert lake.changes("spans", changes.version).added == []
    assert not lake.changes("spans", changes.version).whole


def test_the_log_shrinks_and_still_opens_for_us_and_the_library(lake: Lake) -> None:
    for _ in range(30):
        lake.append("spans", spans(1))
    lake.checkpoint("spans", kept_seconds=0)
    assert len(list(log_of(lake).glob("*.json"))) == 1
    assert len(list(log_of(lake).glob("*.checkpoint.parquet"))) == 1
    assert Lake(lake.location).append("spans", spans(1)).first_sequence == 31
    assert DeltaTable(log_of(lake).parent).to_pyarrow_table(columns=["sequence"]).num_rows == 31


def test_young_entries_are_kept_when_the_log_is_cleaned(lake: Lake) -> None:
    for _ in range(3):
        lake.append("spans", spans(1))
    lake.checkpoint("spans")
    assert len(list(log_of(lake).glob("*.json"))) == 4


def test_a_writer_that_slept_through_a_clean_up_does_not_commit_into_the_past(lake: Lake) -> None:
    asleep = Lake(lake.location)
    asleep.append("spans", spans(1))
    for _ in range(5):
        lake.append("spans", spans(1))
    lake.checkpoint("spans", kept_seconds=0)
    assert asleep.append("spans", spans(1)).first_sequence == 7
    assert DeltaTable(log_of(lake).parent).to_pyarrow_table(columns=["sequence"]).num_rows == 7


def test_files_of_writers_without_statistics_are_listed_with_their_rows(lake: Lake) -> None:
    version = lake.append("spans", spans(1)).version
    DeltaTable(log_of(lake).parent).alter.set_table_properties({"delta.dataSkippingStatsColumns": "name"})
    write_deltalake(log_of(lake).parent, spans(5), mode="append")
    (file,) = lake.changes("spans", version).added
    assert (file.rows, file.first_sequence, file.data_change) == (5, None, True)


def test_an_object_store_lake_is_compacted_vacuumed_and_summed_up_by_the_library(tmp_path: Path) -> None:
    lake = Lake(f"file://{tmp_path / 'lake'}")
    for name in ("a", "b", "c"):
        lake.append("spans", spans(2, trace=name))
    done = lake.compact("spans")
    assert (done.files_before, done.files_after) == (3, 1)
    lake.checkpoint("spans")
    assert lake.vacuum("spans") == 0
    (file,) = lake.files("spans")
    assert sorted(int(str(row["sequence"])) for row in rows_of(file)) == [1, 2, 3, 4, 5, 6]
    assert lake.append("spans", spans(1)).first_sequence == 7


@pytest.mark.parametrize("name", ["my home", "50% ü", "a+b&c=d", "x#y?z"])
def test_a_home_may_have_any_name(tmp_path: Path, name: str) -> None:
    lake = Lake(str(tmp_path / name / "lake"))
    version = lake.append("spans", spans(2)).version
    lake.append("spans", spans(2, trace="b"))
    paths = {file.path for file in lake.files("spans")}
    assert paths == {file.path for file in (*lake.changes("spans", 0).added,)}
    assert all(Path(path).exists() for path in paths)
    lake.compact("spans")
    assert set(lake.changes("spans", version).removed) == paths
    lake.vacuum("spans", grace_seconds=0)
    assert [(file.rows, Path(file.path).exists()) for file in lake.files("spans")] == [(4, True)]


def test_vacuum_without_grace_takes_nothing_from_a_writer_or_a_compaction_at_work(tmp_path: Path) -> None:
    folder = tmp_path / "lake"
    lake = Lake(str(folder))
    lake.append("spans", spans(1))
    writers = [started("append", folder, who, 60, 20) for who in range(2)]
    while any(writer.poll() is None for writer in writers):
        compacting = threading.Thread(target=lambda: Lake(str(folder)).compact("spans"))
        compacting.start()
        lake.vacuum("spans", grace_seconds=0)
        compacting.join()
    done = acknowledged(*writers)
    assert sum(pq.read_metadata(file.path).num_rows for file in lake.files("spans")) == 1 + 20 * len(done) == 2401
