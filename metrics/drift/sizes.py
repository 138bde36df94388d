"""How many conversations two windows hold, and so how much a comparison of them can tell."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from metrics import words
from metrics.drift.compared import FEWEST
from metrics.drift.windows import Windows
from metrics.questions import Warehouse

TELLING = 50
"""Conversations of either window below which finding no change says nothing: with 50, a step half as slow again is
always seen, but an error rate 10 points up in 60 of 100 cases and a cost doubled in 23; fewer were not measured
(docs/drift.md)."""
PLENTY = 200
"""From here on what docs/drift.md calls a usual shift is mostly seen: errors 5 points up, costs up by a half."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Conversations of the reference and of the window, and the applications they are of, the largest first."""

    before: int
    now: int
    apps: tuple[str, ...]

    @property
    def words(self) -> str:
        """`118 conversations before, 10 now`."""
        return f"{words.counted(self.before, 'conversation')} before, {words.count(self.now)} now"

    @property
    def least(self) -> int:
        return min(self.before, self.now)

    @property
    def advice(self) -> str:
        """Which window is too small for any comparison, and what helps; empty where both will do."""
        few_before, few_now = self.before < FEWEST, self.now < FEWEST
        if few_before and few_now:
            return f"Both windows hold fewer than {FEWEST} conversations: choose a wider time, or fewer filters"
        if few_before:
            return (
                f"The time compared with holds {words.counted(self.before, 'conversation')}, and needs {FEWEST}: "
                "choose a shorter time, or another one to compare with"
            )
        if few_now:
            return (
                f"The time asked about holds {words.counted(self.now, 'conversation')}, and needs {FEWEST}: "
                "choose a wider or an earlier time"
            )
        return ""

    def nothing_found(self, figures: int) -> str:
        """What it means that none of so many figures surely differs."""
        if self.least < TELLING:
            return f"Too few to tell: with fewer than {TELLING} conversations in a window only huge changes are sure"
        found = f"No sign of change in {words.counted(figures, 'figure')}: what differs is within what chance does"
        return (
            found
            if self.least >= PLENTY
            else f"{found}. With fewer than {PLENTY} conversations only large ones are seen"
        )


def sizes(warehouse: Warehouse, windows: Windows) -> pd.DataFrame:
    """`app (missing: all of them), before, now`, in conversations. Raises `UsageError` when the windows overlap."""
    return warehouse.frame((Path(__file__).parent / "sizes_of_windows.sql").read_text(), **windows.parameters())


def sizes_of(found: pd.DataFrame) -> Sizes:
    """The rows of `sizes`, in one."""
    every = found[found["app"].isna()].iloc[0]
    return Sizes(int(every["before"]), int(every["now"]), tuple(str(app) for app in found["app"].dropna()))
