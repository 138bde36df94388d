"""The page Rubrics: versions, an editor whose save is a version, TOML in and out; engineers edit, others look."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from pages.parts.opened import Opened
from review.people import SHELL
from review.rubric.rubrics import ensure_builtin, rubric, rubrics, toml_of
from review.words import Words
from scrub import Policy
from storage.ledger_database import Database
from storage.review_tables import samples
from tests.pages.conftest import NOW, OpenPage
from tests.pages.test_pages import words_of

FORM = "edit answer-quality 1"
WORDS = Words(Policy(), b"k" * 32)


@pytest.fixture
def team(team: Opened) -> Opened:
    """The team, and the scrubber that its rubrics pass."""
    return replace(team, words=WORDS)


@pytest.fixture
def ledger_of(team: Opened) -> Database:
    assert team.database is not None
    ensure_builtin(team.database, NOW)
    return team.database


def use(database: Database) -> None:
    """A sample that is labelled with version 1."""
    row = {"id": "imported-a", "source": "imported", "plan": "a", "definition": {}, "rubric": "answer-quality",
           "rubric_version": 1, "unit": "trace", "drawn_at": NOW, "drawn_by": SHELL}  # fmt: skip
    with database.writing() as connection:
        connection.execute(sa.insert(samples).values(**row))


def eli_looks_at(view: str, team: Opened, open_page: OpenPage) -> AppTest:
    app = open_page("review/rubrics", team, name="Eli")
    app.session_state["view"] = view
    return app.run()


def save(app: AppTest) -> None:
    app.button(key=f"FormSubmitter:{FORM}-Save").click().run()


def test_versions_are_listed_and_the_newest_is_shown_as_reviewers_see_it(
    team: Opened, ledger_of: Database, open_page: OpenPage
) -> None:
    use(ledger_of)

    app = open_page("review/rubrics", team, name="Eli")

    assert not app.exception
    assert app.dataframe[0].value[["name", "version", "state"]].to_numpy().tolist() == [["answer-quality", 1, "frozen"]]


def test_saving_a_frozen_version_makes_the_next_one(team: Opened, ledger_of: Database, open_page: OpenPage) -> None:
    use(ledger_of)
    app = eli_looks_at("edit", team, open_page)
    assert "frozen" in words_of(app)

    app.text_area(key=f"{FORM} instructions").set_value("Read twice.")
    save(app)

    assert not app.exception
    assert "Kept as answer-quality version 2." in words_of(app)
    assert "replaced" not in words_of(app)
    assert rubric(ledger_of, "answer-quality").instructions == "Read twice."
    assert rubric(ledger_of, "answer-quality", 1).instructions != "Read twice."
    assert app.selectbox(key="version").value == 2


def test_another_name_makes_another_rubric_and_a_wrong_one_is_refused(
    team: Opened, ledger_of: Database, open_page: OpenPage
) -> None:
    app = eli_looks_at("edit", team, open_page)

    app.text_input(key=f"{FORM} name").set_value("No Good")
    save(app)
    assert "the rubric's name" in words_of(app)
    app.text_input(key=f"{FORM} name").set_value("tone")
    save(app)

    assert list(rubrics(ledger_of)["name"]) == ["answer-quality", "tone"]
    assert app.selectbox(key="rubric").value == "tone"


def test_a_rubric_is_shown_as_toml_and_taken_from_a_file(
    team: Opened, ledger_of: Database, open_page: OpenPage
) -> None:
    app = eli_looks_at("TOML", team, open_page)
    shown = str(app.code[0].value)
    assert shown == toml_of(rubric(ledger_of, "answer-quality")).strip()

    app.file_uploader(key="rubric file").upload("tone.toml", shown.replace('"answer-quality"', '"tone"').encode()).run()
    next(button for button in app.button if button.label == "Keep the file's rubric").click().run()

    assert "Kept as tone version 1." in words_of(app)


def test_what_is_personal_in_a_rubric_is_replaced_and_said(
    team: Opened, ledger_of: Database, open_page: OpenPage
) -> None:
    app = eli_looks_at("edit", team, open_page)

    app.text_area(key=f"{FORM} good").set_value("It tells maria.gonzalez@bank.example the fee.")
    save(app)

    assert "Kept as answer-quality version 2. replaced: 1 EMAIL_ADDRESS" in words_of(app)
    assert rubric(ledger_of, "answer-quality").good == ("It tells <EMAIL> the fee.",)
