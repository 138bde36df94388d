"""One re-verification from beginning to end: looked at, noted, rewritten. What follows from it is the warehouse's.

Only texts that change are held in memory, and only until they are written; a run that is killed loses those, and the
next one finds them again.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa

from errors import UsageError
from ingest.rescrub import reading
from ingest.rescrub.again import Change, Seen, score_again, spans_again
from ingest.rescrub.reading import Trace
from ingest.rescrub.tally import Tally
from printing import printable
from scrub import Policy, Scrubber, without_numbers
from scrub.strictest import strictest
from storage import rewriting
from storage.home import Home
from storage.lake import LAKE_TABLES, Lake
from storage.rewriting import Run, Touched

CHARACTERS_HELD = 32 * 2**20
"""Of changed texts; with more, the lake is rewritten before the run goes on."""
SCORE_TRACE = "(scores)"
MOST_APPS = 30
"""Named in an error."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked at: all of it that these rules have not read, or `sample` traces at random, read or not."""

    app: str | None = None
    since: dt.datetime | None = None
    sample: int | None = None
    share: float | None = None
    seed: int = 0
    dry_run: bool = False

    @property
    def is_sample(self) -> bool:
        return self.sample is not None or self.share is not None

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"since": self.since.isoformat() if self.since else None}


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did. `rate` is that of a sample, None when everything was looked at."""

    version: str
    asked: Asked
    tally: Tally
    rate: Mapping[str, Any] | None
    rewritten: bool
    skipped: int
    """Traces that were asked for and not looked at: of a sample those not drawn, else those these rules had read."""

    def as_json(self) -> dict[str, Any]:
        return {
            "version": self.version, "asked": self.asked.as_json(), "found": self.tally.as_json(),
            "rate": dict(self.rate) if self.rate else None, "rewritten": self.rewritten, "skipped": self.skipped,
        }  # fmt: skip


@dataclass(slots=True)
class _Held:
    """Changes that are not written yet, by table and sequence number."""

    changes: dict[str, dict[int, Change]] = field(default_factory=lambda: {"spans": {}, "scores": {}})
    traces: set[str] = field(default_factory=set)
    scores: set[str] = field(default_factory=set)
    characters: int = 0

    def add(self, table: str, changes: Sequence[Change], key: str) -> None:
        (self.traces if table == "spans" else self.scores).add(key)
        for change in changes:
            self.changes[table][change.sequence] = change
            self.characters += sum(len(str(text)) for text in change.texts.values())


Watch = Callable[[int, int], None]
"""Told the traces that are done, and how many there are."""


def run(home: Home, asked: Asked, *, now: dt.datetime, watch: Watch | None = None) -> Report:
    """Look at what is asked for and rewrite what is found, unless it is a dry run.

    When something was rewritten, `storage.rewriting.follow_pending` brings warehouse and words up to it.
    Raises `UsageError` while another run is under way, for an application that no trace is of, and for a lake on an
    object store, which can only be looked at.
    """
    if not asked.dry_run and not may_be_rewritten(home):
        raise UsageError(
            "a lake on an object store, or with features of other writers, can be looked at (--dry-run); its texts "
            "cannot be rewritten here"
        )
    policy = Policy.from_settings(home.settings.scrub)
    scrubber = Scrubber(policy, home.key)
    database = home.ledger.database
    with rewriting.only_run(home.settings):
        known = rewriting.verified(database, scrubber.version)
        since_ns = int(asked.since.timestamp() * 1e9) if asked.since else None
        frame = reading.traces(home, version=scrubber.version, verified=known["spans"], app=asked.app,
                               since_ns=since_ns)  # fmt: skip
        if asked.app is not None and not frame:
            _check_app(home, asked.app)
        wanted = _wanted(frame, asked)
        noted = rewriting.begin(database, version=scrubber.version, asked=asked.as_json(), now=now)
        tally, held = Tally(), _Held()
        verified: dict[str, list[tuple[int, int]]] = {"spans": [], "scores": []}
        for number, (one, rows) in enumerate(reading.rows_of(home, wanted), start=1):
            seen = spans_again(scrubber.for_app(one.app), one.id, rows) if rows else Seen()
            tally.trace(one, seen)
            verified["spans"] += [(int(row["sequence"]),) * 2 for row in rows]
            _keep(home.lake, noted, held, "spans", seen.changes, one.id, asked, scrubber.version)
            if watch:
                watch(number, len(wanted))
        if not (asked.is_sample or asked.app or asked.since):
            of_any_app = Scrubber(strictest(policy), home.key) if policy.apps else scrubber
            by_trace = {one.id: scrubber.for_app(one.app) for one in frame}
            verified["scores"] = _scores(
                home, noted, held, lambda trace_id: by_trace.get(trace_id, of_any_app), tally, known["scores"], asked,
                scrubber.version,
            )  # fmt: skip
            _reviewers(noted, of_any_app, tally, asked)
        if not asked.dry_run:
            _write(home.lake, noted, held, scrubber.version)
        in_app: dict[str, int] = {}
        for one in frame:
            in_app[one.app] = in_app.get(one.app, 0) + 1
        rate = tally.rate(in_app) if asked.is_sample else None
        said = tally.as_json() | {"rate": rate, "frame": len(frame), "window": _window(frame)}
        # what was looked at only, and held something, is not verified: it is still there
        read = {} if asked.dry_run else {name: rewriting.joined(ranges) for name, ranges in verified.items()}
        noted.end(found=said, verified=read, now=now)
    return Report(scrubber.version, asked, tally, rate, bool(noted.touched), len(frame) - len(wanted))


def _check_app(home: Home, app: str) -> None:
    """Raise `UsageError` that names the applications there are when no trace is of this one."""
    there = sorted({one.app for one in reading.traces(home, version="", verified=(), app=None, since_ns=None)})
    if app not in there:
        named = ", ".join(map(printable, there[:MOST_APPS])) + (" ..." if len(there) > MOST_APPS else "")
        raise UsageError(f"no trace is of the app {printable(app)}; there are: {named or 'none yet'}")


def may_be_rewritten(home: Home) -> bool:
    """Whether texts of the home's lake can be rewritten; if not, they can be looked at."""
    return all(home.lake.may_change(table) for table in LAKE_TABLES)


