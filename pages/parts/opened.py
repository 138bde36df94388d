"""What the pages look at: the stores that the server, a test or a script opened for this process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import pandas as pd

from errors import StoreFailed
from metrics.alerts.rules import Rules as AlertRules
from metrics.budgets.limits import Limit
from metrics.drift.embedding import OF_REFERENCE, Space
from metrics.drift.windows import STALE_DAYS
from metrics.outcomes.rules import Rules, built_in
from metrics.questions import Warehouse
from review.calibration.gate_checks import Rules as GateRules
from review.calibration.mapping import Mapped
from review.labelling.items import ShownItem
from review.rights.asking import Rights
from review.words import Words
from settings.service import Access
from storage.ledger_database import Database


class Texts(Protocol):
    """Reads the long text of one trace from the lake."""

    def __call__(self, trace_id: str) -> pd.DataFrame: ...


@dataclass(frozen=True, slots=True)
class Opened:
    """The stores of one home. What is None was not opened; pages say so instead of failing."""

    warehouse: Warehouse
    home: str
    texts: Texts | None = None
    """Text columns of each span of a trace, by span_id (`storage.texts`)."""
    documents: Texts | None = None
    """Documents of a trace with their content."""
    search: Callable[[str], tuple[str, ...]] | None = None
    """Words to the ids of traces that hold all of them (`storage.search`), newest first."""
    ingests: Callable[[], pd.DataFrame] | None = None
    """Files taken in, newest first (`storage.ledger.Ledger.ingests`)."""
    arrivals: Callable[[datetime], pd.DataFrame] | None = None
    """Files and requests since a time: `day, source, format, arrivals, spans, scores, rejected` (`ingested_by_day`)."""
    rejects: Callable[[], pd.DataFrame] | None = None
    """What was refused, newest first: `at, source, batch, position, reason, digest, spans` (`rejects`)."""
    loader: Callable[[], dict[str, Any]] | None = None
    """State of the loader: `loaded_at, lag_seconds, failure, ...`."""
    database: Database | None = None
    """The ledger, for what people do: `review` reads and writes it."""
    words: Words | None = None
    """Scrubs what reviewers write, before it is kept."""
    item: Callable[[str, str], ShownItem | None] | None = None
    """Target and unit to what a reviewer may see of it (`review.labelling.items`)."""
    access: Access = field(default_factory=Access)
    """How people come in (`pages.parts.who`)."""
    judges: Mapping[str, Mapped] = field(default_factory=dict)
    """Which score of a judge is which criterion (`review.calibration.mapping`)."""
    gate: GateRules = field(default_factory=GateRules)
    """Bars of the verdict on judges and of the release gate."""
    stale_days: float = STALE_DAYS
    """Age from which on a retrieved document is stale."""
    space: Callable[[], Space] = lambda: OF_REFERENCE
    """Where texts become points, to be compared (`metrics.drift.sentence_model`); a model is loaded when asked for."""
    outcomes: Mapping[str | None, Rules] = field(default_factory=lambda: {None: built_in()})
    """How conversations ended: the rules of each app, and under None those of the others (`metrics.outcomes.rules`)."""
    budgets: tuple[Limit, ...] = ()
    """What steps, turns and conversations may take and cost (`metrics.budgets.limits`)."""
    human_cost: float | None = None
    """What a conversation costs in US dollars when a person has it."""
    webhook: bool = False
    """Whether alerts are sent to one."""
    rules: AlertRules | None = None
    """The rules of alerts (`metrics.alerts.rules`)."""
    backtest: Callable[[str, Mapping[str, float], datetime, datetime], dict[str, Any]] | None = None
    """A rule, keys of it that differ, from and to: what it would have done (`metrics.alerts.beside`)."""
    rights: Rights | None = None
    """Looks for what an erasure would take, and notes one (`review.rights.asking`)."""
    erase: Callable[[], object] = lambda: None
    """Has what was noted done, soon."""
    places: dict[str, str] = field(default_factory=dict)
    """Where things are kept: name to path or URL without credentials."""


_held: list[Opened] = []


def use(opened: Opened) -> None:
    """Let all pages of this process look at `opened`."""
    _held[:] = [opened]


def opened() -> Opened:
    """What the pages look at."""
    if not _held:
        raise StoreFailed("home", "being shown", "nothing has been opened; start the app with `benchbook serve`")
    return _held[0]
