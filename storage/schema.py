"""The one definition of what is kept of a trace: every column, its type, unit and meaning.

The Delta tables, the DuckDB tables and views, and the reference page in docs are made from it.
The scrubber is driven by it too: each column says what it holds, so no text can be forgotten.
"""

from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa

SCHEMA_VERSION = 2
"""Raised when a column is added; a home of an earlier version gains the column, empty."""
HASH_DIGITS = 16
"""Of a `content_hash`: 64 bits, compared only among arrivals of one span."""


class Holds(StrEnum):
    """What a column may contain, and so how it is scrubbed before it is written."""

    FACT = "fact"  # made by us or a number: nothing to scrub
    KEY = "key"  # joins rows (trace ids); kept when it has the form of an id, else a keyed hash
    PERSON_KEY = "person key"  # identifies a person or their session: always a keyed hash
    LABEL = "label"  # a short name that traffic is grouped by
    PROSE = "prose"  # words of users and assistants
    DATA = "data"  # tool results, documents, JSON, stack traces
    MESSAGES = "messages"  # JSON list of chat messages, scrubbed by role


class Kind(StrEnum):
    """The type of a column, said once and translated for Arrow (lake) and DuckDB (warehouse)."""

    TEXT = "text"
    JSON = "json"
    INTEGER = "integer"
    REAL = "real"
    MONEY = "money"
    FLAG = "flag"
    MOMENT = "moment"  # nanoseconds since 1970, UTC; Delta has no such type, so the lake keeps an integer
    INSTANT = "instant"  # microseconds, UTC
    TEXTS = "texts"  # list of text


class Place(StrEnum):
    """Where a column is kept."""

    BOTH = "lake and warehouse"
    LAKE = "lake"  # long text: kept once, in the lake, read through a view
    WAREHOUSE = "warehouse"  # derived when loaded


