"""Before drawing: the strata, how many items each would get, and what that rests on."""

from collections.abc import Mapping
from dataclasses import dataclass

from review.sampling.allocation import Sizes, allocate
from review.sampling.frames import Frame
from review.sampling.plans import Plan
from review.sampling.spreads import Spreads


@dataclass(frozen=True, slots=True)
class Proposal:
    """What drawing would do. `spreads` say how the criterion differs within strata, and how that is known."""

    plan: Plan
    week: str
    frame: Frame
    items: Mapping[str, int]
    spreads: Spreads

    @property
    def size(self) -> int:
        return sum(self.items.values())


def propose(plan: Plan, frame: Frame, spreads: Spreads, *, week: str) -> Proposal:
    """Items per stratum by the plan's rule. Raises `UsageError` when the size cannot hold certain items and floors."""
    items = allocate(sizes_of(frame, spreads), size=plan.size, rule=plan.allocation, floor=plan.floor)
    return Proposal(plan, week, frame, items, spreads)


def sizes_of(frame: Frame, spreads: Spreads) -> list[Sizes]:
    """The frame's strata as allocation sees them."""
    return [
        Sizes(one.name, one.size, spread=spreads.of.get(one.name, 1.0), certainty=one.certainty) for one in frame.strata
    ]
