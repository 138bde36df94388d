"""`benchbook erase`: a trace, a session or a person out of everything, with a record that holds none of it."""

import datetime as dt
import sys
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from errors import UsageError
from printing import HomeOption, JsonOption, columns, counted, show
from settings import Settings, read_settings

if TYPE_CHECKING:
    from review.rights.asking import Found
    from review.rights.subjects import Kind
    from storage.holds import Hold

NOT_DONE = 5
"""Exit code of an erasure that waits."""


def erase(  # noqa: PLR0913, PLR0917 - options of a command
    user: Annotated[
        list[str] | None, typer.Option(help="A person, as their application calls them or as shown.")
    ] = None,
    session: Annotated[list[str] | None, typer.Option(help="A session, likewise.")] = None,
    trace: Annotated[list[str] | None, typer.Option(help="A trace id.")] = None,
    reason: Annotated[str, typer.Option(help="Why, for the record; without naming anybody.")] = "",
    restored: Annotated[  # noqa: FBT002
        bool, typer.Option("--restored", help="What was erased before and came back with a backup.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and leave it.")] = False,  # noqa: FBT002
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before erasing.")] = False,  # noqa: FBT002
    by: Annotated[
        str | None, typer.Option("--by", help="Who does it, for the record, the audit log and their rights.")
    ] = None,
    record: Annotated[bool, typer.Option("--record", help="List what was erased so far.")] = False,  # noqa: FBT002
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Erase a person, session or trace from everything that is kept; what stays is a record without content.

    It cannot be taken back. It ends when no byte is left; when it is broken off, the app or the next command ends it.
    While it waits for a legal hold on something that has just arrived, that is said, and the exit code is 5.
    """
    from review.people import SHELL
    from review.rights.asking import Rights
    from review.shell.queue import words_of
    from storage import desk
    from storage.home import open_home

    settings, now = read_settings(home), dt.datetime.now(dt.UTC)
    if record:
        return _record(settings, json=json)
    kind, values = _asked(user, session, trace, restored=restored)
    opened = open_home(settings, now=now)
    try:
        rights = Rights(settings, opened.lake, opened.ledger.database)
        if restored:
            values, reason = rights.came_back(), reason or "it came back with a backup"
            if not values:
                show({"traces": 0}, ["Nothing that was erased is here"], json=json)
                return 0
        found = rights.find(kind, values, came_back=restored)
        if dry_run:
            show(found.as_json(), _in_words(found, "Would go"), json=json)
            return 0
        _confirm(found, yes=yes)
        clean = words_of(settings).scrubbed(reason).text if reason.strip() else ""
        number = rights.ask(found, values, reason=clean, by=by or SHELL, now=now)
        desk.erase(settings)
        waits_for = rights.waits_for(number)
    finally:
        opened.close()
    return _done(found, number, json=json) if waits_for is None else _waiting(found, number, waits_for, json=json)


def _done(found: "Found", number: int, *, json: bool) -> int:
    said = {"erasure": number, "done": True} | found.as_json()
    show(said, [*_in_words(found, "Gone"), f"Record: erasure {number}"], json=json)
    return 0


def _waiting(found: "Found", number: int, waits_for: "Sequence[Hold]", *, json: bool) -> int:
    """What arrived after it was asked for is held; or whoever erases was kept from it."""
    lines = [f"Erasure {number} is not done: it waits for {one.named}; to let it go on: benchbook hold release {one.id}"
             for one in waits_for]  # fmt: skip
    lines = lines or [f"Erasure {number} is not done yet; the app, or the next command, does it"]
    said = {"erasure": number, "done": False} | found.as_json() | {"held": [one.as_json() for one in waits_for]}
    show(said, [*_in_words(found, "Will go"), *lines, "benchbook erase --record says when it is"], json=json)
    return NOT_DONE


def _asked(
    user: list[str] | None, session: list[str] | None, trace: list[str] | None, *, restored: bool
) -> "tuple[Kind, list[str]]":
    from review.rights.subjects import Kind

    given = [(kind, said) for kind, said in ((Kind.USER, user), (Kind.SESSION, session), (Kind.TRACE, trace)) if said]
    if restored and not given:
        return Kind.TRACE, []
    if len(given) != 1 or restored:
        raise UsageError("name what to erase: --user, --session or --trace, one kind at a time; or --restored alone")
    return given[0]


def _confirm(found: "Found", *, yes: bool) -> None:
    from review.rights.asking import refusal

    if found.held:
        raise UsageError(refusal(found.held))
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("it cannot be taken back: look with --dry-run, then say --yes")
    sys.stderr.writelines(f"{line}\n" for line in _in_words(found, "Will go"))
    typer.confirm("It cannot be taken back. Erase it?", abort=True, err=True)


def _in_words(found: "Found", verb: str) -> list[str]:
    from review.rights.asking import not_found_by_name
    from review.rights.went import NOTHING, in_words

    went = in_words(found.counts)
    lines = [f"{verb}: {went if went != NOTHING else 'nothing, there is none of it here'}"]
    if found.other_turns:
        lines.append(
            f"Of the same sessions {counted(found.other_turns, 'other trace')} "
            f"{'stays' if found.other_turns == 1 else 'stay'}, and may repeat what was said before: "
            "--session erases whole sessions"
        )
    if found.forgotten_keys:
        lines.append(not_found_by_name(found.forgotten_keys))
    lines += [f"Not while it is held: {one.named}" for one in found.held]
    return lines


def _why(row: "dict[Hashable, Any]") -> str:
    """The reason; of a rule, the rule."""
    return f"{row['reason']}: {row['subject']}" if row["kind"] == "retention" else str(row["reason"])


def _record(settings: Settings, *, json: bool) -> int:
    from review.rights.went import in_words
    from storage.erasing import intents
    from storage.ledger_database import Database

    database = Database(settings.ledger_url)
    try:
        rows = intents.record(database, rows=10_000).to_dict("records")
    finally:
        database.close()
    for row in rows:
        row["finished_at"] = row["finished_at"] if row["state"] == "done" else None
    cells = [
        (row["id"], f"{row['asked_at']:%Y-%m-%d %H:%M}", row["by"], row["kind"], row["state"],
         in_words(row["counts"]), _why(row)) for row in rows
    ]  # fmt: skip
    lines = columns(("ID", "ASKED (UTC)", "BY", "KIND", "STATE", "WENT", "REASON"), cells)
    show(rows, lines if rows else ["Nothing was erased"], json=json)
    return 0
