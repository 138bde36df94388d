"""One chunk of lake files into scores, inside the caller's transaction."""

import duckdb

from storage.loading import columns
from storage.loading.report import LoadReport
from storage.loading.spans import EVERYTHING, statement

_JUST_CAME = {"spans": "arriving", "scores": "arriving_scores"}


def name_traces(cursor: duckdb.DuckDBPyConnection, came: str) -> None:
    """Scores that name only a span have its trace when one trace alone has a span of that id, else none.

    Called after each chunk of `came` (spans or scores), it looks again at the span ids in the chunk: what a score ends
    with does not depend on the order in which it and the spans came. Raises `duckdb.Error`.
    """
    again = f"""
        SELECT rowid AS home, span_id FROM scores
        WHERE span_id <> '' AND (coalesce(trace_id, '') = '' OR trace_is_found)
          AND span_id IN (SELECT span_id FROM {_JUST_CAME[came]})"""  # noqa: S608 - our own words
    if cursor.execute(f"{again} LIMIT 1").fetchall():
        cursor.execute(f"""
            UPDATE scores SET trace_id = found.trace_id, trace_is_found = true
            FROM (SELECT home, CASE WHEN count(*) = 1 THEN any_value(trace_id) END AS trace_id
                  FROM ({again}) LEFT JOIN span_rows USING (span_id) GROUP BY home) found
            WHERE scores.rowid = found.home
        """)  # noqa: S608


def load_chunk(
    cursor: duckdb.DuckDBPyConnection, files: list[str], report: LoadReport, *, upto: int = EVERYTHING
) -> None:
    """Take in the scores of `files`, each id once. Raises `duckdb.Error`."""
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE arriving_scores AS SELECT {columns.staged_scores()}
        FROM read_parquet($files, union_by_name = true) WHERE coalesce(sequence, 0) <= $upto""",  # noqa: S608 - names of our schema
        {"files": files, "upto": upto},
    )
    cursor.execute(statement("scores"))
    cursor.execute("DELETE FROM scores WHERE rowid IN (SELECT replaces FROM newer)")
    cursor.execute("INSERT INTO scores BY NAME SELECT * EXCLUDE (replaces) FROM newer")
    counted = "SELECT ingest_batch, count(*) FROM newer WHERE replaces IS NULL GROUP BY ALL"
    report.count("scores", cursor.execute(counted).fetchall())
    report.rows_read += int(cursor.execute("SELECT count(*) FROM arriving_scores").fetchall()[0][0])
