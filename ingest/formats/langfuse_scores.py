"""Langfuse scores: the body of `POST /api/public/scores` (one, or an array), and exported score lists."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO

from ingest.formats.said_scores import said, word
from ingest.json_stream import values
from ingest.json_values import as_table, as_text, present
from ingest.raw import Attributes, Raws, RawScore, Rejected
from ingest.values import instant, measured

NAME = "langfuse-scores"
_SOURCES = {"API": "user", "EVAL": "judge", "ANNOTATION": "human"}
_TARGETS = (b'"traceId"', b'"sessionId"', b'"observationId"')


def recognises(head: bytes, file_name: str) -> bool:  # noqa: ARG001  # all formats have one header
    """Whether the file begins like a list of Langfuse scores, without their observations."""
    return (
        any(target in head for target in _TARGETS)
        and b'"name"' in head
        and b'"value"' in head
        and b'"startTime"' not in head
        and b'"observations"' not in head
        and b'"trace"' not in head
    )


def read(stream: BinaryIO) -> Raws:
    """Every score of the file."""
    for found in values(stream):
        if isinstance(found, Rejected):
            yield found
        else:
            yield from scores([found[1]], position=found[0])


def read_request(body: bytes) -> Raws:
    """The scores of one request."""
    yield from read(BytesIO(body))


def scores(sent: list[Any], *, position: str, trace_id: str = "") -> Iterator[RawScore | Rejected]:
    """Scores as Langfuse spells them; `trace_id` where the trace around them says it."""
    for score in sent:
        if not isinstance(score, dict):
            yield Rejected(position, "a score that is not an object")
        elif not as_text(score.get("name")):
            yield Rejected(position, "a score without a name")
        elif fields := _fields(score, trace_id):
            yield RawScore(fields)
        else:
            yield Rejected(position, "a score that names no trace, observation or session")


def _fields(sent: dict[str, Any], trace_id: str) -> Attributes:
    """The columns of a score; empty when it scores nothing that we know."""
    trace = as_text(sent.get("traceId")) or trace_id
    span, session = as_text(sent.get("observationId")), as_text(sent.get("sessionId"))
    level = "span" if span else "trace" if trace else "session" if session else ""
    if not level:
        return {}
    source = _SOURCES.get(as_text(sent.get("source")) or "API", "user")
    metadata = dict(as_table(sent.get("metadata")))
    if environment := as_text(sent.get("environment")):
        metadata["environment"] = environment
    return present(
        {
            "id": sent.get("id"),
            "target_level": level,
            "trace_id": trace,
            "span_id": span,
            "session_id": session,
            "name": sent.get("name"),
            "explanation": sent.get("comment"),
            "source": source,
            "author": sent.get("authorUserId"),
            "judge_name": sent.get("name") if source == "judge" else None,
            "judge_trace_id": sent.get("executionTraceId"),
            "config_id": sent.get("configId"),
            "queue_id": sent.get("queueId"),
            "created_at": instant(sent.get("timestamp") or sent.get("createdAt")),
            "updated_at": instant(sent.get("updatedAt") or sent.get("timestamp")),
            "metadata": metadata,
        }
        | _said(sent)
    )


def _said(sent: dict[str, Any]) -> Attributes:
    """Value and type: Langfuse sends a boolean as 1.0 and a word either as `value` or as `stringValue`."""
    kind = as_text(sent.get("dataType")).upper()
    value = sent.get("value")
    long = as_text(sent.get("longStringValue")) or as_text(sent.get("stringValue"))
    if kind == "BOOLEAN":
        flag = bool(value) if isinstance(value, int | float) else as_text(value).lower() == "true"
        return said(flag)
    if kind in ("TEXT", "CORRECTION"):
        return {"text": long or as_text(value), "data_type": kind.lower()}
    if kind == "CATEGORICAL" or isinstance(value, str):
        number = measured(value) if isinstance(value, int | float) else None
        words = word(value if isinstance(value, str) else long)
        return {"value": number} | words if number is not None else words
    return said(value)
