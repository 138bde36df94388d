"""Languages that the policy names are searched by rules of their own; text in any other is reported as such."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.labelled import Label
from benchmarks.scrub_quality import Tally
from errors import UsageError
from scrub import Policy, Scrubber, TextKind
from scrub.keys import meaning
from scrub.languages import LANGUAGES
from scrub.official_names import OFFICIAL
from settings.privacy import Scrub
from tests.scrub.abroad import Letters
from tests.scrub.scrubbing import KEY, kept

ABROAD = [code for code in LANGUAGES if code != "en"]
OTHERS = {
    "pl": "Chciałbym zmienić swój lot na jutro, ponieważ moja córka jest chora i nie może podróżować.",
    "ja": "私の名前は田中太郎です。明日のフライトを変更したいのですが、どうすればよいですか。",
    "ru": "Меня зовут Иван Петров, и я хочу изменить свой завтрашний рейс, потому что заболел.",
}


def _measured(code: str, languages: tuple[str, ...]) -> Tally:
    scrubber, tally = Scrubber(Policy(languages=languages), KEY), Tally()
    for letter in Letters(code).written(220):
        found = scrubber.find(letter.text, TextKind.PROSE)
        tally.add(letter, [Label(span.start, span.end, span.entity) for span in found])
    return tally


@pytest.mark.parametrize("code", ABROAD)
@pytest.mark.parametrize("beside", [(), ("en",)])
def test_letters_in_a_named_language_are_scrubbed(code: str, beside: tuple[str, ...]) -> None:
    tally = _measured(code, (*beside, code))
    assert {entity: tally.recalled[entity] / n for entity, n in tally.labels.items()} == pytest.approx(
        {"PERSON": 1, "ADDRESS": 1, "PHONE_NUMBER": 1, "DATE_OF_BIRTH": 1, "ID_NUMBER": 1}, abs=0.02
    )
    assert tally.over / tally.unlabelled <= 0.02


@pytest.mark.parametrize("code", ABROAD)
def test_naming_a_language_finds_what_english_rules_miss_and_masks_less(code: str) -> None:
    without, named = _measured(code, ("en",)), _measured(code, ("en", code))
    assert without.recalled["DATE_OF_BIRTH"] == 0
    assert without.recalled.total() < named.recalled.total()
    assert named.over < without.over / 2


@pytest.mark.parametrize("code", ABROAD)
def test_letters_in_a_language_that_is_not_named_are_reported(code: str) -> None:
    scrubber = Scrubber(Policy(), KEY)
    told = [scrubber.text(letter.text).languages for letter in Letters(code).written(110)]
    assert sum(languages == {code} for languages in told) >= 0.85 * len(told)
    assert sum(bool(languages - {code}) for languages in told) <= 0.03 * len(told)
    named = Scrubber(Policy(languages=("en", code)), KEY)
    assert sum(bool(named.text(letter.text).languages) for letter in Letters(code).written(110)) <= 2


@pytest.mark.parametrize("code", list(OTHERS))
@pytest.mark.parametrize("kind", [TextKind.PROSE, TextKind.DATA])
def test_languages_without_rules_of_ours_are_reported_too(code: str, kind: TextKind) -> None:
    scrubber = Scrubber(Policy(languages=("en", "de")), KEY)
    with scrubber.trace("t") as one:
        clean, _ = one.data([{"role": "user", "content": OTHERS[code]}, {"x": json.dumps({"y": OTHERS[code]})}], kind)
        assert clean
        assert one.take_other_languages() == {code: 2}
        assert one.take_other_languages() == {}


def test_a_foreign_part_of_a_long_text_is_reported() -> None:
    scrubber = Scrubber(Policy(), KEY)
    english = "The bank has not yet answered the question about the transfer that I sent to you. " * 12
    german = (
        "Die Bank hat noch nicht auf die Frage nach der Überweisung geantwortet, die ich Ihnen geschickt habe. " * 3
    )
    assert scrubber.text(english).languages == frozenset()
    assert scrubber.text(english + german).languages == {"de"}


@pytest.mark.parametrize(
    "text", ["ok", "def f(x): return {'a': x}", "4bf92f3577b34da6a3ce929d0e0e4736 GET /v1/traces 200 0.132 " * 3,
             "apple banana cherry lemon orange grape melon peach plum", "Maria Lopez, Anna Schmidt, Yuki Nakamura"],
)  # fmt: skip
def test_what_is_no_prose_is_in_no_language(text: str) -> None:
    assert Scrubber(Policy(), KEY).text(text).languages == frozenset()


@pytest.mark.parametrize(
    ("key", "entity"),
    [
        ("vorname", "PERSON"), ("Nachname", "PERSON"), ("prénom", "PERSON"), ("nom_de_famille", "PERSON"),
        ("apellidos", "PERSON"), ("cognome", "PERSON"), ("achternaam", "PERSON"), ("téléphone", "PHONE_NUMBER"),
        ("numero_de_telefono", "PHONE_NUMBER"), ("handynummer", "PHONE_NUMBER"), ("geburtsdatum", "DATE_OF_BIRTH"),
        ("dateDeNaissance", "DATE_OF_BIRTH"), ("fecha_nacimiento", "DATE_OF_BIRTH"), ("straße", "ADDRESS"),
        ("codicePostale", "ADDRESS"), ("huisnummer", "ADDRESS"), ("steuerId", "ID_NUMBER"), ("dni", "ID_NUMBER"),
        ("codice_fiscale", "ID_NUMBER"), ("bsn", "ID_NUMBER"), ("passwort", "SECRET"), ("mot_de_passe", "SECRET"),
        ("contraseña", "SECRET"), ("kontonummer", "BANK_ACCOUNT"), ("tool", ""), ("nominal", ""), ("model", ""),
    ],
)  # fmt: skip
def test_keys_of_every_language_say_what_they_hold(key: str, entity: str) -> None:
    assert meaning(key).entity == entity


def test_json_of_another_language_is_scrubbed_whatever_the_policy_names() -> None:
    record = {"vorname": "Xaver", "nachname": "Zwirnbacher", "geburtsdatum": "1985-03-12", "handy": "01712345678"}
    clean, counts = Scrubber(Policy(), KEY).data(record)
    assert counts == {"PERSON": 2, "DATE_OF_BIRTH": 1, "PHONE_NUMBER": 1}
    assert not set(record.values()) & set(json.dumps(clean).split('"'))


def test_a_language_without_rules_is_refused() -> None:
    with pytest.raises(
        UsageError, match=r"scrub\.languages: there are no rules for tlh, only for en, de, fr, es, it, nl"
    ):
        Policy.from_settings(Scrub(languages=["en", "tlh"]))


def test_naming_a_language_changes_the_version() -> None:
    versions = {Policy(languages=said).version for said in (("en",), ("en", "de"), ("de", "en"))}
    assert len(versions) == 3


def test_every_language_is_whole() -> None:
    for code, language in LANGUAGES.items():
        assert language.code == code
        assert len(language.common) > 60
        assert set(language.official) <= OFFICIAL
        assert set(language.cues) == set(language.official)
        assert all(key == key.lower() and key.isascii() for key in language.keys)


def test_the_command_line_tells_the_language() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "cli", "scrub", "-", "--json"], input=OTHERS["pl"], capture_output=True, text=True,
        check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert json.loads(said.stdout)["other_languages"] == ["pl"]


def test_english_is_searched_as_before_when_others_are_named() -> None:
    scrubber = Scrubber(Policy(languages=("en", *ABROAD)), KEY)
    text = (
        "Hello, I am Maria Lopez and I live at 742 Evergreen Terrace. Please call me on 415-555-0132 about the order."
    )
    assert kept(text, scrubber=scrubber) == kept(text)
    assert "<PERSON_1> and I live at <ADDRESS_1>" in kept(text)