def _wanted(frame: Sequence[Trace], asked: Asked) -> list[Trace]:
    if not asked.is_sample:
        return [one for one in frame if one.is_unverified]
    size = asked.sample if asked.sample is not None else round((asked.share or 0) * len(frame))
    drawn = reading.sample(frame, size, seed=asked.seed)
    return sorted((one for ones in drawn.values() for one in ones), key=lambda one: (one.first, one.id))


def _window(frame: Sequence[Trace]) -> dict[str, str] | None:
    times = [one.last_ns for one in frame if one.last_ns]
    if not times:
        return None
    first, last = (dt.datetime.fromtimestamp(ns / 1e9, dt.UTC).isoformat() for ns in (min(times), max(times)))
    return {"since": first, "until": last}


def _keep(  # noqa: PLR0913, PLR0917
    lake: Lake, noted: Run, held: _Held, table: str, changes: Sequence[Change], key: str, asked: Asked, version: str
) -> None:
    if asked.dry_run or not changes:
        return
    held.add(table, changes, key)
    if held.characters > CHARACTERS_HELD:
        _write(lake, noted, held, version)


def _scores(  # noqa: PLR0913, PLR0917
    home: Home, noted: Run, held: _Held, scrubber_of: Callable[[str], Scrubber], tally: Tally,
    known: Sequence[tuple[int, int]], asked: Asked, version: str,
) -> list[tuple[int, int]]:  # fmt: skip
    rows = reading.unverified_scores(home, known)
    for row in rows:
        seen = score_again(scrubber_of(str(row["trace_id"] or "")), row)
        tally.unread += seen.unread
        tally.score(seen.changes[0] if seen.changes else None)
        _keep(home.lake, noted, held, "scores", seen.changes, str(row["id"]), asked, version)
    return [(int(row["sequence"]),) * 2 for row in rows if row["sequence"] is not None]


