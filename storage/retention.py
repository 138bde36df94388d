"""Deletion by age: whole traces, texts alone, and words of reviewers, by the rules of `[retention]` in benchbook.toml.

A trace is as old as its last span. What a legal hold covers stays. Nothing is noted as erased: what arrives again is
taken, and goes at the next look. Broken off, the next look does the rest.
"""

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from errors import Busy
from settings import Settings
from storage import holds
from storage.erasing import intents, victims
from storage.erasing.everywhere import (
    Stores,
    files_in,
    forget_words,
    leave_no_byte,
    one_at_a_time,
    purge,
    take_out,
    without_younger,
)
from storage.erasing.lake_reading import LakeReader, reading
from storage.erasing.texts import forget_in_warehouse, without_texts
from storage.erasing.wanted import Victims
from storage.ledger import upsert
from storage.ledger_database import Database, our_errors
from storage.ledger_tables import about
from storage.review_tables import sample_items, submissions

TRACES_AT_ONCE = 5_000
"""Bounds memory and how long other work waits."""
A_DAY = dt.timedelta(days=1)
_LOOKED = "retention looked"
_UNDER_WAY = "retention under way"
_MARK = "texts deleted: "
_OLD = """
SELECT trace_id FROM traces
WHERE last_span_ts < make_timestamp_ns($before_ns)
  AND CASE WHEN $app IS NULL THEN coalesce(app, '') NOT IN (SELECT unnest($own::VARCHAR[])) ELSE app = $app END
  AND ($since_ns IS NULL OR last_span_ts >= make_timestamp_ns($since_ns) OR last_sequence > $sequence
       OR trace_id IN (SELECT trace_id FROM scores WHERE coalesce("text", explanation, metadata::VARCHAR) IS NOT NULL))
ORDER BY last_span_ts, trace_id
"""
_SCORES_KNOWN = """
SELECT id FROM scores
WHERE trace_id IN (SELECT unnest($traces::VARCHAR[]))
"""
"""Also those that the lake has lost already, to somebody who died before the warehouse followed."""
_NS = 1_000_000_000
_LOOK_AGAIN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Rule:
    """Days after which something goes, None for never. `app` None: of all that have no rule of their own."""

    app: str | None
    spans_days: float | None
    texts_days: float | None

    def words(self, what: str, before: dt.datetime) -> str:
        """What it deletes, for the record."""
        return f"{what} of {self.app or 'other apps'} before {before:%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a rule deleted, or would: `traces` that lost everything or their texts; `held` that a legal hold kept."""

    rule: str
    what: str
    before: dt.datetime
    traces: int
    held: int

    def as_json(self) -> dict[str, Any]:
        """What `benchbook retain --json` prints."""
        return {"rule": self.rule, "what": self.what, "before": self.before.isoformat(),
                "traces": self.traces, "held": self.held}  # fmt: skip


def rules_of(settings: Settings) -> list[Rule]:
    """The rules, those of single apps first; an app's own says only what differs."""
    said = settings.retention
    own = [
        Rule(app, _either(one.spans_days, said.spans_days), _either(one.texts_days, said.texts_days))
        for app, one in sorted(said.apps.items())
    ]
    return [*own, Rule(None, _days(said.spans_days), _days(said.texts_days))]


def _either(own: float | None, common: float | None) -> float | None:
    return _days(common if own is None else own)


def _days(said: float | None) -> float | None:
    """0 is for ever, so that an app may be kept although the others are not."""
    return said or None


def has_rules(settings: Settings) -> bool:
    """Whether anything is ever deleted by age."""
    return settings.retention.words_days is not None or any(
        one.spans_days or one.texts_days for one in rules_of(settings)
    )


