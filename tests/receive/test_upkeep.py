"""The lake is tidied when it is quiet, and not before."""

from pathlib import Path

import pyarrow as pa
import pytest

from ingest.receive.upkeep import SMALL_FILES_QUIET, Upkeep
from storage.lake import Lake
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