_ARROW = {
    Kind.TEXT: pa.string(),
    Kind.JSON: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.REAL: pa.float64(),
    Kind.MONEY: pa.decimal128(18, 10),
    Kind.FLAG: pa.bool_(),
    Kind.MOMENT: pa.int64(),
    Kind.INSTANT: pa.timestamp("us", tz="UTC"),
    Kind.TEXTS: pa.list_(pa.string()),
}
_DUCKDB = {
    Kind.TEXT: "VARCHAR",
    Kind.JSON: "JSON",
    Kind.INTEGER: "BIGINT",
    Kind.REAL: "DOUBLE",
    Kind.MONEY: "DECIMAL(18,10)",
    Kind.FLAG: "BOOLEAN",
    Kind.MOMENT: "TIMESTAMP_NS",
    Kind.INSTANT: "TIMESTAMP",
    Kind.TEXTS: "VARCHAR[]",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `name` as SQL users see it, what it means, its unit, what it may contain."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    holds: Holds = Holds.FACT
    place: Place = Place.BOTH

    @property
    def lake_name(self) -> str:
        """The name in the lake: a moment `start_ts` is kept as the integer `start_ns`."""
        return self.name.removesuffix("_ts") + "_ns" if self.kind is Kind.MOMENT else self.name

    @property
    def arrow_type(self) -> pa.DataType:
        return _ARROW[self.kind]

    @property
    def duckdb_type(self) -> str:
        return _DUCKDB[self.kind]


def _text(name: str, meaning: str, holds: Holds = Holds.FACT, place: Place = Place.BOTH) -> Column:
    return Column(name, Kind.TEXT, meaning, holds=holds, place=place)


def _json(name: str, meaning: str, holds: Holds = Holds.DATA, place: Place = Place.LAKE) -> Column:
    return Column(name, Kind.JSON, meaning, holds=holds, place=place)


def _count(name: str, meaning: str, unit: str, place: Place = Place.BOTH) -> Column:
    return Column(name, Kind.INTEGER, meaning, unit, place=place)


def _usd(name: str, meaning: str) -> Column:
    return Column(name, Kind.MONEY, meaning, "US dollars")


def _flag(name: str, meaning: str, place: Place = Place.BOTH) -> Column:
    return Column(name, Kind.FLAG, meaning, place=place)


SEQUENCE = _count("sequence", "Position in the order of arrival; kept through compaction, vacuum and rebuild.", "rows")

SPANS: tuple[Column, ...] = (
    _text("trace_id", "The trace; 32 lower-case hex digits from OTLP, else the source's own text.", Holds.KEY),
    _text("span_id", "The span, unique within its trace.", Holds.KEY),
    _text("parent_span_id", "The span that called this one; NULL on a root.", Holds.KEY),
    Column("start_ts", Kind.MOMENT, "When the span began, UTC.", "ns"),
    Column("end_ts", Kind.MOMENT, "When it ended, UTC; NULL while only its first half has arrived.", "ns"),
    _count("duration_ns", "End minus start; NULL when either is unknown or the end precedes the start.", "ns"),
    _count("ttft_ns", "Time to the first token or chunk.", "ns"),
    _text("time_source", "client: times as sent. receipt: the format has none, so start is the order of arrival."),
    _text("name", "The span's name as sent, scrubbed.", Holds.LABEL),
    _text("step", "The name with ids and numbers removed: the unit that trends are grouped by.", Holds.LABEL),
    _text(
        "kind",
        "llm, tool, retriever, reranker, embedding, agent, chain, guardrail, evaluator, prompt, event or span.",
    ),
    _text("status", "ok, error, unset, or running (no end has arrived)."),
    _text("error_type", "Class of the error.", Holds.LABEL),
    _text("error_message", "What the error said, with its stack trace.", Holds.DATA, Place.LAKE),
    _text("provider", "Who served the model, by one spelling (openai, azure, anthropic ...).", Holds.LABEL),
    _text("model_request", "The model asked for.", Holds.LABEL),
    _text("model", "The model that answered; the one asked for when the answer does not say.", Holds.LABEL),
    _json("model_params", "Temperature and the like, as sent."),
    _text("finish_reason", "Why the model stopped: stop, length, tool_call, content_filter ...", Holds.LABEL),
    _text(
        "input_text",
        "What went in, as text: the last user message, the query, the tool's arguments.",
        Holds.PROSE,
        Place.LAKE,
    ),
    _text("output_text", "What came out, as text: the answer or the tool's result.", Holds.PROSE, Place.LAKE),
    _json(
        "messages_in",
        "Messages sent to the model: [{role, parts: [{type, ...}]}]; a part whose text is the whole "
        "of input_text or output_text holds {ref} to it instead.",
        Holds.MESSAGES,
    ),
    _json("messages_out", "Messages the model answered, in the same shape.", Holds.MESSAGES),
    _text("system_text", "System instructions.", Holds.PROSE, Place.LAKE),
    _json("tools", "Tool definitions offered to the model."),
    _count("tok_in", "Tokens read, cached ones included.", "tokens"),
    _count("tok_out", "Tokens written, reasoning included.", "tokens"),
    _count("tok_cache_read", "Part of tok_in that came from the provider's cache.", "tokens"),
    _count("tok_cache_write", "Part of tok_in that was written to the cache.", "tokens"),
    _count("tok_reasoning", "Part of tok_out spent on reasoning.", "tokens"),
    _flag(
        "usage_is_rollup",
        "True when tokens and cost repeat what descendants report: left out of totals.",
        Place.WAREHOUSE,
    ),
    _flag(
        "is_evaluation",
        "True for an evaluator and all below it: what judging costs, not the app.",
        Place.WAREHOUSE,
    ),
    _count(
        "self_ns",
        "Duration less the time that spans below it cover; made with the hourly figures, a little after the load.",
        "ns",
        Place.WAREHOUSE,
    ),
    _count(
        "critical_ns",
        "What the trace waited for in this span itself: its time on the critical path; made with self_ns.",
        "ns",
        Place.WAREHOUSE,
    ),
    _usd("cost_in", "Cost of the tokens read."),
    _usd("cost_out", "Cost of the tokens written."),
    _usd("cost_total", "Cost of the span; NULL when unknown, never 0 for unknown."),
    _text("cost_source", "client, computed:genai-prices@VERSION, or override."),
    _text("cost_missing", "Why cost_total is NULL on a span that used a model: unknown model, no tokens ..."),
    _text("session_id", "The conversation; a keyed hash of the client's id.", Holds.PERSON_KEY),
    _text("user_id", "The person; a keyed hash of the client's id.", Holds.PERSON_KEY),
    _text("tenant", "The customer or organisation the traffic belongs to.", Holds.LABEL),
    _text("app", "The application (service.name).", Holds.LABEL),
    _text("app_version", "Its version.", Holds.LABEL),
    _text("environment", "production, staging ...", Holds.LABEL),
    _text("prompt_id", "Identifier of the prompt.", Holds.LABEL),
    _text("prompt_name", "Name of the prompt.", Holds.LABEL),
    _text("prompt_version", "Version of the prompt.", Holds.LABEL),
    _text("retrieval_config", "Name or version of the retrieval configuration.", Holds.LABEL),
    _text("agent_name", "The agent that acted.", Holds.LABEL),
    _text("tool_name", "The tool that was called.", Holds.LABEL),
    _text("tool_call_id", "The model's id for this call.", Holds.KEY),
    _json("tool_args", "Arguments of the tool; NULL when input_text already holds them."),
    _json("tool_result", "Result of the tool; NULL when output_text already holds it."),
    Column("tags", Kind.TEXTS, "Tags as sent.", holds=Holds.LABEL),
    _json("attributes", "Attributes that no other column took."),
    _json("resource", "Resource attributes that no other column took."),
    _text("scope", "The instrumentation that made the span.", Holds.LABEL),
    _json("events", "Span events: [{name, time_ns, attributes}]."),
    _json("links", "Links to other spans: [{trace_id, span_id, attributes}]."),
    _text("source_format", "The format it arrived in."),
    _json("source_ids", "Ids of the source that have no column of their own."),
    _count("dropped_attributes", "Attributes that the client dropped at its limit.", "attributes"),
    _flag("truncated", "A value was cut, by the client or at our limit."),
    _flag("redacted", "The client hid content (__REDACTED__ and the like)."),
    Column("problems", Kind.TEXTS, "What is odd about the span: end_before_start, time_out_of_range, own_parent ..."),
    _json("entities", "Personal data replaced in the span: entity type to count.", Holds.FACT, Place.BOTH),
    _text("scrub_version", "Rules and policy that scrubbed the span."),
    _flag(
        "injection_flag",
        "Whether a tool, a document or the user says what reads like orders to the model: a hint, rules see about a "
        "fifth of attacks. NULL: nothing of the kind was said, or it was not judged.",
    ),
    _count("injection_score", "Highest sum of the scores of the rules that match one text of the span.", "points"),
    Column(
        "injection_rules",
        Kind.TEXTS,
        "Rules that match, with where: tool/override, document/hidden_tags, user/persona.",
    ),
    Column("injection_probability", Kind.REAL, "Highest answer of the team's own classifier, 0-1."),
    _text("injection_version", "Rules, and classifier, that looked; NULL: they did not."),
    _text("arrival", "whole; half (no end yet); content (messages from a log event, to be joined to its span)."),
    Column("updated_ts", Kind.MOMENT, "The source's own stamp of this revision.", "ns"),
    Column("received_at", Kind.INSTANT, "When it reached us, UTC.", "µs"),
    _text("ingest_batch", "The request or file part it arrived in."),
    _count("revision", "How many different arrivals were merged into this row, from 1.", "arrivals", Place.WAREHOUSE),
    _text("content_hash", "Keyed hash of the row as scrubbed: the same content again is a duplicate."),
    SEQUENCE,
)

DOCUMENTS: tuple[Column, ...] = (
    _text("trace_id", "The trace.", Holds.KEY),
    _text("span_id", "The span that retrieved or reranked it.", Holds.KEY),
    _count("rank", "Position in the list, from 1.", "position"),
    _text("role", "retrieved, reranked_in or reranked_out."),
    _text("doc_id", "The document's id as sent.", Holds.KEY),
    Column("score", Kind.REAL, "Score of the retriever, similarity or distance: the sources do not say which."),
    _text("content", "The text of the document.", Holds.DATA, Place.LAKE),
    _text("title", "Its title.", Holds.LABEL),
    _text("url", "Where it is from.", Holds.DATA),
    Column("last_updated", Kind.INSTANT, "When the document was last changed, from its metadata.", "µs"),
    _json("metadata", "The rest of what came with it."),
)

SCORES: tuple[Column, ...] = (
    _text("id", "The score's id: the source's, else a keyed hash of what it says.", Holds.KEY),
    _text("target_level", "span, trace, session or document."),
    _text("trace_id", "The trace scored.", Holds.KEY),
    _text("span_id", "The span scored.", Holds.KEY),
    _text("session_id", "The session scored; a keyed hash.", Holds.PERSON_KEY),
    _text("doc_id", "The document scored.", Holds.KEY),
    _text("name", "What was scored: correctness, user feedback ...", Holds.LABEL),
    Column("value", Kind.REAL, "The score as a number; booleans are 1 and 0."),
    _text("label", "The score as a word.", Holds.LABEL),
    _flag("bool", "The score as yes or no."),
    _text("text", "The score as free text, or the corrected answer.", Holds.PROSE),
    _text("explanation", "Why, in the scorer's words.", Holds.PROSE),
    _text("data_type", "numeric, categorical, boolean, text or correction."),
    _text("source", "judge, human, code or user."),
    _text("author", "Who gave it; a keyed hash for people, the name for code.", Holds.PERSON_KEY),
    _text("judge_name", "The automatic scorer.", Holds.LABEL),
    _text("judge_model", "The model it used.", Holds.LABEL),
    _text("judge_version", "Version or hash of its prompt.", Holds.LABEL),
    _text("judge_trace_id", "The judge's own trace.", Holds.KEY),
    _text("config_id", "The source's score configuration.", Holds.KEY),
    _text("queue_id", "The source's annotation queue.", Holds.KEY),
    _json("rubric_scale", "The scale, if the source gives one.", Holds.DATA, Place.BOTH),
    Column("review_seconds", Kind.REAL, "Time the person took.", "s"),
    Column("created_at", Kind.INSTANT, "When it was given, UTC.", "µs"),
    Column("updated_at", Kind.INSTANT, "When it was last changed, UTC.", "µs"),
    _flag("is_expectation", "True for an expected answer: ground truth, not a score of the answer."),
    _text("supersedes", "The score that this one replaces.", Holds.KEY),
    _json("metadata", "The rest of what came with it.", Holds.DATA, Place.BOTH),
    _json("entities", "Personal data replaced: entity type to count.", Holds.FACT, Place.BOTH),
    Column("received_at", Kind.INSTANT, "When it reached us, UTC.", "µs"),
    _text("ingest_batch", "The request or file part it arrived in."),
    SEQUENCE,
)

TRACES: tuple[Column, ...] = (
    _text("trace_id", "The trace."),
    _text("root_span_id", "Its root; the earliest span while the root has not arrived."),
    _text("name", "Name of the root."),
    Column("start_ts", Kind.MOMENT, "Start of the root, else of the earliest span; no late child moves it.", "ns"),
    Column("end_ts", Kind.MOMENT, "End of the root, else of the last span.", "ns"),
    _count("duration_ns", "End minus start.", "ns"),
    _text("time_source", "client or receipt."),
    _text("status", "error when the root failed, running while it has no end, else ok or unset."),
    _flag("is_complete", "The root has arrived and every span has an end."),
    _count("spans", "Spans that have arrived.", "spans"),
    _count("error_spans", "Spans with status error.", "spans"),
    _count("llm_calls", "Model calls, roll-ups not counted.", "spans"),
    _count("tool_calls", "Tool calls.", "spans"),
    _count("tok_in", "Tokens read, counted once.", "tokens"),
    _count("tok_out", "Tokens written, counted once.", "tokens"),
    _usd("cost_total", "Sum of the known costs, counted once; NULL when none is known."),
    _count("priced_spans", "Spans in that sum.", "spans"),
    _count("unpriced_spans", "Model calls whose cost is unknown.", "spans"),
    _text("session_id", "First that any span names."),
    _text("user_id", "First that any span names."),
    _text("tenant", "First that any span names."),
    _text("app", "Of the root, else the first that any span names."),
    _text("app_version", "Of the root, else the first."),
    _text("environment", "Of the root, else the first."),
    _text("model", "The model of the last model call."),
    _text("prompt_name", "First that any span names."),
    _text("prompt_version", "First that any span names."),
    _text("retrieval_config", "First that any span names."),
    _text("preview", "The beginning of the question, scrubbed."),
    Column("problems", Kind.TEXTS, "What is odd about the trace: no_root, cycle, late_child, session_conflict ..."),
    Column("first_span_ts", Kind.MOMENT, "Earliest start of any of its spans: where its rows lie.", "ns"),
    Column("last_span_ts", Kind.MOMENT, "Latest start of any of its spans.", "ns"),
    _count("first_sequence", "Lowest sequence number of its spans.", "rows"),
    _count("last_sequence", "Highest sequence number of its spans.", "rows"),
    Column("received_at", Kind.INSTANT, "When the latest of its spans reached us.", "µs"),
)

SESSIONS: tuple[Column, ...] = (
    _text("session_id", "The conversation."),
    _text("user_id", "The person."),
    _text("tenant", "First that any trace names."),
    _text("app", "First that any trace names."),
    _text("environment", "First that any trace names."),
    Column("start_ts", Kind.MOMENT, "Start of its first trace.", "ns"),
    Column("end_ts", Kind.MOMENT, "End of its last trace.", "ns"),
    _count("traces", "Turns: traces that belong to it.", "traces"),
    _count("spans", "Spans in them.", "spans"),
    _count("error_traces", "Traces with status error.", "traces"),
    _count("tok_in", "Tokens read.", "tokens"),
    _count("tok_out", "Tokens written.", "tokens"),
    _usd("cost_total", "Sum of the known costs; NULL when none is known."),
    _count("unpriced_spans", "Model calls whose cost is unknown.", "spans"),
)

TABLES: dict[str, tuple[Column, ...]] = {
    "spans": SPANS,
    "documents": DOCUMENTS,
    "scores": SCORES,
    "traces": TRACES,
    "sessions": SESSIONS,
}

_NESTED_IN_SPAN = {"trace_id", "span_id"}


def document_struct() -> pa.DataType:
    """Arrow type of one document inside its span's `documents` list (its span says whose it is)."""
    return pa.struct([(c.lake_name, c.arrow_type) for c in DOCUMENTS if c.name not in _NESTED_IN_SPAN])


def lake_schema(table: str) -> pa.Schema:
    """Arrow schema of a lake table (`spans` or `scores`); documents lie nested in their span."""
    fields = [pa.field(c.lake_name, c.arrow_type) for c in TABLES[table] if c.place is not Place.WAREHOUSE]
    if table == "spans":
        fields.append(pa.field("documents", pa.list_(document_struct())))
    return pa.schema(fields)


def warehouse_columns(table: str) -> tuple[Column, ...]:
    """Columns that the warehouse keeps as rows: all but the long text."""
    return tuple(c for c in TABLES[table] if c.place is not Place.LAKE)


def text_columns(table: str) -> tuple[Column, ...]:
    """Columns that only the lake keeps."""
    return tuple(c for c in TABLES[table] if c.place is Place.LAKE)
