"""One chunk of lake files into scores, inside the caller's transaction."""

import duckdb

from storage.loading import columns
from storage.loading.report import LoadReport
from storage.loading.spans import statement


def load_chunk(cursor: duckdb.DuckDBPyConnection, files: list[str], report: LoadReport) -> None:
    """Take in the scores of `files`, each id once. Raises `duckdb.Error`."""
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE arriving_scores AS SELECT {columns.staged_scores()}
        FROM read_parquet($files, union_by_name = true)""",  # noqa: S608 - names of our schema
        {"files": files},
    )
    cursor.execute(statement("scores"))
    cursor.execute("DELETE FROM scores WHERE rowid IN (SELECT replaces FROM newer)")
    cursor.execute("INSERT INTO scores BY NAME SELECT * EXCLUDE (replaces) FROM newer")
    counted = "SELECT ingest_batch, count(*) FROM newer WHERE replaces IS NULL GROUP BY ALL"
    report.count("scores", cursor.execute(counted).fetchall())
    report.rows_read += int(cursor.execute("SELECT count(*) FROM arriving_scores").fetchall()[0][0])
