"""How many units of each drawn sample an erasure takes: with that a sample can still be drawn again and compared.

A unit's stratum follows from its own spans and scores as they stood when the sample was drawn. So the rows that are to
go are loaded alone, up to the sample's last arrivals, and cut into the sample's strata.
"""

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa

from errors import UsageError
from review.sampling import frames, samples
from settings import Settings
from storage.erasing.intents import Units
from storage.erasing.lake_reading import LakeReader, reading
from storage.erasing.scratch import scratch_folder
from storage.erasing.wanted import Victims
from storage.lake import Changes, Lake, LakeFile
from storage.ledger_database import Database, our_errors
from storage.replay import as_of
from storage.review_tables import samples as sample_table
from storage.schema import lake_schema

_S = 1_000_000_000
_FIRST_AND_LAST = """
SELECT min(start_ns), max(start_ns) FROM spans WHERE trace_id IN (FROM going) AND start_ns BETWEEN 0 AND $most
"""


class _Scratch(Lake):
    """A lake that holds nothing but the rows that are to go, as files in a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self._folder_of_rows = folder

    def changes(self, table: str, since_version: int | None) -> Changes:  # noqa: ARG002 - it is loaded once
        path = self._folder_of_rows / f"{table}.parquet"
        rows = pq.read_metadata(path).num_rows
        file = LakeFile(str(path), rows, path.stat().st_size, None, None, None, None, data_change=True)
        return Changes(0, [file] if rows else [], [], whole=True)


def erased_units(settings: Settings, lake: Lake, database: Database, victims: Victims) -> tuple[Units, ...]:
    """Of every drawn sample whose window has such a trace the units by stratum. Raises `StoreFailed`."""
    with reading(lake, home=settings.home) as there:
        window = _window(there, victims)
        drawn = _drawn_within(database, *window) if window else []
        if not drawn:
            return ()
        with scratch_folder(settings.home) as scratch:
            for table, column, ids in (("spans", "trace_id", victims.traces), ("scores", "id", victims.scores)):
                pq.write_table(_rows(there, table, column, ids), scratch / f"{table}.parquet")
            return tuple(
                one for name in drawn for one in _of_sample(settings, scratch, samples.sample(database, name), victims)
            )


def _window(there: LakeReader, victims: Victims) -> tuple[dt.datetime, dt.datetime] | None:
    there.name({"going": victims.traces})
    first, last = there.rows(_FIRST_AND_LAST, most=int(dt.datetime(2200, 1, 1, tzinfo=dt.UTC).timestamp()) * _S)[0]
    if first is None:
        return None
    return dt.datetime.fromtimestamp(first / _S, dt.UTC), dt.datetime.fromtimestamp(last / _S, dt.UTC)


def _drawn_within(database: Database, first: dt.datetime, last: dt.datetime) -> list[str]:
    a_day = dt.timedelta(days=1)  # a trace begins with its root, which may be later than its first span
    asked = sa.select(sample_table.c.id).where(
        sample_table.c.source == "drawn", sample_table.c.since <= last + a_day, sample_table.c.until > first - a_day
    )
    with our_errors("being read"), database.reading() as connection:
        return list(connection.execute(asked.order_by(sample_table.c.id)).scalars())


def _rows(there: LakeReader, table: str, column: str, ids: tuple[str, ...]) -> pa.Table:
    """The lake's rows of these ids, in the lake's columns."""
    there.name({"going": ids})
    files = there.ids(f"SELECT DISTINCT filename FROM {table} WHERE {column} IN (FROM going)")  # noqa: S608
    schema, wanted = lake_schema(table), pa.array(sorted(ids), pa.string())
    parts = []
    for file in files:
        rows = pq.read_table(file)
        rows = rows.filter(pc.is_in(rows[column], value_set=wanted))
        columns = [
            rows[field.name].cast(field.type) if field.name in rows.column_names else pa.nulls(len(rows), field.type)
            for field in schema
        ]
        parts.append(pa.Table.from_arrays(columns, schema=schema))
    return pa.concat_tables([schema.empty_table(), *parts])


def _of_sample(settings: Settings, scratch: Path, sample: samples.Sample, victims: Victims) -> list[Units]:
    storage = settings.storage.model_copy(update={"lake_url": str(scratch)})
    there = settings.model_copy(update={"storage": storage})
    sequences = {"spans": sample.frame_sequence, "scores": sample.scores_sequence}
    names = [one.name for one in sample.strata]
    touched = set(victims.touched_sessions)
    with as_of(there, _Scratch(scratch), **sequences) as warehouse:
        try:
            frame = frames.read_frame(warehouse, sample.plan, week=sample.week, named=names)
        except UsageError:  # nothing of it could have been drawn
            return []
    of_frame = [(one.name, set(one.units)) for one in frame.strata if one.name in names]
    return [Units(sample.id, name, len(units - touched), len(units & touched)) for name, units in of_frame]
