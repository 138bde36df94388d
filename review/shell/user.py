"""`benchbook user add | list | role | remove`: who may come in, and as what; makes the first admin."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from printing import HomeOption, JsonOption, columns, show
from settings import read_settings

if TYPE_CHECKING:
    from review.people import Role
    from storage.ledger_database import Database

app = typer.Typer(help="People: who may come in, and as what.", no_args_is_help=True, rich_markup_mode=None)

NameArgument = Annotated[str, typer.Argument(help="What the person is called here.")]
_HELP = "reviewer, product_owner, engineer or admin."


@app.command()
def add(
    name: NameArgument,
    role: Annotated[str, typer.Option(help=_HELP)] = "reviewer",
    login: Annotated[str | None, typer.Option(help="What the identity provider or the proxy calls them.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Add a person, or give one who is there a login; the same again changes nothing."""
    from review.people import SHELL, add_person

    with opened_database(home) as database:
        who = add_person(database, name, _role(role), login=login, by=SHELL, now=dt.datetime.now(dt.UTC))
    show({"name": who.name, "role": who.role, "login": who.login}, [f"{who.name}: {who.role}"], json=json)
    return 0


@app.command("list")
def list_(home: HomeOption = None, json: JsonOption = False) -> int:  # noqa: FBT002
    """Everybody, with their role; those who were removed as `none`."""
    from review.people import people

    with opened_database(home) as database:
        rows = people(database)[["name", "role", "login"]].to_dict("records")
    for row in rows:
        row["login"] = row["login"] if isinstance(row["login"], str) else None
    lines = columns(("NAME", "ROLE", "LOGIN"), [(row["name"], row["role"], row["login"] or "") for row in rows])
    show(rows, lines if rows else ["Nobody yet: benchbook user add NAME --role admin"], json=json)
    return 0


@app.command("role")
def role_(
    name: NameArgument,
    role: Annotated[str, typer.Argument(help=_HELP)],
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Give a person another role, from their next click on."""
    return _change(name, role, home=home, json=json)


@app.command()
def remove(name: NameArgument, home: HomeOption = None, json: JsonOption = False) -> int:  # noqa: FBT002
    """Take every right from a person, from their next click on; what they did stays."""
    return _change(name, "none", home=home, json=json)


@contextmanager
def opened_database(home: Path | None) -> "Iterator[Database]":
    """The home's ledger, for one command."""
    from storage.ledger_database import Database

    database = Database(read_settings(home).ledger_url)
    try:
        yield database
    finally:
        database.close()


def _change(name: str, role: str, *, home: Path | None, json: bool) -> int:
    from review.people import SHELL, change_role

    with opened_database(home) as database:
        who = change_role(database, name, _role(role), by=SHELL, now=dt.datetime.now(dt.UTC))
    show({"name": who.name, "role": who.role, "login": who.login}, [f"{who.name}: {who.role}"], json=json)
    return 0


def _role(said: str) -> "Role":
    from errors import UsageError
    from review.people import Role

    wanted = said.strip().lower().replace(" ", "_").replace("-", "_")
    if wanted not in list(Role):
        raise UsageError(f"a role is {_HELP}")
    return Role(wanted)
