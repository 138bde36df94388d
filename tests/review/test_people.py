"""People come in by role, are out at once when removed, and the team keeps an admin."""

import datetime as dt
import threading

import pytest

from errors import NotAllowed, UsageError
from review.audit import audit_log
from review.people import (
    BENCHBOOK,
    RIGHTS,
    SHELL,
    Person,
    Right,
    Role,
    add_person,
    change_role,
    people,
    person,
    person_of_login,
    register_locally,
    require,
)
from storage.ledger_database import Database

AT = dt.datetime(2026, 11, 16, 9, tzinfo=dt.UTC)


def test_the_first_who_chooses_a_name_is_admin_and_later_ones_are_reviewers(database: Database) -> None:
    assert register_locally(database, "Ana", now=AT).role is Role.ADMIN
    assert register_locally(database, "Ben", now=AT).role is Role.REVIEWER
    assert register_locally(database, "Ana", now=AT).role is Role.ADMIN
    assert list(people(database)["name"]) == ["Ana", "Ben"]


def test_a_script_registers_reviewers_only(database: Database) -> None:
    assert register_locally(database, "robot", now=AT, as_reviewer=True).role is Role.REVIEWER
    assert register_locally(database, "Ana", now=AT).role is Role.ADMIN


def test_of_many_who_come_first_one_is_admin(database: Database) -> None:
    names = [f"person {number}" for number in range(8)]
    threads = [threading.Thread(target=register_locally, args=(database, name), kwargs={"now": AT}) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(people(database)["role"]) == ["admin"] + ["reviewer"] * 7


def test_the_shell_makes_the_first_admin_and_a_login_finds_them(database: Database) -> None:
    add_person(database, "Ana", Role.ADMIN, login="Ana@Example.org", by=SHELL, now=AT)

    assert person_of_login(database, "ana@example.ORG ") == Person("Ana", Role.ADMIN, "ana@example.org")
    assert person_of_login(database, "ben@example.org") is None


def test_adding_somebody_twice_changes_nothing_and_another_role_is_refused(database: Database) -> None:
    for _ in range(2):
        add_person(database, "Ana", Role.ENGINEER, login="a", by=SHELL, now=AT)

    assert len(audit_log(database)) == 1
    with pytest.raises(UsageError, match="there already, as engineer"):
        add_person(database, "Ana", Role.ADMIN, by=SHELL, now=AT)


def test_a_login_belongs_to_one_person(database: Database) -> None:
    add_person(database, "Ana", Role.ENGINEER, login="a", by=SHELL, now=AT)

    with pytest.raises(UsageError, match="belongs to Ana"):
        add_person(database, "Ben", Role.ENGINEER, login="A", by=SHELL, now=AT)
    assert person(database, "Ben") is None


def test_somebody_who_is_there_is_given_a_login_later(database: Database) -> None:
    register_locally(database, "Ana", now=AT)

    add_person(database, "Ana", Role.ADMIN, login="ana@example.org", by=SHELL, now=AT)

    assert person_of_login(database, "ana@example.org") == Person("Ana", Role.ADMIN, "ana@example.org")
    assert list(audit_log(database)["action"]) == ["login.changed", "person.added"]


def test_who_is_removed_may_do_nothing_at_the_next_question(database: Database) -> None:
    add_person(database, "Ana", Role.ADMIN, by=SHELL, now=AT)
    add_person(database, "Ben", Role.REVIEWER, by="Ana", now=AT)
    require(database, "Ben", Right.LABEL)

    change_role(database, "Ben", Role.NONE, by="Ana", now=AT)

    with pytest.raises(NotAllowed, match="Ben may not label"):
        require(database, "Ben", Right.LABEL)
    with pytest.raises(NotAllowed, match="removed"):
        register_locally(database, "Ben", now=AT)


def test_who_was_removed_can_be_taken_back(database: Database) -> None:
    add_person(database, "Ana", Role.ADMIN, by=SHELL, now=AT)
    add_person(database, "Ben", Role.REVIEWER, by="Ana", now=AT)
    change_role(database, "Ben", Role.NONE, by="Ana", now=AT)

    add_person(database, "Ben", Role.ENGINEER, by="Ana", now=AT)

    assert person(database, "Ben") == Person("Ben", Role.ENGINEER)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.PRODUCT_OWNER, Role.ENGINEER])
