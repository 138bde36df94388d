"""Passwords, PINs, accounts and last digits of cards that a sentence tells, in every language that is named."""

import pytest

from scrub import Policy, Scrubber, TextKind
from scrub.languages import LANGUAGES
from tests.scrub.scrubbing import KEY, kept

ALL = Scrubber(Policy(languages=tuple(LANGUAGES)), KEY)
TOLD = [
    ("my PIN is 4711", "4711"), ("PIN: 4711", "4711"), ("otp 883412", "883412"),
    ("your one-time code is 883 412", "883 412"), ("the PIN for my new card is 4711", "4711"),
    ("my password for online banking is Sonnenschein77, ok?", "Sonnenschein77"),
    ("the last four digits of my card are 4711", "4711"),
    ("Mein Passwort ist Sonnenschein77, danke", "Sonnenschein77"), ("Das Kennwort lautet Sommer2026!", "Sommer2026"),
    ("Mein Passwort für das Konto ist „Sonnenschein77“.", "Sonnenschein77"), ("Passwort: Sonnenschein", "Sonnenschein"),
    ("Kontonummer 532013000", "532013000"), ("Kto. 532013000", "532013000"),
    ("Girokontonummer: 532013000", "532013000"),
    ("Kartennummer endet auf 4711", "4711"), ("Meine PIN lautet 4711", "4711"), ("TAN 123456", "123456"),
    ("Prüfziffer 123", "123"), ("Die letzten vier Ziffern meiner Karte sind 4711", "4711"),
    ("mot de passe : Soleil77", "Soleil77"), ("Le mot de passe de mon compte est Soleil77.", "Soleil77"),
    ("numéro de compte : 0532 013 000", "0532 013 000"), ("carte se terminant par 4711", "4711"),
    ("code PIN : 4711", "4711"), ("mi contraseña es Verano2026", "Verano2026"), ("mi clave es 4711", "4711"),
    ("cuenta 532013000", "532013000"), ("tarjeta terminada en 4711", "4711"), ("código de seguridad 123", "123"),
    ("La mia password è Estate2026", "Estate2026"), ("il PIN della carta è 4711", "4711"),
    ("conto corrente 532013000", "532013000"), ("carta che termina con 4711", "4711"),
    ("Mijn wachtwoord is Zomer2026", "Zomer2026"), ("rekeningnummer 532013000", "532013000"),
    ("pas eindigend op 4711", "4711"), ("pincode 4711", "4711"),
]  # fmt: skip
NOT_TOLD = [
    "my password is wrong", "The password for my account is Required.",
    "Passwort ist falsch", "Mein Passwort ist abgelaufen, was tun?", "Passwort: vergessen",
    "contraseña es incorrecta", "mot de passe oublié", "Passwort: Bitte eingeben", "Das Passwort ist Pflicht.",
    "Contraseña: debe tener 8 caracteres", "mot de passe: Minimum 8 caractères", "la mia password è sbagliata",
    "Mijn wachtwoord is fout", "the PIN is wrong", "PIN vergessen", "PIN-Code 3 mal falsch", "shipping 123456",
    "Sur mon compte 120 000 € sont arrivés", "Konto: 100 000 EUR", "mi cuenta tiene 120000 euros",
    "Die Bestellung endet auf 4711", "la promoción termina en 2027", "the last 4 years were 2020 to 2024",
    "pin==1.2.3", "Konto 12.05.2026 eröffnet",
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), TOLD)
@pytest.mark.parametrize("kind", [TextKind.PROSE, TextKind.DATA])
def test_what_a_sentence_tells_is_replaced(text: str, value: str, kind: TextKind) -> None:
    assert value not in kept(text, kind, ALL)


@pytest.mark.parametrize("text", NOT_TOLD)
def test_what_is_said_about_a_password_or_an_account_stays(text: str) -> None:
    assert not {"SECRET", "BANK_ACCOUNT", "CREDIT_CARD"} & set(ALL.text(text).counts)


def test_a_language_that_is_not_named_tells_nothing() -> None:
    assert "532013000" in kept("Kontonummer 532013000")
    assert kept("my PIN is 4711", scrubber=Scrubber(Policy(languages=("de",)), KEY)) == "my PIN is <SECRET>"


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_every_language_has_words_for_all_of_it(code: str) -> None:
    language = LANGUAGES[code]
    words = (*language.passwords, *language.pins, *language.accounts, *language.card_codes, *language.endings)
    assert language.passwords
    assert language.accounts
    assert language.cards
    assert language.verbs
    assert all(word == word.lower() for word in (*words, *language.no_password))
