"""Which recognisers look at which kind of text, as Presidio recognisers."""

from enum import StrEnum

from presidio_analyzer import RecognizerRegistry

from scrub.addresses import AddressRules
from scrub.keyed import KeyedRules
from scrub.languages import LANGUAGES, UNSURE, any_of
from scrub.model_rules import ModelRules
from scrub.name_words import Strictness
from scrub.names import NameRules
from scrub.official import OfficialRules
from scrub.patterns import EmailRules, MachineRules, MoneyRules, PersonalNumberRules, PhoneRules
from scrub.policy import Policy
from scrub.recogniser import Rules
from scrub.secrets import SecretRules
from scrub.spaced import SpacedRules
from scrub.team import ClassRules, DenyRules, PatternRules
from scrub.told import ToldRules


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


Recogniser = Rules | PatternRules


def recognisers(policy: Policy, kind: TextKind, language: str = "en") -> list[Recogniser]:
    """Everything that looks at a text of the kind and language, which may be `UNSURE`.

    None needs a model, a network or a file of the home.
    """
    abroad = [LANGUAGES[code] for code in policy.languages if code != "en"]
    written_in = None
    if kind is TextKind.PROSE and language != "en":
        written_in = LANGUAGES[language] if language != UNSURE else any_of(abroad)
    allow = frozenset(word.lower() for said in policy.allow for word in said.split())
    found: list[Recogniser] = [
        SecretRules(),
        ToldRules(LANGUAGES[code] for code in sorted({"en", *policy.languages})),
        EmailRules(),
        MoneyRules(),
        PersonalNumberRules(abroad),
        OfficialRules(policy.official),
        PhoneRules(abroad),
        SpacedRules(),
        MachineRules(private=kind is TextKind.PROSE),
        NameRules(_STRICTNESS[kind], allow, languages=abroad, written_in=written_in),
    ]
    if kind is not TextKind.LABEL:
        found += [AddressRules(abroad), KeyedRules()]
    if policy.model and kind is TextKind.PROSE:
        found.append(ModelRules(policy.model))
    found += [PatternRules(entity, expression) for entity, expression in policy.patterns.items()]
    found += [DenyRules(entity, listed) for entity, listed in policy.deny.items()]
    return found + [ClassRules(named) for named in policy.classes]


def registry(policy: Policy, kind: TextKind = TextKind.PROSE) -> RecognizerRegistry:
    """The same for Presidio's own `AnalyzerEngine`."""
    return RecognizerRegistry(recognizers=list(recognisers(policy, kind)), supported_languages=["en"])
