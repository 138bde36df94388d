"""`benchbook watch` and `benchbook alert`: what the rules find, and what somebody does about it."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from errors import UsageError
from metrics.shell.asked import ledger, moment
from printing import HomeOption, JsonOption, columns, show
from settings import read_settings

if TYPE_CHECKING:
    from metrics.alerts.states import Alert

ACTING = 6
"""Exit code of `watch` while an alert acts that nobody snoozed."""


FromOption = Annotated[str | None, typer.Option("--from", help="Of a back-test: the first day, UTC [after a window].")]
ToOption = Annotated[str | None, typer.Option("--to", help="Of a back-test: the last day, UTC [the newest whole day].")]
RulesOption = Annotated[
    Path | None, typer.Option("--rules", help="Of a back-test: a TOML file with [rules.NAME] to try.")
]


def watch(  # noqa: PLR0913, PLR0917 - options of a command
    at: Annotated[str | None, typer.Option(help="As of when, UTC [the newest whole day of traffic].")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what is found; keep and send nothing.")] = False,  # noqa: FBT002
    is_new: Annotated[bool, typer.Option("--if-new", help="Only look when traffic came since the last time.")] = False,  # noqa: FBT002
    backtest: Annotated[bool, typer.Option("--backtest", help="What the rules would have done, day by day.")] = False,  # noqa: FBT002
    since: FromOption = None,
    until: ToOption = None,
    rules_file: RulesOption = None,
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Look at the newest traffic by the rules of alerts; exit 6 while one asks somebody to act."""
    if backtest:
        return _backtest(since, until, rules_file, home=home, json=json)
    if since or until or rules_file:
        raise UsageError("--from, --to and --rules belong to --backtest")
    from metrics.alerts.deliveries import Sent, deliver
    from metrics.alerts.rules import rules_of
    from metrics.alerts.states import keep, last_look, open_alerts
    from metrics.alerts.watching import arrived_until, newest_closed, watched
    from metrics.versions.deployments import deployments
    from storage.desk import DeskWarehouse

    settings, now = read_settings(home), dt.datetime.now(dt.UTC)
    warehouse, rules = DeskWarehouse(settings), rules_of(settings)
    asked = moment(at) or newest_closed(warehouse, now=now, each=settings.alerts.step)
    if asked is None:
        show({"at": None, "alerts": []}, ["no traffic yet"], json=json)
        return 0
    with ledger(home, now) as (database, _):
        before, sent = open_alerts(database), Sent()
        spans, last = arrived_until(warehouse, asked), last_look(database)
        if is_new and last is not None and (last.at, last.spans_until) >= (asked, spans):
            found, alerts = [one.as_found(rules) for one in before], before
        else:
            known = watched(settings, warehouse, rules, database=database, deployments=deployments(database))
            is_back = last is not None and asked < last.at  # then what is open now is from later
            found = known.at(asked, () if is_back else tuple(one.as_open() for one in before))
            alerts = before if dry_run else keep(database, found, at=asked, now=now, spans_until=spans)
        if not dry_run:
            sent = deliver(database, settings.alerts, clock=lambda: dt.datetime.now(dt.UTC))
    kept = {(one.rule, one.series): one for one in alerts}
    rows = [one.as_json() | _state(kept.get((one.rule.name, one.series)), now) for one in found]
    lines = [_line(row) for row in rows] or ["nothing to say"]
    if settings.alerts.webhook_url:
        lines.append(f"webhook: {sent.delivered} delivered, {sent.failed} failed, {sent.waiting} wait for another try")
    delivered = {"delivered": sent.delivered, "failed": sent.failed, "waiting": sent.waiting}
    show({"at": asked.isoformat(), "alerts": rows, "webhook": delivered}, lines, json=json)
    return ACTING if any(row["level"] == "act" and not row["snoozed"] for row in rows) else 0


