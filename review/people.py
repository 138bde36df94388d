"""People, their roles, and what each role may do; read from the ledger at every question.

A cookie or a header only says who somebody is. Whether they are (still) here and what they may do is asked here, in
every run of a page and inside every write: a person who was removed is out at the next click.
"""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pandas as pd
import sqlalchemy as sa

from errors import NotAllowed, UsageError
from review import audit
from storage.ledger_database import Database, our_errors, take_turns
from storage.review_tables import people as people_table
from storage.review_tables import role_changes

SHELL, BENCHBOOK = "shell", "benchbook"
"""Actors that are no people: the command line, whose caller can open the ledger anyway, and the app itself."""
_NAME = re.compile(r"[^\W_](?:[\w .@'\u2019-]{0,58}[\w.)])?")


class Role(StrEnum):
    """What a person is to the team; `none` is somebody who was removed."""

    REVIEWER = "reviewer"
    PRODUCT_OWNER = "product_owner"
    ENGINEER = "engineer"
    ADMIN = "admin"
    NONE = "none"


class Right(StrEnum):
    """What a page shows or a function does, in words that complete "may not"."""

    LABEL = "label"
    SEE_TRAFFIC = "see traffic"
    SEE_RESULTS = "see results of reviewers"
    DRAW = "draw samples"
    PICK = "pick items by hand"
    ADJUDICATE = "adjudicate"
    EXPORT = "export"
    EDIT_RUBRIC = "edit rubrics"
    DECIDE_RELEASE = "keep decisions of the release gate"
    DEPLOY = "register deployments"
    SEE_AUDIT = "see the audit log"
    MANAGE_PEOPLE = "manage people"
    ERASE = "erase what is kept of somebody"
    HOLD = "place and release legal holds"
    CHANGE_KEY = "replace or forget the home's key"


_PLANNING = {Right.LABEL, Right.SEE_TRAFFIC, Right.SEE_RESULTS, Right.DRAW, Right.PICK, Right.EXPORT, Right.EDIT_RUBRIC,
             Right.DECIDE_RELEASE, Right.DEPLOY}  # fmt: skip
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.REVIEWER: frozenset({Right.LABEL}),
    Role.ENGINEER: frozenset(_PLANNING),
    Role.PRODUCT_OWNER: frozenset(_PLANNING | {Right.ADJUDICATE, Right.SEE_AUDIT}),
    Role.ADMIN: frozenset(Right),
    Role.NONE: frozenset(),
}
"""The table of rights. A reviewer labels, and sees the queue and their own record."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the ledger. `login` is what the identity provider or the proxy calls them."""

    name: str
    role: Role
    login: str | None = None

    def may(self, right: Right) -> bool:
        return right in RIGHTS[self.role]


def add_person(
    database: Database, name: str, role: Role, *, login: str | None = None, by: str, now: dt.datetime
) -> Person:
    """Add a person, or take one back who was removed. The same again changes nothing.

    Raises `UsageError` for a name that cannot be one, for a person who is there with another role, and for a login that
    another person has; `NotAllowed` when `by` may not.
    """
    name, login = _checked_name(name), _checked_login(login)
    with our_errors("adding a person"), database.writing() as connection:
        take_turns(connection, people_table.name)
        require(connection, by, Right.MANAGE_PEOPLE)
        there = person(connection, name)
        if there is None:
            return _insert(connection, Person(name, role, login), by=by, now=now)
        if login is not None and login != there.login:
            _set_login(connection, name, login, by=by, now=now)
        if there.role is Role.NONE:
            _set_role(connection, name, role, by=by, now=now)
        elif there.role is not role:
            raise UsageError(f"{name} is there already, as {there.role}; change it with `benchbook user role`")
        return Person(name, role, login or there.login)


def change_role(database: Database, name: str, role: Role, *, by: str, now: dt.datetime) -> Person:
    """Give a person another role; `Role.NONE` removes them. Refuses to leave the team without an admin."""
    with our_errors("changing a role"), database.writing() as connection:
        take_turns(connection, people_table.name)
        require(connection, by, Right.MANAGE_PEOPLE)
        there = person(connection, name)
        if there is None:
            raise UsageError("there is no person of that name; `benchbook user list` shows all")
        if there.role is Role.ADMIN and role is not Role.ADMIN and _admins(connection) == 1:
            raise UsageError(f"{name} is the only admin; make somebody else one first")
        if there.role is not role:
            _set_role(connection, name, role, by=by, now=now)
        return Person(name, role, there.login)


def register_locally(database: Database, name: str, *, now: dt.datetime, as_reviewer: bool = False) -> Person:
    """The person of that name, added when new: for local mode, where people choose their own name.

    While there is no admin the one who is added becomes it, unless `as_reviewer` (scripts); later ones are reviewers.
    Raises `NotAllowed` for somebody who was removed.
    """
    name = _checked_name(name)
    there = person(database, name)
    if there is None:
        with our_errors("adding a person"), database.writing() as connection:
            take_turns(connection, people_table.name)
            there = person(connection, name)
            if there is None:
                role = Role.REVIEWER if as_reviewer or _admins(connection) else Role.ADMIN
                return _insert(connection, Person(name, role), by=name, now=now)
    if there.role is Role.NONE:
        raise NotAllowed(name, "come in", hint="an admin removed them")
    return there


def person(at: Database | sa.Connection, name: str) -> Person | None:
    """The person of that name, also one who was removed."""
    return _one(at, _BY_NAME, name)


def person_of_login(at: Database | sa.Connection, login: str) -> Person | None:
    """The person whom the identity provider or the proxy calls so; upper and lower case are the same."""
    return _one(at, _BY_LOGIN, login.strip().casefold())


