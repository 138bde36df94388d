"""The pages People, Audit log and My record: what they show, what they change, and their empty cases."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from metrics import words
from pages.parts.opened import Opened
from review import audit, people
from review.people import Role
from review.rubric.rubrics import ensure_builtin
from storage.ledger_database import Database
from storage.review_tables import labels, sample_items, samples, submissions, withdrawals
from tests.pages.conftest import NOW, OpenPage
from tests.pages.test_pages import figures_of, words_of


@pytest.fixture
def ledger_of(team: Opened) -> Database:
    assert team.database is not None
    return team.database


def label_three(database: Database) -> None:
    """Ben labels three items and takes one back; Pia labels one."""
    rubric = ensure_builtin(database, NOW)
    sample = {"id": "imported-a", "source": "imported", "plan": "a", "definition": {}, "rubric": rubric.name,
              "rubric_version": 1, "unit": "trace", "drawn_at": NOW, "drawn_by": "Ana"}  # fmt: skip
    item = {"sample": "imported-a", "hand_picked": True, "copies": 1, "added_at": NOW, "added_by": "Ana"}
    with database.writing() as connection:
        connection.execute(sa.insert(samples).values(**sample))
        for number, (name, seconds) in enumerate((("Ben", 30.0), ("Ben", 50.0), ("Ben", None), ("Pia", 9.0))):
            connection.execute(sa.insert(sample_items).values(id=number + 1, target=f"trace{number}", **item))
            row = {"id": f"s{number}", "item": number + 1, "reviewer": name, "rubric": rubric.name, "rubric_version": 1,
                   "at": NOW + timedelta(days=number), "active_seconds": seconds, "blind": True, "again": False,
                   "comment": f"said by {name}"}  # fmt: skip
            connection.execute(sa.insert(submissions).values(**row))
            for criterion, value in (("resolved", "yes"), ("helpfulness", None)):
                row = {"submission": f"s{number}", "criterion": criterion, "value": value, "cannot_tell": value is None}
                connection.execute(sa.insert(labels).values(**row))
        connection.execute(sa.insert(withdrawals).values(submission="s2", at=NOW, by="Ben"))


def test_an_admin_adds_somebody(team: Opened, ledger_of: Database, open_page: OpenPage) -> None:
    app = open_page("review/people", team, name="Ana")

    app.text_input(key="new name").set_value("Zoë")
    app.selectbox(key="new role").set_value(Role.ENGINEER)
    app.text_input(key="new login").set_value("zoe@example.org")
    app.button(key="FormSubmitter:add-Add").click().run()

    assert not app.exception
    assert people.person_of_login(ledger_of, "zoe@example.org") == people.Person(
        "Zoë", Role.ENGINEER, "zoe@example.org"
    )
    assert "Zoë is engineer now." in words_of(app)
    assert "Zoë" in set(app.dataframe[0].value["name"])
    assert audit.audit_log(ledger_of)["actor"].iloc[0] == "Ana"


@pytest.mark.parametrize(("name", "said"), [("<b>", "a name has"), ("Ben", "there already, as reviewer")])
def test_a_person_who_cannot_be_added_is_refused_with_the_reason(
    team: Opened, open_page: OpenPage, name: str, said: str
) -> None:
    app = open_page("review/people", team, name="Ana")

    app.text_input(key="new name").set_value(name)
    app.selectbox(key="new role").set_value(Role.ENGINEER)
    app.button(key="FormSubmitter:add-Add").click().run()

    assert said in words_of(app)


def test_an_admin_changes_a_role_and_removes(team: Opened, ledger_of: Database, open_page: OpenPage) -> None:
    app = open_page("review/people", team, name="Ana")
    app.selectbox(key="person").set_value("Ben").run()
    app.selectbox(key="other role").set_value(Role.PRODUCT_OWNER)
    next(button for button in app.button if button.label == "Change role").click().run()
    assert people.person(ledger_of, "Ben") == people.Person("Ben", Role.PRODUCT_OWNER)

    next(button for button in app.button if button.label == "Remove").click().run()

    assert not app.exception
    assert people.person(ledger_of, "Ben") == people.Person("Ben", Role.NONE)
    assert "Ben: removed" in words_of(app)


def test_an_admin_whose_role_went_meanwhile_changes_nobody(
    team: Opened, ledger_of: Database, open_page: OpenPage
) -> None:
    app = open_page("review/people", team, name="Ana")
    app.selectbox(key="person").set_value("Ben").run()
    people.add_person(ledger_of, "Zoë", Role.ADMIN, by="Ana", now=NOW)
    people.change_role(ledger_of, "Ana", Role.ENGINEER, by="Zoë", now=NOW)

    next(button for button in app.button if button.label == "Remove").click().run()

    assert people.person(ledger_of, "Ben") == people.Person("Ben", Role.REVIEWER)
    assert [title.value for title in app.title] == ["You may not open this page"]


def test_the_log_is_listed_newest_first_in_pages_and_narrowed(
    team: Opened, ledger_of: Database, open_page: OpenPage
) -> None:
    with ledger_of.writing() as connection:
        for number in range(70):
            audit.record(
                connection, actor="Eli", action="sample.drawn", subject=f"weekly-{number}",
                detail={"items": number}, now=NOW + timedelta(hours=number),
            )  # fmt: skip

    app = open_page("review/audit", team, name="Ana")
    narrowed = open_page("review/audit", team, name="Ana", by="Eli", about="weekly-6")
    last = open_page("review/audit", team, name="Ana", page="2")
    none = open_page("review/audit", team, name="Ana", about="nowhere")

    assert not app.exception
    assert app.dataframe[0].value["about"].iloc[0] == "weekly-69"
    assert len(app.dataframe[0].value) == 50
    assert len(narrowed.dataframe[0].value) == 11
    assert list(last.dataframe[0].value["what"])[-4:] == ["person.added"] * 4
    assert "Nothing in the log matches" in words_of(none)


def test_a_reviewer_sees_their_own_record_and_nobody_elses(
    team: Opened, ledger_of: Database, open_page: OpenPage
) -> None:
    label_three(ledger_of)

    app = open_page("review/record", team, name="Ben")

    assert not app.exception
    assert (figures_of(app)["Labelled"], figures_of(app)["Time per item"], figures_of(app)["Taken back"]) == (
        "2", "40 s", "1",
    )  # fmt: skip
    listed = app.dataframe[0].value
    assert list(listed["item"]) == ["trace1", "trace0"]
    assert listed["answers"].iloc[0] == "helpfulness: cannot tell; resolved: yes"
    assert "Pia" not in str(listed.to_dict())


def test_a_record_without_labels_says_where_to_begin(team: Opened, open_page: OpenPage) -> None:
    app = open_page("review/record", team, name="Ben")

    assert "Nothing of yours yet" in words_of(app)
    assert figures_of(app)["Time per item"] == words.UNKNOWN
