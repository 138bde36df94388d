"""The figures that rules look at, as tables of one shape (`metrics.drift.changes.COLUMNS`), each made once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import pandas as pd

from metrics.alerts.budget_figures import BUDGET, budget_figures
from metrics.alerts.outcome_figures import OUTCOMES, outcome_figures
from metrics.alerts.score_figures import JUDGE_SCORE, score_figures
from metrics.budgets.limits import Limit
from metrics.drift.changes import changes
from metrics.drift.windows import STALE_DAYS, Windows
from metrics.filters import TrafficFilter
from metrics.outcomes.conversations import conversations
from metrics.outcomes.rules import Rules as OutcomeRules
from metrics.outcomes.rules import built_in
from metrics.questions import Warehouse

Window = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Said:
    """What the settings say that figures depend on. `calibrated`: judges' scores that people's labels stand behind."""

    outcomes: Mapping[str | None, OutcomeRules] = field(default_factory=lambda: {None: built_in()})
    limits: Sequence[Limit] = ()
    calibrated: frozenset[str] = frozenset()
    stale_days: float = STALE_DAYS
    """Age from which on a retrieved document is stale."""


class Tables(Protocol):
    """What rules look at."""

    def table(self, metric: str, window: Window, reference: Window) -> pd.DataFrame: ...


@dataclass(slots=True)
class Figures:
    """Tables by family of metric, window and reference. Many rules look at the same."""

    warehouse: Warehouse
    said: Said = field(default_factory=Said)
    _tables: dict[tuple[str, Window, Window], pd.DataFrame] = field(default_factory=dict)
    _ended: dict[Window, pd.DataFrame] = field(default_factory=dict)

    def table(self, metric: str, window: Window, reference: Window) -> pd.DataFrame:
        """The rows among which `metric` is to be found: the window (half-open, UTC) against its reference."""
        family = family_of(metric)
        key = (family, window, reference)
        if key not in self._tables:
            self._tables[key] = self._made(family, window, reference)
        return self._tables[key]

    def _made(self, family: str, window: Window, reference: Window) -> pd.DataFrame:
        match family:
            case "budgets":
                return budget_figures(self.warehouse, TrafficFilter(*window), self.said.limits)
            case "outcomes":
                return outcome_figures(self._conversations(reference), self._conversations(window))
            case "scores":
                return score_figures(self.warehouse, window, reference, calibrated=self.said.calibrated)
        windows = Windows(TrafficFilter(*window), *reference)
        return changes(self.warehouse, windows, stale_days=self.said.stale_days)

    def _conversations(self, window: Window) -> pd.DataFrame:
        if window not in self._ended:
            self._ended[window] = conversations(self.warehouse, TrafficFilter(*window), self.said.outcomes)
        return self._ended[window]


def family_of(metric: str) -> str:
    """The table that a metric is found in: changes, outcomes, scores or budgets."""
    if metric == BUDGET:
        return "budgets"
    if metric in OUTCOMES:
        return "outcomes"
    return "scores" if metric == JUDGE_SCORE else "changes"
