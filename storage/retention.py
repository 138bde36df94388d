"""Deletion by age: whole traces, texts alone, and words of reviewers, by the rules of `[retention]` in benchbook.toml.

A trace is as old as its last span. What a legal hold covers stays. Nothing is noted as erased: what arrives again is
taken, and goes at the next look. Broken off, the next look does the rest.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import sqlalchemy as sa

from errors import Busy
from settings import Settings
from storage import holds
from storage.erasing import intents, single_scores, victims
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
from storage.erasing.single_scores import Single, still_old
from storage.erasing.texts import NO_TEXTS, forget_in_warehouse, with_texts, without_texts
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
_OLD = """
SELECT trace_id FROM traces
WHERE last_span_ts < make_timestamp_ns($before_ns)
  AND CASE WHEN $app IS NULL THEN coalesce(app, '') NOT IN (SELECT unnest($own::VARCHAR[])) ELSE app = $app END
  AND ($whole OR preview IS NOT NULL OR trace_id IN (FROM traces_with_texts)
       OR trace_id IN (SELECT trace_id FROM scores WHERE coalesce("text", explanation, metadata::VARCHAR) IS NOT NULL
                       OR id IN (FROM scores_with_texts)))
ORDER BY last_span_ts, trace_id
"""
"""Of texts: those that the lake has, and those that the warehouse alone has since somebody died in between."""
_SCORES_KNOWN = """
SELECT id FROM scores
WHERE trace_id IN (SELECT unnest($traces::VARCHAR[]))
"""
"""Also those that the lake has lost already, to somebody who died before the warehouse followed."""
_NS = 1_000_000_000
_Kind = TypeVar("_Kind")
_LOOK_AGAIN_SECONDS = 60
_NOT_REWRITTEN = "on an object store, or with features of other writers, texts alone cannot be deleted"


@dataclass(frozen=True, slots=True)
class Rule:
    """Days after which something goes, None for never. `app` None: of all that have no rule of their own."""

    app: str | None
    spans_days: float | None
    texts_days: float | None

    def words(self, what: str, before: dt.datetime, *, is_only: bool) -> str:
        """What it deletes, for the record."""
        all_others = "all apps" if is_only else "other apps"
        return f"{what} of {self.app or all_others} before {before:%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a rule deleted, or would: `traces` that lost everything or their texts, `scores` of which no trace is here,
    texts of reviewers; `held`: as many as a legal hold kept; `skipped`: why the rule cannot work, and all are kept."""

    rule: str
    what: str
    before: dt.datetime
    traces: int = 0
    scores: int = 0
    texts_of_reviewers: int = 0
    held: int = 0
    skipped: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """What went, less what did not."""
        said = {name: int(getattr(self, name)) for name in ("traces", "scores", "texts_of_reviewers")}
        return {name: number for name, number in said.items() if number}

    def as_json(self) -> dict[str, Any]:
        """What `benchbook retain --json` prints."""
        return {"rule": self.rule, "what": self.what, "before": self.before.isoformat(), "traces": self.traces,
                "scores": self.scores, "texts_of_reviewers": self.texts_of_reviewers, "held": self.held,
                "skipped": self.skipped}  # fmt: skip


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
    """Held traces, and sessions that are held or have a held trace."""
    found = holds.in_force(stores.database)
    traces = holds.held_traces(lake, found)
    lake.name({"held_ones": traces})
    sessions = lake.ids("SELECT DISTINCT session_id FROM spans WHERE trace_id IN (FROM held_ones)")
    return frozenset({*traces, *sessions, *(name for one in found if one.kind == "session" for name in one.covers)})


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
    whole: set[str] = set()  # traces, and scores without one, that go whole have no texts to lose
    for what, days in (("spans", rule.spans_days), ("texts", rule.texts_days)):
        if days is None:
            continue
        before = now - dt.timedelta(days=days)
        if what == "texts" and not all(stores.lake.may_change(table) for table in ("spans", "scores")):
            yield Deleted(rule.words(what, before, is_only=not own), what, before, skipped=_NOT_REWRITTEN)
            continue
        before_ns = int(before.timestamp()) * _NS
        old, singles = _old_ones(stores, rule, own, before_ns, what=what)
        going = [trace for trace in old if trace not in held and trace not in whole]
        free = [one for one in singles if not one.is_about(held) and one.id not in whole]
        kept = len(held.intersection(old)) + sum(one.is_about(held) for one in singles)
        whole.update(going, (one.id for one in free))
        done = Deleted(rule.words(what, before, is_only=not own), what, before, len(going), len(free), held=kept)
        if not dry_run:
            if going or free:
                _set_under_way(stores, is_so=True)
            done = replace(
                done,
                traces=sum(_delete(stores, what, part, before_ns) for part in _parts(going)),
                scores=sum(_delete_singles(stores, what, part, before_ns) for part in _parts(free)),
            )
            _note(stores, done, now=now)
        yield done


def _parts(of: list[_Kind]) -> Iterator[list[_Kind]]:
    return (of[first : first + TRACES_AT_ONCE] for first in range(0, len(of), TRACES_AT_ONCE))


