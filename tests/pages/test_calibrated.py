"""A judge's score carries a word about people's labels wherever it is shown, and leads to the Judges page."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.opened import Opened
from review.calibration.calibrated import FEWEST_ITEMS, Scorer, calibrated
from review.calibration.mapping import Mapped
from review.exchange.files import label_files
from review.exchange.imports import Import
from review.people import SHELL
from review.words import Words
from scrub import Policy
from storage.ledger_database import Database
from tests.pages.bank import four_weeks
from tests.pages.conftest import NOW, OpenPage

KEY = b"k" * 32
RULES = {"helpful": Mapped(("helpfulness",), 0.0, 1.0)}
JUDGE = Scorer("helpfulness", "", "", "helpful")
HEADER = "item,sample,week,reviewer,criterion,value,stratum,probability,labelled_at\n"


@pytest.fixture(scope="module")
def larger() -> Opened:
    return four_weeks(300).opened()


def judged_traces(of: Opened) -> list[str]:
    found = of.warehouse.frame("SELECT trace_id FROM scores WHERE source = 'judge' ORDER BY trace_id")
    return [str(trace) for trace in found["trace_id"]]


def label(of: Opened, traces: list[str], folder: Path) -> None:
    """A label by one person of each of these traces."""
    path = folder / f"labels-{len(traces)}.csv"
    rows = [
        f"{trace},weekly-2026-W10,2026-W10,Lee,helpfulness,{1 + place % 5},all,0.5,"
        f"{(NOW + dt.timedelta(minutes=place)).isoformat()}"
        for place, trace in enumerate(traces)
    ]
    path.write_text(HEADER + "\n".join(rows) + "\n")
    assert of.database is not None
    assert Import(of.database, Words(Policy(), KEY), KEY, SHELL, NOW).take(label_files([path])).refused == []


@pytest.fixture
def bank_of_judges(larger: Opened, team: Opened, tmp_path: Path) -> Opened:
    return replace(larger, database=team.database, judges=RULES, home=str(tmp_path))


def score_words(app: AppTest) -> list[str]:
    """The cells of the column about the judge, in the table of scores."""
    assert not app.exception
    (table,) = [one.value for one in app.dataframe if "judge" in one.value.columns and "score" in one.value.columns]
    return [str(cell) for cell in table["judge"]]


def links_of(app: AppTest) -> list[str]:
    return [link.proto.label for link in app.get("page_link")]


def test_a_judges_score_is_uncalibrated_until_people_labelled_enough_of_what_it_scored(
    bank_of_judges: Opened, open_page: OpenPage, tmp_path: Path
) -> None:
    traces = judged_traces(bank_of_judges)
    assert len(traces) > FEWEST_ITEMS
    app = open_page("traces/trace", bank_of_judges, name="Ana", trace=traces[0])
    assert score_words(app) == ["uncalibrated"]
    assert "How far these judges agree with people" in links_of(app)
    label(bank_of_judges, traces[: FEWEST_ITEMS - 1], tmp_path)
    assert score_words(open_page("traces/trace", bank_of_judges, name="Ana", trace=traces[0])) == ["uncalibrated"]
    label(bank_of_judges, traces[:FEWEST_ITEMS], tmp_path)
    assert score_words(open_page("traces/trace", bank_of_judges, name="Ana", trace=traces[0])) == [
        "compared with people"
    ]


def test_who_may_not_see_results_gets_no_way_to_them(bank_of_judges: Opened, open_page: OpenPage) -> None:
    traces = judged_traces(bank_of_judges)
    app = open_page("traces/trace", bank_of_judges, trace=traces[0])
    assert score_words(app) == ["uncalibrated"]
    assert "How far these judges agree with people" not in links_of(app)


def test_another_version_of_the_judge_begins_anew(bank_of_judges: Opened, ledger: Database, tmp_path: Path) -> None:
    label(bank_of_judges, judged_traces(bank_of_judges)[:FEWEST_ITEMS], tmp_path)
    next_one = JUDGE._replace(version="2")
    assert calibrated(ledger, bank_of_judges.warehouse.frame, [JUDGE, next_one], RULES) == {JUDGE}
