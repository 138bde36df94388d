"""What every format adapter yields: the envelope undone, nothing interpreted.

An adapter knows how a format spells ids, times, status and nesting. It does not know which attribute is
the model or the session: that is the mapping table's business (`mapping.toml`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Attributes = dict[str, Any]


class Arrival(StrEnum):
    """How much of a span has come."""

    WHOLE = "whole"
    HALF = "half"  # no end yet
    CONTENT = "content"  # messages or evaluation from a log event; joined to its span by ids


@dataclass(slots=True)
class RawSpan:
    """One span as its source sent it. Ids are text: lower-case hex for OTLP, else the source's own.

    `attributes` are flat with dotted names (`llm.input_messages.0.message.role`) or nested; both are read.
    `start_ns`/`end_ns` are nanoseconds since 1970, UTC, exact; None when the source has none.
    """

    trace_id: str
    span_id: str
    name: str = ""
    parent_span_id: str | None = None
    start_ns: int | None = None
    end_ns: int | None = None
    status: str = "unset"  # ok | error | unset | running
    status_message: str = ""
    attributes: Attributes = field(default_factory=dict)
    events: list[Attributes] = field(default_factory=list)  # {name, time_ns, attributes}
    links: list[Attributes] = field(default_factory=list)  # {trace_id, span_id, attributes}
    resource: Attributes = field(default_factory=dict)
    scope: str = ""
    source_ids: Attributes = field(default_factory=dict)
    dropped_attributes: int = 0
    updated_ns: int | None = None
    arrival: Arrival = Arrival.WHOLE
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True)
class RawScore:
    """One score, feedback or expectation, with its fields already named as in `storage.schema.SCORES`."""

    fields: Attributes


@dataclass(frozen=True, slots=True)
class Rejected:
    """Something that was not taken. `reason` is ours, never a quotation; `digest` is keyed."""

    position: str  # "line 12", "span 3 of 512", "resourceSpans[0]"
    reason: str
    digest: str = ""
    spans: int = 1


Raw = RawSpan | RawScore | Rejected
Raws = Iterator[Raw]
