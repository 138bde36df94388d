"""One chunk of lake files into scores, inside the caller's transaction."""

import duckdb

from storage.loading import columns
from storage.loading.report import LoadReport
from storage.loading.spans import EVERYTHING, statement

_NAME_TRACES = """
UPDATE scores SET trace_id = found.trace_id
FROM (SELECT span_id, any_value(trace_id) AS trace_id FROM span_rows
      WHERE span_id IN (SELECT span_id FROM scores WHERE coalesce(trace_id, '') = '' AND span_id <> '')
      GROUP BY span_id HAVING count(*) = 1) found
WHERE scores.span_id = found.span_id AND coalesce(scores.trace_id, '') = '' AND scores.span_id <> ''
"""


def name_traces(cursor: duckdb.DuckDBPyConnection) -> None:
    """Scores that name only a span gain its trace when exactly one span has that id. Raises `duckdb.Error`."""
    homeless = "SELECT 1 FROM scores WHERE coalesce(trace_id, '') = '' AND span_id <> '' LIMIT 1"
    if cursor.execute(homeless).fetchall():
        cursor.execute(_NAME_TRACES)


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
