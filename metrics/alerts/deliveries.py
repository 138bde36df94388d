"""Alerts sent to a webhook: each change at least once, in order, tried again with back-off; the ledger knows each try.

A message says which rule, figure and step, since when, the numbers, and where to look. It holds no text of a trace: the
words of users stay here.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from errors import UsageError
from metrics.alerts.webhook import Answer, post, signature
from settings.traffic import AlertSettings
from storage.ledger_database import Database, our_errors
from storage.traffic_tables import alert_deliveries as tries
from storage.traffic_tables import alert_events as table

FIRST_WAIT, LONGEST_WAIT = dt.timedelta(minutes=1), dt.timedelta(hours=1)
"""After the first failed try, doubled after each further one, up to the longest."""
TOO_OLD = dt.timedelta(days=7)
_TOLD = ("rule", "metric", "step", "where", "level", "since", "value", "reference", "effect", "persistence", "owner",
         "action")  # fmt: skip
_TEXT_METRICS = frozenset({"words", "topics"})
"""Whose value is what users wrote."""

Post = Callable[[str, bytes, dict[str, str]], Answer]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A change of an alert that somebody should hear of. `opened`: the number of the alert."""

    event: int
    opened: int
    what: str
    at: dt.datetime
    recorded_at: dt.datetime
    evidence: dict[str, Any]

    def body(self, settings: AlertSettings) -> bytes:
        """The message."""
        link = None if settings.app_url is None else f"{settings.app_url.rstrip('/')}/alerts?alert={self.opened}"
        said = {name: self.evidence.get(name) for name in _TOLD}
        if self.evidence.get("metric") not in _TEXT_METRICS:
            said["value_of"] = self.evidence.get("value_of")
        return orjson.dumps(
            {"id": str(self.event), "event": self.what, "alert": self.opened, "at": self.at.isoformat(), **said,
             "link": link}, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sent:
    """How many were taken and refused now, and how many wait for a later try."""

    delivered: int = 0
    failed: int = 0
    waiting: int = 0


def deliver(
    database: Database, settings: AlertSettings, *, clock: Callable[[], dt.datetime], send: Post | None = None
) -> Sent:
    """Send what is due. Nothing without an address. Raises `UsageError` when there is an address and no secret.

    A try is written down after it was answered: whoever is killed in between sends the same again, under the same
    `Benchbook-Event`, by which a receiver tells that it is the same.
    """
    if settings.webhook_url is None:
        return Sent()
    if settings.webhook_secret is None:
        raise UsageError("alerts.webhook_url is set, and no BENCHBOOK_WEBHOOK_SECRET to sign with: nothing is sent")
    delivered = failed = waiting = 0
    is_reached = True
    held: set[int] = set()  # alerts of which something earlier was not taken yet: they are told in order
    for one, due_at in pending(database, now=clock()):
        now = clock()
        if not is_reached or due_at > now or one.opened in held:
            held.add(one.opened)
            waiting += 1
            continue
        answer = _sent(one, settings, now=now, send=send or _post)
        _write_down(database, one.event, answer, at=clock())
        delivered += answer.is_taken
        failed += not answer.is_taken
        if not answer.is_taken:
            held.add(one.opened)
        is_reached = answer.status is not None
    return Sent(delivered, failed, waiting)


def _sent(one: Delivery, settings: AlertSettings, *, now: dt.datetime, send: Post) -> Answer:
    assert settings.webhook_url is not None and settings.webhook_secret is not None  # noqa: S101, PT018 - asked before
    body = one.body(settings)
    secret = settings.webhook_secret.get_secret_value()
    headers = {
        "Content-Type": "application/json", "User-Agent": "benchbook", "Benchbook-Event": str(one.event),
        "Benchbook-Signature": signature(body, secret=secret, at_seconds=int(now.timestamp())),
    }  # fmt: skip
    return send(settings.webhook_url, body, headers)


def _post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    return post(url, body, headers=headers)


def pending(database: Database, *, now: dt.datetime) -> list[tuple[Delivery, dt.datetime]]:
    """What was not delivered yet, oldest first, each with when it is due.

    What was never tried and lies back more than `TOO_OLD` is from before somebody wanted to hear of it.
    """
    with our_errors("being read"), database.reading() as connection:
        rows = connection.execute(sa.select(table).order_by(table.c.id)).mappings().all()
        known = connection.execute(sa.select(tries).order_by(tries.c.id)).mappings().all()
    done = {row["event"] for row in known if row["outcome"] == "delivered"}
    failed: dict[int, list[dt.datetime]] = defaultdict(list)
    for row in known:
        if row["outcome"] == "failed":
            failed[row["event"]].append(row["at"])
    return [
        (one, _due(failed[one.event])) for one in _told(rows)
        if one.event not in done and (one.event in failed or one.recorded_at > now - TOO_OLD)
    ]  # fmt: skip


def _told(rows: Sequence[sa.RowMapping]) -> Iterator[Delivery]:
    """Of all events those that somebody should hear of: opened, another level, closed; none while it is snoozed."""
    opened: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        key = (row["rule"], row["series"])
        if row["event"] == "opened":
            opened[key] = {"number": row["id"], "evidence": row["evidence"], "quiet_until": None}
        if key not in opened:
            continue
        one = opened[key]
        is_quiet = one["quiet_until"] is not None and row["recorded_at"] < one["quiet_until"]
        level_before = one["evidence"]["level"]
        if row["event"] == "snoozed":
            one["quiet_until"] = row["until"]
        elif row["event"] == "changed":
            one["evidence"] = row["evidence"]
        is_news = row["event"] in ("opened", "closed") or (
            row["event"] == "changed" and row["evidence"]["level"] != level_before
        )
        if is_news and not is_quiet:
            yield Delivery(row["id"], one["number"], row["event"], row["at"], row["recorded_at"], one["evidence"])
        if row["event"] == "closed":
            del opened[key]


def _due(failed: list[dt.datetime]) -> dt.datetime:
    """When it may be tried (again)."""
    if not failed:
        return dt.datetime.min.replace(tzinfo=dt.UTC)
    wait: dt.timedelta = FIRST_WAIT * 2 ** min(len(failed) - 1, 16)
    return failed[-1] + min(wait, LONGEST_WAIT)


def _write_down(database: Database, event: int, answer: Answer, *, at: dt.datetime) -> None:
    outcome = "delivered" if answer.is_taken else "failed"
    row = {"event": event, "at": at, "outcome": outcome, "status": answer.status, "reason": answer.reason}
    with our_errors("keeping a delivery"), database.writing() as connection:
        connection.execute(sa.insert(tries), [row])


def delivery_rows(database: Database, *, limit: int = 200) -> list[dict[str, Any]]:
    """The tries, newest first: the columns of `alert_deliveries`."""
    with our_errors("being read"), database.reading() as connection:
        rows = connection.execute(sa.select(tries).order_by(tries.c.id.desc()).limit(limit)).mappings()
        return [dict(row) for row in rows]