def retain(stores: Stores, *, now: dt.datetime, dry_run: bool = False) -> list[Deleted]:
    """Delete what is too old, or say what would be. Raises `StoreFailed` or `Busy`; what was deleted then stays so.

    `Busy` also while the warehouse has not loaded all of the lake: it would take traces for older than they are.
    """
    with one_at_a_time:
        if stores.warehouse.whole is None:
            raise Busy(_LOOK_AGAIN_SECONDS)
        rules = rules_of(stores.settings)
        with reading(stores.lake, home=stores.settings.home) as lake:
            held = _held(stores, lake)
        done = [
            one for rule in rules for one in _by_rule(stores, rule, _own_apps(rules), held, now=now, dry_run=dry_run)
        ]
        done += _words_of_reviewers(stores, now=now, dry_run=dry_run)
        if not dry_run and _is_under_way(stores):
            purge(stores, Victims())
            leave_no_byte(stores, ())
            stores.database.shrink([submissions])
            _set_under_way(stores, is_so=False)
        return done


def _held(stores: Stores, lake: LakeReader) -> frozenset[str]:
    return frozenset(holds.held_traces(lake, holds.in_force(stores.database)))


def _is_under_way(stores: Stores) -> bool:
    """Whether something was deleted, now or by somebody who died, of which bytes may be left."""
    with our_errors("being read"), stores.database.reading() as connection:
        return connection.execute(sa.select(about.c.value).where(about.c.key == _UNDER_WAY)).first() is not None


def _set_under_way(stores: Stores, *, is_so: bool) -> None:
    with our_errors("noting a deletion"), stores.database.writing() as connection:
        if is_so:
            upsert(connection, about, [{"key": _UNDER_WAY, "value": "yes"}])
        else:
            connection.execute(sa.delete(about).where(about.c.key == _UNDER_WAY))


def _own_apps(rules: Sequence[Rule]) -> list[str]:
    return [one.app for one in rules if one.app is not None]


def _by_rule(
    stores: Stores, rule: Rule, own: list[str], held: frozenset[str], *, now: dt.datetime, dry_run: bool
) -> Iterator[Deleted]:
    whole: set[str] = set()  # traces that go whole have no texts to lose
    for what, days in (("spans", rule.spans_days), ("texts", rule.texts_days)):
        if days is None:
            continue
        before = now - dt.timedelta(days=days)
        sequence, since_ns = _mark(stores, rule, own) if what == "texts" else (0, None)
        before_ns = int(before.timestamp()) * _NS
        asked = {"before_ns": before_ns, "app": rule.app, "own": own,
                 "since_ns": since_ns, "sequence": sequence}  # fmt: skip
        reached = int(stores.warehouse.rows("SELECT coalesce(max(last_sequence), 0) FROM traces")[0][0])
        old = [str(trace) for (trace,) in stores.warehouse.rows(_OLD, **asked)]
        going = [trace for trace in old if trace not in held and trace not in whole]
        whole.update(going)
        done = Deleted(rule.words(what, before), what, before, len(going), len(held.intersection(old)))
        if not dry_run:
            if going:
                _set_under_way(stores, is_so=True)
            went = sum(
                _delete(stores, what, going[first : first + TRACES_AT_ONCE], before_ns)
                for first in range(0, len(going), TRACES_AT_ONCE)
            )
            done = replace(done, traces=went)
            _note(stores, rule, own, done, reached=reached, now=now)
        yield done


def _delete(stores: Stores, what: str, old: list[str], before_ns: int) -> int:
    """How many traces went: what is held by now stays, and what has a younger span that was not loaded yet."""
    with stores.warehouse.unfed():
        with reading(stores.lake, home=stores.settings.home) as lake:
            held = _held(stores, lake)
            traces = without_younger(lake, [one for one in old if one not in held], before_ns)
            known = [str(one) for (one,) in stores.warehouse.rows(_SCORES_KNOWN, traces=list(traces))]
            going = victims.of_traces(lake, traces) | Victims(scores=tuple(known))
            named = (("spans", "trace_id", going.traces), ("scores", "id", going.scores))
            files = {table: files_in(lake, table, column, ids) for table, column, ids in named}
        if what == "spans":
            take_out(stores, going, before_ns=before_ns)
            return len(traces)
        forget_words(stores, going.traces)
        for table, paths in files.items():
            if paths:
                stores.lake.change(table, without_texts(table, going), paths=paths)
        stores.warehouse.load(with_index=False)
        purge(stores, Victims())
        with stores.warehouse.changing() as cursor:
            forget_in_warehouse(cursor, going)
        return len(traces)


