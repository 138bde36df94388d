"""The pages of judges: empty, filled, refused; what they say agrees with the functions behind them."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from pages.parts.opened import Opened
from review.calibration.decisions import decisions
from review.calibration.mapping import Mapped
from review.calibration.reviewed import reviewed
from review.calibration.scorecard import disagreements, scorecard
from review.exchange.files import label_files
from review.exchange.imports import Import
from review.people import SHELL, Role, change_role
from review.words import Words
from scrub import Policy
from storage.ledger_database import Database
from tests.pages.bank import four_weeks
from tests.pages.conftest import NOW, OpenPage
from tests.pages.test_pages import words_of

KEY = b"k" * 32
RULES = {"helpful": Mapped(("helpfulness",), 0.0, 1.0)}
"""The bank's judge scores from 0 to 1."""
PAGES = ("judges/scorecard", "judges/judge", "judges/gate")
HEADER = "item,sample,week,reviewer,criterion,value,stratum,probability,labelled_at,seconds,comment\n"


@pytest.fixture(scope="module")
def larger() -> Opened:
    return four_weeks(300).opened()


@pytest.fixture
def labelled(larger: Opened, ledger: Database, team: Opened, tmp_path: Path) -> Opened:
    """The bank with labels of every judged trace by two people, who say one less than the judge."""
    assert team.database is ledger  # with its people
    team = replace(larger, database=ledger, judges=RULES, home=str(tmp_path))
    judged = team.warehouse.frame(
        "SELECT s.trace_id, s.value, t.start_ts FROM scores s JOIN traces t USING (trace_id) "
        "WHERE s.source = 'judge' AND s.name = 'helpful' ORDER BY t.start_ts"
    )
    assert len(judged) > 20
    lines = []
    for place, (trace, value, start) in enumerate(
        zip(judged["trace_id"], judged["value"], judged["start_ts"], strict=True)
    ):
        week = start.strftime("%G-W%V")
        at = (NOW + dt.timedelta(minutes=place)).isoformat()
        five = round(1 + 4 * value)
        lines += [f"{trace},weekly-{week},{week},{name},helpfulness,{max(1, five - 1)},all,0.9,{at},30,"
                  for name in ("Lee", "Bo")]  # fmt: skip
    path = tmp_path / "labels.csv"
    path.write_text(HEADER + "\n".join(lines) + "\n")
    assert team.database is not None
    done = Import(team.database, Words(Policy(), KEY), KEY, SHELL, NOW).take(label_files([path]))
    assert done.refused == []
    return team


@pytest.mark.parametrize("page", PAGES)
def test_without_labels_the_page_says_what_is_missing(page: str, team: Opened, open_page: OpenPage) -> None:
    app = open_page(page, team, name="Ana")
    assert not app.exception
    assert "No judge's scores meet people's labels yet" in words_of(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_reviewer_sees_a_refusal_and_no_verdict(page: str, labelled: Opened, open_page: OpenPage) -> None:
    app = open_page(page, labelled, name="Ben")
    assert [title.value for title in app.title] == ["You may not open this page"]
    assert not app.dataframe


def test_the_scorecard_shows_what_the_functions_say(labelled: Opened, open_page: OpenPage) -> None:
    assert labelled.database is not None
    (row,) = scorecard(reviewed(labelled.database, labelled.warehouse, rules=RULES))
    app = open_page("judges/scorecard", labelled, name="Ana")
    assert not app.exception
    shown = app.dataframe[0].value
    assert shown["verdict"].tolist() == [row.verdict]
    assert row.judged.bias is not None
    assert row.judged.bias.value is not None
    assert row.judged.bias.value > 0.5
    assert f"{row.judged.bias.value:.2f}" in shown["bias"].iloc[0]


def test_one_judge_is_shown_by_week_level_part_and_fault_with_the_worst_disagreements_first(
    labelled: Opened, open_page: OpenPage
) -> None:
    assert labelled.database is not None
    (row,) = scorecard(reviewed(labelled.database, labelled.warehouse, rules=RULES))
    app = open_page("judges/judge", labelled, name="Ana", judge=row.judged.judge, criterion="helpfulness")
    assert not app.exception
    assert [head.value for head in app.header][1:] == [
        "Week by week", "Where they part", "What its score is worth", "Part by part", "Known faults",
        "Disagreements to read",
    ]  # fmt: skip
    worst = disagreements(row)
    assert (worst["apart"].abs().diff().dropna() <= 0).all()


def test_a_decision_of_the_gate_is_kept_with_who_made_it(labelled: Opened, open_page: OpenPage) -> None:
    assert labelled.database is not None
    app = open_page("judges/gate", labelled, name="Eli")
    assert not app.exception
    button = [one for one in app.button if one.label == "Keep this decision"]
    if not button:
        pytest.skip("the bank has a single version of everything")
    button[0].click()
    app.run()
    kept = decisions(labelled.database)
    assert kept["by"].tolist() == ["Eli"]
    assert kept["evidence"].iloc[0]["margin"] == pytest.approx(0.25)


def test_somebody_who_may_no_longer_decide_keeps_nothing_with_a_late_click(
    labelled: Opened, open_page: OpenPage
) -> None:
    assert labelled.database is not None
    app = open_page("judges/gate", labelled, name="Eli")
    (button,) = [one for one in app.button if one.label == "Keep this decision"]
    change_role(labelled.database, "Eli", Role.REVIEWER, by=SHELL, now=NOW)
    button.click()
    app.run()
    assert not app.exception
    assert decisions(labelled.database).empty
