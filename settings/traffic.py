"""How conversations end, what they may cost, and what is watched."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr

from settings.section import Section


class OutcomeSettings(Section):
    """How a conversation ended: what differs from `metrics/outcomes/rules.toml`."""

    handed_over: tuple[str, ...] | None = None
    """Tools or steps that hand over to a person; `*` stands for any letters."""
    asked_for_a_person: tuple[str, ...] | None = None
    """Words of the user that count as the same."""
    solved_scores: tuple[str, ...] | None = None
    """Names of scores that say whether it was solved."""
    solved_from: float | None = None
    """From which value on it was."""
    corrected: tuple[str, ...] | None = None
    """Words of the user that set an answer right: `no, I meant`."""
    thumbs: tuple[str, ...] | None = None
    """Names of users' scores that are thumbs; `*` stands for any letters."""
    thumbs_up_from: float | None = None
    """From which value on a thumb is up."""
    thumbs_highest: float | None = None
    """Highest value of a thumb; what is above is another scale."""
    topic_scores: tuple[str, ...] | None = None
    """Names of scores that say a topic in a word."""
    topic_tags: tuple[str, ...] | None = None
    """What a tag begins with that says a topic."""
    topics: int | None = Field(default=None, ge=2, le=50)
    """How many topics the questions are sorted into at most, where none is given."""
    same_question: float | None = Field(default=None, gt=0, le=1)
    """Share of the same words from which on a question is asked again."""
    over_after_minutes: float | None = Field(default=None, ge=0)
    """Silence after which a conversation is over."""

    def said(self) -> dict[str, Any]:
        """What is set, by name."""
        return self.model_dump(exclude_none=True, exclude={"apps"})


class Outcomes(OutcomeSettings):
    """Of all apps, and of some by name."""

    apps: dict[str, OutcomeSettings] = Field(default_factory=dict)


class ConversationBudget(Section):
    """What a conversation may take and cost."""

    turn_seconds: float | None = Field(default=None, gt=0)
    """How long a turn (one question and its answer) may take ..."""
    share_within: float = Field(default=0.95, gt=0, lt=1)
    """... in this share of the turns: 0.95 is a limit on the p95."""
    cost_usd: float | None = Field(default=None, gt=0)
    """Ceiling of the mean cost."""
    human_cost_usd: float | None = Field(default=None, gt=0)
    """What it costs when a person does it, for comparison."""


class StepBudget(Section):
    """What a step may take and cost."""

    seconds: float | None = Field(default=None, gt=0)
    share_within: float = Field(default=0.95, gt=0, lt=1)
    cost_usd: float | None = Field(default=None, gt=0)
    """Ceiling of the mean cost of a call."""


class BudgetSettings(Section):
    """Budgets: of conversations, and of steps by name (`*` stands for any letters)."""

    conversation: ConversationBudget = ConversationBudget()
    steps: dict[str, StepBudget] = Field(default_factory=dict)

    def with_own(self, own: "BudgetSettings") -> "BudgetSettings":
        """These, with what an app says otherwise."""
        said = self.conversation.model_copy(update=own.conversation.model_dump(exclude_unset=True))
        return BudgetSettings(conversation=said, steps={**self.steps, **own.steps})


class Budgets(BudgetSettings):
    """Of all apps, and of some by name."""

    apps: dict[str, BudgetSettings] = Field(default_factory=dict)


class DriftSettings(Section):
    """What windows of traffic are compared by."""

    stale_days: float = Field(default=180, gt=0)
    """Age from which on a retrieved document is stale: what was agreed on how fresh answers are."""
    sentence_model: Path | None = None
    """Folder of a sentence model that texts are compared by; without one, by the words of the reference."""


class AlertSettings(Section):
    """What is watched: what differs from `metrics/alerts/rules.toml`."""

    window_days: int | None = Field(default=None, ge=1)
    reference_days: int | None = Field(default=None, ge=1)
    """Days before the windows that they are compared with."""
    persistence: int | None = Field(default=None, ge=1)
    """Windows in a row that show a change before it acts."""
    each: Literal["day", "hour"] = "day"
    """At the end of which traffic is looked at."""
    every_minutes: int = Field(default=15, ge=0)
    """How often the app asks whether a day or hour has closed; 0: it never looks, `benchbook watch` does."""
    webhook_url: str | None = Field(default=None, pattern=r"^https?://")
    """Where alerts are sent to when they open, change their level or close."""
    webhook_secret: SecretStr | None = None
    """Signs them. From the environment alone (BENCHBOOK_WEBHOOK_SECRET), never from the file."""
    app_url: str | None = Field(default=None, pattern=r"^https?://")
    """This app's address as people reach it, for links in what is sent."""
    rules: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """By name: keys of a rule that differ, or a rule of the team's own."""

    @property
    def step(self) -> timedelta:
        """Between two evaluations."""
        return timedelta(days=1) if self.each == "day" else timedelta(hours=1)
