"""What a conversation costs beside a person who would have had it."""

import math
from dataclasses import dataclass

import pandas as pd
from scipy import stats

from metrics.budgets.against import FEWEST_CONVERSATIONS
from metrics.budgets.costs import conversation_costs
from metrics.filters import TrafficFilter
from metrics.questions import Warehouse


@dataclass(frozen=True, slots=True)
class BesideHuman:
    """Per contained conversation: all that was spent, by the conversations that needed no person. US dollars.

    `per_contained`, `low` and `high` (95 %) are None where there are too few; `left_out`: without a known cost.
    """

    conversations: int
    contained: int
    left_out: int
    per_conversation: float | None
    per_contained: float | None
    low: float | None
    high: float | None
    human_cost: float | None

    @property
    def is_dearer(self) -> bool | None:
        """Whether a person would surely be cheaper; None where nobody can tell."""
        if self.human_cost is None or self.low is None:
            return None
        return self.low > self.human_cost


def beside_human(
    warehouse: Warehouse, wanted: TrafficFilter, ended: pd.DataFrame, *, human_cost: float | None
) -> BesideHuman:
    """`ended`: `metrics.outcomes.conversations` of the same window; those that are still open are left out.

    The mean is one of ratios: conversations are what is drawn, spend and containment are both unsure.
    Source: Lohr 2010, Sampling: Design and Analysis, sec. 4.1.2 (ratio estimation).
    """
    costs = conversation_costs(warehouse, wanted)
    over = ended[~ended["is_open"]] if len(ended) else pd.DataFrame(columns=["conversation_id", "is_contained"])
    both = over.merge(costs, on="conversation_id", how="inner", suffixes=("_all", ""))
    known = both[both["cost_usd"].notna()]
    spent, alone = known["cost_usd"].to_numpy(float), known["is_contained"].to_numpy(float)
    many, contained = len(known), int(alone.sum())
    left_out = len(over) - many
    if many < FEWEST_CONVERSATIONS or not contained:
        mean = float(spent.mean()) if many else None
        return BesideHuman(many, contained, left_out, mean, None, None, None, human_cost)
    ratio = float(spent.sum() / contained)
    error = math.sqrt(float(((spent - ratio * alone) ** 2).sum()) * many / (many - 1)) / contained
    half = float(stats.t.ppf(0.975, many - 1)) * error
    return BesideHuman(
        many, contained, left_out, float(spent.mean()), ratio, max(0.0, ratio - half), ratio + half, human_cost
    )
