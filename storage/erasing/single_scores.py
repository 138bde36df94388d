"""Scores of which no trace is here: of a whole session, or of something that came and went, or never came."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from storage.erasing.lake_reading import LakeReader

_OLD = """
WITH of_session AS (
    SELECT session_id, max(last_span_ts) AS last_ts, arg_max(app, last_span_ts) AS app
    FROM traces WHERE session_id <> '' GROUP BY session_id
), single AS (
    SELECT given.id, given.trace_id, given.session_id, given.span_id, of_session.session_id IS NOT NULL AS has_session,
           coalesce(of_session.last_ts, least(given.created_at, given.received_at)) AS old_since, of_session.app,
           coalesce(given."text", given.explanation, given.metadata::VARCHAR) IS NOT NULL AS has_words
    FROM scores given
    LEFT JOIN of_session ON coalesce(given.trace_id, '') = '' AND of_session.session_id = given.session_id
    WHERE coalesce(given.trace_id, '') NOT IN (SELECT trace_id FROM traces WHERE trace_id IS NOT NULL)
)
SELECT id, trace_id, session_id, span_id, has_session FROM single
WHERE old_since < make_timestamp_ns($before_ns)
  AND CASE WHEN $app IS NULL THEN coalesce(app, '') NOT IN (SELECT unnest($own::VARCHAR[])) ELSE app = $app END
  AND CASE WHEN $whole THEN NOT has_session ELSE has_words OR id IN (FROM scores_with_texts) END
ORDER BY old_since, id
"""
_ALIVE = """
SELECT session_id FROM spans WHERE start_ns >= $before_ns AND session_id IN (FROM named_sessions)
UNION SELECT session_id FROM spans WHERE session_id IN (FROM new_sessions)
UNION SELECT trace_id FROM spans WHERE trace_id IN (FROM named_traces)
UNION (SELECT span_id FROM spans WHERE span_id IN (FROM new_spans) GROUP BY span_id HAVING count(DISTINCT trace_id) = 1)
"""
"""What the warehouse did not know, of whatever age, makes a score as old as itself; an id of two spans names none."""


@dataclass(frozen=True, slots=True)
class Single:
    """A score by its id, and what it says it is about."""

    id: str
    trace_id: str
    session_id: str
    span_id: str = ""
    has_session: bool = False

    def is_about(self, names: frozenset[str]) -> bool:
        """Whether it is about one of these traces or sessions."""
        return not names.isdisjoint({self.trace_id, self.session_id})

    @property
    def unseen_session(self) -> str:
        """The session that it is about, if nothing of it was here."""
        return "" if self.trace_id or self.has_session else self.session_id

    @property
    def unseen_span(self) -> str:
        """The span that it is about, if no trace of it was here."""
        return "" if self.trace_id else self.span_id


def old(cursor: duckdb.DuckDBPyConnection, asked: Mapping[str, Any]) -> list[Single]:
    """Those that a rule of retention reaches: as old as the last span of their session, else as they are themselves.

    Asked with `before_ns`; `app` and `own` as the rule has them, a session's application being that of its last trace;
    `whole`: those that go whole, which is with the last trace of their session, else those with words.
    The cursor of the warehouse knows `scores_with_texts`, which the lake has. Raises `duckdb.Error`.
    """
    rows = cursor.execute(_OLD, dict(asked)).fetchall()
    return [
        Single(str(one), trace or "", session or "", span or "", bool(has)) for one, trace, session, span, has in rows
    ]


def still_old(lake: LakeReader, found: Iterable[Single], *, held: frozenset[str], before_ns: int) -> list[str]:
    """Ids of those that are not held and of which nothing arrived that the warehouse has not loaded."""
    going = [one for one in found if not one.is_about(held)]
    lake.name({"named_sessions": [one.session_id for one in going if one.session_id],
               "named_traces": [one.trace_id for one in going if one.trace_id],
               "new_sessions": [one.unseen_session for one in going if one.unseen_session],
               "new_spans": [one.unseen_span for one in going if one.unseen_span]})  # fmt: skip
    alive = frozenset(str(name) for (name,) in lake.rows(_ALIVE, before_ns=before_ns))
    return [one.id for one in going if not one.is_about(alive) and one.unseen_span not in alive]
