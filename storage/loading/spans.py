"""One chunk of lake files into span_rows, document_rows, traces and sessions, inside the caller's transaction.

Traces that are touched are derived anew from all of their spans; other rows are not looked at. A span that arrives
more than once keeps its arrivals in `span_arrivals`, so that what it is does not depend on their order.
"""

from functools import cache
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from storage.loading import columns, hours, tree
from storage.loading.report import LoadReport

_HERE = Path(__file__).parent
_PLACE = "row_number() OVER () - 1 AS place"
EVERYTHING = 2**63 - 1
"""No sequence number is higher."""
TOLERANCE_NS = 1_000_000_000
"""A child this much outside its trace is late, not a matter of clocks."""


@cache
def statement(name: str) -> str:
    """Text of `<name>.sql`."""
    return (_HERE / f"{name}.sql").read_text()


def load_chunk(
    cursor: duckdb.DuckDBPyConnection, files: list[str], report: LoadReport, *, upto: int = EVERYTHING
) -> None:
    """Take in the spans of `files`, the first of which has all columns and no row. Raises `duckdb.Error`."""
    _stage(cursor, files, upto=upto)
    has_twins, is_known = _what_to_expect(cursor)
    _drop_repeats(cursor, report, is_needed=has_twins or is_known, within=has_twins)
    _pull_known(cursor, has_any=is_known)
    is_merged = (is_known or has_twins) and _merge(cursor)
    cursor.execute(_WORKING_MIXED if is_known or is_merged else _WORKING_NEW)
    _mark(cursor)
    cursor.execute(statement("traces"), {"tolerance_ns": TOLERANCE_NS})
    _write_spans(cursor, report, has_known=is_known)
    _write_documents(cursor, report, has_merged=is_merged)
    _write_traces(cursor, report, template=files[0])
    _write_sessions(cursor)
    hours.mark_touched(cursor)


def _stage(cursor: duckdb.DuckDBPyConnection, files: list[str], *, upto: int) -> None:
    source = "read_parquet($files, union_by_name = true)"
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE arriving AS SELECT {columns.staged_spans()}, {_PLACE}
        FROM {source} WHERE coalesce(sequence, 0) <= $upto""",  # noqa: S608 - names of our schema
        {"files": files, "upto": upto},
    )
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE arriving_documents AS SELECT {columns.staged_documents()}
        FROM (SELECT trace_id, span_id, sequence, unnest(documents) AS d, unnest(range(len(documents))) AS nth
              FROM {source} WHERE len(documents) > 0 AND coalesce(sequence, 0) <= $upto)""",  # noqa: S608
        {"files": files, "upto": upto},
    )


def _what_to_expect(cursor: duckdb.DuckDBPyConnection) -> tuple[bool, bool]:
    """Whether a span arrives more than once in the chunk, and whether any of its traces is there already."""
    rows = cursor.execute("""
        SELECT count(*) > count(DISTINCT hash(trace_id, span_id)),
               EXISTS (SELECT 1 FROM traces WHERE trace_id IN (SELECT trace_id FROM arriving))
        FROM arriving
    """).fetchall()
    return bool(rows[0][0]), bool(rows[0][1])


def _drop_repeats(cursor: duckdb.DuckDBPyConnection, report: LoadReport, *, is_needed: bool, within: bool) -> None:
    """Leave in `arriving` what says something new."""
    report.rows_read += _number(cursor, "SELECT count(*) FROM arriving")
    if not is_needed:
        return
    cursor.execute(statement("repeats"), {"within": within})
    report.count("duplicates", cursor.execute("""
        SELECT ingest_batch, count(*) FROM arriving JOIN repeats USING (sequence) WHERE NOT is_same_row GROUP BY ALL
    """).fetchall())  # fmt: skip
    if _number(cursor, "SELECT count(*) FROM repeats"):
        cursor.execute(f"""
            CREATE OR REPLACE TEMP TABLE told AS
            SELECT * EXCLUDE (place), {_PLACE} FROM arriving ANTI JOIN repeats USING (sequence)
        """)  # noqa: S608
        cursor.execute("DROP TABLE arriving")
        cursor.execute("ALTER TABLE told RENAME TO arriving")


