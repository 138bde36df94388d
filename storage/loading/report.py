"""What a load did, in all and for each batch that was ingested."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields


@dataclass(slots=True)
class Counts:
    """Of what was new. `merged`: arrivals that changed a span known before; `duplicates`: the same content again."""

    spans: int = 0
    duplicates: int = 0
    merged: int = 0
    documents: int = 0
    traces: int = 0
    scores: int = 0

    def as_dict(self) -> dict[str, int]:
        return asdict(self)

    def add(self, other: "Counts") -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


@dataclass(slots=True)
class LoadReport:
    """`total` over all rows read; `by_batch` by the request or file part that rows arrived in."""

    total: Counts = field(default_factory=Counts)
    by_batch: dict[str, Counts] = field(default_factory=dict)
    rows_read: int = 0

    @property
    def changed(self) -> bool:
        """Whether the pages may show something else than before."""
        return self.rows_read > 0

    def count(self, what: str, by_batch: list[tuple[str | None, int]]) -> None:
        """Add to the count `what` of each batch and of the total."""
        for batch, number in by_batch:
            more = Counts(**{what: int(number)})
            self.total.add(more)
            self.by_batch.setdefault(batch or "", Counts()).add(more)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a load is, in lake rows."""

    rows_done: int
    rows_in_all: int


Watch = Callable[[Progress], None]
