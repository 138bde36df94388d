"""What OTLP's two encodings share: ids, times and status of a span, and why a span is refused."""

import hashlib

from ingest.raw import Arrival, RawSpan, Rejected
from ingest.values import MAX_MOMENT

STATUS = ("unset", "ok", "error")
_ABSURD_FROM_NS = 4_102_444_800 * 10**9
"""2100-01-01: a clock that says more is wrong."""


def refused(position: str, reason: str, content: bytes | str) -> Rejected:
    """A reject with an unkeyed digest of its content, which `prepare` replaces by a keyed one."""
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return Rejected(position, reason, hashlib.blake2b(raw, digest_size=16).hexdigest())


def fault_of_ids(trace_id: str, span_id: str) -> str | None:
    """Why a span with these ids cannot be taken, or None. An id of another length is kept as it is."""
    if not trace_id.strip("0"):
        return "the trace id is empty or zero"
    if not span_id.strip("0"):
        return "the span id is empty or zero"
    return None


def sane(span: RawSpan) -> RawSpan:
    """The span with impossible parents and times taken out and named in `problems`."""
    if span.parent_span_id == span.span_id:
        span.parent_span_id = None
        span.problems.append("own_parent")
    if span.parent_span_id is not None and not span.parent_span_id.strip("0"):
        span.parent_span_id = None
    if _out_of_range(span.start_ns) or _out_of_range(span.end_ns):
        span.problems.append("time_out_of_range")
        span.start_ns = None if _out_of_range(span.start_ns) else span.start_ns
        span.end_ns = None if _out_of_range(span.end_ns) else span.end_ns
    elif span.end_ns is None and span.arrival is Arrival.WHOLE:
        span.arrival = Arrival.HALF
        span.status = "running" if span.status == "unset" else span.status
    return span


def _out_of_range(moment: int | None) -> bool:
    return moment is not None and (moment < 0 or moment >= min(MAX_MOMENT, _ABSURD_FROM_NS))
