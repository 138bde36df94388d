"""What is replaced before text is kept, flagged in it, looked at again and deleted by age."""

from typing import Literal

from pydantic import Field

from settings.section import Section

Action = Literal["keep", "keep_domain", "truncate", "hash", "replace", "drop"]
"""What happens to a finding, the tightest last: it stays; an e-mail keeps its domain (not of free mail); an IP address
its network and a date of birth its year; a keyed hash that is the same in all traces; `<PERSON_1>`; nothing is left."""


class ScrubOfApp(Section):
    """What one application does otherwise: never less than all do."""

    entities: dict[str, Action] = Field(default_factory=dict)
    names: list[str] = Field(default_factory=list)
    patterns: dict[str, str] = Field(default_factory=dict)
    deny: dict[str, list[str]] = Field(default_factory=dict)
    classes: list[str] = Field(default_factory=list)
    recognisers: list[str] = Field(default_factory=list)


class Scrub(Section):
    """What is replaced. Entity names are Presidio's."""

    entities: dict[str, Action] = Field(default_factory=dict)
    """Overrides of the default, which is to replace: `DATE_OF_BIRTH = "truncate"`."""
    names: list[str] = Field(default_factory=list)
    """Further names to treat as persons."""
    allow: list[str] = Field(default_factory=list)
    """Words that are never personal here: product names, team names."""
    patterns: dict[str, str] = Field(default_factory=dict)
    """Further entities of the team's own: name to regular expression."""
    deny: dict[str, list[str]] = Field(default_factory=dict)
    """The same by lists of words: `PROJECT = ["Blue Heron"]`, in any case."""
    classes: list[str] = Field(default_factory=list)
    """Recognisers of the team's own in Python, as `module:Class`; of Presidio's kind (`scrub.classes`)."""
    recognisers: list[str] | None = None
    """Official numbers that are looked for, by Presidio's names; those of the languages if not said."""
    languages: list[str] = Field(default_factory=lambda: ["en"], min_length=1)
    """What people write here, as `en`, `de`; text in another language is counted as such."""
    model: str | None = None
    """A model beside the rules, on people's words: `ner`, or `spacy:` and the name of an installed model."""
    apps: dict[str, ScrubOfApp] = Field(default_factory=dict)
    """By name of the application: what it does otherwise."""


class Injection(Section):
    """Flags on text that reads like orders to a model."""

    flag_from: int = Field(default=4, ge=1)
    """Sum of the scores of the rules that match one text, from which on it is flagged."""
    classifier: str | None = None
    """The team's own, as `module:Class` with a method `probabilities(texts)`; it gets scrubbed texts."""
    classifier_from: float = Field(default=0.5, gt=0, le=1)
    """Its answer from which on a text is flagged."""
    classifier_seconds: float = Field(default=2.0, gt=0)
    """It may take this long for the texts of a request; then they are not judged."""


class Verify(Section):
    """Text that is kept, looked at again."""

    weekly_sample: int = Field(default=500, ge=0)
    """Traces of the last seven days that the app looks at once a week; 0: it does not."""


class RetentionOfApp(Section):
    """How long an application's traffic is kept, in days of age; 0 is for ever."""

    spans_days: float | None = Field(default=None, ge=0)
    """Whole traces, with their documents and scores."""
    texts_days: float | None = Field(default=None, ge=0)
    """What was said; figures stay."""


class Retention(RetentionOfApp):
    """Of all apps, and of some by name. Nothing is deleted by age unless it is said."""

    words_days: float | None = Field(default=None, ge=0)
    """Comments and corrected answers of reviewers; their answers on scales stay."""
    apps: dict[str, RetentionOfApp] = Field(default_factory=dict)
