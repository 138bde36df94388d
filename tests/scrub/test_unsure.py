"""Short messages, of which nothing tells the language, where a policy names several."""

from collections.abc import Iterator
from itertools import permutations

import pytest

from scrub import Policy, Scrubber
from scrub.languages import UNSURE
from scrub.written_in import languages_of
from tests.scrub.scrubbing import KEY, kept

SHORT = {
    "de": "Kontostand?|Girokonto kündigen|Kreditkarte sperren|Überweisung fehlgeschlagen|Zinssatz Tagesgeld"
    "|TAN abgelehnt"
    "|Karte verloren!|Freistellungsauftrag|Sparbuch auflösen|Partnerkonto|Vollmacht erteilen|Störung App",
    "fr": "Virement bloqué|Prélèvement refusé|Chéquier|Solde insuffisant|Chèque perdu|Frais bancaires",
    "es": "Tarjeta bloqueada|Recibo devuelto|Hipoteca simulación|Bizum no funciona|Nómina domiciliada|Clave caducada",
    "en": "Card blocked|Balance?|Overdraft fees|Lost wallet|Pending deposit",
}  # fmt: skip
NAMED = (
    "I am Raghunathan|Chidi Okonkwo|Ask Raghunathan|Thanks, Raghunathan|Raghunathan called|Raghunathan|Okonkwo|Schmidt."
    "|Maria Lopez|Dan Smith|Frau Zwirnbacher|Mein Name ist Okonkwo|Soy Raghunathan|Je m'appelle Okonkwo|Anna Schmidt"
)
ORDERS = list(permutations(("en", "de", "fr", "es")))


def _scrubbers() -> Iterator[Scrubber]:
    for order in (ORDERS[0], ORDERS[9], ORDERS[-1]):
        yield Scrubber(Policy(languages=order), KEY)


@pytest.mark.parametrize("text", "|".join(SHORT.values()).split("|"))
def test_words_of_a_named_language_are_no_names_whichever_is_named_first(text: str) -> None:
    assert [kept(text, scrubber=scrubber) for scrubber in _scrubbers()] == [text] * 3


@pytest.mark.parametrize("text", NAMED.split("|"))
def test_names_in_short_messages_are_replaced_whichever_is_named_first(text: str) -> None:
    for scrubber in _scrubbers():
        assert scrubber.text(text).counts.get("PERSON") == 1


@pytest.mark.parametrize("text", [*NAMED.split("|"), *"|".join(SHORT.values()).split("|"), "", "no", "la", "42"])
def test_the_language_told_does_not_depend_on_the_order(text: str) -> None:
    assert len({languages_of(text, order) for order in ORDERS}) == 1


def test_the_only_language_named_is_sure() -> None:
    assert languages_of("Kontostand?", ("de",))[0] == "de"
    assert languages_of("Kontostand?", ("en", "de"))[0] == UNSURE