def people(database: Database) -> pd.DataFrame:
    """Everybody, by name: name, role, login, added_at (UTC), added_by, changed_at (UTC, of the role), changed_by."""
    changed = [role_changes.c.at.label("changed_at"), role_changes.c.by.label("changed_by")]
    table = [people_table.c[name] for name in ("login", "added_at", "added_by")]
    asked = sa.select(people_table.c.name, role_changes.c.role, *table, *changed).join_from(*_with_role())
    with our_errors("being read"), database.reading() as connection:
        result = connection.execute(asked.order_by(people_table.c.name))
        return pd.DataFrame(result.mappings().all(), columns=list(result.keys()))


def person_may(at: Database | sa.Connection, name: str, right: Right) -> bool:
    """Whether the ledger says that this person may do it now."""
    who = person(at, name)
    return who is not None and who.may(right)


def require(at: Database | sa.Connection, name: str, right: Right) -> None:
    """Raise `NotAllowed` unless the ledger says that this person may do it now."""
    if name in (SHELL, BENCHBOOK):
        return
    if not person_may(at, name, right):
        raise NotAllowed(name, right.value)


def role_of(name: sa.ColumnElement[str]) -> sa.ScalarSelect[str]:
    """The role of a person as a column of another statement, for writes that cannot wait for one more; else null."""
    newest = sa.select(role_changes.c.role).where(role_changes.c.person == name).order_by(role_changes.c.id.desc())
    return newest.limit(sa.literal_column("1", sa.Integer)).scalar_subquery()


def require_of(role: str | None, name: str, right: Right) -> None:
    """Raise `NotAllowed` unless a person of this `role_of` may do it."""
    if role is None or right not in RIGHTS[Role(role)]:
        raise NotAllowed(name, right.value)


def _one(at: Database | sa.Connection, statement: sa.Select[Any], name: str) -> Person | None:
    if isinstance(at, sa.Connection):
        row = at.execute(statement, {"called": name}).first()
    else:
        with our_errors("being read"), at.reading() as connection:
            row = connection.execute(statement, {"called": name}).first()
    return None if row is None else Person(row.name, Role(row.role), row.login)


def _with_role() -> tuple[sa.Table, sa.Table, sa.ColumnElement[bool]]:
    """People joined with the newest change of their role."""
    later = role_changes.alias("later")
    newest = sa.select(sa.func.max(later.c.id)).where(later.c.person == people_table.c.name)
    return people_table, role_changes, role_changes.c.id == newest.correlate(people_table).scalar_subquery()


def _admins(connection: sa.Connection) -> int:
    asked = (
        sa.select(sa.func.count()).select_from(sa.join(*_with_role())).where(role_changes.c.role == Role.ADMIN.value)
    )
    return int(connection.execute(asked).scalar_one())


def _insert(connection: sa.Connection, who: Person, *, by: str, now: dt.datetime) -> Person:
    _check_login_is_free(connection, who.login)
    _check_is_no_lookalike(connection, who.name)
    row = {"name": who.name, "login": who.login, "added_at": now, "added_by": by}
    connection.execute(sa.insert(people_table).values(**row))
    connection.execute(sa.insert(role_changes).values(person=who.name, role=who.role.value, at=now, by=by))
    detail = {"role": who.role.value}
    audit.record(connection, actor=by, action=audit.Action.PERSON_ADDED, subject=who.name, detail=detail, now=now)
    return who


def _set_role(connection: sa.Connection, name: str, role: Role, *, by: str, now: dt.datetime) -> None:
    connection.execute(sa.insert(role_changes).values(person=name, role=role.value, at=now, by=by))
    detail = {"role": role.value}
    audit.record(connection, actor=by, action=audit.Action.ROLE_CHANGED, subject=name, detail=detail, now=now)


def _set_login(connection: sa.Connection, name: str, login: str, *, by: str, now: dt.datetime) -> None:
    _check_login_is_free(connection, login)
    connection.execute(sa.update(people_table).where(people_table.c.name == name).values(login=login))
    audit.record(connection, actor=by, action=audit.Action.LOGIN_CHANGED, subject=name, detail={}, now=now)


def _check_login_is_free(connection: sa.Connection, login: str | None) -> None:
    if login is not None and (holder := person_of_login(connection, login)) is not None:
        raise UsageError(f"that login belongs to {holder.name}")


def _check_is_no_lookalike(connection: sa.Connection, name: str) -> None:
    """Upper and lower case, or forms of a letter, make no other person."""
    for other in connection.execute(sa.select(people_table.c.name)).scalars():
        if unicodedata.normalize("NFKC", other).casefold() == unicodedata.normalize("NFKC", name).casefold():
            raise UsageError(f"there is {other} already; write the name in the same way, or choose another")


def _checked_name(name: str) -> str:
    name = re.sub(" +", " ", unicodedata.normalize("NFC", name).strip())
    if not _NAME.fullmatch(name):
        raise UsageError("a name has 1 to 60 letters, digits, spaces or . - _ ' @ and begins with a letter or digit")
    if name.casefold() in (SHELL, BENCHBOOK):
        raise UsageError(f"{name} is nobody's name here; choose another")
    return name


def _checked_login(login: str | None) -> str | None:
    if login is None:
        return None
    login = login.strip().casefold()
    if not 1 <= len(login) <= 200 or not login.isprintable():
        raise UsageError("a login has 1 to 200 characters: the e-mail address or id that the provider tells")
    return login


_PERSON = sa.select(people_table.c.name, role_changes.c.role, people_table.c.login).join_from(*_with_role())
_BY_NAME = _PERSON.where(people_table.c.name == sa.bindparam("called"))
_BY_LOGIN = _PERSON.where(people_table.c.login == sa.bindparam("called"))