def test_only_an_admin_changes_people(database: Database, role: Role) -> None:
    add_person(database, "Ana", Role.ADMIN, by=SHELL, now=AT)
    add_person(database, "Ben", role, by="Ana", now=AT)

    with pytest.raises(NotAllowed, match="Ben may not manage people"):
        change_role(database, "Ben", Role.ADMIN, by="Ben", now=AT)
    with pytest.raises(NotAllowed):
        add_person(database, "Eve", Role.ADMIN, by="Ben", now=AT)
    with pytest.raises(NotAllowed):
        add_person(database, "Eve", Role.ADMIN, by="nobody", now=AT)
    assert list(people(database)["name"]) == ["Ana", "Ben"]


def test_the_last_admin_stays(database: Database) -> None:
    add_person(database, "Ana", Role.ADMIN, by=SHELL, now=AT)

    with pytest.raises(UsageError, match="only admin"):
        change_role(database, "Ana", Role.REVIEWER, by="Ana", now=AT)
    add_person(database, "Ben", Role.ADMIN, by="Ana", now=AT)
    assert change_role(database, "Ana", Role.REVIEWER, by="Ana", now=AT).role is Role.REVIEWER


def test_every_change_of_a_role_is_in_the_log_once(database: Database) -> None:
    add_person(database, "Ana", Role.ADMIN, by=SHELL, now=AT)
    add_person(database, "Ben", Role.REVIEWER, login="ben@example.org", by="Ana", now=AT)
    for _ in range(2):
        change_role(database, "Ben", Role.ENGINEER, by="Ana", now=AT)

    logged = audit_log(database)

    assert list(zip(logged["actor"], logged["action"], logged["subject"], strict=True)) == [
        ("Ana", "role.changed", "Ben"), ("Ana", "person.added", "Ben"), ("shell", "person.added", "Ana"),
    ]  # fmt: skip
    assert logged["detail"].tolist() == [{"role": "engineer"}, {"role": "reviewer"}, {"role": "admin"}]
    assert "example.org" not in str(logged.to_dict("records"))


@pytest.mark.parametrize(
    "name", ["", "  ", "shell", "Benchbook", "a\nb", "a\u202eb", "<b>", "[x](y)", "-a", "a" * 61, "a/b", ":red[a]"]
)
def test_what_is_no_name_is_refused(database: Database, name: str) -> None:
    with pytest.raises(UsageError):
        register_locally(database, name, now=AT)


@pytest.mark.parametrize("name", ["Ana", "Zoë O'Neill", "李雷", "ana@example.org", "A. B.", "j-p", "7"])
def test_names_of_people_are_taken(database: Database, name: str) -> None:
    assert register_locally(database, f" {name} ", now=AT).name == name


@pytest.mark.parametrize("name", ["zoë", "ZOË", "Zoe\u0308"])
def test_a_name_that_differs_by_case_alone_is_no_other_person(database: Database, name: str) -> None:
    register_locally(database, "Zoë", now=AT)

    if name == "Zoe\u0308":  # the same letter, written in two signs
        assert register_locally(database, name, now=AT).role is Role.ADMIN
        return
    with pytest.raises(UsageError, match="there is Zoë already"):
        register_locally(database, name, now=AT)
    with pytest.raises(UsageError, match="there is Zoë already"):
        add_person(database, name, Role.ADMIN, by=SHELL, now=AT)


def test_a_reviewer_labels_and_nothing_else_and_an_admin_does_everything() -> None:
    assert RIGHTS[Role.REVIEWER] == {Right.LABEL}
    assert RIGHTS[Role.ADMIN] == set(Right)
    assert RIGHTS[Role.NONE] == set()
    assert Right.ADJUDICATE not in RIGHTS[Role.ENGINEER]


def test_actors_that_are_no_people_need_no_role(database: Database) -> None:
    for actor in (SHELL, BENCHBOOK):
        require(database, actor, Right.MANAGE_PEOPLE)
        assert person(database, actor) is None
