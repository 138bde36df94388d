"""Made-up traffic with two judges' scores and two people's labels, in a real home, for what the ledger is asked for."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from review.calibration.reviewed import reviewed
from review.calibration.scorecard import Row, scorecard
from review.exchange.files import label_files
from review.exchange.imports import Import
from review.people import SHELL
from review.words import Words
from scrub import Policy
from storage.ledger_database import Database
from tests.review.traffic import WEEK, score, trace
from tests.storage.arrivals import Bench

NOW = dt.datetime(2026, 9, 14, 9, tzinfo=dt.UTC)
KEY = b"k" * 32
_HEADER = "item,sample,week,reviewer,criterion,value,stratum,probability,labelled_at,seconds,comment\n"


@dataclass(frozen=True, slots=True)
class Home:
    """The warehouse and the ledger."""

    bench: Bench
    database: Database

    def frame(self, sql: str, **params: Any) -> pd.DataFrame:
        return self.bench.warehouse.frame(sql, **params)

    def row(self, judge: str) -> Row:
        (found,) = [
            row for row in scorecard(reviewed(self.database, self.bench.warehouse)) if row.judged.judge == judge
        ]
        return found

    def scored(self, version: str, *, at: dt.datetime = NOW, traces: int = 200) -> None:
        """The same judge's next version scores all of the traffic, alike."""
        self.bench.append(
            *(score(number, 1 + number % 5, id=f"{version}-{number}", judge_version=version, created_at=at,
                    explanation=f"{version} on {number}") for number in range(traces)),
            table_name="scores",
        )  # fmt: skip
        self.bench.warehouse.load()


@contextmanager
def home(folder: Path, *, traces: int = 200) -> Iterator[Home]:
    """Conversations of two turns each, all scored by `house · 1`; people give a fifth three points less."""
    bench, database = Bench(folder / "home"), Database(f"sqlite:///{folder / 'ledger.db'}")
    try:
        numbers = range(traces)
        bench.append(*(row for number in numbers for row in trace(number, input_text=f"Question {number}?")))
        bench.warehouse.load()
        made = Home(bench, database)
        made.scored("1", traces=traces)
        path = folder / "labels.csv"
        path.write_text(_HEADER + "".join(_labels(number) for number in numbers))
        done = Import(database, Words(Policy(), KEY), KEY, SHELL, NOW).take(label_files([path]))
        assert done.refused == []
        yield made
    finally:
        database.close()
        bench.close()


def _labels(number: int) -> str:
    """Two people's labels of a trace: they part from the judge where it says 5, and from each other on every 17th."""
    said = 1 + number % 5
    values = [2 if said == 5 else said] * 2
    if number % 17 == 0:
        values[1] = 3 if values[0] != 3 else 4
    return "".join(
        f"{number:032x},labels-{WEEK},{WEEK},{name},helpfulness,{value},all,0.9,{NOW.isoformat()},30,too kind\n"
        for name, value in zip(("ana", "ben"), values, strict=True)
    )
