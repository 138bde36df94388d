"""Hourly figures of every step: which hours are out of date, and their rows made anew.

A load only notes the hours it touched (new, late, merged and erased spans; spans whose trace became another's), so it
costs it next to nothing. Questions count the spans of those hours; `repair` makes their rows, from the spans as they
then are, so it does not matter in which order they came.
"""

from functools import cache
from pathlib import Path

import duckdb

from storage.loading import span_times

HOUR_NS = 3_600_000_000_000
GAMMA = 1.02
"""Ratio of a bucket's ends: a duration told by its bucket is at most sqrt(1.02) - 1 = 0.995 % off."""
DIMENSIONS = ("none", "tenant", "model", "prompt_version", "retrieval_config", "app_version", "environment")
"""What the hours of an app's step are told apart by, one at a time. `none` is all of its spans."""
_KEY = "hour_ts, app, step, purpose"
SPANS_AT_ONCE = 1_000_000
"""Of one repair, about: bounds memory and how long a load waits for it. An hour is never split."""
HOURS_AT_ONCE = 96
"""Of one repair at most: a late span of last month, with the hour that fills up, is not a month to look through."""
TABLES = """
CREATE TABLE step_hours (
    hour_ts TIMESTAMP, app VARCHAR, step VARCHAR, purpose VARCHAR, dimension VARCHAR, value VARCHAR, spans BIGINT,
    ended_spans BIGINT, error_spans BIGINT, running_spans BIGINT, timed_spans BIGINT, receipt_spans BIGINT,
    unended_spans BIGINT, spans_with_self BIGINT, self_ns HUGEINT, critical_ns HUGEINT, duration_ns HUGEINT,
    longest_ns BIGINT, percentiles_ns DOUBLE[], tok_in HUGEINT, tok_out HUGEINT, tok_cache_read HUGEINT,
    tok_reasoning HUGEINT, spans_with_tok_in BIGINT, spans_with_tok_out BIGINT, spans_with_tokens BIGINT,
    calls_without_tokens BIGINT, cost_total DECIMAL(38, 10), priced_spans BIGINT,
    unpriced_spans BIGINT, buckets STRUCT(bucket SMALLINT, spans BIGINT)[],
    -- of rows of no dimension: the value of each dimension that has one alone, and so no rows of its own
    only_value STRUCT(tenant VARCHAR, model VARCHAR, prompt_version VARCHAR, retrieval_config VARCHAR,
                      app_version VARCHAR, environment VARCHAR));
CREATE TABLE stale_hours (hour_ts TIMESTAMP);
"""


@cache
def hour_spans() -> str:
    """The question which spans are counted one by one, and by what."""
    return _text("hour_spans")


@cache
def hour_rows() -> str:
    """Tables of a WITH that end in `of_dimension`: rows as in `step_hours`, from a table `hour_spans`."""
    return _text("hour_rows")


def mark_touched(cursor: duckdb.DuckDBPyConnection) -> None:
    """Note the hours of all traces that a chunk touched: as they are now, and as they were."""
    mark_hours_of(cursor, "SELECT start_ts FROM working UNION ALL SELECT start_ts FROM known")


def mark_hours_of(cursor: duckdb.DuckDBPyConnection, starts: str) -> None:
    """Note the hours of the spans that `starts` asks for (`start_ts`), before or after they change or are deleted."""
    cursor.execute(f"""
        INSERT INTO stale_hours
        SELECT DISTINCT date_trunc('hour', start_ts) AS hour_ts FROM ({starts})
        WHERE hour_ts NOT IN (FROM stale_hours)
    """)  # noqa: S608 - our own words


def repair(cursor: duckdb.DuckDBPyConnection, *, most_spans: int = SPANS_AT_ONCE) -> int:
    """Make the rows of the earliest hours that are out of date, inside the caller's transaction; how many are left.

    At least one hour, and more while they hold no more than `most_spans` in all. Raises `duckdb.Error`.
    """
    waiting, first_ns = cursor.execute("SELECT count(*), epoch_ns(min(hour_ts)) FROM stale_hours").fetchall()[0]
    if not waiting:
        return 0
    taken, spans, end_ns = 0, 0, first_ns
    for hour_ns, in_hour in _spans_in_stale_hours(cursor, first_ns, first_ns + HOURS_AT_ONCE * HOUR_NS):
        if taken and spans + in_hour > most_spans:
            break
        taken, spans, end_ns = taken + 1, spans + in_hour, hour_ns + HOUR_NS
    _make(cursor, first_ns=first_ns, end_ns=end_ns)
    return int(waiting) - taken


def _spans_in_stale_hours(cursor: duckdb.DuckDBPyConnection, first_ns: int, end_ns: int) -> list[tuple[int, int]]:
    """Hours in [first_ns, end_ns) that are out of date, by time: (start in ns, spans in it)."""
    return cursor.execute("""
        SELECT epoch_ns(h.hour_ts), count(s.hour_ts)
        FROM stale_hours h LEFT JOIN (
            SELECT date_trunc('hour', start_ts) AS hour_ts FROM span_rows
            WHERE start_ts >= make_timestamp_ns($first) AND start_ts < make_timestamp_ns($end)
        ) s ON s.hour_ts = h.hour_ts
        WHERE h.hour_ts < make_timestamp_ns($end)::TIMESTAMP
        GROUP BY h.hour_ts ORDER BY h.hour_ts
    """, {"first": first_ns, "end": end_ns}).fetchall()  # fmt: skip


def _make(cursor: duckdb.DuckDBPyConnection, *, first_ns: int, end_ns: int) -> None:
    """Rows of the stale hours in [first_ns, end_ns), in place of those that stand there."""
    span_times.write(cursor, first_ns=first_ns, end_ns=end_ns)
    whole = {"since_ns": first_ns, "first_hour_ns": first_ns, "last_hour_ns": end_ns, "until_ns": end_ns,
             "stale_ns": first_ns, "stale_end_ns": end_ns}  # fmt: skip
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE spans_of_hours AS {hour_spans()}", whole)
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE hour_values AS {_text('hour_values')}")
    within = "hour_ts >= make_timestamp_ns($first)::TIMESTAMP AND hour_ts < make_timestamp_ns($end)::TIMESTAMP"
    bounds = {"first": first_ns, "end": end_ns}
    cursor.execute(f"DELETE FROM step_hours WHERE {within} AND hour_ts IN (FROM stale_hours)", bounds)  # noqa: S608
    cursor.execute(f"""
        INSERT INTO step_hours BY NAME WITH hour_spans AS (FROM spans_of_hours), {hour_rows()}
        FROM of_dimension JOIN hour_values USING ({_KEY})
    """, {"dimension": "none"})  # fmt: skip
    for dimension in DIMENSIONS[1:]:
        several = f"hour_values WHERE only_value.{dimension} IS NULL"
        if cursor.execute(f"SELECT 1 FROM {several} LIMIT 1").fetchall():  # noqa: S608
            cursor.execute(f"""
                INSERT INTO step_hours BY NAME
                WITH hour_spans AS (FROM spans_of_hours SEMI JOIN (FROM {several}) USING ({_KEY})), {hour_rows()}
                FROM of_dimension
            """, {"dimension": dimension})  # fmt: skip
    cursor.execute(f"DELETE FROM stale_hours WHERE {within}", bounds)  # noqa: S608
    cursor.execute("DROP TABLE spans_of_hours; DROP TABLE hour_values")


def _text(name: str) -> str:
    return Path(__file__).with_name(f"{name}.sql").read_text()
