"""MLflow trace JSON: one trace, a list, or one per line; each `{info, data: {spans}}`, assessments inside `info`."""

import base64
import binascii
from collections.abc import Iterator
from typing import Any, BinaryIO

from ingest.formats.otlp_spans import sane
from ingest.formats.said_scores import said
from ingest.json_stream import values
from ingest.json_values import as_list, as_table, as_text, present
from ingest.raw import Arrival, Attributes, Raw, Raws, RawScore, RawSpan, Rejected
from ingest.values import instant, moment_ns, nanoseconds, parsed

NAME = "mlflow"
_SOURCES = {"HUMAN": "human", "LLM_JUDGE": "judge", "AI_JUDGE": "judge", "CODE": "code"}
_STATUS = {"STATUS_CODE_OK": "ok", "OK": "ok", "STATUS_CODE_ERROR": "error", "ERROR": "error", "IN_PROGRESS": "running"}
_METADATA_AS_ATTRIBUTES = ("mlflow.trace.session", "mlflow.trace.user")
_TAGS_KEPT = ("mlflow.traceName", "mlflow.linkedPrompts")  # the other tags of its own are places of storage
_DIGEST = "mlflow.assessment.scorerDigest"


def recognises(head: bytes, file_name: str) -> bool:  # noqa: ARG001  # all formats have one header
    """Whether the file begins like MLflow traces."""
    return b'"info"' in head and (
        b'"trace_metadata"' in head or b'"request_metadata"' in head or b"mlflow.trace" in head or b'"tr-' in head
    )


def read(stream: BinaryIO) -> Raws:
    """Spans and assessments of each trace."""
    for found in values(stream):
        if isinstance(found, Rejected):
            yield found
            continue
        position, trace = found
        info, data = as_table(trace.get("info")), as_table(trace.get("data"))
        if not info:
            yield Rejected(position, "an MLflow trace without `info`")
            continue
        yield from _trace(info, as_list(data.get("spans")), position)


def _trace(info: dict[str, Any], spans: list[Any], position: str) -> Iterator[Raw]:
    sent_id = as_text(info.get("trace_id") or info.get("request_id"))
    tables = [span for span in spans if isinstance(span, dict)]
    trace_id = _trace_id(sent_id, tables)
    if not trace_id:
        yield Rejected(position, "an MLflow trace without an id", spans=max(1, len(spans)))
        return
    taken = [raw for span in tables if (raw := _span(span, trace_id)) is not None]
    if len(taken) < len(spans):
        yield Rejected(position, "MLflow spans without an id", spans=len(spans) - len(taken))
    whole = taken or [_trace_as_span(info, trace_id)]
    root = next((span for span in whole if span.parent_span_id is None), whole[0])
    root.attributes = _of_trace(info) | root.attributes
    root.source_ids = {"mlflow.trace_id": sent_id}
    yield from whole
    user = as_text(as_table(info.get("trace_metadata")).get("mlflow.trace.user"))
    for assessment in as_list(info.get("assessments")):
        if isinstance(assessment, dict):
            yield RawScore(_score(assessment, trace_id, user))


def _trace_id(sent: str, spans: list[dict[str, Any]]) -> str:
    """Hex, as the same trace has it over OTLP: `tr-` and hex, else what its spans say, else the text as sent."""
    plain = sent.removeprefix("tr-").lower()
    if sent.startswith("tr-") and len(plain) == 32 and _is_hex(plain):
        return plain
    context = as_table(spans[0].get("context")) if spans else {}
    of_span = as_text((spans[0].get("trace_id") or context.get("trace_id")) if spans else "")
    return _hex(of_span, 16) or sent


def _is_hex(text: str) -> bool:
    return bool(text) and all(character in "0123456789abcdef" for character in text)


def _hex(sent: str, size: int) -> str:
    """An id of `size` bytes that is sent as base64 or (older) hex, as hex; another text stays; zeros are none."""
    plain = sent.removeprefix("0x").lower()
    if not (len(plain) == size * 2 and _is_hex(plain)):
        try:
            raw = base64.b64decode(sent, validate=True)
        except (binascii.Error, ValueError):
            return sent
        plain = raw.hex() if len(raw) == size else sent
    return "" if plain.strip("0") == "" else plain


def _span(sent: dict[str, Any], trace_id: str) -> RawSpan | None:
    context = as_table(sent.get("context"))  # MLflow 2
    span_id = _hex(as_text(sent.get("span_id") or context.get("span_id")), 8)
    if not span_id:
        return None
    status = sent.get("status")
    said_status = as_table(status) or {"code": status or sent.get("status_code"), "message": sent.get("status_message")}
    end_ns = nanoseconds(sent.get("end_time_unix_nano", sent.get("end_time")))
    return sane(
        RawSpan(
            trace_id=trace_id,
            span_id=span_id,
            name=as_text(sent.get("name")),
            parent_span_id=_hex(as_text(sent.get("parent_span_id") or sent.get("parent_id")), 8) or None,
            start_ns=nanoseconds(sent.get("start_time_unix_nano", sent.get("start_time"))),
            end_ns=end_ns,
            status=_STATUS.get(as_text(said_status.get("code")), "unset"),
            status_message=as_text(said_status.get("message")),
            attributes=dict(as_table(sent.get("attributes"))),
            events=[_event(event) for event in as_list(sent.get("events")) if isinstance(event, dict)],
            links=[link for link in as_list(sent.get("links")) if isinstance(link, dict)],
        )
    )