def _pull_known(cursor: duckdb.DuckDBPyConnection, *, has_any: bool) -> None:
    """Traces that are there already, and all their spans. Times as literals let row groups be skipped."""
    cursor.execute(
        """
        CREATE OR REPLACE TEMP TABLE known_traces AS
        SELECT rowid AS home, trace_id, root_span_id, session_id, preview, preview_of_root, first_span_ts, last_span_ts
        FROM traces WHERE $has_any AND trace_id IN (SELECT trace_id FROM arriving)
        """,
        {"has_any": has_any},
    )
    times = "SELECT epoch_ns(min(first_span_ts)), epoch_ns(max(last_span_ts)) FROM known_traces"
    first, last = cursor.execute(times).fetchall()[0]
    cursor.execute(
        """
        CREATE OR REPLACE TEMP TABLE known AS
        SELECT *, rowid AS home FROM span_rows
        WHERE start_ts >= make_timestamp_ns($first) AND start_ts <= make_timestamp_ns($last)
          AND trace_id IN (SELECT trace_id FROM known_traces)
        """,
        {"first": first or 0, "last": -1 if last is None else last},
    )


def _merge(cursor: duckdb.DuckDBPyConnection) -> bool:
    """One row in `merged` for each span with several arrivals of which one is new; False when there is none."""
    cursor.execute("""
        CREATE OR REPLACE TEMP TABLE contested AS
        SELECT trace_id, span_id, any_value(home) AS home
        FROM (SELECT trace_id, span_id, NULL AS home FROM arriving
              UNION ALL
              SELECT trace_id, span_id, home FROM known SEMI JOIN arriving USING (trace_id, span_id))
        GROUP BY trace_id, span_id HAVING count(*) > 1
    """)
    if not _number(cursor, "SELECT count(*) FROM contested"):
        cursor.execute("CREATE OR REPLACE TEMP TABLE merged AS SELECT * EXCLUDE (place) FROM arriving LIMIT 0")
        return False
    _keep_arrivals(cursor)
    return True


def _keep_arrivals(cursor: duckdb.DuckDBPyConnection) -> None:
    cursor.execute(f"""
        CREATE OR REPLACE TEMP TABLE arrivals AS
        SELECT *, {columns.PLACE} AS place FROM (
            SELECT * FROM (
                SELECT * EXCLUDE (place) FROM arriving SEMI JOIN contested USING (trace_id, span_id)
                UNION ALL BY NAME
                SELECT * EXCLUDE (home) FROM known SEMI JOIN contested USING (trace_id, span_id) WHERE revision = 1
                UNION ALL BY NAME
                FROM span_arrivals SEMI JOIN contested USING (trace_id, span_id)
            )
            QUALIFY content_hash IS NULL
                 OR row_number() OVER (PARTITION BY trace_id, span_id, content_hash ORDER BY sequence) = 1
        )
    """)  # noqa: S608
    cursor.execute(f"""
        CREATE OR REPLACE TEMP TABLE merged AS
        SELECT * REPLACE (
            CASE WHEN end_ts IS NULL OR time_source <> 'client' THEN duration_ns
                 WHEN end_ts >= start_ts THEN TRY_CAST(epoch_ns(end_ts)::HUGEINT - epoch_ns(start_ts) AS BIGINT)
            END AS duration_ns)
        FROM (SELECT {columns.merged_spans()} FROM arrivals GROUP BY trace_id, span_id)
    """)  # noqa: S608
    cursor.execute("DELETE FROM span_arrivals WHERE (trace_id, span_id) IN (SELECT (trace_id, span_id) FROM contested)")
    cursor.execute("""
        INSERT INTO span_arrivals BY NAME
        SELECT * EXCLUDE (place, preview)
               REPLACE (false AS usage_is_rollup, false AS is_evaluation, NULL AS self_ns, NULL AS critical_ns)
        FROM arrivals
        SEMI JOIN (SELECT trace_id, span_id FROM merged WHERE revision > 1) USING (trace_id, span_id)
    """)


