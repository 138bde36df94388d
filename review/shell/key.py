"""`benchbook key list | rotate | forget`: the home's key, by which people and sessions are hashed."""

import datetime as dt
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from errors import HomeHeld, UsageError
from printing import HomeOption, JsonOption, columns, show
from settings import Settings, read_settings

if TYPE_CHECKING:
    from review.audit import Action

ByOption = Annotated[str | None, typer.Option("--by", help="Who does it, for the audit log and their rights.")]
app = typer.Typer(
    help="The home's key: who holds it can tell whether a hash is somebody's.", no_args_is_help=True,
    rich_markup_mode=None,
)  # fmt: skip


@app.command("list")
def list_(home: HomeOption = None, json: JsonOption = False) -> int:  # noqa: FBT002
    """The key in use and those that were replaced, by their ids."""
    from storage.key import home_key
    from storage.key_ring import key_id, retired_keys

    settings = read_settings(home)
    rows: list[dict[str, Any]] = [{"id": key_id(home_key(settings.key_path)), "state": "in use", "replaced_at": None}]
    rows += [{"id": one.id, "state": "replaced", "replaced_at": one.retired_at}
             for one in retired_keys(settings.home)]  # fmt: skip
    cells = [(row["id"], row["state"], f"{row['replaced_at']:%Y-%m-%d}" if row["replaced_at"] else "")
             for row in rows]  # fmt: skip
    show(rows, columns(("ID", "STATE", "SINCE"), cells), json=json)
    return 0


@app.command()
def rotate(by: ByOption = None, home: HomeOption = None, json: JsonOption = False) -> int:  # noqa: FBT002
    """Hash with a new key from now on: what comes cannot be linked to what came. Stop the app first.

    The old key is kept for one purpose, to find what somebody wants erased, until `benchbook key forget`.
    Legal holds on people and sessions must be released before.
    """
    from review.audit import Action
    from storage import key_ring

    settings = read_settings(home)
    _refuse_others(settings, by)

    def rotated() -> tuple[str, str]:
        _refuse_while_held(settings)
        return key_ring.rotate(settings.home, settings.key_path)

    old, new = _alone(settings, rotated)
    _log(settings, by, Action.KEY_ROTATED, new, {"replaced": old})
    show({"key": new, "replaced": old}, [f"Key {new} is in use; {old} is kept to find what is to be erased"], json=json)
    return 0


@app.command()
def forget(
    key: Annotated[str, typer.Argument(help="The id of a replaced key.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before forgetting it.")] = False,  # noqa: FBT002
    by: ByOption = None,
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Delete a replaced key: nobody finds any more by name what it hashed, not for erasing it either."""
    from review.audit import Action
    from storage import key_ring

    settings = read_settings(home)
    _refuse_others(settings, by)
    if not yes and key in {one.id for one in key_ring.retired_keys(settings.home)}:
        _confirm()
    key_ring.forget(settings.home, key)
    _log(settings, by, Action.KEY_FORGOTTEN, key, {})
    show({"forgotten": key}, [f"Key {key} is forgotten"], json=json)
    return 0


def _confirm() -> None:
    if not sys.stdin.isatty():
        raise UsageError("it cannot be taken back: what the key hashed is not found by name any more; say --yes")
    asked = (
        "It cannot be taken back: what the key hashed is not found by name any more, also not to erase it. Forget it?"
    )
    typer.confirm(asked, abort=True, err=True)


def _alone(settings: Settings, do: Any) -> Any:
    """Done while nobody serves the home: the app has read the old key and would go on with it."""
    from storage.lake import Lake
    from storage.warehouse import Warehouse

    try:
        warehouse = Warehouse.open(settings, Lake(settings.lake_location, dict(settings.storage.lake_options)))
    except HomeHeld as error:
        raise UsageError("the app, or another command, is using the home; stop it first") from error
    try:
        return do()
    finally:
        warehouse.close()


def _refuse_while_held(settings: Settings) -> None:
    """A hold knows a person or session by the hashes of today's keys: what comes with another would not be held."""
    from storage import holds
    from storage.ledger_database import Database

    database = Database(settings.ledger_url)
    try:
        held = [one for one in holds.in_force(database) if one.kind in {"user", "session"}]
    finally:
        database.close()
    if held:
        raise UsageError(
            f"the key stays: {'; '.join(one.named for one in held)} would not cover what comes with a new key. "
            "Release them, rotate, and place them again: benchbook hold release | add"
        )


def _refuse_others(settings: Settings, by: str | None) -> None:
    """Raise `NotAllowed` for whoever may not; before anything is asked or done."""
    from review import people
    from storage.ledger_database import Database

    database = Database(settings.ledger_url)
    try:
        people.require(database, by or people.SHELL, people.Right.CHANGE_KEY)
    finally:
        database.close()


def _log(settings: Settings, by: str | None, action: "Action", subject: str, detail: dict[str, object]) -> None:
    from review import audit
    from review.people import SHELL
    from storage.ledger_database import Database, our_errors

    database = Database(settings.ledger_url)
    try:
        with our_errors("noting a change of keys"), database.writing() as connection:
            now = dt.datetime.now(dt.UTC)
            audit.record(connection, actor=by or SHELL, action=action, subject=subject, detail=detail, now=now)
    finally:
        database.close()
