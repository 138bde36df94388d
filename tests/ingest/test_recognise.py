"""What a file is, is told from its content; what no format knows is nobody's."""

import gzip
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import Malformed
from ingest.protobuf_wire import Signal, groups, signal_of
from ingest.recognise import known_formats, named_format, recognise, recognised
from tests.ingest.built_files import FIXTURES, needs_fixtures

FORMAT_OF = {
    "otlp/langchain-openinference/001-v1_traces.pb": "otlp-protobuf",
    "otlp/openinference-openai-proto-gzip/001-v1_traces.pb.gz": "otlp-protobuf",
    "otlp/openinference-openai-json/001-v1_traces.json": "otlp-json",
    "otlp/otel-genai-openai-events/002-v1_logs.pb": "otlp-protobuf-logs",
    "otlp/pydantic-ai-logfire/003-v1_metrics.pb": "otlp-protobuf-metrics",
    "otlp/langfuse-sdk/002-api_public_scores.json": "langfuse-scores",
    "otlp/mlflow-trace-json/tr-9b0f913e18ce9da4d2791b5fa59c6b89.json": "mlflow",
    "exports/mlflow-demo/traces.jsonl": "mlflow",
    "exports/langfuse/beeai-2025-08-01.trace.json": "langfuse",
    "exports/phoenix-export/support.spans.json": "phoenix",
    "exports/phoenix-export/support.spans_dataframe.parquet": "phoenix",
    "exports/phoenix-export/support.otlpv1.rest.json": "phoenix-otlp",
    "exports/phoenix-export/support.annotations.csv": "phoenix-annotations",
    "exports/phoenix-export/support.annotations.parquet": "phoenix-annotations",
    "exports/phoenix-export/support.span_annotations.rest.json": "phoenix-annotations",
    "exports/tau-bench/gpt-4o-airline.json": "chat-messages",
    "exports/mt-rag-benchmark/mtrag-human/evaluations/reference_subset_with_human_evaluations.json": "mt-rag",
}


@needs_fixtures
@pytest.mark.parametrize(("path", "name"), FORMAT_OF.items())
def test_a_file_under_another_name_and_without_headers_beside_it_is_recognised(
    tmp_path: Path, path: str, name: str
) -> None:
    nameless = tmp_path / "file"
    shutil.copy(FIXTURES / path, nameless)
    found = recognise(nameless)
    assert found is not None
    assert found.name == name


@needs_fixtures
def test_a_compressed_file_is_recognised_by_what_is_inside(tmp_path: Path) -> None:
    inside = (FIXTURES / "exports/phoenix-export/support.spans_dataframe.parquet").read_bytes()
    (tmp_path / "file").write_bytes(gzip.compress(inside))
    found = recognise(tmp_path / "file")
    assert found is not None
    assert found.name == "phoenix"


@needs_fixtures
def test_headers_beside_a_body_say_what_an_empty_one_is(tmp_path: Path) -> None:
    shutil.copy(FIXTURES / "otlp/pydantic-ai-logfire/001-v1_metrics.headers.json", tmp_path)
    (tmp_path / "001-v1_metrics.pb").write_bytes(b"")
    found = recognise(tmp_path / "001-v1_metrics.pb")
    assert found is not None
    assert (found.name, found.is_traces) == ("otlp-protobuf-metrics", False)


def test_every_format_that_can_be_named_is_there() -> None:
    assert [named_format(name, "here").name for name in known_formats()] == known_formats()
    assert "saved-headers" not in known_formats()


@given(st.binary(max_size=300))
def test_any_beginning_is_recognised_or_not_without_an_error(head: bytes) -> None:
    found = recognised(head, "file")
    assert found is None or found.name


@given(st.binary(max_size=300))
def test_text_and_noise_are_no_requests(head: bytes) -> None:
    assert signal_of(b"\n\nhello " + head) is None
    assert signal_of(b"# " + head) is None


@needs_fixtures
def test_a_request_cut_into_groups_says_the_same_and_one_that_is_cut_short_says_so(tmp_path: Path) -> None:
    body = (FIXTURES / "otlp/langchain-openinference/001-v1_traces.pb").read_bytes()
    file = tmp_path / "twice"
    file.write_bytes(body + body)
    with file.open("rb") as stream:
        parts = list(groups(stream))
    assert len(parts) >= 2
    assert b"".join(parts) == body + body
    assert signal_of(parts[0]) is Signal.TRACES
    file.write_bytes(body[:-1])
    with file.open("rb") as stream, pytest.raises(Malformed, match="in the middle"):
        list(groups(stream))
