"""The captured files of every client and export: the traces, spans and scores that their README counts."""

import json
from collections import Counter

import orjson
import pytest

from tests.ingest.built_files import FIXTURES, needs_fixtures
from tests.ingest.conftest import Desk

pytestmark = needs_fixtures


OTLP = {
    "langchain-openinference": (4, 41), "langfuse-sdk": (1, 11), "mlflow-otlp-sdk139": (1, 10),
    "mlflow-trace-json": (1, 10), "openinference-openai-json": (4, 15), "openinference-openai-proto-gzip": (4, 15),
    "openinference-openai-redacted": (4, 15), "openinference-openai-truncated": (4, 15),
    "openinference-openai-retried-503": (4, 15), "otel-genai-openai-spans": (3, 10),
    "otel-genai-openai-events": (3, 10), "pydantic-ai-logfire": (1, 11), "traceloop-sdk-0.45": (1, 11),
}  # fmt: skip


EXPORTS = {
    "langfuse": (10, 70, 12), "mlflow-demo": (42, 124, 184), "phoenix-export": (9, 65, 24),
    "tau-bench": (1490, 5108, 200),
}  # fmt: skip


@pytest.mark.parametrize(("folder", "holds"), OTLP.items())
def test_each_client_s_requests_give_the_traces_and_spans_that_the_readme_counts(
    desk: Desk, folder: str, holds: tuple[int, int]
) -> None:
    report = desk.ingest(FIXTURES / "otlp" / folder)
    ids = desk.ids()
    assert (len({trace for trace, _ in ids}), len(ids)) == holds
    assert report.rejected == 0
    again = desk.ingest(FIXTURES / "otlp" / folder)
    assert (again.spans, again.duplicates, again.rejected) == (0, report.received, 0)


@pytest.mark.parametrize(("folder", "holds"), EXPORTS.items())
def test_each_export_gives_the_traces_spans_and_scores_that_the_readme_counts(
    desk: Desk, folder: str, holds: tuple[int, int, int]
) -> None:
    report = desk.ingest(FIXTURES / "exports" / folder, processes=2 if folder == "tau-bench" else 0)
    ids = desk.ids()
    scores = {row["id"] for row in desk.rows("scores")}
    assert (len({trace for trace, _ in ids}), len(ids), len(scores)) == holds
    assert report.rejected == 0
    again = desk.ingest(FIXTURES / "exports" / folder)
    assert (again.spans, again.scores, again.duplicates) == (0, 0, report.received)


def test_licences_headers_and_metrics_are_neither_data_nor_rejects(desk: Desk) -> None:
    report = desk.ingest(
        FIXTURES / "otlp" / "pydantic-ai-logfire", FIXTURES / "exports" / "tau-bench" / "LICENSE.tau-bench"
    )
    assert (report.files, report.rejected, report.skipped_metrics) == (1, 0, 3)
    assert Counter(result.outcome.value for result in report.results) == Counter({"taken": 1, "not traces": 8})


def test_a_gzip_twin_counts_as_duplicates(desk: Desk) -> None:
    report = desk.ingest(FIXTURES / "otlp" / "openinference-openai-proto-gzip")
    assert (report.files, report.spans, report.duplicates) == (2, 15, 15)


def test_conversations_keep_their_order_without_made_up_durations(desk: Desk) -> None:
    conversations = json.loads((FIXTURES / "exports/tau-bench/gpt-4o-airline.json").read_bytes())[:3]
    file = desk.home.settings.home.parent / "three.json"
    file.write_bytes(orjson.dumps(conversations))
    desk.ingest(file)
    rows = desk.rows()
    assert {row["time_source"] for row in rows} == {"receipt"}
    assert {row["duration_ns"] for row in rows} == {None}
    first = [row for row in rows if row["trace_id"] == rows[0]["trace_id"]]
    assert [row["kind"] for row in sorted(first, key=lambda row: int(str(row["start_ns"])))][:2] == ["chain", "llm"]
