"""Whatever bytes, keys or cuts an export has: its reader reads or refuses, and never raises."""

from types import ModuleType

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats import (
    benchbook_lines,
    chat_messages,
    langfuse,
    langfuse_scores,
    mlflow,
    phoenix,
    phoenix_annotations,
    phoenix_otlp,
)
from tests.ingest.built_files import FIXTURES, needs_fixtures, read_bytes, read_fixture

ALL = [benchbook_lines, chat_messages, langfuse, langfuse_scores, mlflow, phoenix, phoenix_annotations, phoenix_otlp]


@pytest.mark.parametrize("format_", ALL, ids=lambda format_: format_.NAME)
@given(content=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(format_: ModuleType, content: bytes) -> None:
    if content.startswith(b"PAR1"):
        return
    read_bytes(format_, content)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        "info",
        "data",
        "spans",
        "trace",
        "observations",
        "scores",
        "id",
        "traceId",
        "name",
        "value",
        "context",
        "attributes",
        "span_id",
        "trace_id",
        "events",
        "links",
        "status",
        "messages",
        "traj",
        "role",
        "tool_calls",
        "reward",
        "result",
        "metadata",
        "assessments",
        "startTime",
        "start_ts",
        "parent_id",
        "usageDetails",
        "costDetails",
        "source",
        "type",
    ]
)
SHAPED = st.recursive(
    JSON, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=20
)


@pytest.mark.parametrize("format_", ALL, ids=lambda format_: format_.NAME)
@given(value=st.lists(st.dictionaries(KEYS, SHAPED, max_size=8), max_size=3))
def test_known_keys_with_values_of_any_type_are_read_or_refused(format_: ModuleType, value: list[object]) -> None:
    lines = b"\n".join(orjson.dumps(one, option=orjson.OPT_NON_STR_KEYS) for one in value if _fits(one))
    read_bytes(format_, lines)


def _fits(value: object) -> bool:
    try:
        orjson.dumps(value)
    except TypeError:  # integers beyond 64 bits, lone surrogates
        return False
    return True


@needs_fixtures
@pytest.mark.parametrize(
    ("format_", "path"),
    [
        (mlflow, "otlp/mlflow-trace-json/tr-9b0f913e18ce9da4d2791b5fa59c6b89.json"),
        (langfuse, "exports/langfuse/autogen-2025-06-06.trace.json"),
        (phoenix, "exports/phoenix-export/support.spans.json"),
        (phoenix_otlp, "exports/phoenix-export/support.otlpv1.rest.json"),
        (phoenix_annotations, "exports/phoenix-export/support.annotations.csv"),
        (langfuse_scores, "otlp/langfuse-sdk/002-api_public_scores.json"),
    ],
)
def test_a_file_cut_anywhere_never_raises_and_never_gives_more(format_: ModuleType, path: str) -> None:
    whole = read_fixture(format_, path)
    content = (FIXTURES / path).read_bytes()
    for cut in range(0, len(content), max(1, len(content) // 50)):
        part = read_bytes(format_, content[:cut])
        assert len(part.spans) <= len(whole.spans)
        assert len(part.scores) <= len(whole.scores)
