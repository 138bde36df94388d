"""`benchbook versions --dora`: how often something goes live, how soon, how often that fails, how soon it is mended."""

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metrics.shell.asked import ledger, moment
from printing import columns, show

if TYPE_CHECKING:
    from metrics.versions.dora import Dora, Figure


def show_dora(since: str | None, until: str | None, app: str | None, *, home: Path | None, json: bool) -> int:
    """Print the four figures: of all deployments, or from and until the moments given."""
    from metrics.alerts.states import incidents
    from metrics.versions.deployments import deployments
    from metrics.versions.dora import dora

    now = dt.datetime.now(dt.UTC)
    with ledger(home, now) as (database, _):
        known = [one for one in deployments(database) if app is None or one.is_of(app)]
        happened = incidents(database)
    last = moment(until) or now
    first = moment(since) or min((one.deployment.at for one in known), default=last - dt.timedelta(days=28))
    said = dora(known, happened, since=first, until=last)
    show(as_json(said) | {"from": first.isoformat(), "to": last.isoformat()}, _lines(said), json=json)
    return 0


def as_json(said: "Dora") -> dict[str, Any]:
    """The figures, and what failed."""
    figures = ("per_week", "lead_time_hours", "change_failure_rate", "restore_days")
    failures = [
        {"deployment": one.deployment.number, "changed": dict(one.deployment.deployment.changed),
         "alert": one.incident.number, "rule": one.incident.rule, "since": one.incident.since.isoformat(),
         "closed_at": None if one.incident.closed_at is None else one.incident.closed_at.isoformat()}
        for one in said.failures
    ]  # fmt: skip
    return {"deployments": said.deployments, **{name: asdict(getattr(said, name)) for name in figures},
            "unrestored": said.unrestored, "failures": failures}  # fmt: skip


def _lines(said: "Dora") -> list[str]:
    share = said.change_failure_rate
    rows = [
        ("deployments per week", _spelt(said.per_week), f"{said.deployments} deployments"),
        ("lead time, median hours", _spelt(said.lead_time_hours), f"{said.lead_time_hours.n} with a commit time"),
        ("change failure rate", _spelt(share), f"{len({one.deployment.number for one in said.failures})} of {share.n}"),
        ("time to restore, median days", _spelt(said.restore_days),
         f"{said.restore_days.n} restored, {said.unrestored} not so far"),
    ]  # fmt: skip
    failed = [
        f"{one.incident.since:%Y-%m-%d} after {one.deployment.words}: {one.incident.words}" for one in said.failures
    ]
    return columns(["figure", "value (95 %)", "of"], rows) + ([""] if failed else []) + failed


def _spelt(one: "Figure") -> str:
    if one.value is None:
        return "not known"
    ends = "" if one.low is None or one.high is None else f" ({one.low:.2g} to {one.high:.2g})"
    return f"{one.value:.2g}{ends}"
