"""The languages that a policy can name, one file each.

To name one means: its titles, cues, phones, addresses and official numbers are looked for, and capitals are read as it
uses them. Its JSON keys are known in any case, for no other language has them.
"""

from collections.abc import Mapping
from types import MappingProxyType

from scrub.languages.dutch import DUTCH
from scrub.languages.english import ENGLISH
from scrub.languages.french import FRENCH
from scrub.languages.german import GERMAN
from scrub.languages.italian import ITALIAN
from scrub.languages.language import UNSURE, Language, any_of
from scrub.languages.spanish import SPANISH

__all__ = ["LANGUAGES", "UNSURE", "Language", "any_of"]

LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {language.code: language for language in (ENGLISH, GERMAN, FRENCH, SPANISH, ITALIAN, DUTCH)}
)
"""By ISO 639-1 code."""
