"""Langfuse export: a trace with its observations and scores (`{trace, observations}`, or the API's flat form).

Texts are JSON inside strings, in files twice. Session and user stand on the trace alone.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from ingest.formats import langfuse_scores
from ingest.formats.otlp_spans import sane
from ingest.json_stream import values
from ingest.json_values import as_list, as_table, as_text, present
from ingest.raw import Attributes, Raw, Raws, RawSpan, Rejected
from ingest.values import moment_ns, parsed

NAME = "langfuse"
_CACHED = ("input_cached_tokens", "cache_read_input_tokens", "input_cache_read", "prompt_details.cache_read")
_WRITTEN = ("cache_creation_input_tokens", "input_cache_creation", "prompt_details.cache_write")
_REASONED = ("output_reasoning_tokens", "output_reasoning", "completion_details.reasoning")
_USES_MODEL = frozenset({"GENERATION", "EMBEDDING"})


def recognises(head: bytes, file_name: str) -> bool:  # noqa: ARG001  # all formats have one header
    """Whether the file begins like a Langfuse trace or observation."""
    if b'"projectId"' in head or b'"sessionId"' in head:
        return b'"trace"' in head or b'"observations"' in head or b'"parentObservationId"' in head
    return b'"traceId"' in head and b'"startTime"' in head and b'"type"' in head


def read(stream: BinaryIO) -> Raws:
    """Observations as spans, and scores, of each trace."""
    for found in values(stream):
        if isinstance(found, Rejected):
            yield found
            continue
        position, sent = found
        trace = as_table(sent.get("trace")) or (sent if "observations" in sent or "sessionId" in sent else {})
        observations = _observations(sent, trace)
        if not observations and not trace:
            yield Rejected(position, "neither a Langfuse trace nor an observation")
            continue
        yield from _spans(observations, trace, position)
        scores = as_list(trace.get("scores")) or as_list(sent.get("scores"))
        yield from langfuse_scores.scores(scores, position=position, trace_id=as_text(trace.get("id")))


def _observations(sent: dict[str, Any], trace: dict[str, Any]) -> list[Any]:
    """The observations, each once: those beside the trace hold the texts, those inside it may not."""
    if "parentObservationId" in sent or ("startTime" in sent and "traceId" in sent):
        return [sent]
    beside, inside = as_list(sent.get("observations")), as_list(trace.get("observations"))
    known = {as_text(observation.get("id")) for observation in beside if isinstance(observation, dict)}
    return beside + [one for one in inside if not isinstance(one, dict) or as_text(one.get("id")) not in known]


def _spans(observations: list[Any], trace: dict[str, Any], position: str) -> Iterator[Raw]:
    of_trace = _of_trace(trace)
    if not observations and trace.get("id"):
        observations = [_trace_as_observation(trace)]
    for sent in observations:
        observation = as_table(sent)
        trace_id = as_text(observation.get("traceId")) or as_text(trace.get("id"))
        span_id = as_text(observation.get("id"))
        if not trace_id or not span_id:
            yield Rejected(position, "a Langfuse observation without an id or trace")
            continue
        span = _span(observation, trace_id, span_id)
        if span.parent_span_id is None:
            span.attributes = _of_root(trace) | span.attributes
        span.attributes = of_trace | span.attributes
        yield span


def _trace_as_observation(trace: dict[str, Any]) -> dict[str, Any]:
    return {key: trace.get(key) for key in ("name", "input", "output", "metadata", "environment")} | {
        "id": f"t-{as_text(trace.get('id'))}",  # as Langfuse names the span that stands for a trace
        "type": "SPAN",
        "startTime": trace.get("timestamp"),
        "endTime": trace.get("timestamp") if trace.get("latency") == 0 else None,
    }


def _span(sent: dict[str, Any], trace_id: str, span_id: str) -> RawSpan:
    metadata = dict(as_table(sent.get("metadata")))
    original = as_table(metadata.pop("attributes", None))  # what the client sent over OTLP
    resource = as_table(metadata.pop("resourceAttributes", None))
    scope = as_table(metadata.pop("scope", None))
    is_event = sent.get("type") == "EVENT"
    start_ns = moment_ns(sent.get("startTime"))
    end_ns = start_ns if is_event else moment_ns(sent.get("endTime"))
    return sane(
        RawSpan(
            trace_id=trace_id,
            span_id=span_id,
            name=as_text(sent.get("name")),
            parent_span_id=as_text(sent.get("parentObservationId")) or None,
            start_ns=start_ns,
            end_ns=end_ns,
            status="error" if sent.get("level") == "ERROR" else "unset",
            status_message=as_text(sent.get("statusMessage")),
            attributes=_without_repetition(original, sent) | _own(sent, metadata),
            resource=dict(resource),
            scope=as_text(scope.get("name")),
            updated_ns=moment_ns(sent.get("updatedAt")),
        )
    )


def _without_repetition(original: Attributes, sent: dict[str, Any]) -> Attributes:
    """The client's attributes, less the texts that Langfuse took its own input and output from."""
    repeated = {f"{side}.value" for side in ("input", "output") if sent.get(side) is not None}
    return {key: value for key, value in original.items() if key not in repeated}