_WORKING_NEW = """
CREATE OR REPLACE TEMP VIEW working AS
SELECT *, NULL::BIGINT AS home, true AS is_new, NULL::BOOLEAN AS was_rollup, NULL::BOOLEAN AS was_evaluation
FROM arriving
"""
_WORKING_MIXED = f"""
CREATE OR REPLACE TEMP TABLE mixed AS SELECT *, {_PLACE} FROM (
SELECT * EXCLUDE (place), NULL::BIGINT AS home, true AS is_new, NULL::BOOLEAN AS was_rollup,
    NULL::BOOLEAN AS was_evaluation
FROM arriving ANTI JOIN contested USING (trace_id, span_id)
UNION ALL BY NAME
SELECT m.*, c.home, true AS is_new, NULL::BOOLEAN AS was_rollup, NULL::BOOLEAN AS was_evaluation
FROM merged m JOIN contested c USING (trace_id, span_id)
UNION ALL BY NAME
SELECT *, NULL::VARCHAR AS preview, false AS is_new, usage_is_rollup AS was_rollup, is_evaluation AS was_evaluation
FROM known ANTI JOIN contested USING (trace_id, span_id));
CREATE OR REPLACE TEMP VIEW working AS FROM mixed;
"""  # noqa: S608


def _mark(cursor: duckdb.DuckDBPyConnection) -> None:
    """Into `marks` what follows from the shape of the traces, one row per span that is out of the ordinary."""
    found = cursor.execute("""
        SELECT c.place, coalesce(p.place, -1) AS parent, epoch_ns(c.start_ts) AS start_ns,
               coalesce(c.kind IN ('llm', 'embedding'), false) AS calls,
               coalesce(c.tok_in, 0) > 0 OR coalesce(c.tok_out, 0) > 0 OR coalesce(c.cost_total, 0) > 0 AS uses,
               (hash(coalesce(c.tok_in, 0), coalesce(c.tok_out, 0)) >> 1)::BIGINT AS same_use,
               coalesce(c.parent_span_id, '') <> '' AS has_parent, coalesce(c.kind = 'evaluator', false) AS judges
        FROM working c LEFT JOIN working p ON p.trace_id = c.trace_id AND p.span_id = c.parent_span_id
    """).fetchnumpy()
    order = np.argsort(found["place"])
    said = {name: np.asarray(values)[order] for name, values in found.items()}
    parents = said["parent"].astype(np.int64)
    cyclic = tree.on_a_cycle(parents)
    spans = tree.Spans(parents, said["start_ns"], said["calls"], said["uses"], said["same_use"])
    without = tree.without_cycles(spans, cyclic)
    repeated = tree.rollups(spans, without)
    judging = tree.with_all_below(said["judges"], without)
    orphan = said["has_parent"] & (parents < 0)
    cut = without != parents
    odd = np.flatnonzero(repeated | cyclic | orphan | judging)
    marks = pa.table({
        "place": pa.array(odd, pa.int64()), "is_rollup": repeated[odd], "on_cycle": cyclic[odd],
        "is_top": cut[odd] | ~said["has_parent"][odd], "is_orphan": orphan[odd], "is_evaluation": judging[odd],
    })  # fmt: skip
    cursor.register("marks_found", marks)
    cursor.execute("CREATE OR REPLACE TEMP TABLE marks AS FROM marks_found")
    cursor.unregister("marks_found")


def _write_spans(cursor: duckdb.DuckDBPyConnection, report: LoadReport, *, has_known: bool) -> None:
    changed = """(w.is_new OR coalesce(m.is_rollup, false) IS DISTINCT FROM w.was_rollup
                  OR coalesce(m.is_evaluation, false) IS DISTINCT FROM w.was_evaluation)"""
    if has_known:
        cursor.execute(f"""
            DELETE FROM span_rows WHERE rowid IN (
                SELECT home FROM working w LEFT JOIN marks m ON m.place = w.place WHERE home IS NOT NULL AND {changed})
        """)  # noqa: S608
    cursor.execute(f"""
        INSERT INTO span_rows BY NAME
        SELECT w.* EXCLUDE (place, home, is_new, was_rollup, was_evaluation, preview)
                   REPLACE (coalesce(m.is_rollup, false) AS usage_is_rollup,
                            coalesce(m.is_evaluation, false) AS is_evaluation)
        FROM working w LEFT JOIN marks m ON m.place = w.place
        WHERE {changed}
    """)  # noqa: S608
    new = cursor.execute(
        "SELECT ingest_batch, count(*) FROM working WHERE is_new AND home IS NULL GROUP BY ALL"
    ).fetchall()
    report.count("spans", new)
    arrived = dict(cursor.execute("SELECT ingest_batch, count(*) FROM arriving GROUP BY ALL").fetchall())
    first = dict(new)
    report.count("merged", [(b, n - first.get(b, 0)) for b, n in arrived.items() if n > first.get(b, 0)])


