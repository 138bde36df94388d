"""Everything that is known before drawing, put together: the page shows it, the shell draws from it."""

from collections.abc import Mapping
from dataclasses import dataclass

from review.sampling.earlier_labels import Earlier, earlier_labels
from review.sampling.frames import Frame, Warehouse
from review.sampling.plans import Plan
from review.sampling.proposals import Proposal, propose
from review.sampling.spreads import expected_spreads
from storage.ledger_database import Database


@dataclass(frozen=True, slots=True)
class Planned:
    """A proposal, and what people said before."""

    proposal: Proposal
    earlier: Mapping[str, Earlier]


def planned(database: Database, warehouse: Warehouse, plan: Plan, frame: Frame, *, week: str) -> Planned:
    """What drawing this frame would do. Raises `UsageError` when the size cannot hold certain items and floors."""
    earlier = earlier_labels(database, warehouse, plan, frame, week=week)
    known = earlier.get(plan.criterion) if plan.criterion else None
    spreads = expected_spreads(frame, known.by_stratum if known else None)
    return Planned(propose(plan, frame, spreads, week=week), earlier)
