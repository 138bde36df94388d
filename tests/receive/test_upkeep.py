"""The lake is tidied when it is quiet, and not before."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from ingest.receive.upkeep import SMALL_FILES_QUIET, Upkeep
from storage.delta_log import LakeFile
from storage.lake import Lake
from storage.lake_library import Compacted
from storage.schema import lake_schema


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(str(tmp_path / "lake"))
    for number in range(SMALL_FILES_QUIET + 1):
        row = {"trace_id": "t1", "span_id": f"s{number}", "name": "step", "start_ns": number}
        lake.append("spans", pa.Table.from_pylist([row], schema=lake_schema("spans")))
    return lake


def test_many_small_files_become_few_when_nothing_comes(lake: Lake) -> None:
    upkeep = Upkeep(lake, quiet_seconds=lambda: 3_600.0)
    upkeep.look()
    files = lake.files("spans")
    assert len(files) < 5
    assert sum(file.rows for file in files) == SMALL_FILES_QUIET + 1
    assert upkeep.state().files_before == SMALL_FILES_QUIET + 1
    assert upkeep.state().tidied_at is not None


def test_they_are_left_alone_while_something_comes(lake: Lake) -> None:
    upkeep = Upkeep(lake, quiet_seconds=lambda: 0.0)
    upkeep.look()
    assert len(lake.files("spans")) == SMALL_FILES_QUIET + 1
    assert upkeep.state().tidied_at is None


def test_closing_ends_its_thread(lake: Lake) -> None:
    upkeep = Upkeep(lake, quiet_seconds=lambda: 0.0)
    upkeep.start()
    upkeep.close()
    assert not upkeep.state().failure


def test_a_compaction_that_is_broken_off_loses_nothing_and_leaves_nothing(lake: Lake) -> None:
    asked = iter(range(SMALL_FILES_QUIET))
    before = lake.files("spans")
    done = lake.compact("spans", may_go_on=lambda: next(asked) < 10)
    assert (done.files_before, lake.files("spans")) == (0, before)
    assert len(list(Path(lake.location, "spans").glob("*.parquet"))) == len(before)


def test_closing_breaks_off_what_it_is_doing(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    upkeep = Upkeep(lake, quiet_seconds=lambda: 3_600.0)
    files, listed = lake.files, []

    def then_closed(table: str) -> list[LakeFile]:
        listed.append(table)
        found = files(table)
        monkeypatch.setattr(lake, "compact", partial(_closed_first, upkeep, lake.compact))
        return found

    monkeypatch.setattr(lake, "files", then_closed)
    upkeep.look()
    assert listed == ["spans"]
    assert len(files("spans")) == SMALL_FILES_QUIET + 1
    assert upkeep.state().tidied_at is None


def _closed_first(upkeep: Upkeep, compact: Callable[..., Compacted], table: str, **how: Any) -> Compacted:
    upkeep.close()
    return compact(table, **how)
