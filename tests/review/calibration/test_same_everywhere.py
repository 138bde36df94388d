"""The same labels and scores give the same figures, to the last bit, wherever they are kept."""

import datetime as dt
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import pytest

from benchmarks.calibration_filled import Size, fill
from cli import app
from review.calibration.assessment import Options, people
from review.calibration.past_weight import weight_of_past
from review.calibration.report import as_json
from review.calibration.reviewed import Reviewed, reviewed
from review.calibration.scorecard import Row, row_of
from review.exchange.exports import as_csv
from review.label_frame import label_frame
from settings import read_settings
from storage.home import open_home
from storage.ledger_database import Database
from storage.warehouse import Warehouse
from tests.storage.databases import database as database_url

SIZE = Size(judges=2, criteria=6, share=0.16)
CRITERIA = ("criterion_0", "criterion_5")
"""One from 1 to 5 and one of yes or no."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home on SQLite, with eight labelled weeks."""
    folder = tmp_path_factory.mktemp("sqlite")
    fill(folder, SIZE)
    return folder


@contextmanager
def opened(home: Path) -> Iterator[tuple[Database, Warehouse]]:
    settings = read_settings(home)
    lake = open_home(settings, now=dt.datetime(2026, 11, 20, tzinfo=dt.UTC))
    try:
        with closing(Database(settings.ledger_url)) as database, closing(Warehouse.open(settings, lake.lake)) as rows:
            rows.load(with_index=False)
            yield database, rows
    finally:
        lake.close()


def rows_of(database: Database, warehouse: Warehouse) -> list[Row]:
    found = [one for one in reviewed(database, warehouse) if one.criterion.name in CRITERIA]
    assert len(found) == len(CRITERIA)
    return [row for one in found for row in rows_of_criterion(one)]


def rows_of_criterion(of: Reviewed) -> list[Row]:
    among = people(of.study)
    return [row_of(of, judged.name, among=among, options=Options(weight=0.5)) for judged in of.study.judges]


def figures(rows: list[Row]) -> dict[str, Any]:
    """All figures of the report by criterion and judge, each number as its bits."""
    found: dict[str, Any] = {}
    for row in rows:
        of = found.setdefault(row.reviewed.criterion.name, {})
        report = as_json(row.reviewed.study, row.people, [row.judged])
        of["people"] = in_bits({name: report[name] for name in ("human_human", "human_mean")})
        of[row.judged.judge] = in_bits(report["judges"][row.judged.judge])
    return found


def in_bits(value: object) -> object:
    if isinstance(value, dict):
        return {name: in_bits(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [in_bits(each) for each in value]
    return value.hex() if isinstance(value, float) else value


@pytest.fixture(scope="module")
def expected(home: Path) -> dict[str, Any]:
    with opened(home) as (database, warehouse):
        found = figures(rows_of(database, warehouse))
    assert found["criterion_0"]["judge_0 · 1 · gpt-4o-mini"]["kappa"]["value"] is not None
    return found


@pytest.mark.postgres
def test_on_postgresql(tmp_path: Path, expected: dict[str, Any]) -> None:
    for url in database_url("postgresql", tmp_path):
        (tmp_path / "benchbook.toml").write_text(f'[storage]\ndatabase_url = "{url}"\n')
        fill(tmp_path, SIZE)
        with opened(tmp_path) as (database, warehouse):
            assert figures(rows_of(database, warehouse)) == expected


def test_after_the_warehouse_was_made_anew(home: Path, expected: dict[str, Any]) -> None:
    with opened(home) as (database, warehouse):
        warehouse.rebuild()
        assert figures(rows_of(database, warehouse)) == expected


@pytest.mark.parametrize("criterion", CRITERIA)
def test_from_exported_files_in_any_order(
    home: Path, expected: dict[str, Any], tmp_path: Path, criterion: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(home) as (database, warehouse):
        labels = label_frame(database).sample(frac=1, random_state=3)
        (tmp_path / "labels.csv").write_text(as_csv(labels))
        (of,) = [one for one in reviewed(database, warehouse) if one.criterion.name == criterion]
        scores = (
            of.judged[["item", "judge", "value"]].rename(columns={"item": "item_id"}).sample(frac=1, random_state=4)
        )
        scores.to_csv(tmp_path / "scores.csv", index=False)
    asked = ["calibrate", "--labels", str(tmp_path / "labels.csv"), "--scores", str(tmp_path / "scores.csv"),
             "--criterion", criterion, "--lambda", "0.5", "--json"]  # fmt: skip
    assert app(asked, standalone_mode=False) == 0
    report = orjson.loads(capsys.readouterr().out)
    told = {"people": in_bits({name: report[name] for name in ("human_human", "human_mean")})}
    told |= {name: in_bits(judge) for name, judge in report["judges"].items()}
    assert told == expected[criterion]


def test_a_sample_that_is_not_half_labelled_counts_in_files_as_little_as_on_pages(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(home) as (database, warehouse):
        labels = label_frame(database)
        (of,) = [one for one in reviewed(database, warehouse) if one.criterion.name == CRITERIA[0]]
        of.judged[["item", "judge", "value"]].rename(columns={"item": "item_id"}).to_csv(
            tmp_path / "scores.csv", index=False
        )
    newest = labels[labels["sample"] == labels["sample"].max()]
    few = newest[newest["item"].isin(newest["item"].drop_duplicates()[::3])]
    others = labels.drop(newest.index)

    def calibrated(said: pd.DataFrame) -> Any:
        (tmp_path / "labels.csv").write_text(as_csv(said))
        asked = ["calibrate", "--labels", str(tmp_path / "labels.csv"), "--scores", str(tmp_path / "scores.csv"),
                 "--criterion", CRITERIA[0], "--json"]  # fmt: skip
        assert app(asked, standalone_mode=False) == 0
        return orjson.loads(capsys.readouterr().out)

    with_few, without = calibrated(pd.concat([others, few])), calibrated(others)
    assert "is left out until half of it is labelled (34% so far)" in with_few.pop("notes").pop("labels")
    assert not without.pop("notes").get("labels")
    assert with_few == without
    assert "is not half labelled (34% so far)" in calibrated(few)["notes"]["labels"]


def test_the_judges_weight_is_from_the_weeks_before_the_window_where_there_are_any(home: Path) -> None:
    with opened(home) as (database, warehouse):
        short = next(one for one in reviewed(database, warehouse, last_weeks=4) if one.criterion.name == "criterion_0")
        whole = next(one for one in reviewed(database, warehouse) if one.criterion.name == "criterion_0")
    judge = short.study.judges[0].name
    assert short.earlier is not None
    assert short.earlier.weeks == whole.weeks[:4]
    assert not set(short.earlier.study.labels["item"]) & set(short.study.labels["item"])
    found, tuned = (row_of(one, judge).judged.corrected for one in (short, whole))
    assert found is not None
    assert tuned is not None
    assert (found.weight_from, tuned.weight_from) == ("4 past weeks", "these labels")
    assert found.weight == weight_of_past(whole, judge, short.weeks[0]).value
