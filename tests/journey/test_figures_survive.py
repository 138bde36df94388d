"""What the fixtures' READMEs count is what the product shows, twice, and again after the warehouse is deleted."""

import pytest

from tests.journey.conftest import FIXTURES, Shell

EXPORTS = ("langfuse", "mlflow-demo", "phoenix-export", "tau-bench")
FIGURES = """
    SELECT source_format, count(*) AS spans, count(DISTINCT trace_id) AS traces, sum(tok_in) AS tok_in,
           sum(cost_total) AS cost, count(*) FILTER (status = 'error') AS errors, sum(duration_ns) AS duration_ns
    FROM spans GROUP BY ALL ORDER BY ALL
"""

pytestmark = pytest.mark.skipif(
    not FIXTURES.exists(), reason="the collection of real traces is not beside the checkout"
)


def _paths() -> list[str]:
    return [*map(str, sorted((FIXTURES / "otlp").iterdir())), *(str(FIXTURES / "exports" / name) for name in EXPORTS)]


def test_every_file_is_taken_once_and_the_figures_survive_the_warehouse(shell: Shell) -> None:
    first = shell.json("ingest", *_paths())
    assert isinstance(first, dict)
    assert first["rejected"] == 0
    assert first["spans"] == shell.sql("SELECT count(*) AS n FROM spans")[0]["n"]
    assert first["traces"] == shell.sql("SELECT count(*) AS n FROM traces")[0]["n"]
    figures = shell.sql(FIGURES)

    second = shell.json("ingest", *_paths())
    assert isinstance(second, dict)
    assert (second["spans"], second["scores"], second["documents"], second["traces"]) == (0, 0, 0, 0)
    assert shell.sql(FIGURES) == figures

    (shell.home / "warehouse.duckdb").unlink()
    (shell.home / "warehouse.duckdb.wal").unlink(missing_ok=True)
    shell.run("load")
    assert shell.sql(FIGURES) == figures


@pytest.mark.parametrize(
    ("folder", "traces", "spans"),
    [
        ("openinference-openai-proto-gzip", 4, 15),
        ("openinference-openai-json", 4, 15),
        ("openinference-openai-redacted", 4, 15),
        ("openinference-openai-truncated", 4, 15),
        ("openinference-openai-retried-503", 4, 15),
        ("langchain-openinference", 4, 41),
        ("otel-genai-openai-spans", 3, 10),
        ("otel-genai-openai-events", 3, 10),
        ("traceloop-sdk-0.45", 1, 11),
        ("pydantic-ai-logfire", 1, 11),
        ("langfuse-sdk", 1, 11),
        ("mlflow-otlp-sdk139", 1, 10),
        ("mlflow-trace-json", 1, 10),
    ],
)
def test_a_captured_client_gives_the_traces_and_spans_that_it_sent(
    shell: Shell, folder: str, traces: int, spans: int
) -> None:
    report = shell.json("ingest", str(FIXTURES / "otlp" / folder))

    assert isinstance(report, dict)
    assert (report["traces"], report["spans"], report["rejected"]) == (traces, spans, 0)
    if folder == "openinference-openai-retried-503":
        assert report["duplicates"] >= 7


def test_exports_give_the_traces_that_their_tools_counted(shell: Shell) -> None:
    demo = shell.json("ingest", str(FIXTURES / "exports" / "mlflow-demo"))
    assert isinstance(demo, dict)
    assert (demo["traces"], demo["spans"], demo["scores"]) == (42, 124, 184)

    airline = shell.json("ingest", str(FIXTURES / "exports" / "tau-bench"))
    assert isinstance(airline, dict)
    assert shell.sql("SELECT count(*) AS n FROM sessions")[0]["n"] == 6 + 200
    handed_over = shell.sql(
        "SELECT count(DISTINCT session_id) AS n FROM spans WHERE tool_name = 'transfer_to_human_agents'"
    )
    assert handed_over[0]["n"] == 48
