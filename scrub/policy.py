"""What happens to each kind of personal data: the policy, from `benchbook.toml`, and its version."""

import difflib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from errors import UsageError
from scrub.checked import checked_entity, checked_words, compiled
from scrub.classes import loaded, source_digest
from scrub.languages import LANGUAGES
from scrub.models import checked_model, model_version
from scrub.official_names import OFFICIAL, checked_recognisers, of_languages
from settings.privacy import Scrub, ScrubOfApp

RULES_VERSION = "8"
"""Raised with every change of a rule or list that changes what is found."""

PLACEHOLDERS: Mapping[str, str] = MappingProxyType(
    {
        "PERSON": "PERSON",
        "ADDRESS": "ADDRESS",
        "EMAIL_ADDRESS": "EMAIL",
        "PHONE_NUMBER": "PHONE",
        "CREDIT_CARD": "CARD",
        "IBAN_CODE": "IBAN",
        "BANK_ACCOUNT": "ACCOUNT",
        "ABA_ROUTING_NUMBER": "ACCOUNT",
        "US_BANK_NUMBER": "ACCOUNT",
        "US_SSN": "ID",
        "ID_NUMBER": "ID",
        "DATE_OF_BIRTH": "DOB",
        "IP_ADDRESS": "IP",
        "MAC_ADDRESS": "MAC",
        "CRYPTO": "CRYPTO",
        "SECRET": "SECRET",
        "MASKED": "MASKED",
    }
)
"""Presidio's entity name to the short word in its placeholder; both are what people read."""

UNNUMBERED = frozenset({"SECRET", "MASKED"})
"""Replaced without a number: a keyed hash of a password is still a statement about the password."""


TIGHTNESS = ("keep", "keep_domain", "truncate", "hash", "replace", "drop")
_ONLY_FOR = {"keep_domain": {"EMAIL_ADDRESS"}, "truncate": {"IP_ADDRESS", "DATE_OF_BIRTH"}}


@dataclass(frozen=True, slots=True)
class Policy:
    """Which entities are replaced and how, and what a team adds. Entities have Presidio's names.

    `actions` has those that are neither kept nor replaced by a placeholder; `apps` what applications do otherwise.
    """

    keep: frozenset[str] = frozenset()
    actions: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    patterns: Mapping[str, str] = field(default_factory=dict)
    deny: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    recognisers: tuple[str, ...] | None = None
    model: str | None = None
    apps: Mapping[str, "Policy"] = field(default_factory=dict)

    @classmethod
    def from_settings(cls, said: Scrub) -> "Policy":
        """The policy that the section `[scrub]` of `benchbook.toml` describes.

        Raises `UsageError` for an action that an entity cannot have, for an application that does less than all, and
        for a pattern, list or class that cannot be used.
        """
        central = cls._of(said)
        apps = {app: cls._of(_tighter(said, own, app)) for app, own in said.apps.items()}
        return replace(central, apps=apps)

    @classmethod
    def _of(cls, said: Scrub) -> "Policy":
        for entity, action in said.entities.items():
            if entity not in _ONLY_FOR.get(action, {entity}):
                raise UsageError(f"scrub.entities.{entity}: {action} is for {' and '.join(sorted(_ONLY_FOR[action]))}")
        _checked_entities(said)
        for section, added in (("patterns", said.patterns), ("deny", said.deny)):
            for entity in added:
                checked_entity(entity, f"scrub.{section}.{entity}")
        for entity, expression in said.patterns.items():
            compiled(entity, expression)
        for named in said.classes:
            loaded(named)
        if unknown := [code for code in said.languages if code not in LANGUAGES]:
            raise UsageError(f"scrub.languages: there are no rules for {unknown[0]}, only for {', '.join(LANGUAGES)}")
        return cls(
            keep=frozenset(entity for entity, action in said.entities.items() if action == "keep"),
            actions={entity: act for entity, act in said.entities.items() if act not in {"keep", "replace"}},
            names=tuple(said.names),
            allow=tuple(said.allow),
            patterns=dict(said.patterns),
            deny={entity: checked_words(entity, listed) for entity, listed in said.deny.items()},
            classes=tuple(said.classes),
            languages=tuple(dict.fromkeys(said.languages)),
            model=checked_model(said.model),
            recognisers=None if said.recognisers is None else checked_recognisers(said.recognisers),
        )

    @property
    def version(self) -> str:
        """Names the rules and this policy, for example `1-9f2c1a7b`; equal policies have equal versions."""
        said = json.dumps([self.stated(), sorted((app, one.stated()) for app, one in self.apps.items())])
        return f"{RULES_VERSION}-{hashlib.sha256(said.encode()).hexdigest()[:8]}"

    def stated(self) -> list[object]:
        """All of it but what applications do otherwise, in one order."""
        acts, patterns = sorted(self.actions.items()), sorted(self.patterns.items())
        deny = sorted((entity, sorted(listed)) for entity, listed in self.deny.items())
        classes = [[named, source_digest(named)] for named in sorted(self.classes)]
        found = [sorted(self.keep), acts, sorted(self.names), sorted(self.allow), patterns, deny, classes]
        return [*found, list(self.languages), list(self.official), self.model, model_version(self.model)]

    @property
    def official(self) -> tuple[str, ...]:
        """The official numbers that are looked for: those named, else those of the languages' countries."""
        return of_languages(self.languages) if self.recognisers is None else self.recognisers

    @property
    def has_own_rules(self) -> bool:
        """Whether the team looks for something itself, which may be in any text, however short."""
        return bool(self.patterns or self.deny or self.classes)

    def placeholder(self, entity: str) -> str:
        """The word in the placeholder of an entity; a team's own entity is its own word."""
        return PLACEHOLDERS.get(entity) or ("ID" if entity in OFFICIAL else entity)