def _mark(stores: Stores, rule: Rule, own: list[str]) -> tuple[int, int | None]:
    """Up to where texts are deleted: the last arrival looked at, and the time (ns) before which all were.

    None is known of the other apps when they were others then: an app that lost its own rule is one of them now.
    """
    with our_errors("being read"), stores.database.reading() as connection:
        said = connection.execute(sa.select(about.c.value).where(about.c.key == _MARK + (rule.app or ""))).scalar()
    if said is None:
        return 0, None
    sequence, before_ns, *apps = said.split(" ", 2)
    if rule.app is None and apps != [json.dumps(own)]:
        return 0, None
    return int(sequence), int(before_ns)


def _note(stores: Stores, rule: Rule, own: list[str], done: Deleted, *, reached: int, now: dt.datetime) -> None:
    """The record of what went; and up to where texts went. What is held is looked at when its hold ends."""
    with our_errors("noting what was deleted"), stores.database.writing() as connection:
        if done.traces:
            counts = {"traces": done.traces, "before_s": int(done.before.timestamp())}
            intents.note_done(connection, done.rule, counts=counts, now=now)
        if done.what == "texts":
            value = f"{reached} {int(done.before.timestamp()) * _NS} {json.dumps(own)}"
            upsert(connection, about, [{"key": _MARK + (rule.app or ""), "value": value}])


def is_due(database: Database, *, now: dt.datetime) -> bool:
    """Whether the last look of the app is a day ago."""
    with our_errors("being read"), database.reading() as connection:
        said = connection.execute(sa.select(about.c.value).where(about.c.key == _LOOKED)).scalar()
    return said is None or now - dt.datetime.fromisoformat(said) >= A_DAY


def note_look(database: Database, *, now: dt.datetime) -> None:
    """The app has looked."""
    with our_errors("noting a look"), database.writing() as connection:
        upsert(connection, about, [{"key": _LOOKED, "value": now.astimezone(dt.UTC).isoformat()}])


def look_again(connection: sa.Connection) -> None:
    """Look at all texts again next time, in the caller's transaction: what was held may go now."""
    connection.execute(sa.delete(about).where(about.c.key.startswith(_MARK)))


def _held_names(stores: Stores) -> frozenset[str]:
    """Held traces, and sessions that are held or have a held trace."""
    found = holds.in_force(stores.database)
    with reading(stores.lake, home=stores.settings.home) as lake:
        traces = holds.held_traces(lake, found)
        lake.name({"held_ones": traces})
        sessions = lake.ids("SELECT DISTINCT session_id FROM spans WHERE trace_id IN (FROM held_ones)")
    return frozenset({*traces, *sessions, *(name for one in found if one.kind == "session" for name in one.covers)})


def _words_of_reviewers(stores: Stores, *, now: dt.datetime, dry_run: bool) -> Iterator[Deleted]:
    """Comments and corrected answers that are too old; what was answered on scales stays."""
    days = _days(stores.settings.retention.words_days)
    if days is None:
        return
    before = now - dt.timedelta(days=days)
    said = submissions.c.comment.is_not(None) | submissions.c.corrected.is_not(None)
    named = (sample_items.c.target, sample_items.c.session)
    asked = sa.select(submissions.c.id, *named).join(sample_items).where(submissions.c.at < before, said)
    with our_errors("being read"), stores.database.reading() as connection:
        old = list(connection.execute(asked).all())
    held = _held_names(stores)
    going = [one for one, *item in old if held.isdisjoint({*item, item[0].rsplit("/", 2)[0]})]  # of a document
    done = Deleted(f"words of reviewers before {before:%Y-%m-%d %H:%M} UTC", "words", before, len(going),
                   len(old) - len(going))  # fmt: skip
    if going and not dry_run:
        _set_under_way(stores, is_so=True)
        with our_errors("deleting words of reviewers"), stores.database.writing() as connection:
            for first in range(0, len(going), 400):
                part = submissions.c.id.in_(going[first : first + 400])
                words = {"comment": None, "corrected": None, "correction": None}
                connection.execute(sa.update(submissions).where(part).values(**words))
            counts = {"submissions": done.traces, "before_s": int(before.timestamp())}
            intents.note_done(connection, done.rule, counts=counts, now=now)
    yield done
