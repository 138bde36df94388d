"""SQL from people reads our tables and nothing else: attacks are tried for real and the harm is looked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from errors import StoreFailed, UsageError
from storage import asking
from tests.storage.arrivals import Bench, call, span

SECRET = "the content of a file outside"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "home")
    made.take(span("root", input_text="hello"), call("llm", "root"))
    (tmp_path / "secret.csv").write_text(f"a\n{SECRET}\n")
    yield made
    made.close()


READS = [
    "SELECT * FROM read_csv('{out}/secret.csv')", "FROM '{out}/secret.csv'", 'FROM "{out}/secret.csv"',
    "SELECT content FROM read_text('{out}/secret.csv')", "SELECT * FROM read_blob('{out}/secret.csv')",
    "SELECT * FROM glob('{out}/*')", "FROM sniff_csv('{out}/secret.csv')", "DESCRIBE '{out}/secret.csv'",
    "SUMMARIZE '{out}/secret.csv'", "SELECT (SELECT any_value(a) FROM '{out}/secret.csv')",
    'WITH "{out}/secret.csv" AS (SELECT 1) SELECT (SELECT 1 FROM "{out}/secret.csv")',
    'SELECT * FROM (WITH "{out}/secret.csv" AS (SELECT 1) SELECT 1), "{out}/secret.csv"',
    "FROM query('FROM ''{out}/secret.csv''')", "FROM query_table('{out}/secret.csv')",
    "SELECT * FROM traces WHERE name IN (FROM read_text('{out}/secret.csv'))",
    "EXPLAIN ANALYZE SELECT * FROM read_csv('{out}/secret.csv')",
    "SELECT * FROM parquet_scan('{home}/lake/spans/*.parquet')", "FROM '{home}/lake/spans/*.parquet'",
    "SELECT * FROM duckdb_settings()", "SELECT * FROM pragma_database_list()", "SELECT getvariable('lake_files')",
    "SELECT getenv('PATH')", "FROM pg_catalog.pg_settings", "FROM meta", "FROM memory.main.x",
    "SELECT * FROM 'https://example.org/x.csv'", "SELECT list_resize([1], 10000000000)", "SELECT pg_sleep(100)",
    "SELECT array_resize([1], 10000000000)", "SELECT list_apply(['PATH'], lambda x: getenv(x))", "FROM glob('/etc/*')",
    "PIVOT '{out}/secret.csv' ON a USING count(*)", "FROM traces SELECT ARRAY(FROM glob('{out}/*'))",
    "SELECT sum(1) OVER w FROM traces WINDOW w AS (ORDER BY (SELECT count(*) FROM glob('{out}/*')))",
    "SELECT * FROM traces POSITIONAL JOIN glob('{out}/*')", "SELECT 'lake_files'.getvariable()",
    "WITH traces AS (FROM '{out}/secret.csv') FROM traces", "FROM traces LIMIT (SELECT count(*) FROM glob('/*'))",
    "FROM json_execute_serialized_sql(json_serialize_sql('FROM glob(''/etc/*'')'))", "SHOW VARIABLES", "EXECUTE p",
]  # fmt: skip
WRITES = [
    "COPY traces TO '{out}/stolen.csv'",
    "COPY (SELECT 1) TO '{home}/lake/spans/stolen.parquet'", "EXPORT DATABASE '{out}/stolen'",
    "ATTACH '{out}/stolen.db' AS stolen", "INSTALL httpfs", "LOAD httpfs", "SET enable_external_access = true",
    "RESET memory_limit", "PRAGMA database_size", "CALL pragma_version()", "DELETE FROM traces",
    "UPDATE traces SET name = 'x'",
    "INSERT INTO traces SELECT * FROM traces", "DROP TABLE traces",
    "CREATE TABLE stolen AS SELECT 1", "TRUNCATE traces",
    "CREATE OR REPLACE VIEW spans AS SELECT 1", "CHECKPOINT", "VACUUM", "BEGIN", "SELECT 1; DROP TABLE traces",
    "WITH gone AS (DELETE FROM traces RETURNING 1) SELECT * FROM gone", "EXPLAIN ANALYZE DELETE FROM traces",
    "WITH new AS (INSERT INTO traces SELECT * FROM traces RETURNING 1) SELECT * FROM new",
    "SELECT * FROM traces, (WITH gone AS (DELETE FROM traces RETURNING 1) SELECT * FROM gone)",
    "EXPLAIN ANALYZE WITH gone AS (DELETE FROM traces RETURNING 1) SELECT * FROM gone",
    "PREPARE p AS DELETE FROM traces", "USE memory", "DETACH warehouse", "", ";", "-- nothing", "\x00",
]  # fmt: skip


@pytest.mark.parametrize("attack", READS + WRITES)
def test_an_attack_reads_no_file_and_changes_nothing(bench: Bench, attack: str) -> None:
    out = bench.home.parent
    before, files = bench.contents(), {path for path in out.rglob("*") if "lake" in str(path) or path.parent == out}
    sql = attack.format(out=out, home=bench.home)

    with pytest.raises(UsageError) as refused:
        asking.answer(bench.warehouse, sql)

    assert SECRET not in str(refused.value)
    assert bench.contents() == before
    assert {path for path in out.rglob("*") if "lake" in str(path) or path.parent == out} == files


@pytest.mark.parametrize(
    "attack",
    [
        "FROM read_csv('{out}/secret.csv')",
        "COPY traces TO '{out}/stolen.csv'",
        "SET lock_configuration = false",
        "ATTACH '{out}/x.db'",
        "LOAD httpfs",
        "FROM read_text('{home}/ledger.db')",
    ],
)
def test_the_engine_refuses_too_should_the_first_wall_fall(bench: Bench, attack: str) -> None:
    (bench.home / "ledger.db").write_text("labels")
    with pytest.raises((UsageError, StoreFailed)):
        bench.warehouse.rows(attack.format(out=bench.home.parent, home=bench.home))
    assert not (bench.home.parent / "stolen.csv").exists()


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT span_id FROM spans ORDER BY 1", [{"span_id": "llm"}, {"span_id": "root"}]),
        ("select input_text from spans where input_text is not null;", [{"input_text": "hello"}]),
        ("FROM traces SELECT tok_in", [{"tok_in": 100}]),
        ("WITH a AS (SELECT 1 AS x) SELECT x FROM a", [{"x": 1}]),
        ("WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 2) SELECT n FROM r",
         [{"n": 1}, {"n": 2}]),
        ("SELECT 1 AS a, 2 AS a", [{"a": 1, "a_2": 2}]),
        ("SELECT start_ts FROM traces", [{"start_ts": "2026-09-01T00:00:00Z"}]),
        ("SELECT cost_total FROM traces", [{"cost_total": 0.01}]),
        ("SELECT 'nan'::DOUBLE AS n, 'inf'::DOUBLE AS i", [{"n": None, "i": None}]),
        ("SELECT sum(x) AS s FROM unnest([9223372036854775807, 9223372036854775807]) AS t(x)",
         [{"s": 1.8446744073709552e19}]),
        ("SELECT INTERVAL 2 SECOND AS i, DATE '2026-01-02' AS d, [1, NULL] AS l, {'k': 1.5::DECIMAL(3,1)} AS s",
         [{"i": 2.0, "d": "2026-01-02", "l": [1, None], "s": {"k": 1.5}}]),
        ("SELECT column_name FROM (DESCRIBE documents) LIMIT 1", [{"column_name": "trace_id"}]),
        ("SELECT count(*) AS n FROM scores", [{"n": 0}]),
        ("SELECT 1 AS a UNION ALL SELECT 2 ORDER BY 1", [{"a": 1}, {"a": 2}]),
        ("WITH a AS MATERIALIZED (FROM traces) SELECT count(*) AS n FROM a", [{"n": 1}]),
    ],
)  # fmt: skip
def test_reading_works_and_gives_what_json_knows(bench: Bench, sql: str, rows: list[dict[str, object]]) -> None:
    assert asking.answer(bench.warehouse, sql) == rows


@pytest.mark.parametrize(
    "sql", ["SHOW TABLES", "DESCRIBE spans", "SUMMARIZE traces", "EXPLAIN SELECT * FROM spans", "DESCRIBE SELECT 1"]
)
def test_looking_at_the_tables_is_possible(bench: Bench, sql: str) -> None:
    assert asking.answer(bench.warehouse, sql)


def test_a_query_that_takes_too_long_or_gives_too_much_is_stopped(bench: Bench) -> None:
    with pytest.raises(UsageError, match="longer than"):
        asking.answer(
            bench.warehouse,
            "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range % 7 = b.range % 11",
            most_seconds=0.2,
        )
    with pytest.raises(UsageError, match="more than 10 rows"):
        asking.answer(bench.warehouse, "FROM range(11)", most_rows=10)


def test_a_deeply_nested_statement_is_refused_or_answered(bench: Bench) -> None:
    with pytest.raises(UsageError):
        asking.answer(bench.warehouse, "SELECT " + "(" * 50_000 + "1" + ")" * 50_000)
    with pytest.raises(UsageError):
        asking.answer(bench.warehouse, "SELECT * FROM " + ", ".join(f"traces t{number}" for number in range(2_000)))
    assert asking.answer(bench.warehouse, "SELECT 1 AS a") == [{"a": 1}]
