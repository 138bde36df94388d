"""The steps of taking traces out of lake, warehouse and word index, for an erasure and for deletion by age alike."""

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import pyarrow.parquet as pq

from settings import Settings
from storage.erasing import warehouse_rows
from storage.erasing.lake_reading import LakeReader, reading
from storage.erasing.wanted import Victims
from storage.lake import Lake
from storage.ledger_database import Database
from storage.loading.columns import SEARCHED_TEXT
from storage.warehouse import Warehouse

BY = {"scores": ("id", "scores"), "spans": ("trace_id", "traces")}
"""Of each lake table the column that says what goes, and where the ids are. Spans last: by them the rest is found again
when somebody died in between and the warehouse is made anew."""
one_at_a_time = threading.Lock()
"""Of all who take something out in this process, which alone holds the warehouse."""


@dataclass(frozen=True, slots=True)
class Stores:
    """What traces are taken out of. `forget` drops what the process itself remembers of traces, given by their ids."""

    settings: Settings
    lake: Lake
    warehouse: Warehouse
    database: Database
    forget: Callable[[Sequence[str]], None] = field(default=lambda _traces: None)


def take_out(stores: Stores, going: Victims, *, before_ns: int | None = None) -> None:
    """Out of the word index, the lake and the warehouse, in this order: words are told from the texts in the lake.

    With `before_ns` a trace stays whose span of then or later arrives meanwhile, with what was not taken out yet.
    The caller holds `Warehouse.unfed`. Again it finds nothing. Raises `StoreFailed` or `Busy`.
    """
    forget_words(stores, going.traces)
    for table, (column, name) in BY.items():
        while ids := getattr(going, name):
            with reading(stores.lake, home=stores.settings.home) as lake:
                if table == "spans" and before_ns is not None:
                    ids = without_younger(lake, ids, before_ns)
                    going = replace(going, traces=ids)
                paths = files_in(lake, table, column, ids)  # of the files that were looked at and no newer ones
            if not paths:
                break
            stores.lake.remove(table, column, ids, paths=paths)
    stores.warehouse.load(with_index=False)  # it follows the new files; then nobody needs the old ones
    purge(stores, going)
    with stores.warehouse.changing() as cursor:
        warehouse_rows.remove(cursor, going)


def leave_no_byte(stores: Stores, traces: Sequence[str]) -> None:
    """Write anew what keeps deleted rows in its files, and drop copies. Raises `StoreFailed` or `Busy`."""
    while stores.warehouse.repair_hours():
        pass
    stores.warehouse.renew()
    stores.warehouse.feed_index()  # nothing to do, unless the index had to be dropped
    stores.warehouse.text_index.tidy()
    stores.forget(traces)
    for folder in stores.settings.home.glob("replay-*"):  # copies of the warehouse as it was
        shutil.rmtree(folder, ignore_errors=True)


def forget_words(stores: Stores, traces: Sequence[str]) -> None:
    """Take the words of these traces out of the index, as long as the lake still has their texts."""

    def texts(lake: LakeReader) -> Iterator[tuple[str, str]]:
        lake.name({"going": traces})
        asked = f"SELECT trace_id, {SEARCHED_TEXT} FROM spans WHERE trace_id IN (FROM going)"  # noqa: S608 - our names
        return ((str(trace), str(text)) for trace, text in lake.rows(asked))

    with reading(stores.lake, home=stores.settings.home) as lake:
        stores.warehouse.text_index.forget(texts(lake))


def files_in(lake: LakeReader, table: str, column: str, ids: Sequence[str]) -> set[str]:
    """Files of a lake table that have a row of one of the ids."""
    lake.name({"going": ids})
    asked = f"SELECT DISTINCT filename FROM {table} WHERE {column} IN (FROM going)"  # noqa: S608 - our own names
    return set(lake.ids(asked))


def without_younger(lake: LakeReader, traces: Sequence[str], before_ns: int) -> tuple[str, ...]:
    """Those of the traces that have no span of `before_ns` or later in the lake, whatever the warehouse knows."""
    lake.name({"going": traces})
    younger = lake.rows("SELECT DISTINCT trace_id FROM spans WHERE trace_id IN (FROM going) AND start_ns >= $before_ns",
                        before_ns=before_ns)  # fmt: skip
    return tuple(sorted(set(traces) - {str(trace) for (trace,) in younger}))


def purge(stores: Stores, going: Victims) -> None:
    """Delete files that are no longer part of the lake, and the log that tells of them."""
    for table in BY:
        stores.lake.purge(table, lambda path, table=table: _has(path, table, going))  # type: ignore[misc]


def _has(path: str, table: str, going: Victims) -> bool:
    column, name = BY[table]
    there = pq.read_table(path, columns=[column])[column].to_pylist()
    return not set(getattr(going, name)).isdisjoint(there)