def _event(sent: dict[str, Any]) -> Attributes:
    time = sent.get("time_unix_nano", sent.get("timestamp"))
    return {
        "name": as_text(sent.get("name")),
        "time_ns": nanoseconds(time),
        "attributes": as_table(sent.get("attributes")),
    }


def _trace_as_span(info: dict[str, Any], trace_id: str) -> RawSpan:
    """A trace that was exported without its spans, as the one span that its summary describes."""
    metadata = as_table(info.get("trace_metadata") or info.get("request_metadata"))
    milliseconds = info.get("timestamp_ms")
    start = milliseconds * 10**6 if isinstance(milliseconds, int) else moment_ns(info.get("request_time"))
    took = info.get("execution_duration_ms", info.get("execution_time_ms"))
    took_ns = took * 10**6 if isinstance(took, int) else _seconds(as_text(info.get("execution_duration")))
    ended = start is not None and took_ns is not None
    return RawSpan(
        trace_id=trace_id,
        span_id=trace_id[:16],
        name=as_text(as_table(info.get("tags")).get("mlflow.traceName")) or "trace",
        start_ns=start,
        end_ns=start + took_ns if start is not None and took_ns is not None else None,
        status=_STATUS.get(as_text(info.get("state") or info.get("status")), "unset"),
        attributes=present(
            {
                "mlflow.spanInputs": metadata.get("mlflow.traceInputs", info.get("request_preview")),
                "mlflow.spanOutputs": metadata.get("mlflow.traceOutputs", info.get("response_preview")),
            }
        ),
        arrival=Arrival.WHOLE if ended else Arrival.HALF,
    )


def _seconds(text: str) -> int | None:
    """Nanoseconds of protobuf's duration text: `1.834s`."""
    try:
        return round(float(text.removesuffix("s")) * 10**9)
    except (ValueError, OverflowError):
        return None


def _of_trace(info: dict[str, Any]) -> Attributes:
    """What the trace says about all of its spans: session, user (not `mlflow.user`, the developer), tags."""
    metadata = as_table(info.get("trace_metadata") or info.get("request_metadata"))
    kept = {key: metadata.get(key) for key in _METADATA_AS_ATTRIBUTES}
    tags = {
        f"mlflow.traceTag.{key}": value
        for key, value in as_table(info.get("tags")).items()
        if key in _TAGS_KEPT or not key.startswith("mlflow.")
    }
    return present(kept | tags)


def _score(sent: dict[str, Any], trace_id: str, user: str) -> Attributes:
    source = as_table(sent.get("source"))
    kind = _SOURCES.get(as_text(source.get("source_type")).upper(), "code")
    who = as_text(source.get("source_id"))
    if kind == "human" and who and who == user:
        kind = "user"  # the person of the trace judged it, not a reviewer
    span_id = _hex(as_text(sent.get("span_id")), 8)
    metadata = dict(as_table(sent.get("metadata")))
    issue = as_table(sent.get("issue"))
    if sent.get("valid") is False:
        metadata["valid"] = False
    fields = {
        "id": sent.get("assessment_id"),
        "target_level": "span" if span_id else "trace",
        "trace_id": trace_id,
        "span_id": span_id,
        "name": issue.get("issue_name") or sent.get("assessment_name"),
        "explanation": sent.get("rationale"),
        "source": kind,
        "judge_version": metadata.pop(_DIGEST, None),
        "created_at": instant(sent.get("create_time")),
        "updated_at": instant(sent.get("last_update_time")),
        "is_expectation": sent.get("expectation") is not None,
        "supersedes": sent.get("overrides"),
        "metadata": metadata | ({"issue_id": sent.get("assessment_name")} if issue else {}),
    }
    return present(fields | _who(kind, who) | _said(sent, issue))


def _who(kind: str, who: str) -> Attributes:
    if kind in ("human", "user"):
        return {"author": who}
    return {"judge_model": who} if ":/" in who else {"judge_name": who}


def _said(sent: dict[str, Any], issue: dict[str, Any]) -> Attributes:
    if issue:
        return {"label": "issue", "bool": True, "data_type": "categorical"}
    given = as_table(sent.get("feedback")) or as_table(sent.get("expectation"))
    value = given.get("value")
    if value is None:  # a structured expectation
        value = parsed(as_table(given.get("serialized_value")).get("value"))
    return said(value)
