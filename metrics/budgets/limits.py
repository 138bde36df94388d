"""The budgets of a team, from `[budgets]` in benchbook.toml: how long something may take, and what it may cost."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from settings import Settings
from settings.traffic import BudgetSettings


class What(StrEnum):
    """What has a budget. Of a step it is every call; of a conversation its cost; of a turn how long it takes."""

    TURN = "turn"
    CONVERSATION = "conversation"
    STEP = "step"


class Figure(StrEnum):
    """What is counted against it."""

    LATENCY = "latency"
    COST = "cost"


@dataclass(frozen=True, slots=True)
class Limit:
    """One budget: `limit` is seconds or US dollars.

    Of latency `share_within` (0-1) of the turns or calls must take no longer: 0.95 asks for a p95 below the limit. Of
    cost the mean is meant, and it is 0. `step` is a name with `*` and `?`, empty where it is no step. It holds for
    `app`, or for all but `other_apps` where that is empty.
    """

    what: What
    figure: Figure
    limit: float
    step: str = ""
    share_within: float = 0.0
    app: str = ""
    other_apps: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What tells it from the others: `step synthesise latency`, `bank-bot conversation cost`."""
        return " ".join(part for part in (self.app, self.what.value, self.step, self.figure.value) if part)

    @property
    def words(self) -> str:
        """`95 % of the calls of synthesise within 3 s`, `a conversation costs $0.05 on average`."""
        of_app = f" of {self.app}" if self.app else ""
        if self.figure is Figure.COST:
            subject = f"a call of {self.step}" if self.what is What.STEP else "a conversation"
            return f"{subject}{of_app} costs at most ${self.limit:g} on average"
        subject = f"calls of {self.step}" if self.what is What.STEP else "turns"
        return f"{100 * self.share_within:g} % of the {subject}{of_app} within {self.limit:g} s"


def limits_of(settings: Settings) -> tuple[Limit, ...]:
    """All budgets, those of all apps first; an app with its own has the central ones where it says nothing."""
    central, own = settings.budgets, settings.budgets.apps
    found = list(_limits(central, app="", other_apps=tuple(own)))
    for app, said in own.items():
        found += _limits(central.with_own(said), app=app, other_apps=())
    return tuple(found)


def human_cost_of(settings: Settings) -> float | None:
    """What the same conversation costs in US dollars when a person has it; None unless said."""
    return settings.budgets.conversation.human_cost_usd


def _limits(said: BudgetSettings, *, app: str, other_apps: tuple[str, ...]) -> Iterator[Limit]:
    talk = said.conversation
    if talk.turn_seconds is not None:
        yield Limit(What.TURN, Figure.LATENCY, talk.turn_seconds, "", talk.share_within, app, other_apps)
    if talk.cost_usd is not None:
        yield Limit(What.CONVERSATION, Figure.COST, talk.cost_usd, "", 0.0, app, other_apps)
    for step, one in said.steps.items():
        if one.seconds is not None:
            yield Limit(What.STEP, Figure.LATENCY, one.seconds, step, one.share_within, app, other_apps)
        if one.cost_usd is not None:
            yield Limit(What.STEP, Figure.COST, one.cost_usd, step, 0.0, app, other_apps)
