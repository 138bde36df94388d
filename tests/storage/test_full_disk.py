"""A full disk is told with what to do; neither warehouse nor word index is taken for damaged, and dropped, for that."""

import errno
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, nullcontext
from functools import partial
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


class Full(sqlite3.Connection):
    """A connection on which nothing is made."""

    def executescript(self, _: str) -> NoReturn:
        full = sqlite3.OperationalError("database or disk is full")
        full.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise full


def of_pages(most: int) -> Callable[..., sqlite3.Connection]:
    """A way to connect on which SQLite itself finds no room for more pages of 4 kB."""
    connect = sqlite3.connect

    def connected(*where: Any, **how: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*where, **how)
        connection.execute(f"PRAGMA max_page_count = {most}")
        return connection

    return connected


@pytest.mark.parametrize("pages", range(1, 7))  # it is made of seven
@pytest.mark.parametrize("left", ["", "CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL)"])
def test_a_word_index_for_which_there_was_no_room_is_made_at_the_next_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pages: int, left: str
) -> None:
    path = tmp_path / "text.idx"
    index = search.TextIndex(path)
    path.unlink()
    with closing(sqlite3.connect(path)) as half:  # what an earlier version left, or one that was killed
        half.execute("PRAGMA journal_mode = WAL")
        half.execute(left)
    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", of_pages(pages))
        with pytest.raises(StoreFailed, match=r"being made: is the disk full\?"):
            search.TextIndex(path)
    assert list(tmp_path.iterdir()) == []
    assert index.position == 0
    assert index.catch_up(lambda *_: iter([[("trace-1", "loan")]]), last_sequence=1) == 1
    assert index.search(search.wanted("loan")) == ["trace-1"]


@pytest.mark.parametrize(("layout", "words"), [(search._LAYOUT, ["trace-1"]), ("1", [])])
def test_only_a_whole_word_index_of_this_version_outlasts_a_start_without_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str, words: list[str]
) -> None:
    path = tmp_path / "text.idx"
    index = search.TextIndex(path)
    index.catch_up(lambda *_: iter([[("trace-1", "loan")]]), last_sequence=1)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE state SET value = ? WHERE name = 'layout'", (layout,))
    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Full))
        with nullcontext() if words else pytest.raises(StoreFailed, match="being made"):
            search.TextIndex(path)
    assert index.search(search.wanted("loan")) == words


@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ])
def test_a_word_index_that_cannot_be_read_is_not_taken_for_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    index = search.TextIndex(tmp_path / "text.idx")
    index.catch_up(lambda *_: iter([[("trace-1", "loan")]]), last_sequence=1)
    unreadable = sqlite3.OperationalError("disk I/O error")
    unreadable.sqlite_errorcode = code
    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", no_room(lambda: unreadable))
        with pytest.raises(StoreFailed, match="made anew at the next load"):
            index.search(search.wanted("loan"))
        with pytest.raises(StoreFailed, match="being made"):
            index.search(search.wanted("loan"))
    assert index.position == 0  # it was made anew


@pytest.mark.parametrize("folder", ["blocks", "could lock"])
def test_a_home_with_a_lock_in_its_name_is_not_taken_for_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    with opened(tmp_path / folder) as there:
        settings = there.settings
    with monkeypatch.context() as patched:
        patched.setattr(duckdb, "connect", no_room(duckdb.IOException, f'"{settings.warehouse_path}": {FULL}'))
        with pytest.raises(StoreFailed, match=f"being opened: {SAID}"):
            warehouse_file.connect(settings)
    settings.warehouse_path.write_bytes(b"no warehouse" * 1000)
    warehouse_file.connect(settings).close()
