"""What happens to each kind of personal data: the policy, from `benchbook.toml`, and its version."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from settings import Scrub

RULES_VERSION = "2"
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


@dataclass(frozen=True, slots=True)
class Policy:
    """Which entities are replaced, and what a team adds. `keep` and `patterns` use Presidio's entity names."""

    keep: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    patterns: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_settings(cls, said: Scrub) -> "Policy":
        """The policy that the section `[scrub]` of `benchbook.toml` describes."""
        return cls(
            keep=frozenset(entity for entity, action in said.entities.items() if action == "keep"),
            names=tuple(said.names),
            allow=tuple(said.allow),
            patterns=dict(said.patterns),
        )

    @property
    def version(self) -> str:
        """Names the rules and this policy, for example `1-9f2c1a7b`; equal policies have equal versions."""
        said = json.dumps([sorted(self.keep), sorted(self.names), sorted(self.allow), sorted(self.patterns.items())])
        return f"{RULES_VERSION}-{hashlib.sha256(said.encode()).hexdigest()[:8]}"

    def placeholder(self, entity: str) -> str:
        """The word in the placeholder of an entity; a team's own entity is its own word."""
        return PLACEHOLDERS.get(entity, entity)