def _write_documents(cursor: duckdb.DuckDBPyConnection, report: LoadReport, *, has_merged: bool) -> None:
    """New documents; of a span with several arrivals those of the last that has any."""
    cursor.execute("INSERT INTO document_rows BY NAME FROM arriving_documents SEMI JOIN arriving USING (sequence)")
    if has_merged:
        cursor.execute(statement("superseded_documents"))
    report.count("documents", cursor.execute("""
        SELECT ingest_batch, count(*) FROM document_rows JOIN (SELECT sequence, ingest_batch FROM arriving)
        USING (sequence) GROUP BY ALL
    """).fetchall())  # fmt: skip


def _write_traces(cursor: duckdb.DuckDBPyConnection, report: LoadReport, template: str) -> None:
    _look_up_previews(cursor, template)
    cursor.execute("DELETE FROM traces WHERE rowid IN (SELECT home FROM known_traces)")
    cursor.execute("""
        INSERT INTO traces BY NAME
        SELECT d.* EXCLUDE (root_is_new, is_sure)
               REPLACE (CASE WHEN k.trace_id IS NULL OR d.is_sure THEN d.preview
                             WHEN p.trace_id IS NOT NULL THEN p.preview
                             WHEN u.trace_id IS NULL THEN k.preview END AS preview,
                        CASE WHEN k.trace_id IS NULL OR d.is_sure THEN d.preview_of_root
                             WHEN p.trace_id IS NOT NULL THEN p.preview_of_root
                             ELSE u.trace_id IS NULL END AS preview_of_root)
        FROM derived d
        LEFT JOIN known_traces k ON k.trace_id = d.trace_id
        LEFT JOIN unsure u ON u.trace_id = d.trace_id
        LEFT JOIN previews p ON p.trace_id = d.trace_id
    """)
    report.count("traces", cursor.execute("""
        SELECT batch, count(*) FROM (
            SELECT trace_id, arg_min(ingest_batch, sequence) AS batch FROM working
            ANTI JOIN known_traces USING (trace_id) GROUP BY trace_id)
        GROUP BY ALL
    """).fetchall())  # fmt: skip


_NO_PREVIEWS = "CREATE OR REPLACE TEMP TABLE previews (trace_id VARCHAR, preview VARCHAR, preview_of_root BOOLEAN)"


def _look_up_previews(cursor: duckdb.DuckDBPyConnection, template: str) -> None:
    """Into `previews`: beginnings that cannot be told from what arrived or from what was shown before."""
    cursor.execute("""
        CREATE OR REPLACE TEMP TABLE unsure AS
        SELECT d.trace_id, d.first_sequence, d.last_sequence FROM derived d JOIN known_traces k USING (trace_id)
        WHERE NOT d.is_sure
          AND NOT (d.root_span_id = k.root_span_id AND NOT d.root_is_new AND coalesce(k.preview_of_root, false))
    """)
    first, last = cursor.execute("SELECT min(first_sequence), max(last_sequence) FROM unsure").fetchall()[0]
    if first is None:
        cursor.execute(_NO_PREVIEWS)
        return
    files = cursor.execute(
        """SELECT path FROM lake_files
        WHERE lake_table = 'spans' AND last_sequence >= $first AND first_sequence <= $last""",
        {"first": first, "last": last},
    ).fetchall()
    cursor.execute(
        statement("previews"),
        {
            "files": [template, *(path for (path,) in files)],
            "first": first,
            "last": last,
            "chars": columns.PREVIEW_CHARS,
        },
    )


def _write_sessions(cursor: duckdb.DuckDBPyConnection) -> None:
    cursor.execute("""
        CREATE OR REPLACE TEMP TABLE touched_sessions AS
        SELECT session_id FROM derived WHERE session_id IS NOT NULL
        UNION SELECT session_id FROM known_traces WHERE session_id IS NOT NULL
    """)
    cursor.execute("DELETE FROM sessions WHERE session_id IN (FROM touched_sessions)")
    cursor.execute(statement("sessions"))


def _number(cursor: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(cursor.execute(sql).fetchall()[0][0])
