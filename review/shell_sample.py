"""`benchbook sample`: draw a plan's sample of a week from a shell or from cron; again gives the same items."""

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from settings import Settings, read_settings

if TYPE_CHECKING:
    import pandas as pd

    from review.plans import Plan
    from review.samples import Sample
    from storage.ledger_database import Database


def sample(
    plan: Annotated[str, typer.Argument(help="A plan's name (weekly is built in), or a .toml file with a plan.")],
    week: Annotated[str | None, typer.Option(help="ISO week, 2026-W46; the last complete one with traces.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=2**53 - 1, help="Another draw than the plan's own.")] = None,
    home: Annotated[Path | None, typer.Option("--home", help="The folder everything is kept in.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else.")] = False,  # noqa: FBT002
) -> int:
    """Draw a fair sample of a week's traffic and put it into the queue; again, it prints the same sample."""
    from storage.home import open_home

    settings, now = read_settings(home), dt.datetime.now(dt.UTC)
    opened = open_home(settings, now=now)
    try:
        database = opened.ledger.database
        wanted = named_plan(database, plan, now=now)
        found = drawn_sample(database, settings, wanted, week=week, seed=seed, now=now)
    finally:
        opened.close()
    _print(found.as_json(), lines=_in_words(found), json=json)
    return 0


def named_plan(database: "Database", said: str, *, now: dt.datetime) -> "Plan":
    """The plan of that name; one from a file is kept in the ledger too. Raises `UsageError`."""
    from errors import UsageError
    from review import stored_plans
    from review.people import SHELL
    from review.plans import parse_plan

    if not said.endswith(".toml"):
        return stored_plans.plan(database, said)
    try:
        wanted = parse_plan(Path(said).read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{said} cannot be read") from error
    stored_plans.save_plan(database, wanted, by=SHELL, now=now)
    return wanted


def drawn_sample(
    database: "Database", settings: Settings, plan: "Plan", *, week: str | None, seed: int | None, now: dt.datetime
) -> "Sample":
    """The stored sample of that plan, week and seed; drawn now when there is none."""
    from review import draws, frames, samples
    from review.people import SHELL
    from review.proposals import propose
    from review.spreads import expected_spreads

    warehouse = DeskWarehouse(settings)
    week = week or frames.last_complete_week(warehouse, now=now)
    seed = draws.default_seed(plan.name, week) if seed is None else seed
    wanted = samples.sample_id(plan.name, week, seed)
    if not samples.is_drawn(database, wanted):
        frame = frames.read_frame(warehouse, plan, week=week)
        proposal = propose(plan, frame, expected_spreads(frame), week=week)
        samples.draw(database, samples.Wanted(plan, week, frame, proposal.items, seed), by=SHELL, now=now)
    return samples.sample(database, wanted)


class DeskWarehouse:
    """The home's warehouse through the running app, or opened for the question when none runs; loaded first."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._is_loaded = False

    def frame(self, sql: str, **params: Any) -> "pd.DataFrame":
        import pandas as pd

        from storage import desk

        if not self._is_loaded:
            desk.load(self._settings)
            self._is_loaded = True
        return pd.DataFrame(desk.sql(self._settings, sql, **params))


def _in_words(found: "Sample") -> list[str]:
    frame = sum(one.population for one in found.strata)
    said = (
        f"{found.id}: {len(found.items)} items of {frame:,}, of all that arrived up to number {found.frame_sequence:,}"
    )
    return [said] + [
        f"  {one.name}: {one.drawn} of {one.population:,}{' (all of them, by plan)' if one.certainty else ''}"
        for one in found.strata
    ]


def _print(value: dict[str, Any], *, lines: list[str], json: bool) -> None:
    sys.stdout.write(orjson.dumps(value).decode() + "\n" if json else "".join(f"{line}\n" for line in lines))
