"""`benchbook sample`: draw a plan's sample of a week from a shell or from cron; again gives the same items."""

import datetime as dt
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from errors import UsageError
from printing import HomeOption, JsonOption, show
from settings import Settings, read_settings

if TYPE_CHECKING:
    from review.sampling.plans import Plan
    from review.sampling.replays import Replay
    from review.sampling.samples import Sample
    from storage.ledger_database import Database

SHELL = "shell"
_DONE, _DIFFERS = 0, 5
_CHANGED = (
    "the plan was changed after this sample was drawn: these are the items of the plan as it was; --seed N draws anew"
)


def sample(
    plan: Annotated[str, typer.Argument(help="A plan's name (weekly is built in), or a .toml file with a plan.")],
    week: Annotated[str | None, typer.Option(help="ISO week, 2026-W46; the last complete one with traces.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=2**53 - 1, help="Another draw than the plan's own.")] = None,
    replay: Annotated[bool, typer.Option(help="Draw the stored sample again and compare; nothing is kept.")] = False,  # noqa: FBT002
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Draw a fair sample of a week's traffic and put it into the queue; again, it prints the same sample."""
    from storage.home import open_home

    settings, now = read_settings(home), dt.datetime.now(dt.UTC)
    opened = open_home(settings, now=now)
    try:
        asked = Asked(opened.ledger.database, settings, now)
        wanted = asked.plan(plan)
        week = week or asked.last_week()
        if replay:
            return _replay(asked, wanted, week=week, seed=seed, json=json)
        found = asked.drawn(wanted, week=week, seed=seed)
    finally:
        opened.close()
    notes = [_CHANGED] if found.plan != wanted else []
    show(found.as_json() | ({"note": _CHANGED} if notes else {}), _in_words(found) + notes, json=json)
    return _DONE


@dataclass(frozen=True, slots=True)
class Asked:
    """The stores of a home, for one run of the command."""

    database: "Database"
    settings: Settings
    now: dt.datetime

    def plan(self, said: str) -> "Plan":
        """The plan of that name; one from a file is kept in the ledger too. Raises `UsageError`."""
        from review.sampling import stored_plans
        from review.sampling.plans import parse_plan
        from review.shell.queue import words_of

        if not said.endswith(".toml"):
            return stored_plans.plan(self.database, said)
        try:
            wanted = parse_plan(Path(said).read_text())
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{said} cannot be read") from error
        stored_plans.check_not_personal(wanted, words_of(self.settings))
        stored_plans.save_plan(self.database, wanted, by=SHELL, now=self.now)
        return wanted

    def last_week(self) -> str:
        """The last complete week that has traces."""
        from review.sampling import frames
        from storage.desk import DeskWarehouse

        return frames.last_complete_week(DeskWarehouse(self.settings), now=self.now)

    def drawn(self, plan: "Plan", *, week: str, seed: int | None) -> "Sample":
        """The stored sample of that plan, week and seed; drawn now when there is none."""
        from review.sampling import draws, frames, samples
        from review.sampling.planning import planned

        seed = draws.default_seed(plan.name, week) if seed is None else seed
        wanted = samples.sample_id(plan.name, week, seed)
        if not samples.is_drawn(self.database, wanted):
            from storage.desk import DeskWarehouse

            warehouse = DeskWarehouse(self.settings)
            frame = frames.read_frame(warehouse, plan, week=week)
            items = planned(self.database, warehouse, plan, frame, week=week).proposal.items
            return samples.draw(self.database, samples.Wanted(plan, week, frame, items, seed), by=SHELL, now=self.now)
        return samples.sample(self.database, wanted)

    def replayed(self, sample: "Sample") -> "Replay":
        """The sample drawn again from what had arrived when it was drawn."""
        from review.sampling import replays
        from storage.lake import Lake
        from storage.replay import as_of

        lake = Lake(self.settings.lake_location, dict(self.settings.storage.lake_options))
        sequences = {"spans": sample.frame_sequence, "scores": sample.scores_sequence}
        with as_of(self.settings, lake, **sequences) as warehouse:
            return replays.replayed(sample, warehouse)


def _replay(asked: Asked, plan: "Plan", *, week: str, seed: int | None, json: bool) -> int:
    from review.sampling import draws, samples
    from storage.erasing.intents import deleted_before

    own = draws.default_seed(plan.name, week) if seed is None else seed
    stored = samples.sample(asked.database, samples.sample_id(plan.name, week, own))
    again = asked.replayed(stored)
    said = f"{stored.id}: drawn again from what had arrived up to number {stored.frame_sequence:,}: "
    lines = [said + (f"the same {len(stored.items)} items" if again.is_same else "NOT the same")]
    if again.erased_items or again.erased_units:
        lines.append(f"  {again.erased_items} items erased, {again.erased_units} of all units that it was drawn from")
    before = deleted_before(asked.database)
    if before is not None and before > stored.since and not again.is_same:
        lines.append(f"  traces before {before:%Y-%m-%d %H:%M} UTC were deleted by age: it cannot be drawn again")
    if again.touched_sessions:
        lines.append(f"  {again.touched_sessions} sessions lost a trace to an erasure and may stand elsewhere now")
    lines += [f"  not drawn again: {unit}" for unit in again.missing] + [f"  new: {unit}" for unit in again.added]
    lines += [f"  of another size: {name}" for name in again.changed_strata]
    show(stored.as_json() | {"same": again.is_same, **asdict(again)}, lines, json=json)
    return _DONE if again.is_same else _DIFFERS


def _in_words(found: "Sample") -> list[str]:
    frame = sum(one.population for one in found.strata)
    said = (
        f"{found.id}: {len(found.items)} items of {frame:,}, of all that arrived up to number {found.frame_sequence:,}"
    )
    return [said] + [
        f"  {one.name}: {one.drawn} of {one.population:,}{' (all of them, by plan)' if one.certainty else ''}"
        for one in found.strata
    ]
