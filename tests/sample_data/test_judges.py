"""The judges of the sample bank: what was planted in them is found, by name and size, and nothing else."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from ingest.files import ingest_paths
from review.calibration.bias_checks import Verdict
from review.calibration.corrected_difference import corrected_difference
from review.calibration.over_weeks import over_weeks
from review.calibration.reviewed import Reviewed, reviewed
from review.calibration.scorecard import Row, faults, scorecard
from review.exchange.files import label_files
from review.exchange.imports import Import
from review.people import SHELL
from review.words import Words
from sample_data import judges
from scrub import Policy
from settings import Settings
from storage.home import open_home
from storage.warehouse import Warehouse
from tests.sample_data.read_back import FOLDER
from tests.storage.homes import with_known_key

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Reviewed, ...]]:
    """Labels and judges of the folder, as the pages read them."""
    settings = Settings(home=with_known_key(tmp_path_factory.mktemp("bank") / "home"))
    stores = open_home(settings, now=NOW)
    ingest_paths([FOLDER], settings=settings, lake=stores.lake, ledger=stores.ledger)
    database = stores.ledger.database
    done = Import(database, Words(Policy(), stores.key), stores.key, SHELL, NOW).take(label_files([FOLDER]))
    assert done.refused == []
    warehouse = Warehouse.open(settings, stores.lake)
    warehouse.load(with_index=False)
    yield reviewed(database, warehouse)
    warehouse.close()
    stores.close()


@pytest.fixture(scope="module")
def rows(found: tuple[Reviewed, ...]) -> dict[tuple[str, str], Row]:
    return {(row.judged.judge.split(" · ")[0], row.reviewed.criterion.name): row for row in scorecard(found)}


def named(row: Row) -> dict[str, float]:
    """Faults outside of their margin, with their size."""
    return {one.name: one.effect or 0.0 for one in faults(row) if one.verdict is Verdict.OUTSIDE}


def test_each_planted_flaw_of_the_house_judge_is_named_with_its_size(rows: dict[tuple[str, str], Row]) -> None:
    flaws = named(rows["house-judge", "helpfulness"])
    assert set(flaws) >= {"leniency", "length", "own family", "compression"}
    assert flaws["own family"] == pytest.approx(judges.FAMILY_BONUS, abs=0.2)
    assert flaws["compression"] == pytest.approx(judges.COMPRESSION - 1, abs=0.15)
    assert flaws["leniency"] > 0.4


def test_the_noisy_but_fair_judge_has_none(rows: dict[tuple[str, str], Row]) -> None:
    assert named(rows["panel-judge", "helpfulness"]) == {}


def test_the_house_judge_is_not_trusted_and_the_words_say_why(rows: dict[tuple[str, str], Row]) -> None:
    row = rows["house-judge", "helpfulness"]
    assert row.verdict == "not trusted"
    assert any("too lenient" in reason for reason in row.judged.decision.reasons)


def test_stale_documents_lower_the_corrected_groundedness_while_the_judge_does_not_see_it(
    rows: dict[tuple[str, str], Row],
) -> None:
    row = rows["house-judge", "groundedness"]
    weeks = over_weeks(row.reviewed, row.judged.judge)
    table = weeks.table.set_index("week")
    before, after = table.loc[:"2026-W42"], table.loc["2026-W43":]
    assert before["corrected"].mean() - after["corrected"].mean() > 0.3
    assert abs(before["judge"].mean() - after["judge"].mean()) < 0.15
    assert weeks.application_drift.alarms
    assert weeks.table["week"].iloc[weeks.application_drift.since[0]] == "2026-W43"


def test_longer_answers_of_prompt_v4_please_the_judge_and_nobody_else(rows: dict[tuple[str, str], Row]) -> None:
    row = rows["house-judge", "helpfulness"]
    scores = row.reviewed.judged[row.reviewed.judged["judge"] == row.judged.judge].set_index("item")["value"]
    gap = corrected_difference(row.reviewed.study, row.reviewed.units, scores, versions=("prompt=v4", "prompt=v3"))
    assert gap.candidate.judge_mean is not None
    assert gap.baseline.judge_mean is not None
    assert gap.candidate.judge_mean - gap.baseline.judge_mean > 0.25
    assert gap.low is not None
    assert gap.high is not None
    assert gap.low < 0 < gap.high
