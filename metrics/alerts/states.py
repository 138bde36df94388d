"""The state of alerts in the ledger: every change is an event, only ever added to; a state is what they add up to."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from errors import UsageError
from metrics.alerts.evaluate import Found, Level, Open
from metrics.alerts.rules import Rule, Rules
from review import audit, people
from storage.ledger_database import Database, our_errors, take_turns
from storage.traffic_tables import alert_events as table
from storage.traffic_tables import alert_looks as looks

Key = tuple[str, str]
"""Rule and series: what tells one alert from another."""

WATCH = "watch"
"""Who opens and closes alerts."""
LONGEST_REASON = 500
"""Characters."""


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that is open: since when, how grave, on what evidence, and what somebody did about it."""

    number: int
    rule: str
    series: str
    opened_at: dt.datetime
    evidence: dict[str, Any]
    acknowledged_by: str = ""
    snoozed_until: dt.datetime | None = None
    reason: str = ""

    @property
    def level(self) -> Level:
        return Level(self.evidence["level"])

    def is_quiet(self, now: dt.datetime) -> bool:
        """Snoozed still."""
        return self.snoozed_until is not None and self.snoozed_until > now

    def as_found(self, rules: Rules) -> Found:
        """As it was found last."""
        said = self.evidence
        rule = next((one for one in rules.rules if one.name == self.rule), None)
        if rule is None:  # the rule is gone; what it said stays until the next evaluation
            rule = Rule(name=self.rule, metric=said["metric"], owner=said["owner"], action=said["action"])
        return Found(
            rule, said["step"], said["value_of"], self.level, dt.datetime.fromisoformat(said["since"]), said["value"],
            said["reference"], said["effect"], said["words"], said["where"], tuple(said["traces"]),
        )  # fmt: skip

    def as_open(self) -> Open:
        """As `evaluate` holds it against its own reference."""
        window = self.evidence.get("reference_window")
        ends = None if window is None else (dt.datetime.fromisoformat(window[0]), dt.datetime.fromisoformat(window[1]))
        step, value_of = str(self.evidence.get("step", "")), str(self.evidence.get("value_of", ""))
        return Open(self.rule, self.series, ends, self.level, step, value_of)


def open_alerts(at: Database | sa.Connection) -> tuple[Alert, ...]:
    """All that are open, oldest first."""
    if isinstance(at, Database):
        with our_errors("being read"), at.reading() as connection:
            return open_alerts(connection)
    alerts: dict[tuple[str, str], Alert] = {}
    for row in at.execute(sa.select(table).order_by(table.c.id)).mappings():
        key = (row["rule"], row["series"])
        if row["event"] == "opened":
            alerts[key] = Alert(row["id"], *key, row["at"], row["evidence"])
        elif row["event"] == "closed":
            alerts.pop(key, None)
        elif key in alerts:
            alerts[key] = _after(alerts[key], row)
    return tuple(alerts.values())


def settled(known: Mapping[Key, dict[str, Any]], found: Sequence[Found]) -> list[tuple[Key, str, dict[str, Any]]]:
    """What an evaluation changes: rule and series, `opened`, `changed` or `closed`, and the evidence; in one order.

    `known`: the evidence of what is open. What cannot be told stays as it is, and what goes on began when it began.
    """
    wanted = {}
    for one in found:
        key = (one.rule.name, one.series)
        wanted[key] = known[key] if one.is_held and key in known else _evidence(one)
        if key in known:
            wanted[key] = wanted[key] | {"since": min(wanted[key]["since"], known[key]["since"])}
    events = [(key, "opened", wanted[key]) for key in wanted.keys() - known.keys()]
    events += [(key, "changed", wanted[key]) for key in wanted.keys() & known.keys() if wanted[key] != known[key]]
    events += [(key, "closed", {}) for key in known.keys() - wanted.keys()]
    return sorted(events, key=lambda one: one[0])


def keep(
    database: Database, found: Sequence[Found], *, at: dt.datetime, now: dt.datetime, spans_until: int = 0
) -> tuple[Alert, ...]:
    """Open, change and close alerts after an evaluation `at`; returns what is open. The same again changes nothing.

    `spans_until`: the newest ingest sequence number before `at`, so that the same is not looked at again. An evaluation
    of a time before the newest one is refused with `UsageError`: it would reopen what is over; and of a time to come.
    """
    if at > now:
        raise UsageError(f"{at:%Y-%m-%d %H:%M} UTC is still to come; alerts are evaluated for what was")
    with our_errors("keeping alerts"), database.writing() as connection:
        take_turns(connection, "alerts")
        newest = connection.execute(sa.select(sa.func.max(looks.c.at))).scalar()
        earlier = connection.execute(sa.select(sa.func.max(table.c.at)).where(table.c.by == WATCH)).scalar()
        newest = max((one for one in (newest, earlier) if one is not None), default=None)
        if newest is not None and at < newest:
            raise UsageError(f"alerts were evaluated for {newest:%Y-%m-%d %H:%M} already; use --dry-run to look back")
        known = {(one.rule, one.series): one.evidence for one in open_alerts(connection)}
        common = {"at": at, "recorded_at": now, "by": WATCH, "reason": "", "until": None}
        rows = [
            {"rule": rule, "series": series, "event": event, "evidence": evidence, **common}
            for (rule, series), event, evidence in settled(known, found)
        ]
        if rows:
            connection.execute(sa.insert(table), rows)
        look = {"at": at, "recorded_at": now, "spans_until": spans_until, "open": len(known), "events": len(rows)}
        connection.execute(sa.insert(looks), [look])
        return open_alerts(connection)


