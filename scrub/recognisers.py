"""Which recognisers look at which kind of text, as Presidio recognisers."""

from enum import StrEnum

import regex  # type: ignore[import-untyped]  # Presidio's engine: the only one with a time limit
from presidio_analyzer import Pattern, PatternRecognizer, RecognizerRegistry, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from errors import UsageError
from scrub.addresses import AddressRules
from scrub.keyed import KeyedRules
from scrub.name_words import Strictness
from scrub.names import NameRules
from scrub.patterns import EmailRules, MachineRules, MoneyRules, PersonalNumberRules, PhoneRules
from scrub.policy import Policy
from scrub.recogniser import SCORE, OverBudgetError, Rules
from scrub.secrets import SecretRules
from scrub.spaced import SpacedRules

TEAM_PATTERN_SECONDS = 0.5
"""A team's own expression may take this long on 16 kB; then the text is masked whole."""


class TextKind(StrEnum):
    """How a text reads, and so how strictly it is searched."""

    PROSE = "prose"  # words of users and assistants
    DATA = "data"  # tool results, documents, JSON, stack traces
    LABEL = "label"  # a short name that traffic is grouped by


_STRICTNESS = {
    TextKind.PROSE: Strictness.PROSE,
    TextKind.DATA: Strictness.DATA,
    TextKind.LABEL: Strictness.LABEL,
}


class TeamRules(PatternRecognizer):
    """A pattern of the team's own. Presidio's class skips a pattern that takes too long; this one says so."""

    def __init__(self, entity: str, expression: str) -> None:
        try:
            self._expression = regex.compile(expression)
        except regex.error as error:
            raise UsageError(f"scrub.patterns.{entity} is not a regular expression: {error}") from error
        super().__init__(supported_entity=entity, patterns=[Pattern(entity, expression, SCORE)], name=f"team {entity}")

    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: NlpArtifacts | None = None,  # noqa: ARG002  Presidio's signature
        regex_flags: int | None = None,  # noqa: ARG002
    ) -> list[RecognizerResult]:
        """The matches; raises `OverBudgetError` rather than leave any out."""
        entity = self.supported_entities[0]
        if entity not in entities:
            return []
        try:
            matches = list(self._expression.finditer(text, timeout=TEAM_PATTERN_SECONDS))
        except TimeoutError as error:
            raise OverBudgetError from error
        return [RecognizerResult(entity, match.start(), match.end(), SCORE) for match in matches if match[0]]


def recognisers(policy: Policy, kind: TextKind) -> list[Rules | TeamRules]:
    """Everything that looks at a text of the kind. None needs a model, a network or a file of the home."""
    allow = frozenset(word.lower() for said in policy.allow for word in said.split())
    found: list[Rules | TeamRules] = [
        SecretRules(),
        EmailRules(),
        MoneyRules(),
        PersonalNumberRules(),
        PhoneRules(),
        SpacedRules(),
        MachineRules(private=kind is TextKind.PROSE),
        NameRules(_STRICTNESS[kind], allow),
    ]
    if kind is not TextKind.LABEL:
        found += [AddressRules(), KeyedRules()]
    return found + [TeamRules(entity, expression) for entity, expression in policy.patterns.items()]


def registry(policy: Policy, kind: TextKind = TextKind.PROSE) -> RecognizerRegistry:
    """The same for Presidio's own `AnalyzerEngine`."""
    return RecognizerRegistry(recognizers=list(recognisers(policy, kind)), supported_languages=["en"])