def _backtest(since: str | None, until: str | None, rules_file: Path | None, *, home: Path | None, json: bool) -> int:
    from metrics.alerts.backtest import backtest
    from metrics.alerts.rules import rules_from, rules_of
    from metrics.alerts.watching import first_look, newest_closed, watched
    from metrics.versions.deployments import deployments
    from storage.desk import DeskWarehouse

    settings, now = read_settings(home), dt.datetime.now(dt.UTC)
    warehouse = DeskWarehouse(settings)
    rules = rules_of(settings) if rules_file is None else rules_from(rules_file, settings)
    last = moment(until) or newest_closed(warehouse, now=now, each=settings.alerts.step)
    first = moment(since) or first_look(warehouse, rules, each=settings.alerts.step)
    if first is None or last is None:
        show({"episodes": [], "rules": []}, ["no traffic yet"], json=json)
        return 0
    if first > last:
        raise UsageError("--from must not lie after --to; traffic is too short to look back at otherwise")
    with ledger(home, now) as (database, _):
        known = watched(settings, warehouse, rules, database=database, deployments=deployments(database))
        tried = backtest(known, since=first, until=last, each=settings.alerts.step)
    by_rule = tried.by_rule(rules)
    episodes = [one.as_json() for one in tried.episodes]
    value = {"from": first.isoformat(), "to": last.isoformat(), "looks": len(tried.moments), "rules": by_rule,
             "episodes": episodes}  # fmt: skip
    cells = [(row["rule"], row["metric"], str(row["alerts"]), str(row["acted"]),
              f"{row['looks_acting']} of {row['looks']}") for row in by_rule]  # fmt: skip
    lines = columns(["rule", "metric", "alerts", "of them acted", "looks that act"], cells)
    lines += ["", *map(_episode, episodes)]
    show(value, lines, json=json)
    return 0


def _episode(one: dict[str, Any]) -> str:
    acted = f", acts {one['acted_at'][:10]}" if one["acted_at"] else ""
    closed = f", over {one['closed_at'][:10]}" if one["closed_at"] else ", still open"
    return f"{one['opened_at'][:10]} {one['rule']}{acted}{closed}: {one['words']}"


def _state(kept: "Alert | None", now: dt.datetime) -> dict[str, Any]:
    if kept is None:
        return {"alert": None, "snoozed": False, "acknowledged_by": ""}
    return {"alert": kept.number, "since": kept.evidence["since"], "snoozed": kept.is_quiet(now),
            "acknowledged_by": kept.acknowledged_by}  # fmt: skip


def _line(row: dict[str, Any]) -> str:
    number = "" if row["alert"] is None else f" {row['alert']}"
    state = " (snoozed)" if row["snoozed"] else f" ({row['acknowledged_by']} has it)" * bool(row["acknowledged_by"])
    return f"{row['level']}{number}{state}: {row['words']}; since {row['since'][:10]}. {row['owner']}: {row['action']}"


app = typer.Typer(help="Say who has an alert, or keep one quiet for a while.", no_args_is_help=True)


@app.command()
def acknowledge(
    number: Annotated[int, typer.Argument(help="As `benchbook watch` prints it.")],
    reason: Annotated[str, typer.Option(help="What is done about it; scrubbed before it is kept.")] = "",
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Say that you have it."""
    from metrics.alerts.states import acknowledge as keep_it
    from review.people import SHELL

    now = dt.datetime.now(dt.UTC)
    with ledger(home, now) as (database, scrubbed):
        keep_it(database, number, by=SHELL, reason=scrubbed(reason), now=now)
    show({"alert": number, "acknowledged": True}, [f"alert {number} is acknowledged"], json=json)
    return 0


@app.command()
def snooze(
    number: Annotated[int, typer.Argument(help="As `benchbook watch` prints it.")],
    days: Annotated[float, typer.Option(min=0.01, max=366, help="For how long.")],
    reason: Annotated[str, typer.Option(help="Why; scrubbed before it is kept.")],
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Keep it quiet for some days, with a reason."""
    from metrics.alerts.states import snooze as keep_it
    from review.people import SHELL

    now = dt.datetime.now(dt.UTC)
    until = now + dt.timedelta(days=days)
    with ledger(home, now) as (database, scrubbed):
        keep_it(database, number, until=until, by=SHELL, reason=scrubbed(reason), now=now)
    line = f"alert {number} is quiet until {until:%Y-%m-%d %H:%M} UTC"
    show({"alert": number, "until": until.isoformat()}, [line], json=json)
    return 0
