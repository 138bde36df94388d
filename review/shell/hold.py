"""`benchbook hold add | list | release`: what must stay, whatever rights and rules of retention say."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated

import typer

from errors import StoreFailed, UsageError
from printing import HomeOption, JsonOption, columns, counted, show
from settings import read_settings

app = typer.Typer(
    help="Legal holds: what may be neither erased nor deleted by age.", no_args_is_help=True, rich_markup_mode=None
)
ByOption = Annotated[str | None, typer.Option("--by", help="Who does it, for the audit log and their rights.")]
ReasonOption = Annotated[str, typer.Option(help="Why, for the record; without naming anybody.")]


@app.command()
def add(  # noqa: PLR0913, PLR0917 - one option for each kind
    reason: ReasonOption,
    trace: Annotated[str | None, typer.Option(help="A trace id.")] = None,
    session: Annotated[
        str | None, typer.Option(help="A session, as its application calls it or as it is shown.")
    ] = None,
    user: Annotated[str | None, typer.Option(help="A person, likewise.")] = None,
    app_: Annotated[str | None, typer.Option("--app", help="All of an application.")] = None,
    by: ByOption = None,
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Place a hold: until it is released nothing that it covers is erased or deleted by age, also what comes later."""
    from review.people import SHELL
    from review.rights.asking import Rights, place_hold
    from review.shell.queue import words_of
    from storage.home import open_home

    given = [(kind, said) for kind, said in
             (("trace", trace), ("session", session), ("user", user), ("app", app_)) if said]  # fmt: skip
    if len(given) != 1:
        raise UsageError("name what to hold: --trace, --session, --user or --app, one of them")
    settings, now = read_settings(home), dt.datetime.now(dt.UTC)
    opened = open_home(settings, now=now)
    try:
        kind, value = given[0]
        rights, words = Rights(settings, opened.lake, opened.ledger.database), words_of(settings)
        is_personal = kind in {"trace", "app"} and words.is_personal(value.strip(), is_id=kind == "trace")
        number = place_hold(rights, kind, value, reason=words.scrubbed(reason).text, by=by or SHELL, now=now,
                            is_personal=is_personal)  # fmt: skip
        try:
            covered = rights.covered(number)
        except StoreFailed:  # it is placed, whatever it covers
            covered = None
    finally:
        opened.close()
    show({"hold": number, "kind": kind, **(covered or {"traces": None, "scores": None})},
         [_placed(number, covered)], json=json)  # fmt: skip
    return 0


def _placed(number: int, covered: Mapping[str, int] | None) -> str:
    if covered is None:
        return (
            f"Hold {number} is placed; how much it covers is unknown, benchbook hold list shows whether it is in force"
        )
    here = [counted(covered[name], name[:-1]) for name in ("traces", "scores") if covered[name]]
    if not here:
        return f"Hold {number} is in force: nothing of it is here (yet); what comes is held"
    return f"Hold {number} is in force: it covers {' and '.join(here)}, and what comes"


@app.command("list")
def list_(home: HomeOption = None, json: JsonOption = False) -> int:  # noqa: FBT002
    """All holds, the newest first; those that were released say when."""
    import pandas as pd

    from review.shell.user import opened_database
    from storage import holds

    with opened_database(home) as database:
        rows = holds.listed(database).to_dict("records")
    for row in rows:  # pandas has words of its own for "nothing"
        row |= {str(name): None for name, value in row.items() if pd.isna(value)}
    cells = [(row["id"], row["kind"], row["subject"], f"{row['at']:%Y-%m-%d}", row["by"],
              f"{row['released_at']:%Y-%m-%d}" if row["released_at"] else "in force", row["reason"])
             for row in rows]  # fmt: skip
    lines = columns(("ID", "KIND", "OF", "PLACED", "BY", "RELEASED", "REASON"), cells)
    show(rows, lines if rows else ["Nothing is held"], json=json)
    return 0


@app.command()
def release(
    number: Annotated[int, typer.Argument(help="The hold's number, as `benchbook hold list` shows it.")],
    reason: ReasonOption,
    by: ByOption = None,
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """End a hold: what it covered may be erased and deleted by age again."""
    from review.people import SHELL
    from review.rights.asking import release_hold
    from review.shell.queue import words_of
    from review.shell.user import opened_database

    clean = words_of(read_settings(home)).scrubbed(reason).text
    with opened_database(home) as database:
        release_hold(database, number, reason=clean, by=by or SHELL, now=dt.datetime.now(dt.UTC))
    show({"hold": number, "released": True}, [f"Hold {number} is released"], json=json)
    return 0
