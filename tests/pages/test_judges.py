"""The pages of judges: empty, filled, refused; what they say agrees with the functions behind them."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.figures import with_interval
from pages.parts.opened import Opened
from review.calibration.closeness import Estimate
from review.calibration.decisions import decisions
from review.calibration.examples import kept_back
from review.calibration.held_out import split_of
from review.calibration.mapping import Mapped
from review.calibration.release_evidence import Question, released
from review.calibration.reviewed import reviewed
from review.calibration.reviewer_quality import of_criterion, reviewer_quality
from review.calibration.scorecard import scorecard
from review.exchange.files import label_files
from review.exchange.imports import Import
from review.label_frame import label_frame
from review.people import SHELL, Role, add_person, change_role
from review.words import Words
from scrub import Policy
from storage.ledger_database import Database
from tests.pages.bank import four_weeks
from tests.pages.conftest import NOW, OpenPage
from tests.pages.test_pages import words_of

KEY = b"k" * 32
RULES = {"helpful": Mapped(("helpfulness",), 0.0, 1.0)}
"""The bank's judge scores from 0 to 1."""
PAGES = ("judges/judges", "judges/judge", "judges/gate")
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
    app = open_page("judges/judges", labelled, name="Ana")
    assert not app.exception
    shown = app.dataframe[0].value
    assert shown["verdict"].tolist() == [row.verdict]
    assert row.judged.bias is not None
    assert row.judged.bias.value is not None
    assert row.judged.bias.value > 0.5
    assert f"{row.judged.bias.value:.2f}" in shown["bias"].iloc[0]


PARTS = {
    "Agreement": (["Where they part", "What its score is worth", "As tables"], "of the traffic"),
    "Over time": (["Spread of its scores", "Anchor items"], "judge's CUSUM up"),
    "Part by part": ([], "of the next 120 labels"),
    "Known faults": ([], "fault"),
    "Reviewers": (["Could the judge stand in for a reviewer?"], "accuracy (Dawid-Skene)"),
    "Disagreements": (["Examples for a better prompt", "Every label beside the judge"], "why, says the judge"),
}


@pytest.mark.parametrize("part", list(PARTS))
def test_each_part_of_one_judge_has_its_pictures_and_tables(part: str, labelled: Opened, open_page: OpenPage) -> None:
    headers, column = PARTS[part]
    app = open_page("judges/judge", labelled, name="Ana", criterion="helpfulness", part=part)
    assert not app.exception
    assert [head.value for head in app.header][1:] == headers
    assert any(column in table.value.columns for table in app.dataframe)
    assert "scored. Kappa" in words_of(app)


def shown_in(app: AppTest, column: str) -> list[str]:
    """Values of a column, of the first table that has it."""
    return next([str(one) for one in table.value[column]] for table in app.dataframe if column in table.value.columns)


def test_each_reviewer_stands_beside_the_others_as_the_function_says(labelled: Opened, open_page: OpenPage) -> None:
    assert labelled.database is not None
    (row,) = scorecard(reviewed(labelled.database, labelled.warehouse, rules=RULES))
    labels = of_criterion(label_frame(labelled.database), rubric=row.reviewed.rubric, criterion="helpfulness",
                          weeks=row.reviewed.weeks)  # fmt: skip
    found = reviewer_quality(labels).table
    app = open_page("judges/judge", labelled, name="Ana", criterion="helpfulness", part="Reviewers")
    assert shown_in(app, "reviewer") == found["reviewer"].tolist() == ["Bo", "Lee"]
    assert [float(one) for one in shown_in(app, "shared items")] == found["items"].astype(float).tolist()
    assert "accuracy needs 3 reviewers" in words_of(app).casefold()
    assert "Not known: no reviewer" in words_of(app) or "It holds its own against" in words_of(app)


def test_a_reviewer_sees_their_own_row_and_nobody_elses(labelled: Opened, open_page: OpenPage) -> None:
    assert labelled.database is not None
    add_person(labelled.database, "Lee", Role.REVIEWER, by=SHELL, now=NOW)
    app = open_page("review/record", labelled, name="Lee")
    assert not app.exception
    assert shown_in(app, "shared items")
    assert "Bo" not in words_of(app) + "".join(table.value.to_csv() for table in app.dataframe)
    other = open_page("review/record", labelled, name="Ben")
    assert not any("shared items" in table.value.columns for table in other.dataframe)