@dataclass(frozen=True, slots=True)
class Look:
    """An evaluation that was kept: of which time, when, and up to which ingest sequence number."""

    at: dt.datetime
    recorded_at: dt.datetime
    spans_until: int


def last_look(database: Database) -> Look | None:
    """The newest evaluation that was kept."""
    columns = (looks.c.at, looks.c.recorded_at, looks.c.spans_until)
    with our_errors("being read"), database.reading() as connection:
        row = connection.execute(sa.select(*columns).order_by(looks.c.id.desc()).limit(1)).first()
    return None if row is None else Look(*row)


@dataclass(frozen=True, slots=True)
class Incident:
    """An alert from its first window to its end: what `metrics.versions.dora` counts. None: it never acted, is open."""

    number: int
    rule: str
    series: str
    since: dt.datetime
    acted_at: dt.datetime | None
    closed_at: dt.datetime | None
    where: str = ""
    window_days: int = 1
    words: str = ""


def incidents(database: Database) -> tuple[Incident, ...]:
    """All alerts that there ever were, in the order in which they opened."""
    found: dict[int, Incident] = {}
    open_now: dict[Key, int] = {}
    asked = sa.select(table).where(table.c.by == WATCH).order_by(table.c.id)
    with our_errors("being read"), database.reading() as connection:
        rows = connection.execute(asked).mappings().all()
    for row in rows:
        key = (row["rule"], row["series"])
        if row["event"] == "opened":
            open_now[key] = row["id"]
        elif key not in open_now:
            continue
        number = open_now[key]
        if row["event"] == "closed":
            found[number] = replace(found[number], closed_at=row["at"])
            del open_now[key]
            continue
        found[number] = _incident(number, row, found.get(number))
    return tuple(found.values())


def _incident(number: int, row: sa.RowMapping, before: Incident | None) -> Incident:
    said = row["evidence"]
    acted_at = before.acted_at if before is not None else None
    if acted_at is None and said["level"] == Level.ACT:
        acted_at = row["at"]
    return Incident(number, row["rule"], row["series"], dt.datetime.fromisoformat(said["since"]), acted_at, None,
                    said["where"], int(said.get("window_days", 1)), said["words"])  # fmt: skip


def acknowledge(database: Database, number: int, *, by: str, reason: str = "", now: dt.datetime) -> None:
    """Say that `by` has it. `reason` must have been scrubbed. Raises `NotAllowed` and `UsageError`."""
    _say(database, number, {"event": "acknowledged", "by": by, "reason": reason, "at": now, "until": None})


def snooze(database: Database, number: int, *, until: dt.datetime, by: str, reason: str, now: dt.datetime) -> None:
    """Keep it quiet until a time, with a reason, scrubbed. Raises `NotAllowed` and `UsageError`."""
    if not reason.strip():
        raise UsageError("a snooze needs a reason: whoever is woken later will ask")
    if until <= now:
        raise UsageError("a snooze ends in the future")
    _say(database, number, {"event": "snoozed", "by": by, "reason": reason, "at": now, "until": until})


def _say(database: Database, number: int, said: dict[str, Any]) -> None:
    if len(said["reason"]) > LONGEST_REASON:
        raise UsageError(f"a reason has at most {LONGEST_REASON} characters")
    with our_errors("keeping alerts"), database.writing() as connection:
        people.require(connection, said["by"], people.Right.DEPLOY)
        alert = next((one for one in open_alerts(connection) if one.number == number), None)
        if alert is None:
            raise UsageError(f"no alert {number} is open")
        row = {"rule": alert.rule, "series": alert.series, "recorded_at": said["at"], "evidence": {}, **said}
        connection.execute(sa.insert(table), [row])
        audit.record(connection, actor=said["by"], action=f"alert.{said['event']}", subject=str(number),
                     detail={"rule": alert.rule}, now=said["at"])  # fmt: skip


def _after(alert: Alert, row: sa.RowMapping) -> Alert:
    """The alert after one more event."""
    said = {name: getattr(alert, name) for name in Alert.__slots__}
    if row["event"] == "changed":
        said["evidence"] = row["evidence"]
    elif row["event"] == "acknowledged":
        said |= {"acknowledged_by": row["by"], "reason": row["reason"]}
    else:
        said |= {"snoozed_until": row["until"], "reason": row["reason"]}
    return Alert(**said)


def _evidence(found: Found) -> dict[str, Any]:
    window = found.reference_window
    ends = None if window is None else [end.isoformat() for end in window]
    return found.as_json() | {"reference_window": ends, "window_days": found.rule.window_days}


def events(database: Database, *, limit: int = 500) -> list[dict[str, Any]]:
    """What happened to alerts, newest first: the columns of `alert_events`."""
    asked = sa.select(table).order_by(table.c.id.desc()).limit(limit)
    with our_errors("being read"), database.reading() as connection:
        return [dict(row) for row in connection.execute(asked).mappings()]