def _reviewers(noted: Run, scrubber: Scrubber, tally: Tally, asked: Asked) -> None:
    """Comments, corrected answers, notes and reasons in the ledger."""
    found = []
    for table, key, texts in rewriting.texts_in_ledger(noted.database):
        new = {}
        for column, text in texts.items():
            scrubbed = scrubber.text(text)
            if scrubbed.counts and (clean := without_numbers(scrubbed.text)) != text:
                new[column] = (text, clean)
                tally.ledger(scrubbed.counts, f"{table.name}.{column}")
        if new:
            found.append((table, key, new))
    if found and not asked.dry_run:
        noted.widen(Touched(in_ledger=True))
        for table, key, new in found:
            rewriting.write_in_ledger(noted.database, table, key, new)


def _write(lake: Lake, noted: Run, held: _Held, version: str) -> None:
    """Rewrite the lake's rows; what is held is forgotten."""
    if not (held.traces or held.scores):
        return
    noted.widen(Touched(tuple(sorted(held.traces)), tuple(sorted(held.scores))))
    for table, changes in held.changes.items():
        if changes:
            _rewrite(lake, table, changes, version)
    fresh = _Held()
    held.changes, held.traces, held.scores, held.characters = fresh.changes, fresh.traces, fresh.scores, 0


def _rewrite(lake: Lake, table: str, changes: Mapping[int, Change], version: str) -> None:
    """Until every active file was read and none held an old text: a compaction may move rows meanwhile."""
    while True:
        done = 0

        def changed(rows: pa.Table) -> pa.Table:
            nonlocal done
            new = _with_changes(rows, changes, version)
            done += new is not rows
            return new

        paths = _files_with(lake, table, min(changes), max(changes))
        lake.change(table, changed, paths=paths)
        if not done and paths == _files_with(lake, table, min(changes), max(changes)):
            return


def _files_with(lake: Lake, table: str, first: int, last: int) -> set[str]:
    """Active files that may hold a row with such a sequence number."""
    return {
        file.path for file in lake.files(table)
        if (file.first_sequence or 0) <= last and (file.last_sequence is None or file.last_sequence >= first)
    }  # fmt: skip


def _with_changes(rows: pa.Table, changes: Mapping[int, Change], version: str) -> pa.Table:
    """The rows with their new texts; the same table when none of them changes."""
    numbers = rows["sequence"].to_pylist()
    here = {place: changes[number] for place, number in enumerate(numbers) if number in changes}
    new = rows
    for name in sorted({column for change in here.values() for column in change.texts}):
        values = rows[name].to_pylist()
        said = list(values)
        for place, change in here.items():
            if name in change.texts:
                said[place] = (
                    change.texts[name] if name == "entities" else _where_any(values[place], change.texts[name])
                )
        if said != values:
            new = _with_column(new, name, said)
    if new is not rows and "scrub_version" in rows.column_names:
        said = rows["scrub_version"].to_pylist()
        for place in here:
            said[place] = version
        new = _with_column(new, "scrub_version", said)
    return new


def _where_any(now: Any, text: Any) -> Any:
    """The new text where there still is one: what was deleted by age since it was read stays so."""
    if now is None:
        return None
    if not isinstance(now, list):
        return text
    return [
        {name: None if is_now.get(name) is None else value for name, value in document.items()}
        for is_now, document in zip(now, text, strict=True)
    ]


def _with_column(rows: pa.Table, name: str, values: list[Any]) -> pa.Table:
    at = rows.column_names.index(name)
    field_of = rows.schema.field(at)
    return rows.set_column(at, field_of, pa.array(values, field_of.type))
