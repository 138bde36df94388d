"""Several processes write one table at once, ours and foreign ones: nothing is lost and numbers follow the commits."""

import contextlib
import threading
from pathlib import Path

import pytest
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError

from storage.lake import Lake
from tests.storage.rows import spans
from tests.storage.writers import acknowledged, started


def sequences(folder: Path) -> list[int]:
    column = DeltaTable(folder).to_pyarrow_table(columns=["sequence"])["sequence"]
    return sorted(number for number in column.to_pylist() if number is not None)


def in_order_of_commits(done: list[dict[str, int | str]]) -> list[tuple[int | str, int | str]]:
    return [(one["first"], one["last"]) for one in sorted(done, key=lambda one: int(one["version"]))]


def test_four_processes_lose_nothing_and_number_in_the_order_of_their_commits(tmp_path: Path) -> None:
    done = acknowledged(*(started("append", tmp_path / "lake", who, 50, 3) for who in range(4)))
    assert in_order_of_commits(done) == [(n * 3 + 1, n * 3 + 3) for n in range(200)]
    assert sequences(tmp_path / "lake" / "spans") == list(range(1, 601))
    lake = Lake(str(tmp_path / "lake"))
    assert len(lake.changes("spans", 0).added) == 200


def test_two_object_store_writers_never_give_a_number_twice(tmp_path: Path) -> None:
    done = acknowledged(*(started("append", f"file://{tmp_path / 'lake'}", who, 12, 2) for who in range(2)))
    assert in_order_of_commits(done) == [(n * 2 + 1, n * 2 + 2) for n in range(24)]
    assert sequences(tmp_path / "lake" / "spans") == list(range(1, 49))


def test_our_entries_mix_with_the_librarys_and_with_compaction(tmp_path: Path) -> None:
    folder, lake = tmp_path / "lake", Lake(str(tmp_path / "lake"))
    lake.append("spans", spans(1))
    ours = [started("append", folder, who, 40, 2) for who in ("own-1", "own-2")]
    theirs = [started("append", f"file://{folder}", "library", 10, 2)]
    foreign = started("library", folder / "spans", "foreign", 10)
    compactions = 0
    while any(process.poll() is None for process in (*ours, *theirs, foreign)):
        compactions += lake.compact("spans").files_after
        if compactions == 2:
            with contextlib.suppress(CommitFailedError):  # the library's own retries were used up
                DeltaTable(folder / "spans").optimize.compact(max_concurrent_tasks=1)
    done = acknowledged(*ours, *theirs, foreign)
    assert compactions > 0
    assert sequences(folder / "spans") == list(range(1, 182))
    assert in_order_of_commits(done) == [(n * 2, n * 2 + 1) for n in range(1, 91)]
    traces = set(DeltaTable(folder / "spans").to_pyarrow_table(columns=["trace_id"])["trace_id"].to_pylist())
    assert traces == {"a", *(str(one["trace"]) for one in done), *(f"foreign-{n}" for n in range(10))}


def test_threads_of_one_process_take_turns(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path / "lake"))
    threads = [
        threading.Thread(target=lambda who=who: [lake.append("spans", spans(1, trace=f"{who}{n}")) for n in range(10)])
        for who in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sequences(tmp_path / "lake" / "spans") == list(range(1, 41))


@pytest.mark.parametrize("commits", [250])
def test_a_table_of_many_own_entries_opens_from_a_checkpoint(tmp_path: Path, commits: int) -> None:
    lake = Lake(str(tmp_path / "lake"))
    rows = spans(1)
    for _ in range(commits):
        lake.append("spans", rows)
    log = tmp_path / "lake" / "spans" / "_delta_log"
    assert sorted(int(path.name[:20]) for path in log.glob("*.checkpoint.parquet")) == [100, 200]
    assert len(Lake(str(tmp_path / "lake")).files("spans")) == commits
    assert Lake(str(tmp_path / "lake")).append("spans", rows).first_sequence == commits + 1