def _all_recognisers(said: Scrub, own: ScrubOfApp) -> list[str] | None:
    """The official numbers of all with those of an application; None when neither names any."""
    if not own.recognisers:
        return said.recognisers
    central = of_languages(said.languages) if said.recognisers is None else said.recognisers
    return [*central, *own.recognisers]


def _checked_entities(said: Scrub) -> None:
    """Refuse an action for an entity that nothing finds: a typing error must not look like a policy.

    Raises `UsageError` that names the entity that may be meant, also where somebody took it from a placeholder.
    """
    own = {*said.patterns, *said.deny, *(one for named in said.classes for one in loaded(named).supported_entities)}
    known = PLACEHOLDERS.keys() | OFFICIAL | own
    for entity in said.entities.keys() - known:
        of_placeholder = [name for name, short in PLACEHOLDERS.items() if short == entity]
        near = of_placeholder[:1] or difflib.get_close_matches(entity.upper(), sorted(known), n=1)
        raise UsageError(f"scrub.entities: nothing finds {entity}{f'; do you mean {near[0]}?' if near else ''}")


def _tighter(said: Scrub, own: ScrubOfApp, app: str) -> Scrub:
    """The settings of all with those of an application, which may only add to them."""
    for entity, action in own.entities.items():
        central = said.entities.get(entity, "replace")
        if TIGHTNESS.index(action) < TIGHTNESS.index(central):
            raise UsageError(f"scrub.apps.{app}.entities.{entity}: {action} does less than {central}, as all apps do")
    return Scrub(
        entities={**said.entities, **own.entities},
        names=[*said.names, *own.names],
        allow=said.allow,
        patterns={**own.patterns, **said.patterns},
        deny={entity: [*said.deny.get(entity, ()), *own.deny.get(entity, ())] for entity in {**said.deny, **own.deny}},
        languages=said.languages,
        model=said.model,
        recognisers=_all_recognisers(said, own),
        classes=[*said.classes, *(named for named in own.classes if named not in said.classes)],
    )