def test_what_is_held_out_is_on_no_part_of_the_page(labelled: Opened, open_page: OpenPage) -> None:
    assert labelled.database is not None
    app = open_page("judges/judge", labelled, name="Eli", criterion="helpfulness", part="Disagreements")
    assert "Nothing is held out yet" in "".join(one.value for one in app.warning)
    everything = shown_in(app, "a person said")
    (button,) = [one for one in app.button if one.label == "Hold out 30% of the conversations"]
    button.click()
    app.run()
    (row,) = scorecard(reviewed(labelled.database, labelled.warehouse, rules=RULES))
    held_out = kept_back(row, split_of(labelled.database, row.reviewed.rubric, "helpfulness"))
    assert held_out
    shown = "".join(table.value.to_csv() for table in app.dataframe)
    assert not [item for item in held_out if item in shown]
    assert len(shown_in(app, "a person said")) < len(everything)
    assert f"{len(held_out)} items are held out" in words_of(app)


def test_without_the_right_to_export_nothing_is_held_out_or_taken_out(labelled: Opened, open_page: OpenPage) -> None:
    assert labelled.database is not None
    app = open_page("judges/judge", labelled, name="Eli", criterion="helpfulness", part="Disagreements")
    (button,) = [one for one in app.button if one.label.startswith("Hold out")]
    change_role(labelled.database, "Eli", Role.REVIEWER, by=SHELL, now=NOW)
    button.click()
    app.run()
    assert not app.exception
    assert split_of(labelled.database, "answer-quality", "helpfulness") is None


def test_few_labels_are_said_beside_the_interval() -> None:
    assert with_interval(Estimate(0.5, 0.25, 0.75, 29)) == "0.50 (0.25 to 0.75), few labels"
    assert with_interval(Estimate(0.5, 0.25, 0.75, 30)) == "0.50 (0.25 to 0.75)"
    assert with_interval(Estimate(None, None, None, 3, "no variation")) == "\u2013"


def test_a_decision_of_the_gate_is_kept_with_who_made_it(labelled: Opened, open_page: OpenPage) -> None:
    assert labelled.database is not None
    app = open_page("judges/gate", labelled, name="Eli")
    assert not app.exception
    (button,) = [one for one in app.button if one.label == "Keep this decision"]
    button.click()
    app.run()
    kept = decisions(labelled.database)
    assert kept["by"].tolist() == ["Eli"]
    assert kept["evidence"].iloc[0]["margin"] == pytest.approx(0.25)
    assert kept["evidence"].iloc[0]["checks"]


def test_the_gate_shows_every_check_of_its_answer_and_why_the_judge_still_counts(
    labelled: Opened, open_page: OpenPage
) -> None:
    assert labelled.database is not None
    app = open_page("judges/gate", labelled, name="Ana")
    (of,) = reviewed(labelled.database, labelled.warehouse, rules=RULES)
    chosen = {box.label: str(box.value) for box in app.selectbox}
    by = chosen["Version of"]
    answer = released(of, chosen["Corrected with"], Question({by: chosen["Candidate"]}, {by: chosen["Baseline"]}))
    shown = words_of(app)
    for one in answer.checks:
        assert one.said in shown
    assert "but it may still correct" in shown  # people say one less: it is lenient
    for note in answer.notes:
        assert note[1:] in shown


def test_protected_strata_are_checked_on_the_page_and_kept(labelled: Opened, open_page: OpenPage) -> None:
    assert labelled.database is not None
    app = open_page("judges/gate", labelled, name="Eli")
    app.multiselect[0].set_value(["model"]).run()
    assert not app.exception
    assert "in model " in words_of(app)
    (button,) = [one for one in app.button if one.label == "Keep this decision"]
    button.click()
    app.run()
    kept = decisions(labelled.database)["evidence"].iloc[0]
    assert kept["protected"]
    assert all(name.startswith("model ") for name in kept["protected"])


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
