"""The question that a page of traffic asks: which time, which part of the traffic."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

NOT_GIVEN = "(not given)"
"""Stands for a missing model, tenant ... in filters and groups, so that it can be asked for."""

_NS_PER_S = 1_000_000_000


def nanoseconds(moment: datetime) -> int:
    """Nanoseconds since 1970 of a UTC moment; one without a zone is taken as UTC."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return int(aware.timestamp()) * _NS_PER_S + aware.microsecond * 1000


@dataclass(frozen=True, slots=True)
class TrafficFilter:
    """Spans that start in [since, until), UTC, and carry one of the values named; an empty tuple asks for all.

    `apps`, `environments` and `tenants` are those of the trace. `models`, `prompt_versions` and `steps` are
    the span's own: asking for a model leaves out the tool calls beside it.
    """

    since: datetime
    until: datetime
    apps: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    prompt_versions: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()

    @property
    def is_narrowed(self) -> bool:
        """True when anything but time is filtered."""
        return self.asks_of_trace or self.asks_of_span

    @property
    def asks_of_trace(self) -> bool:
        return bool(self.apps or self.environments or self.tenants)

    @property
    def asks_of_span(self) -> bool:
        return bool(self.models or self.prompt_versions or self.steps)

    def parameters(self) -> dict[str, Any]:
        """Values for the `$name`s that the questions share."""
        return {
            "since_ns": nanoseconds(self.since),
            "until_ns": nanoseconds(self.until),
            "apps": list(self.apps),
            "environments": list(self.environments),
            "tenants": list(self.tenants),
            "models": list(self.models),
            "prompt_versions": list(self.prompt_versions),
            "steps": list(self.steps),
            "any_trace": not self.asks_of_trace,
            "any_span": not self.asks_of_span,
        }
