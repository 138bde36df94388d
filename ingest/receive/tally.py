"""Counts of what the endpoint took and refused since the last time it was asked, for the ingest log."""

import threading
from collections import Counter
from dataclasses import dataclass, field

from ingest.prepare import Prepared
from ingest.raw import Rejected

REJECTS_KEPT = 200


@dataclass(slots=True)
class Counts:
    """What came in. `rejected` counts spans and scores; `rejects` are the first of them."""

    requests: int = 0
    spans: int = 0
    scores: int = 0
    rejected: int = 0
    rejects: list[Rejected] = field(default_factory=list)
    entities: Counter[str] = field(default_factory=Counter)


class Tally:
    """Filled by the event loop, emptied by another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = Counts()

    def add(self, prepared: Prepared) -> None:
        """Count one request that was answered."""
        with self._lock:
            counts = self._counts
            counts.requests += 1
            counts.spans += prepared.spans.num_rows
            counts.scores += prepared.scores.num_rows
            counts.rejected += sum(one.spans for one in prepared.rejected)
            counts.rejects.extend(prepared.rejected[: REJECTS_KEPT - len(counts.rejects)])
            counts.entities.update(prepared.entities)

    def take(self) -> Counts:
        """The counts so far; they begin anew."""
        with self._lock:
            taken, self._counts = self._counts, Counts()
        return taken