def _own(sent: dict[str, Any], metadata: dict[str, Any]) -> Attributes:
    """What Langfuse itself says, under the names that its SDK uses over OTLP."""
    kind = as_text(sent.get("type"))
    named = {
        "type": kind.lower(),
        "level": sent.get("level") if sent.get("level") != "DEFAULT" else None,
        "input": _decoded(sent.get("input")),
        "output": _decoded(sent.get("output")),
        "model.name": sent.get("model"),
        "model.parameters": _parameters(sent.get("modelParameters")),
        "usage_details": _usage(as_table(sent.get("usageDetails"))),
        "cost_details": _cost(sent) if kind in _USES_MODEL else None,
        "completion_start_time": sent.get("completionStartTime"),
        "prompt.name": sent.get("promptName"),
        "prompt.version": sent.get("promptVersion"),
    }
    own = {f"langfuse.observation.{key}": value for key, value in named.items()}
    own |= {f"langfuse.observation.metadata.{key}": value for key, value in metadata.items()}
    own |= {"langfuse.environment": sent.get("environment"), "langfuse.version": sent.get("version")}
    return present(own)


def _decoded(value: Any) -> Any:
    """A text that was encoded once more for the file, as it was; a JSON object or list stays the text it is."""
    if isinstance(value, str) and value[:1] == '"':
        return parsed(value)
    return value


def _parameters(value: Any) -> dict[str, Any]:
    return {key: item for key, item in as_table(value).items() if item is not None and item != "null"}


def _usage(sent: dict[str, Any]) -> Attributes:
    """Tokens by the names of the GenAI conventions, where `input` includes the cached and `output` the reasoned.

    Langfuse's own counts leave them out, those of some clients include them; its total tells which.
    """
    counts = {key: value for key, value in sent.items() if isinstance(value, int) and not isinstance(value, bool)}
    cached, written, reasoned = (max(counts.get(key, 0) for key in keys) for keys in (_CACHED, _WRITTEN, _REASONED))
    usage: Attributes = {}
    is_whole = counts.get("input", 0) + counts.get("output", 0) == counts.get("total")
    if "input" in counts:
        usage["input_tokens"] = counts["input"] + (0 if is_whole else cached + written)
    if "output" in counts:
        usage["output_tokens"] = counts["output"] + (0 if is_whole else reasoned)
    extra = {"cache_read_input_tokens": cached, "cache_creation_input_tokens": written, "reasoning_tokens": reasoned}
    return usage | {key: value for key, value in extra.items() if value}


def _cost(sent: dict[str, Any]) -> Attributes:
    """Cost of a model call, in US dollars; 0 means that Langfuse knew no price."""
    details = as_table(sent.get("costDetails"))
    total = details.get("total") or sent.get("calculatedTotalCost") or sent.get("totalCost")
    if not total:
        return {}
    known = {"input": details.get("input"), "output": details.get("output")}
    return {key: value for key, value in known.items() if value is not None} | {"total": total}


def _of_trace(trace: dict[str, Any]) -> Attributes:
    return present(
        {
            "session.id": as_text(trace.get("sessionId")),
            "user.id": as_text(trace.get("userId")),
            "langfuse.environment": trace.get("environment"),
            "langfuse.release": trace.get("release"),
            "langfuse.version": trace.get("version"),
        }
    )


def _of_root(trace: dict[str, Any]) -> Attributes:
    metadata = dict(as_table(trace.get("metadata")))
    for technical in ("attributes", "resourceAttributes", "scope"):
        metadata.pop(technical, None)
    root = {f"langfuse.trace.metadata.{key}": value for key, value in metadata.items()}
    return present(
        root
        | {
            "langfuse.trace.name": trace.get("name"),
            "langfuse.trace.tags": trace.get("tags"),
            "langfuse.trace.input": _decoded(trace.get("input")),
            "langfuse.trace.output": _decoded(trace.get("output")),
        }
    )
