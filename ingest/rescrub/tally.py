"""What a re-verification found, in counts; and how sure the rate of a sample is."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.rescrub.again import Change, Seen
from ingest.rescrub.reading import Trace
from metrics.wilson import wilson_interval

_NOT_TEXT = frozenset({"entities"})
_NUMBERS = ("traces", "spans", "scores", "unread", "traces_found", "spans_found", "scores_found", "ledger_found")
_BREAKDOWNS = ("by_type", "by_app", "by_surface", "by_version", "scrubbed_by")


@dataclass(slots=True)
class Tally:
    """Counts, never content. A finding is a piece of text that the present rules would not have let in."""

    traces: int = 0
    spans: int = 0
    scores: int = 0
    unread: int = 0
    traces_found: int = 0
    spans_found: int = 0
    scores_found: int = 0
    ledger_found: int = 0
    by_type: Counter[str] = field(default_factory=Counter)
    by_app: Counter[str] = field(default_factory=Counter)
    by_surface: Counter[str] = field(default_factory=Counter)
    by_version: Counter[str] = field(default_factory=Counter)
    looked: dict[str, int] = field(default_factory=dict)
    hit: Counter[str] = field(default_factory=Counter)
    with_surface: Counter[str] = field(default_factory=Counter)
    surface_hit: Counter[str] = field(default_factory=Counter)
    scrubbed_by: Counter[str] = field(default_factory=Counter)
    """Spans looked at, by the rules that scrubbed them before; `by_version` are the pieces found in them."""

    def trace(self, one: Trace, seen: Seen) -> None:
        """Add a trace that was looked at."""
        changes = seen.changes
        self.traces += 1
        self.spans += one.spans
        self.unread += seen.unread + one.unnumbered
        self.scrubbed_by.update(seen.scrubbed_by)
        self.with_surface.update(seen.surfaces)
        self.surface_hit.update({name for change in changes for name in change.texts if name not in _NOT_TEXT})
        self.looked[one.app] = self.looked.get(one.app, 0) + 1
        if changes:
            self.traces_found += 1
            self.spans_found += len(changes)
            self.hit[one.app] += 1
        for change in changes:
            self._add(one.app, change)

    def score(self, change: Change | None) -> None:
        """Add a score that was looked at."""
        self.scores += 1
        if change is not None:
            self.scores_found += 1
            self._add("(scores)", change)

    def ledger(self, entities: Mapping[str, int], surface: str) -> None:
        """Add a text of a reviewer in which something was found."""
        self.ledger_found += 1
        self.by_type.update(entities)
        self.by_app["(reviewers)"] += sum(entities.values())
        self.by_surface[surface] += 1

    def _add(self, app: str, change: Change) -> None:
        pieces = sum(change.entities.values())
        self.by_type.update(change.entities)
        self.by_app[app] += pieces
        self.by_version[change.version_before] += pieces
        self.by_surface.update(name for name in change.texts if name not in _NOT_TEXT)

    def rate(self, in_app: Mapping[str, int]) -> dict[str, Any] | None:
        """The share of traces in which something was found, with a 95 % interval; `in_app`: traces there are, by app.

        Applications are weighted by their traces. The interval is Wilson's with the effective number of traces
        (1 / sum of W_h^2 / n_h, weights W_h, traces looked at n_h), since applications are drawn at different rates.
        The trace is the unit, so that findings of one trace are not taken for independent ones.
        None with nothing looked at.

        Source: Kish 1965, Survey Sampling, section 11.2C (effective number); Wilson 1927 (see `metrics.wilson`).
        """
        there = {app: many for app, many in in_app.items() if self.looked.get(app)}
        whole = sum(there.values())
        if not whole:
            return None
        weights = {app: many / whole for app, many in there.items()}
        share = sum(weight * self.hit[app] / self.looked[app] for app, weight in weights.items())
        effective = 1 / sum(weight**2 / self.looked[app] for app, weight in weights.items())
        low, high = wilson_interval(min(share, 1.0) * effective, effective) or (0.0, 1.0)
        return {"share": share, "low": low, "high": high, "effective_traces": effective, "traces": self.traces,
                "surfaces": self._surfaces()}  # fmt: skip

    def _surfaces(self) -> dict[str, dict[str, float]]:
        """Of each column the traces looked at that have text in it, and the share of them with a finding there.

        Unweighted: which part of the risk sits where, among what was looked at. Intervals are Wilson's.
        """
        said = {}
        for name, traces in self.with_surface.most_common():
            low, high = wilson_interval(self.surface_hit[name], traces) or (0.0, 1.0)
            said[name] = {"traces": traces, "share": self.surface_hit[name] / traces, "low": low, "high": high}
        return said

    def as_json(self) -> dict[str, Any]:
        """All counts; types, applications, surfaces and earlier rules with the most findings first."""
        return {name: getattr(self, name) for name in _NUMBERS} | {
            name: dict(getattr(self, name).most_common()) for name in _BREAKDOWNS
        }
