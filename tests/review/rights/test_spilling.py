"""What a question to the lake cannot keep in memory lies in the home meanwhile, and in no folder somebody is in."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.rescrub.run import Asked, run
from review.people import SHELL
from review.rights.asking import Rights, place_hold
from review.rights.subjects import Kind
from storage.erasing.lake_reading import reading
from storage.erasing.run import erase_pending
from tests.review.traffic import NOW
from tests.storage.homes import fill, opened


def test_every_question_of_an_erasure_a_hold_and_a_look_again_spills_into_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, really, folders = tmp_path / "home", duckdb.connect, []

    def connect(*said: Any, **more: Any) -> duckdb.DuckDBPyConnection:
        if said == (":memory:",):
            folders.append(Path(more["config"].get("temp_directory", "")))
        return really(*said, **more)

    with opened(home) as there:
        fill(there, 6)
        monkeypatch.setattr(duckdb, "connect", connect)
        rights = Rights(there.settings, there.home.lake, there.home.ledger.database)
        place_hold(rights, "trace", "trace-5", reason="a case", by=SHELL, now=NOW)
        found = rights.find(Kind.TRACE, ["trace-1"])
        rights.ask(found, ["trace-1"], reason="asked for", by=SHELL, now=NOW)
        erase_pending(there.stores)
        rights.came_back()
        run(there.home, Asked(), now=NOW)

    assert len(folders) > 8
    assert {one.parent for one in folders} == {home}
    assert list(home.glob("erasing-*/")) == []


def test_without_a_home_nothing_is_spilled(tmp_path: Path) -> None:
    with opened(tmp_path / "home") as there, reading(there.home.lake) as lake:
        assert lake.rows("SELECT current_setting('temp_directory')") == [("",)]