def _old_ones(
    stores: Stores, rule: Rule, own: list[str], before_ns: int, *, what: str
) -> tuple[list[str], list[Single]]:
    """Traces, and scores without one, that the rule reaches; of texts those that still have any."""
    said = NO_TEXTS
    if what == "texts":
        with reading(stores.lake, home=stores.settings.home) as lake:
            said = with_texts(lake, before_ns)
    asked = {"before_ns": before_ns, "app": rule.app, "own": own, "whole": what == "spans"}
    with stores.warehouse.cursor() as cursor:
        for name, ids in said.items():
            cursor.register(name, ids)
        old = [str(trace) for (trace,) in cursor.execute(_OLD, asked).fetchall()]
        return old, single_scores.old(cursor, asked)


def _delete(stores: Stores, what: str, old: list[str], before_ns: int) -> int:
    """How many traces went: what is held by now stays, and what has a younger span that was not loaded yet."""
    with stores.warehouse.unfed(), holds.standing_still(stores.settings.home):
        with reading(stores.lake, home=stores.settings.home) as lake:
            held = _held(stores, lake)
            traces = without_younger(lake, [one for one in old if one not in held], before_ns)
            known = [str(one) for (one,) in stores.warehouse.rows(_SCORES_KNOWN, traces=list(traces))]
            going = victims.of_traces(lake, traces) | Victims(scores=tuple(known))
            files = _files(lake, going)
        if what == "spans":
            take_out(stores, going, before_ns=before_ns)
        else:
            _take_texts_out(stores, going, files)
        return len(traces)


def _delete_singles(stores: Stores, what: str, old: list[Single], before_ns: int) -> int:
    """How many scores without a trace went: what is held by now stays, and what came alive meanwhile."""
    with stores.warehouse.unfed(), holds.standing_still(stores.settings.home):
        with reading(stores.lake, home=stores.settings.home) as lake:
            going = Victims(scores=tuple(still_old(lake, old, held=_held(stores, lake), before_ns=before_ns)))
            files = _files(lake, going)
        if what == "spans":
            take_out(stores, going)
        else:
            _take_texts_out(stores, going, files)
        return len(going.scores)


def _files(lake: LakeReader, going: Victims) -> dict[str, set[str]]:
    """Of the files that were looked at, and no newer ones, those that have some of it."""
    named = (("spans", "trace_id", going.traces), ("scores", "id", going.scores))
    return {table: files_in(lake, table, column, ids) for table, column, ids in named}


def _take_texts_out(stores: Stores, going: Victims, files: Mapping[str, set[str]]) -> None:
    forget_words(stores, going.traces)
    for table, paths in files.items():
        if paths:
            stores.lake.change(table, without_texts(table, going), paths=paths)
    stores.warehouse.load(with_index=False)
    purge(stores, Victims())
    with stores.warehouse.changing() as cursor:
        forget_in_warehouse(cursor, going)


def _note(stores: Stores, done: Deleted, *, now: dt.datetime) -> None:
    """The record of what went."""
    if done.counts:
        with our_errors("noting what was deleted"), stores.database.writing() as connection:
            intents.note_done(connection, done.rule, counts=_counts(done), now=now)


def _counts(done: Deleted) -> dict[str, int]:
    return {**done.counts, "before_s": int(done.before.timestamp())}


def is_due(database: Database, *, now: dt.datetime) -> bool:
    """Whether the last look of the app is a day ago."""
    with our_errors("being read"), database.reading() as connection:
        said = connection.execute(sa.select(about.c.value).where(about.c.key == _LOOKED)).scalar()
    return said is None or now - dt.datetime.fromisoformat(said) >= A_DAY


def note_look(database: Database, *, now: dt.datetime) -> None:
    """The app has looked."""
    with our_errors("noting a look"), database.writing() as connection:
        upsert(connection, about, [{"key": _LOOKED, "value": now.astimezone(dt.UTC).isoformat()}])


def _words_of_reviewers(stores: Stores, *, now: dt.datetime, dry_run: bool) -> list[Deleted]:
    """Comments and corrected answers that are too old; what was answered on scales stays."""
    days = _days(stores.settings.retention.words_days)
    if days is None:
        return []
    before = now - dt.timedelta(days=days)
    said = submissions.c.comment.is_not(None) | submissions.c.corrected.is_not(None)
    named = (sample_items.c.target, sample_items.c.session)
    asked = sa.select(submissions.c.id, *named).join(sample_items).where(submissions.c.at < before, said)
    with our_errors("being read"), stores.database.reading() as connection:
        old = list(connection.execute(asked).all())
    with holds.standing_still(stores.settings.home):
        with reading(stores.lake, home=stores.settings.home) as lake:
            held = _held(stores, lake)
        going = [one for one, *item in old if held.isdisjoint({*item, item[0].rsplit("/", 2)[0]})]  # of a document
        rule = f"words of reviewers before {before:%Y-%m-%d %H:%M} UTC"
        done = Deleted(rule, "words", before, texts_of_reviewers=len(going), held=len(old) - len(going))
        if going and not dry_run:
            _forget_words_of(stores, going, done, now=now)
    return [done]


def _forget_words_of(stores: Stores, going: Sequence[int], done: Deleted, *, now: dt.datetime) -> None:
    _set_under_way(stores, is_so=True)
    with our_errors("deleting words of reviewers"), stores.database.writing() as connection:
        for first in range(0, len(going), 400):
            part = submissions.c.id.in_(going[first : first + 400])
            words = {"comment": None, "corrected": None, "correction": None}
            connection.execute(sa.update(submissions).where(part).values(**words))
        intents.note_done(connection, done.rule, counts=_counts(done), now=now)
