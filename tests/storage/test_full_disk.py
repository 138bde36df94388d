"""A full disk is told with what to do; neither warehouse nor word index is taken for damaged, and dropped, for that."""

import errno
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import duckdb
import pyarrow.parquet as pq
import pytest

from errors import StoreFailed
from settings import Settings
from storage import search, warehouse_file
from storage.loading import loader
from tests.storage.homes import opened, turn, word_of

FULL = 'Could not write file "x.duckdb": No space left on device'
SAID = "the disk is full; make room and run it again"


def no_room(kind: Callable[..., Exception], *said: Any) -> Any:
    """A function that finds the disk full."""

    def fails(*_: Any, **__: Any) -> NoReturn:
        raise kind(*said)

    return fails


def test_a_file_that_cannot_be_opened_for_want_of_room_is_told_and_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path / "home") as there:
        there.append(turn(1))
        there.warehouse.load()
        settings = there.settings
    before = settings.warehouse_path.read_bytes()
    for kind in (duckdb.IOException, duckdb.FatalException):
        with monkeypatch.context() as patched:
            patched.setattr(duckdb, "connect", no_room(kind, FULL))
            with pytest.raises(StoreFailed, match=f"being opened: {SAID}"):
                warehouse_file.connect(settings)
    with monkeypatch.context() as patched:
        patched.setattr(pq, "write_table", no_room(OSError, errno.ENOSPC, os.strerror(errno.ENOSPC)))
        with pytest.raises(StoreFailed, match=f"being opened: {SAID}"):
            warehouse_file.connect(settings)
    assert settings.warehouse_path.read_bytes() == before


def test_the_word_index_stays_and_what_needs_no_words_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path / "home") as there:
        there.append(turn(1))
        there.warehouse.load()
        settings = there.settings
    before, asked = settings.text_index_path.read_bytes(), search.wanted(word_of(1))
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", no_room(lambda: full))
        index = search.TextIndex(settings.text_index_path)
        with pytest.raises(StoreFailed, match="is the disk full"):
            index.search(asked)
    assert settings.text_index_path.read_bytes() == before
    assert search.TextIndex(settings.text_index_path).search(asked) == ["trace-1"]


def test_a_load_that_finds_no_room_does_not_send_anybody_to_rebuild(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path / "home") as there:
        there.append(turn(1))
        with monkeypatch.context() as patched:
            patched.setattr(loader, "load", no_room(duckdb.TransactionException, f"Failed to commit: {FULL}"))
            with pytest.raises(StoreFailed, match=f"being loaded: {SAID}") as failed:
                there.warehouse.load()
        assert "rebuild" not in str(failed.value)
        assert there.warehouse.load().total.spans == 2


def test_a_warehouse_that_cannot_be_written_anew_is_told_and_the_next_time_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full in the middle of the copy: its transaction is broken, as by a real one."""
    really = warehouse_file._make_tables

    def breaks(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
        really(connection, settings)
        connection.execute(f"""CREATE OR REPLACE TABLE meta
            (name VARCHAR, value VARCHAR, more VARCHAR DEFAULT error('{FULL}'))""")

    with opened(tmp_path / "home") as there:
        there.append(turn(1))
        there.warehouse.load()
        with monkeypatch.context() as patched:
            patched.setattr(warehouse_file, "_make_tables", breaks)
            with pytest.raises(StoreFailed, match=f"being written anew: {SAID}"):
                there.warehouse.renew()
        assert not list(there.settings.home.glob("*.renewed*"))
        assert (
            there.warehouse.rows("SELECT database_name FROM duckdb_databases() WHERE database_name = 'renewed'") == []
        )
        there.warehouse.renew()
        assert there.warehouse.rows("SELECT trace_id FROM traces") == [("trace-1",)]
