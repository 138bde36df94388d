"""From what is asked to what goes: whole traces, the traces of judges that read them, and every score of them."""

from collections.abc import Sequence

from storage.erasing.lake_reading import LakeReader
from storage.erasing.wanted import Victims, Wanted

_NAMED = """
SELECT DISTINCT trace_id FROM spans
WHERE trace_id IN (FROM asked_traces) OR session_id IN (FROM asked_sessions) OR user_id IN (FROM asked_users)
UNION SELECT id FROM asked_traces WHERE id IN (SELECT trace_id FROM scores)
"""
_JUDGING = """
SELECT DISTINCT judge_trace_id FROM scores
WHERE judge_trace_id <> '' AND judge_trace_id NOT IN (FROM going) AND (
    trace_id IN (FROM going) OR (coalesce(trace_id, '') = '' AND session_id IN (FROM asked_sessions)))
"""
"""A judge's own trace quotes what it judged."""
_SESSIONS = """
SELECT session_id, bool_and(trace_id IN (FROM going)) AS is_gone FROM (
    SELECT DISTINCT trace_id, session_id FROM spans
    WHERE session_id IN (SELECT session_id FROM spans WHERE session_id <> '' AND trace_id IN (FROM going))
) GROUP BY session_id
"""
_SCORES = """
SELECT DISTINCT id FROM scores
WHERE trace_id IN (FROM going) OR judge_trace_id IN (FROM asked_judges)
   OR (coalesce(trace_id, '') = '' AND session_id IN (FROM gone_sessions))
   OR (coalesce(trace_id, '') = '' AND session_id IN (FROM asked_sessions))
   OR (source = 'user' AND author IN (FROM asked_authors))
   OR (coalesce(trace_id, '') = '' AND span_id <> ''
       AND span_id IN (SELECT span_id FROM spans WHERE trace_id IN (FROM going))
       AND span_id NOT IN (SELECT span_id FROM spans WHERE trace_id NOT IN (FROM going) AND span_id IS NOT NULL))
"""
"""A score goes with what it is about, and with a judge that is asked for by its id: one trace of a judge may have given
scores of many. What names only a span goes with it, unless a span of that id stays elsewhere."""
_SCORED = """
WITH given AS (SELECT * FROM scores WHERE id IN (FROM going_scores)),
     without_trace AS (SELECT * FROM given WHERE coalesce(trace_id, '') = '')
SELECT trace_id FROM given
UNION SELECT trace_id FROM spans
WHERE (span_id <> '' AND span_id IN (SELECT span_id FROM without_trace))
   OR (session_id <> '' AND session_id IN (SELECT session_id FROM without_trace))
"""


def find(lake: LakeReader, wanted: Wanted) -> Victims:
    """Everything of the lake that belongs to what is asked for, also what the warehouse has not loaded."""
    lake.name({"asked_traces": wanted.traces, "asked_sessions": wanted.sessions,
               "asked_users": wanted.users, "asked_authors": wanted.authors,
               "asked_judges": wanted.judges})  # fmt: skip
    traces = set(lake.ids(_NAMED))
    while True:
        lake.name({"going": sorted(traces)})
        judging = set(lake.ids(_JUDGING)) - traces
        if not judging:
            break
        traces |= judging
    told = {str(session): bool(is_gone) for session, is_gone in lake.rows(_SESSIONS)}
    gone = sorted(session for session, is_gone in told.items() if is_gone)
    lake.name({"gone_sessions": gone})
    return Victims(
        traces=tuple(sorted(traces)),
        scores=lake.ids(_SCORES),
        sessions=tuple(gone),
        touched_sessions=tuple(sorted(told.keys() - set(gone))),
    )


def of_traces(lake: LakeReader, traces: Sequence[str]) -> Victims:
    """These traces and no others, with the scores of them."""
    lake.name({"asked_judges": (), "asked_sessions": (), "asked_authors": (), "going": traces})
    told = {str(session): bool(is_gone) for session, is_gone in lake.rows(_SESSIONS)}
    gone = sorted(session for session, is_gone in told.items() if is_gone)
    lake.name({"gone_sessions": gone})
    touched = tuple(sorted(told.keys() - set(gone)))
    return Victims(tuple(sorted(traces)), lake.ids(_SCORES), tuple(gone), touched)


def scored(lake: LakeReader, victims: Victims) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Traces and sessions that the scores are about which go, whether these stay or go."""
    lake.name({"going_scores": victims.scores})
    sessions = "SELECT session_id FROM scores WHERE id IN (FROM going_scores)"
    return lake.ids(_SCORED), lake.ids(sessions)


def counts(lake: LakeReader, victims: Victims) -> dict[str, int]:
    """How much of the lake that is: spans and scores once each, however often they arrived."""
    lake.name({"going": victims.traces, "going_scores": victims.scores})
    said = lake.rows("""
        SELECT (SELECT count(DISTINCT (trace_id, span_id)) FROM spans WHERE trace_id IN (FROM going)),
               (SELECT count(DISTINCT trace_id) FROM spans WHERE trace_id IN (FROM going)),
               (SELECT count(DISTINCT id) FROM scores WHERE id IN (FROM going_scores))
    """)[0]  # fmt: skip
    return dict(zip(("spans", "traces", "scores"), map(int, said), strict=True)) | {"sessions": len(victims.sessions)}
