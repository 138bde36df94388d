"""Which traces are looked at again, all or a sample of them, and their rows, read from the lake a few at a time."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from errors import StoreFailed
from storage.erasing.lake_reading import LakeReader, reading
from storage.home import Home

ROWS_AT_ONCE = 2_000
TRIES = 5
"""Files may be compacted or purged while they are read; then the list of files is asked for again."""
FEWEST_OF_APP = 30
"""Of a sample: traces of each application, if it has them."""
NO_APP = "(not given)"

_TRACES = """
SELECT trace_id, coalesce(arg_min(app, sequence) FILTER (app <> ''), $no_app) AS app, count(*) AS spans,
       count(*) - count(sequence) AS unnumbered,
       min(sequence) AS first, max(sequence) AS last, max(start_ns) AS last_ns,
       bool_or(scrub_version IS DISTINCT FROM $version
               AND NOT EXISTS (SELECT 1 FROM verified v WHERE sequence BETWEEN v.first AND v.last)) AS is_unverified
FROM spans WHERE trace_id <> '' GROUP BY trace_id ORDER BY first, trace_id
"""


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace of the lake. `is_unverified`: these rules have not read all of it.

    `unnumbered`: spans without a sequence number, which another program wrote; they are not read.
    """

    id: str
    app: str
    spans: int
    first: int
    last: int
    last_ns: int
    is_unverified: bool
    unnumbered: int = 0


def traces(
    home: Home, *, version: str, verified: Sequence[tuple[int, int]], app: str | None, since_ns: int | None
) -> list[Trace]:
    """All traces of an application and of a time, in the order in which they came."""
    with _reader(home) as there:
        _name_ranges(there, verified)
        rows = there.rows(_TRACES, version=version, no_app=NO_APP)
    found = [
        Trace(
            str(name),
            str(of),
            int(spans),
            int(first or 0),
            int(last or 0),
            int(last_ns or 0),
            bool(old),
            int(unnumbered),
        )
        for name, of, spans, unnumbered, first, last, last_ns, old in rows
    ]
    return [one for one in found if (app is None or one.app == app) and (since_ns is None or one.last_ns >= since_ns)]


def sample(frame: Sequence[Trace], size: int, *, seed: int) -> dict[str, list[Trace]]:
    """So many traces at random, of each application in proportion, and at least `FEWEST_OF_APP`; by application.

    A trace's place in the order is a hash of the seed and its id: the same seed draws the same traces again.
    """
    by_app: dict[str, list[Trace]] = {}
    for one in frame:
        by_app.setdefault(one.app, []).append(one)
    drawn = {}
    for app, ones in sorted(by_app.items()):
        wanted = min(len(ones), max(FEWEST_OF_APP, round(size * len(ones) / len(frame))))
        drawn[app] = sorted(ones, key=lambda one: _place(seed, one.id))[:wanted]
    return drawn


def _place(seed: int, trace_id: str) -> bytes:
    return hashlib.blake2b(f"{seed}\0{trace_id}".encode("utf-8", "surrogatepass"), digest_size=8).digest()


def rows_of(home: Home, wanted: Sequence[Trace]) -> Iterator[tuple[Trace, list[dict[str, Any]]]]:
    """The rows of each trace, in the order given; a trace that was erased meanwhile has none."""
    part: list[Trace] = []
    for one in wanted:
        if part and sum(each.spans for each in part) + one.spans > ROWS_AT_ONCE:
            yield from _read(home, part)
            part = []
        part.append(one)
    if part:
        yield from _read(home, part)


def _read(home: Home, part: Sequence[Trace]) -> Iterator[tuple[Trace, list[dict[str, Any]]]]:
    asked = """SELECT * EXCLUDE (filename) FROM spans
        WHERE trace_id IN (FROM wanted) AND sequence BETWEEN $first AND $last ORDER BY sequence"""
    within = {"first": min(one.first for one in part), "last": max(one.last for one in part)}
    rows = _tried(home, asked, (), {"wanted": [one.id for one in part]}, **within)
    of_trace: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        of_trace.setdefault(row["trace_id"], []).append(row)
    for one in part:
        yield one, of_trace.get(one.id, [])


def unverified_scores(home: Home, verified: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    """Scores that these rules have not read, as the lake keeps them."""
    asked = """SELECT * EXCLUDE (filename) FROM scores
        WHERE NOT EXISTS (SELECT 1 FROM verified v WHERE sequence BETWEEN v.first AND v.last) ORDER BY sequence"""
    return _tried(home, asked, verified)


def _tried(
    home: Home,
    asked: str,
    verified: Sequence[tuple[int, int]],
    named: Mapping[str, Sequence[str]] | None = None,
    **params: int,
) -> list[dict[str, Any]]:
    for attempt in range(TRIES):
        try:
            with _reader(home) as there:
                _name_ranges(there, verified)
                there.name(named or {})
                return list(there.table(asked, **params).to_pylist())
        except StoreFailed as failed:
            if attempt == TRIES - 1 or not isinstance(failed.__cause__, duckdb.IOException):
                raise
    raise AssertionError


def _reader(home: Home) -> AbstractContextManager[LakeReader]:
    return reading(home.lake, home=home.settings.home)


def _name_ranges(there: LakeReader, verified: Sequence[tuple[int, int]]) -> None:
    firsts, lasts = [one[0] for one in verified], [one[1] for one in verified]
    ranges = pa.table({"first": pa.array(firsts, pa.int64()), "last": pa.array(lasts, pa.int64())})
    there.register("verified", ranges)
