"""What counts as handed over, solved, and asked again: central defaults, and an app's own where it has some."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from settings import Settings
from settings.traffic import OutcomeSettings

_MARKS = str.maketrans({"\u2019": "'", **dict.fromkeys(',.;:!?()\u2013\u2014"-', " ")})


class Rules(BaseModel):
    """The rules of one app; see rules.toml for what each means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    handed_over: tuple[str, ...]
    asked_for_a_person: tuple[str, ...]
    solved_scores: tuple[str, ...]
    solved_from: float
    corrected: tuple[str, ...]
    thumbs: tuple[str, ...]
    thumbs_up_from: float
    thumbs_highest: float
    topic_scores: tuple[str, ...]
    topic_tags: tuple[str, ...]
    topics: int = Field(ge=2, le=50)
    same_question: float = Field(gt=0, le=1)
    over_after_minutes: float = Field(ge=0)

    def with_own(self, own: OutcomeSettings) -> Self:
        """These rules with what the settings say otherwise."""
        return self.model_copy(update=own.said())

    def parameters(self) -> dict[str, Any]:
        """Values for the `$name`s of session_outcomes.sql."""
        return {
            "handed_over": [glob.lower() for glob in self.handed_over],
            "asked_for_a_person": [words.lower() for words in self.asked_for_a_person],
            "solved_scores": [name.lower() for name in self.solved_scores],
            "solved_from": self.solved_from,
            "corrected": [f" {_plain(words)} " for words in self.corrected],
            "thumbs": [name.lower() for name in self.thumbs],
            "thumbs_up_from": self.thumbs_up_from,
            "thumbs_highest": self.thumbs_highest,
            "same_question": self.same_question,
            "over_after_ns": int(self.over_after_minutes * 60e9),
        }


def _plain(words: str) -> str:
    """Lower-case words with one space between them, as session_outcomes.sql makes them of a turn."""
    return " ".join(words.lower().translate(_MARKS).split())


@cache
def built_in() -> Rules:
    """The rules that come with Benchbook."""
    return Rules(**tomllib.loads((Path(__file__).parent / "rules.toml").read_text()))


def rules_by_app(settings: Settings) -> dict[str | None, Rules]:
    """The rules of each app that has its own, and under None those of all others."""
    central = built_in().with_own(settings.outcomes)
    return {None: central} | {app: central.with_own(own) for app, own in settings.outcomes.apps.items()}
