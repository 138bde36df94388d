"""Every client whose requests were captured: counts as its README says, and what a person would look for in them."""

from decimal import Decimal

import pytest

from ingest.raw import RawSpan
from tests.ingest.built import fixture_raws, opened, prepared
from tests.ingest.built_files import needs_fixtures

pytestmark = needs_fixtures

COUNTS = {
    "openinference-openai-proto-gzip": (4, 15),
    "openinference-openai-json": (4, 15),
    "openinference-openai-redacted": (4, 15),
    "openinference-openai-truncated": (4, 15),
    "openinference-openai-retried-503": (4, 15),
    "langchain-openinference": (4, 41),
    "otel-genai-openai-spans": (3, 10),
    "otel-genai-openai-events": (3, 10),
    "traceloop-sdk-0.45": (1, 11),
    "pydantic-ai-logfire": (1, 11),
    "langfuse-sdk": (1, 11),
    "mlflow-otlp-sdk139": (1, 10),
}


@pytest.mark.parametrize(("folder", "traces", "spans"), [(name, *counts) for name, counts in COUNTS.items()])
def test_traces_and_spans_are_those_of_the_readme(folder: str, traces: int, spans: int) -> None:
    kept = prepared(fixture_raws(folder))
    ids = {(row["trace_id"], row["span_id"]) for row in kept.spans.to_pylist()}

    assert kept.rejected == []
    assert (len({trace for trace, _ in ids}), len(ids)) == (traces, spans)


def test_the_retried_client_sent_22_spans_of_which_7_are_the_same_to_the_letter() -> None:
    kept = prepared(fixture_raws("openinference-openai-retried-503")).spans

    assert kept.num_rows == 22
    assert len(set(kept["content_hash"].to_pylist())) == 15


@pytest.mark.parametrize("folder", [name for name in COUNTS if name != "openinference-openai-redacted"])
def test_the_question_with_the_order_is_found_with_its_answer_tokens_and_cost(folder: str) -> None:
    """Every application asked the same mock model; each client spells the call in its own way."""
    rows = opened(prepared(fixture_raws(folder)))
    calls = [row for row in rows if row["kind"] == "llm" and row["status"] != "error"]
    said = {row["input_text"]: row for row in calls if row["input_text"]}
    asked = [text for text in said if "Where is my order?" in text or "Weather in Paris?" in text]

    assert asked
    assert all(row["model"].startswith("gpt-4o") for row in calls)
    assert all(row["tok_in"] >= 110 and row["tok_out"] >= 20 for row in calls if row["arrival"] == "whole")
    assert all(row["cost_total"] > 0 for row in calls if row["arrival"] == "whole")
    assert all(
        row["input_text"] and (row["output_text"] or row["finish_reason"] == "tool_call" or row["messages_out"])
        for row in calls
        if row["arrival"] == "content" or "events" not in folder
    )


@pytest.mark.parametrize("folder", [name for name in COUNTS if name != "openinference-openai-truncated"])
def test_the_failed_call_is_an_error_with_its_reason(folder: str) -> None:
    errors = [row for row in opened(prepared(fixture_raws(folder))) if row["status"] == "error"]

    assert errors
    assert all(row["error_type"] or row["error_message"] for row in errors)
    assert all(
        row["cost_total"] is None and row["cost_missing"]
        for row in errors
        if row["kind"] == "llm" and row["arrival"] == "whole"
    )


@pytest.mark.parametrize("folder", ["langfuse-sdk", "traceloop-sdk-0.45", "langchain-openinference"])
def test_session_user_and_tenant_are_found(folder: str) -> None:
    rows = opened(prepared(fixture_raws(folder)))

    assert {row["session_id"] for row in rows if row["session_id"]} == {"sess-42"}
    assert {row["user_id"] for row in rows if row["user_id"]} == {"user-7"}
    assert {row["tenant"] for row in rows if row["tenant"]} == {"acme"}


def test_json_and_protobuf_of_the_same_client_differ_only_in_what_the_run_made() -> None:
    ran = {
        "trace_id",
        "span_id",
        "parent_span_id",
        "start_ns",
        "end_ns",
        "duration_ns",
        "ttft_ns",
        "content_hash",
        "events",
        "resource",
        "attributes",
        "messages_in",
        "messages_out",
        "error_message",
        "scope",
        "links",
    }
    pairs = [opened(prepared(fixture_raws(f"openinference-openai-{kind}"))) for kind in ("json", "proto-gzip")]
    plain = [
        sorted(str({k: v for k, v in row.items() if k not in ran and k != "output_text"}) for row in rows)
        for rows in pairs
    ]

    assert plain[0] == plain[1]


@pytest.mark.parametrize("folder", list(COUNTS))
def test_no_text_is_kept_twice_in_a_row(folder: str) -> None:
    for row in opened(prepared(fixture_raws(folder))):
        texts = [row["input_text"], row["output_text"], row["system_text"]]
        parts = [
            part.get("text")
            for side in ("messages_in", "messages_out")
            for message in row[side] or ()
            for part in message["parts"]
        ]
        assert not {text for text in texts if text} & {text for text in parts if text}
        assert row["tool_args"] is None or row["tool_args"] != row["input_text"]
        assert not row["documents"] or row["kind"] != "retriever" or row["output_text"] is None


def test_cached_tokens_are_a_part_of_the_input_as_the_price_of_the_documentation_says() -> None:
    """140 in, 64 of them cached, 24 out on gpt-4o-mini cost $0.0000306; pydantic-ai says the same itself."""
    for folder, source in (("otel-genai-openai-spans", "computed:"), ("pydantic-ai-logfire", "client")):
        calls = [row for row in prepared(fixture_raws(folder)).spans.to_pylist() if row["tok_in"] == 140]
        assert calls
        assert all(row["tok_cache_read"] == 64 and row["cost_total"] == Decimal("0.0000306") for row in calls)
        assert all(row["cost_source"].startswith(source) for row in calls)


def test_documents_have_rank_id_content_and_the_day_they_were_updated() -> None:
    for folder in ("langchain-openinference", "mlflow-otlp-sdk139", "openinference-openai-json"):
        found = [row for row in prepared(fixture_raws(folder)).spans.to_pylist() if row["kind"] == "retriever"]
        document = found[0]["documents"][0]
        assert (document["rank"], document["role"], document["doc_id"]) == (1, "retrieved", "kb-12")
        assert document["content"] == "Refunds are issued within 14 days."
        assert document["last_updated"].date().isoformat() == "2026-01-09"


def test_content_of_log_events_joins_its_span_by_ids() -> None:
    raws = [raw for raw in fixture_raws("otel-genai-openai-events") if isinstance(raw, RawSpan)]
    whole = {(raw.trace_id, raw.span_id) for raw in raws if raw.arrival == "whole"}
    content = {(raw.trace_id, raw.span_id) for raw in raws if raw.arrival == "content"}

    assert len(content) == 6
    assert content < whole
    assert prepared(raws).spans.num_rows == 16
