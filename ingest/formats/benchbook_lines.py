"""Benchbook's own JSON lines: one span or score per line, its fields named like the columns.

    {"trace_id": "t1", "span_id": "s1", "start_ts": "2026-05-01T10:00:00Z", "end_ts": "...", "kind": "llm",
     "name": "answer", "model": "gpt-4o", "tok_in": 120, "input_text": "...", "output_text": "..."}
    {"trace_id": "t1", "name": "helpful", "value": 1, "source": "human"}

A line is a span when it has a `span_id` and `start_ts`, a score when it has a name and a value, label or text.
"""

from typing import Any, BinaryIO

from ingest.formats.otlp_spans import fault_of_ids, refused, sane
from ingest.formats.said_scores import said
from ingest.json_stream import values
from ingest.json_values import as_list, as_table, as_text, present
from ingest.raw import Arrival, Attributes, Raw, Raws, RawScore, RawSpan, Rejected
from ingest.scores import WORDS
from ingest.values import instant, json_text, moment_ns
from storage.schema import SCORES

NAME = "benchbook"
_STATUS = frozenset({"ok", "error", "unset", "running"})
_OWN = frozenset({"trace_id", "span_id", "parent_span_id", "start_ts", "end_ts", "start_ns", "end_ns", "duration_ns",
                  "name", "status", "attributes", "events", "links", "resource", "scope", "updated_ts"})  # fmt: skip
_SLOTS = {"input_text": "input", "output_text": "output", "documents": "retrieved"}
_SCORE_FIELDS = frozenset(column.name for column in SCORES) - {
    "sequence", "entities", "received_at", "ingest_batch", "value", "label", "bool", "text", "created_at", "updated_at",
}  # fmt: skip
_FIRST_BYTES = 4096
_SCORE_MARKS = ("value", "label", "bool", "text")


def recognises(head: bytes, file_name: str) -> bool:  # noqa: ARG001  # all formats have one header
    """Whether the file begins in Benchbook's own column names."""
    first = head.lstrip()[:_FIRST_BYTES]
    is_span = b'"trace_id"' in first and b'"span_id"' in first and (b'"start_ts"' in first or b'"start_ns"' in first)
    is_score = b'"name"' in first and b'"source"' in first and (b'"trace_id"' in first or b'"session_id"' in first)
    return first[:1] in (b"{", b"[") and (is_span or (is_score and b'"annotator_kind"' not in first))


def read(stream: BinaryIO) -> Raws:
    """A span or score per line."""
    for found in values(stream):
        if isinstance(found, Rejected):
            yield found
        elif "start_ts" in found[1] or "start_ns" in found[1] or not any(mark in found[1] for mark in _SCORE_MARKS):
            yield _span(found[1], found[0])
        else:
            yield _score(found[1], found[0])


def _span(sent: dict[str, Any], position: str) -> Raw:
    trace_id, span_id = as_text(sent.get("trace_id")), as_text(sent.get("span_id"))
    if fault := fault_of_ids(trace_id, span_id):
        return refused(position, fault, json_text(sent))
    start_ns, end_ns = (_moment(sent, side) for side in ("start", "end"))
    duration = sent.get("duration_ns")
    if end_ns is None and start_ns is not None and isinstance(duration, int):
        end_ns = start_ns + duration
    attributes = dict(as_table(sent.get("attributes")))
    attributes |= {f"benchbook.{_SLOTS.get(key, key)}": value for key, value in sent.items() if key not in _OWN}
    status = as_text(sent.get("status"))
    return sane(
        RawSpan(
            trace_id=trace_id,
            span_id=span_id,
            name=as_text(sent.get("name")),
            parent_span_id=as_text(sent.get("parent_span_id")) or None,
            start_ns=start_ns,
            end_ns=end_ns,
            status=status if status in _STATUS else "unset",
            attributes=present(attributes),
            events=[event for event in as_list(sent.get("events")) if isinstance(event, dict)],
            links=[link for link in as_list(sent.get("links")) if isinstance(link, dict)],
            resource=dict(as_table(sent.get("resource"))),
            scope=as_text(sent.get("scope")),
            updated_ns=moment_ns(sent.get("updated_ts")),
            arrival=Arrival.WHOLE if end_ns is not None or start_ns is None else Arrival.HALF,
        )
    )


def _moment(sent: dict[str, Any], side: str) -> int | None:
    exact = sent.get(f"{side}_ns")
    return exact if isinstance(exact, int) else moment_ns(sent.get(f"{side}_ts"))


def _score(sent: dict[str, Any], position: str) -> Raw:
    ids = {key: as_text(sent.get(key)) for key in ("trace_id", "span_id", "session_id")}
    if not as_text(sent.get("name")) or not any(ids.values()):
        return refused(position, "neither a span with ids nor a score with a name and target", json_text(sent))
    level = "span" if ids["span_id"] else "trace" if ids["trace_id"] else "session"
    fields: Attributes = {key: value for key, value in sent.items() if key in _SCORE_FIELDS} | ids
    fields["target_level"] = _word(sent, "target_level") or ("document" if sent.get("doc_id") else level)
    fields["source"] = _word(sent, "source") or "code"
    fields |= {key: instant(sent.get(key)) for key in ("created_at", "updated_at")}
    for mark in ("text", "label", "bool", "value"):
        fields |= said(sent.get(mark)) if mark != "text" else {"text": sent.get(mark), "data_type": "text"}
    fields |= present({"data_type": _word(sent, "data_type")})
    return RawScore(present(fields))


def _word(sent: dict[str, Any], column: str) -> str | None:
    """What a column of few words says; None when it is no word that we know."""
    said = as_text(sent.get(column))
    return said if said in WORDS[column] else None
