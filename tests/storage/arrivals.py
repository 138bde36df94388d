"""Arrivals of spans and scores for the warehouse's tests, and a home to load them in."""

import datetime as dt
import itertools
import shutil
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from settings import Settings
from storage.lake import Lake
from storage.schema import lake_schema
from storage.warehouse import LoadReport, Warehouse

START_NS = 1_788_220_800_000_000_000  # 2026-09-01
SECOND_NS = 10**9
RECEIVED = dt.datetime(2026, 9, 1, 12, tzinfo=dt.UTC)
TABLES = ("span_rows", "document_rows", "scores", "traces", "sessions", "span_arrivals", "step_hours", "stale_hours")
_hashes = itertools.count()


def span(
    span_id: str, parent: str | None = None, *, trace: str = "t", at: float = 0, lasts: float | None = 1, **said: Any
) -> dict[str, Any]:
    """One arrival. `at` and `lasts` are seconds after 2026-09-01; `lasts=None` is a half. Anything else is a column."""
    start = START_NS + round(at * SECOND_NS)
    end = None if lasts is None else start + round(lasts * SECOND_NS)
    return {
        "trace_id": trace, "span_id": span_id, "parent_span_id": parent, "start_ns": start, "end_ns": end,
        "duration_ns": None if end is None else end - start, "time_source": "client", "name": span_id, "step": span_id,
        "kind": "chain", "status": "unset", "arrival": "half" if end is None else "whole", "received_at": RECEIVED,
        "ingest_batch": "b1", "content_hash": f"h{next(_hashes)}", "problems": [],
    } | said  # fmt: skip


def call(
    span_id: str, parent: str | None = None, *, tok: tuple[int, int] = (100, 20), cost: str | None = "0.01", **said: Any
) -> dict[str, Any]:
    """A model call with tokens (in, out) and a cost in US dollars."""
    used: dict[str, Any] = {"kind": "llm", "model": "gpt-4o", "tok_in": tok[0], "tok_out": tok[1]}
    used["cost_total"] = cost and Decimal(cost)
    return span(span_id, parent, **(used | said))


def table(rows: list[dict[str, Any]], name: str = "spans") -> pa.Table:
    schema = lake_schema(name)
    return pa.Table.from_arrays([pa.array([row.get(f.name) for row in rows], f.type) for f in schema], schema=schema)


@dataclass
class Bench:
    """A home with its lake and its warehouse."""

    home: Path
    warehouse: Warehouse = field(init=False)

    def __post_init__(self) -> None:
        self.home.mkdir(exist_ok=True)
        self.settings = Settings(home=self.home)
        self.lake = Lake(self.settings.lake_location)
        self.warehouse = Warehouse.open(self.settings, self.lake)

    def append(self, *rows: dict[str, Any], table_name: str = "spans") -> None:
        self.lake.append(table_name, table(list(rows), table_name))

    def take(self, *rows: dict[str, Any]) -> LoadReport:
        """Append in one commit and load."""
        self.append(*rows)
        return self.warehouse.load()

    def one(self, sql: str) -> dict[str, Any]:
        """The only row of the answer."""
        rows = self.all(sql)
        assert len(rows) == 1
        return rows[0]

    def all(self, sql: str) -> list[dict[str, Any]]:
        with self.warehouse.cursor(sql) as cursor:
            cursor.execute(sql)
            names = [name for name, *_ in cursor.description or []]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def trace(self, trace: str = "t") -> dict[str, Any]:
        return self.one(f"FROM traces WHERE trace_id = '{trace}'")

    def span(self, span_id: str, trace: str = "t") -> dict[str, Any]:
        return self.one(f"FROM span_rows WHERE trace_id = '{trace}' AND span_id = '{span_id}'")

    def contents(self) -> dict[str, list[str]]:
        """Every row of every table, in an order that does not depend on how it was loaded."""
        found = {}
        for name in TABLES:
            columns = sorted(row[0] for row in self.warehouse.rows(f"SELECT column_name FROM (DESCRIBE {name})"))
            listed = ", ".join(f'"{column}"' for column in columns)
            found[name] = sorted(map(repr, self.warehouse.rows(f"SELECT {listed} FROM {name}")))
        return found

    def close(self) -> None:
        self.warehouse.close()

    def reopen(self) -> None:
        self.close()
        self.__post_init__()

    def start_over(self) -> None:
        """Delete what is derived and load it again."""
        self.close()
        for path in self.home.iterdir():
            if path.name != "lake" and path.is_file():
                path.unlink()
            elif path.name != "lake":
                shutil.rmtree(path)
        self.__post_init__()
        self.warehouse.load()
