"""`benchbook key list | rotate | forget`: the home's key, by which people and sessions are hashed."""

import datetime as dt
import sys
from typing import Annotated, Any

import typer

from errors import HomeHeld, UsageError
from printing import HomeOption, JsonOption, columns, show
from settings import Settings, read_settings

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
def rotate(home: HomeOption = None, json: JsonOption = False) -> int:  # noqa: FBT002
    """Hash with a new key from now on: what comes cannot be linked to what came. Stop the app first.

    The old key is kept for one purpose, to find what somebody wants erased, until `benchbook key forget`.
    Legal holds on people and sessions must be released before.
    """
    from storage import key_ring

    settings = read_settings(home)

    def rotated() -> tuple[str, str]:
        _refuse_while_held(settings)
        return key_ring.rotate(settings.home, settings.key_path)

    old, new = _alone(settings, rotated)
    _log(settings, "key.rotated", new, {"replaced": old})
    show({"key": new, "replaced": old}, [f"Key {new} is in use; {old} is kept to find what is to be erased"], json=json)
    return 0


@app.command()
def forget(
    key: Annotated[str, typer.Argument(help="The id of a replaced key.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before forgetting it.")] = False,  # noqa: FBT002
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Delete a replaced key: nobody finds any more by name what it hashed, not for erasing it either."""
    from storage import key_ring

    settings = read_settings(home)
    if not yes and key in {one.id for one in key_ring.retired_keys(settings.home)}:
        _confirm()
    key_ring.forget(settings.home, key)
    _log(settings, "key.forgotten", key, {})
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


def _log(settings: Settings, action: str, subject: str, detail: dict[str, object]) -> None:
    from review import audit
    from review.people import SHELL
    from storage.ledger_database import Database, our_errors

    database = Database(settings.ledger_url)
    try:
        with our_errors("noting a change of keys"), database.writing() as connection:
            now = dt.datetime.now(dt.UTC)
            audit.record(connection, actor=SHELL, action=action, subject=subject, detail=detail, now=now)
    finally:
        database.close()
