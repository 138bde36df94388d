"""`benchbook deploy | versions | versions compare`: what went live, what traffic shows, two versions side by side."""

import datetime as dt
import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from errors import UsageError
from metrics.shell.asked import (
    FromOption,
    ToOption,
    WhereOption,
    known,
    ledger,
    moment,
    records,
    unknown_values,
    wanted,
)
from metrics.shell.dora import show_dora
from printing import HomeOption, JsonOption, columns, show
from settings import read_settings

if TYPE_CHECKING:
    import pandas as pd

    from metrics.versions.compare import Comparison, Seen
    from metrics.versions.deployments import Deployment

app = typer.Typer(help="Versions in traffic, and two of them side by side.", rich_markup_mode=None)


def deploy(  # noqa: PLR0913, PLR0917 - options of a command
    changed: Annotated[
        list[str], typer.Argument(help="KIND=VERSION: prompt=v4 app_version=4.3.0 model=... retrieval=...")
    ],
    app: Annotated[str | None, typer.Option(help="The application; all of them unless named.")] = None,
    at: Annotated[str | None, typer.Option(help="When it went live, UTC [now].")] = None,
    note: Annotated[str, typer.Option(help="What and why, in a line; scrubbed before it is kept.")] = "",
    committed: Annotated[str | None, typer.Option(help="When its oldest change was committed, UTC.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Say that a version went live: charts mark it, and it is no surprise when traffic shows it."""
    from metrics.versions.deployments import Deployment, changed_of, register
    from review.people import SHELL

    now = dt.datetime.now(dt.UTC)
    went_live = moment(at) or now
    if went_live > now + dt.timedelta(days=366):
        raise UsageError("--at lies more than a year ahead")
    with ledger(home, now) as (database, scrubbed):
        said = Deployment(went_live, changed_of(changed), app, scrubbed(note), moment(committed))
        if any(scrubbed(name) != name for name in (*said.changed.values(), app or "")):
            raise UsageError("a version or the app looks personal; traffic has placeholders instead")
        number = register(database, said, by=SHELL, now=now)
    value = {"deployment": number, **_told(said)}
    what = ", ".join(f"{kind} {version}" for kind, version in said.changed.items())
    show(value, [f"deployment {number}: {what}, {said.at:%Y-%m-%d %H:%M} UTC, {app or 'all apps'}"], json=json)
    return 0


@app.callback(invoke_without_command=True)
def versions(  # noqa: PLR0913, PLR0917 - options of a command
    context: typer.Context,
    since: FromOption = None,
    until: ToOption = None,
    application: Annotated[str | None, typer.Option("--app", help="One application.")] = None,
    dora: Annotated[bool, typer.Option("--dora", help="How often it is deployed, and how that goes.")] = False,  # noqa: FBT002
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Which versions traffic shows, since when; and those that nobody deployed, or that changed by themselves."""
    if context.invoked_subcommand:
        return 0
    if dora:
        return show_dora(since, until, application, home=home, json=json)
    from metrics.versions.deployments import deployments
    from metrics.versions.flags import flags
    from metrics.versions.sightings import sightings
    from storage.desk import DeskWarehouse

    settings = read_settings(home)
    narrowed = [f"app={application}"] if application else []
    warehouse, asked = DeskWarehouse(settings), wanted(since, until, narrowed)
    seen = sightings(warehouse, asked)
    with ledger(home, dt.datetime.now(dt.UTC)) as (database, _):
        registered = deployments(database)
    told = [] if len(seen) else unknown_values(warehouse, asked)
    odd = flags(seen, registered) if len(seen) else seen
    said = [{"deployment": one.number, "by": one.by, **_told(one.deployment)} for one in registered]
    value = {"versions": records(seen), "flags": records(odd), "deployments": said}
    rows = [(row["app"], row["what"], row["value"], row["asked"], f"{row['first_seen']:%Y-%m-%d %H:%M}",
             f"{row['last_seen']:%Y-%m-%d %H:%M}", f"{row['spans']:,}", _share(row["share_of_week"]))
            for row in seen.to_dict("records")]  # fmt: skip
    head = ("app", "kind", "version", "asked for", "first seen", "last seen", "spans", "last 7 days")
    lines = columns(head, rows) + [""] * bool(len(odd)) + [f"{row['flag']}: {row['why']} ({row['app']}, from "
             f"{row['first_seen']:%Y-%m-%d %H:%M} UTC)" for row in odd.to_dict("records")]  # fmt: skip
    show(value, lines + told, json=json)
    return 0


def _share(of_week: float | None) -> str:
    """A share of the last seven days; unknown where nothing of the kind was seen in them."""
    from metrics.words import UNKNOWN

    return UNKNOWN if known(of_week) is None else f"{of_week:.0%}"


@app.command()
def compare(  # noqa: PLR0913, PLR0917 - options of a command
    before: Annotated[
        str, typer.Argument(help="The version it is compared with: prompt=v3, or prompt=v3,model=gpt-4o.")
    ],
    now: Annotated[str, typer.Argument(help="The version that is asked about: prompt=v4.")],
    since: FromOption = None,
    until: ToOption = None,
    where: WhereOption = None,
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Two versions by step: quality, latency, throughput, cost, tokens, errors; matched where their traffic differs."""
    from metrics.outcomes.rules import rules_by_app
    from metrics.versions.compare import compare as compared
    from metrics.versions.quality import corrected
    from review.calibration.mapping import rules_of
    from review.calibration.reviewed import reviewed
    from storage.desk import DeskWarehouse

    settings = read_settings(home)
    warehouse = DeskWarehouse(settings)
    asked = wanted(since, until, where or [])
    found = compared(warehouse, asked, rules_by_app(settings), versions=(before, now))
    with ledger(home, dt.datetime.now(dt.UTC)) as (database, _):
        reviews = reviewed(database, warehouse, rules=rules_of(settings))
    quality = corrected(reviews, asked, versions=(before, now))
    value = {
        "a": _side(found.a), "b": _side(found.b), "mixed_conversations": found.mixed, "compared": list(found.compared),
        "mix": [{"column": one.column, "apart": one.apart, "q": one.q, "differs": one.is_sure} for one in found.mix],
        "matched_on": list(found.matched), "covered": found.covered, "why_not_matched": found.why_not,
        "quality": records(quality), "steps": records(found.table),
    }  # fmt: skip
    show(value, [*_heads(found), "", *_quality_lines(quality), "", *_step_lines(found.table)], json=json)
    return 0


def _side(one: "Seen") -> dict[str, Any]:
    return {"version": one.named, "traces": one.traces, "conversations": one.conversations,
            "first_seen": one.first_seen and one.first_seen.isoformat(),
            "last_seen": one.last_seen and one.last_seen.isoformat(), "traces_per_day": one.traces_per_day}  # fmt: skip


def _heads(found: "Comparison") -> list[str]:
    """Both sides, and whether they were asked the same."""
    lines = []
    for name, one in (("a", found.a), ("b", found.b)):
        per_day = "" if one.traces_per_day is None else f", {one.traces_per_day:.1f} traces a day"
        seen = f"{one.first_seen:%Y-%m-%d %H:%M} to {one.last_seen:%Y-%m-%d %H:%M} UTC"
        lines.append(
            f"{name}: {one.named}, {one.traces:,} traces in {one.conversations:,} conversations, {seen}{per_day}"
        )
    if found.mixed:
        lines.append(f"{found.mixed:,} conversations that both answered are left out")
    differ = ", ".join(f"{one.column} ({one.apart:.0%} of another kind)" for one in found.mix if one.is_sure)
    if found.matched:
        on = ", ".join(found.matched)
        lines.append(f"the traffic differs in {differ}; matched on {on}, {found.covered:.0%} of the conversations")
    else:
        lines.append(f"not matched: {found.why_not}")
    return lines


def _quality_lines(quality: "pd.DataFrame") -> list[str]:
    if quality.empty:
        return ["quality: nobody labelled a sample; judges' own scores are below, uncalibrated"]
    lines = []
    for row in quality.to_dict("records"):
        if row["lacks"]:
            lines.append(f"{row['criterion']}, corrected by people's labels: {row['lacks']}")
        else:
            apart = f"{row['difference']:+.2f} ({row['low']:+.2f} to {row['high']:+.2f})"
            labelled = f"{row['a_labelled']:.0f} and {row['b_labelled']:.0f} labelled"
            said = f"{row['a_mean']:.2f} to {row['b_mean']:.2f}, {apart}, {labelled}"
            lines.append(f"{row['criterion']}, corrected by people's labels of {row['weeks']}: {said}")
    return lines


def _step_lines(table: "pd.DataFrame") -> list[str]:
    if table.empty:
        return ["too few conversations of a version: no step can be compared"]
    cells = []
    for row in table.to_dict("records"):
        is_ratio = row["unit"] == "ratio"
        matched = "" if row["matched_effect"] != row["matched_effect"] else _effect(
            [row[f"matched_{name}"] for name in ("effect", "low", "high")], is_ratio=is_ratio)  # fmt: skip
        cells.append([row["step"], row["metric"], f"{row['a']:.4g}", f"{row['b']:.4g}",
                      _effect([row[name] for name in ("effect", "low", "high")], is_ratio=is_ratio), matched,
                      row["verdict"]])  # fmt: skip
    return columns(["step", "figure", "a", "b", "b against a (95 %)", "matched", "verdict"], cells)


def _effect(said: list[float], *, is_ratio: bool) -> str:
    """`x 1.42 (1.36 to 1.47)`, or `+0.38 (+0.31 to +0.46)`."""
    one, low, high = said
    if not math.isfinite(one) or (is_ratio and not one):
        return "only one has it"
    return f"x {one:.2f} ({low:.2f} to {high:.2f})" if is_ratio else f"{one:+.3f} ({low:+.3f} to {high:+.3f})"


def _told(said: "Deployment") -> dict[str, Any]:
    committed = None if said.committed_at is None else said.committed_at.isoformat()
    return {"at": said.at.isoformat(), "app": said.app, "changed": dict(said.changed), "note": said.note,
            "committed_at": committed}  # fmt: skip
