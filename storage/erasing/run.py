"""Erasing what the ledger says is to go. Each step may be done again, so whoever dies in it is followed by the next.

In this order, since each needs what comes after it: words (told from the texts in the lake), lake, warehouse, files
written anew, ledger. Only the process that holds the warehouse does it; appends and questions go on meanwhile.
"""

import datetime as dt
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow.parquet as pq

from settings import Settings
from storage.erasing import gone, intents, ledger_rows, victims, warehouse_rows
from storage.erasing.intents import Pending
from storage.erasing.lake_reading import LakeReader, reading
from storage.erasing.wanted import Victims
from storage.lake import Lake
from storage.ledger_database import Database, our_errors
from storage.loading.columns import SEARCHED_TEXT
from storage.rights_tables import erasures, holds
from storage.warehouse import Warehouse

_BY = {"spans": ("trace_id", "traces"), "scores": ("id", "scores")}
"""Of each lake table the column that says what goes, and where the ids are."""
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Stores:
    """What an erasure is done in. `forget` drops what the process itself remembers of traces, given by their ids."""

    settings: Settings
    lake: Lake
    warehouse: Warehouse
    database: Database
    forget: Callable[[Sequence[str]], None] = field(default=lambda _traces: None)


def erase_pending(stores: Stores) -> int:
    """Do every erasure that is asked for or was broken off; how many.

    Raises `StoreFailed` or `Busy`; they stay asked for.
    """
    with _one_at_a_time:
        found = intents.pending(stores.database)
        for one in found:
            _erase(stores, one)
        return len(found)


def _erase(stores: Stores, one: Pending) -> None:
    counts = dict(one.counts)
    if one.victims is not None:
        counts = _all_but_the_ledgers_file(stores, one)
    is_whole = stores.database.shrink([*ledger_rows.TOUCHED, erasures, holds])
    if not is_whole:
        counts["ledger_not_written_anew"] = 1
    with our_errors("finishing an erasure"), stores.database.writing() as connection:
        intents.finish(connection, one.id, now=dt.datetime.now(dt.UTC), counts=counts)


def _all_but_the_ledgers_file(stores: Stores, one: Pending) -> dict[str, int]:
    with stores.warehouse.unfed():
        going, counts = _everything_that_came(stores, one)
        _forget_words(stores, going)
        _empty_lake(stores, going)
        stores.warehouse.load(with_index=False)  # it follows the new files; then nobody needs the old ones
        for table in _BY:
            stores.lake.purge(table, lambda path, table=table: _holds(path, table, going))  # type: ignore[misc]
        with stores.warehouse.changing() as cursor:
            warehouse_rows.remove(cursor, going)
    while stores.warehouse.repair_hours():
        pass
    stores.warehouse.renew()
    stores.warehouse.text_index.tidy()
    stores.forget(going.traces)
    for folder in stores.settings.home.glob("replay-*"):  # copies of the warehouse as it was
        shutil.rmtree(folder, ignore_errors=True)
    with our_errors("being erased from"), stores.database.writing() as connection:
        ledger_rows.remove(connection, going, one.wanted, erasure=one.id)
        intents.forget_intent(connection, one.id)
    return counts


def _everything_that_came(stores: Stores, one: Pending) -> tuple[Victims, dict[str, int]]:
    """What is to go, with what arrived since it was asked for; when this returns no more of those traces can arrive."""
    going, counts = one.victims or Victims(), dict(one.counts)
    key = gone.erasure_key(stores.settings.home)
    while True:
        for table in _BY:
            stores.lake.settle(table)
        with reading(stores.lake) as lake:
            more = going | victims.find(lake, one.wanted)
            if more == going:
                return going, counts
            counts |= {name: max(number, counts.get(name, 0)) for name, number in victims.counts(lake, more).items()}
        with our_errors("noting what is to be erased"), stores.database.writing() as connection:
            intents.widen(connection, one, more, key=key, counts=counts)
        going = more


def _forget_words(stores: Stores, going: Victims) -> None:
    def texts(lake: LakeReader) -> Iterator[tuple[str, str]]:
        lake.name({"going": going.traces})
        asked = f"SELECT trace_id, {SEARCHED_TEXT} FROM spans WHERE trace_id IN (FROM going)"  # noqa: S608 - our names
        return ((str(trace), str(text)) for trace, text in lake.rows(asked))

    with reading(stores.lake) as lake:
        stores.warehouse.text_index.forget(texts(lake))


def _empty_lake(stores: Stores, going: Victims) -> None:
    for table, (column, name) in _BY.items():
        ids = getattr(going, name)
        while ids and (paths := _files_with(stores.lake, table, column, ids)):
            stores.lake.remove(table, column, ids, paths=paths)


def _files_with(lake: Lake, table: str, column: str, ids: Sequence[str]) -> set[str]:
    with reading(lake) as there:
        there.name({"going": ids})
        asked = f"SELECT DISTINCT filename FROM {table} WHERE {column} IN (FROM going)"  # noqa: S608 - our own names
        return set(there.ids(asked))


def _holds(path: str, table: str, going: Victims) -> bool:
    column, name = _BY[table]
    there = pq.read_table(path, columns=[column])[column].to_pylist()
    return not set(getattr(going, name)).isdisjoint(there)
