"""Official numbers: only beside a word that says what they are, with form and check, and never a part of an id."""

import random
import re

import pytest
from presidio_analyzer import PatternRecognizer, predefined_recognizers

from errors import UsageError
from scrub import Policy, Scrubber, TextKind
from scrub.languages import LANGUAGES
from scrub.official import OfficialRules, number
from scrub.official_abroad import OUR_NUMBERS, is_bsn, is_fiscal_code, is_nir
from scrub.official_names import ALWAYS, OFFICIAL, OURS, PRESIDIO_CLASSES, of_languages
from settings.privacy import Scrub
from tests.scrub.scrubbing import KEY, counted, kept

ALL = OfficialRules(of_languages(LANGUAGES))
FOUND = [
    ("US_PASSPORT", "My passport number is {}.", "123456789"),
    ("US_PASSPORT", "{} is my passport", "A12345678"),
    ("US_ITIN", "my ITIN: {} ok", "912-70-1234"),
    ("US_DRIVER_LICENSE", "driver's license {} of CA", "D1234567"),
    ("US_MBI", "medicare id {}", "1EG4-TE5-MK73"),
    ("MEDICAL_LICENSE", "DEA number {}", "BB1388568"),
    ("ABA_ROUTING_NUMBER", "routing number {}", "021000021"),
    ("UK_NHS", "my NHS number: {}", "943 476 5919"),
    ("UK_NINO", "national insurance {}", "AB 12 34 56 C"),
    ("CA_SIN", "social insurance number {}", "130 692 544"),
    ("AU_TFN", "TFN {}", "123 456 782"),
    ("AU_MEDICARE", "medicare {}", "2123 45670 1"),
    ("IN_AADHAAR", "my aadhaar is {}", "2345 6789 0124"),
    ("IN_PAN", "PAN card {}", "ABCPE1234F"),
    ("SG_NRIC_FIN", "NRIC {}", "S1234567D"),
    ("DE_TAX_ID", "meine Steuer-ID ist {}", "86095742719"),
    ("DE_KFZ", "das Kennzeichen ist {}", "B-AB 1234"),
    ("ES_NIF", "mi DNI es {}", "12345678Z"),
    ("ES_NIE", "NIE {}", "X1234567L"),
    ("IT_FISCAL_CODE", "scrivo {} qui", "RSSMRA85T10A562S"),
    ("FR_NIR", "numéro de sécurité sociale {}", "2 69 05 49 588 157 80"),
    ("FR_PASSPORT", "passeport {}", "12AB34567"),
    ("NL_BSN", "BSN {}", "111222333"),
    ("NL_PASSPORT", "paspoort {}", "NP1234567"),
    ("DE_ID_CARD", "Mein Personalausweis hat die Nummer {}.", "L01X00T47"),
    ("DE_ID_CARD", "Perso {} verloren", "L01X00T471"),
    ("DE_ID_CARD", "Ausweis-Nr.: {}", "T220001293"),
    ("DE_PASSPORT", "Mein Reisepass hat die Nummer {}.", "C01X00T478"),
    ("DE_FUEHRERSCHEIN", "Führerschein {}", "B072RRE2I55"),
    ("DE_SOCIAL_SECURITY", "Sozialversicherungsnummer {}", "15070649C103"),
    ("ES_PASSPORT", "pasaporte {}", "AB123456"),
    ("FR_ID_CARD", "carte d'identité {}", "X4RTBPFW4"),
    ("FR_DRIVER_LICENSE", "permis de conduire {}", "13AA00002"),
    ("FR_NIR", "numéro de sécurité sociale {}", "2690549588157"),
]
GROUPED = [
    ("DE_ID_CARD", "Personalausweis {}", "L01X 00T4 71"),
    ("DE_SOCIAL_SECURITY", "Sozialversicherungsnummer {}", "15 070649 C 103"),
    ("DE_FUEHRERSCHEIN", "Führerschein: {}", "B072 RRE2I 55"),
    ("DE_TAX_ID", "Steuer-ID {}", "86 095 742 719"),
    ("DE_HEALTH_INSURANCE", "Krankenversichertennummer {}", "A 123 456 780"),
    ("ES_NIF", "DNI {}", "12.345.678-Z"),
    ("ES_NIE", "NIE: {}", "X-1234567-L"),
    ("ES_PASSPORT", "pasaporte {}", "AAA 123456"),
    ("IT_FISCAL_CODE", "scrivo {} qui", "RSS MRA 85T10 A562S"),
    ("IT_PASSPORT", "passaporto {}", "YA 1234567"),
    ("IT_DRIVER_LICENSE", "patente {}", "MI 1234567 X"),
    ("FR_NIR", "numéro de sécurité sociale {}", "2.69.05.49.588.157.80"),
    ("FR_ID_CARD", "carte d'identité {}", "1234 5678 9012"),
    ("FR_PASSPORT", "passeport {}", "12-AB-34567"),
    ("NL_BSN", "BSN {}", "111.222.333"),
    ("NL_PASSPORT", "paspoort {}", "NP 1234567"),
    ("NL_DRIVER_LICENSE", "rijbewijs {}", "1234 567 890"),
    ("UK_NINO", "national insurance {}", "AB-12-34-56-C"),
    ("AU_TFN", "TFN {}", "123-456-782"),
    ("SG_NRIC_FIN", "NRIC {}", "S 1234567 D"),
]
IDS = [
    "550e8400-e29b-41d4-a716-446655440000", "1699999999", "1699999999999", "4bf92f3577b34da6a3ce929d0e0e4736",
    "2026-05-01T10:00:00.123456789Z", "0.123456789", "call_123456789", "order/123456789", "1.2.123456789",
]  # fmt: skip


@pytest.mark.parametrize(("entity", "sentence", "value"), FOUND + GROUPED)
def test_a_number_beside_its_cue_is_found(entity: str, sentence: str, value: str) -> None:
    text = sentence.format(value)
    found = {(text[start:end], named) for start, end, named in OfficialRules([entity]).find(text)}
    assert found == {(value, entity)}
    assert entity in {named for _, _, named in ALL.find(text)}
    assert value not in kept(text, scrubber=Scrubber(Policy(languages=tuple(LANGUAGES)), KEY))


@pytest.mark.parametrize(("entity", "sentence", "value"), [one for one in FOUND if one[0] != "IT_FISCAL_CODE"])
def test_without_a_cue_within_five_words_it_is_an_id(entity: str, sentence: str, value: str) -> None:
    rules = OfficialRules([entity])
    assert list(rules.find(f"the order {value} was sent")) == []
    cue = sentence.partition("{}")[0] or "passport "
    assert list(rules.find(f"{cue}was asked for by us all, and then the order {value} was sent")) == []


@pytest.mark.parametrize("word", ["Personalausweis", "Reisepass"])
@pytest.mark.parametrize("is_checked", [False, True])
def test_german_documents_are_found_with_their_check_digit_and_without(word: str, is_checked: bool) -> None:
    chance = random.Random(5)  # noqa: S311  repeatable
    rules = OfficialRules(of_languages(["de"]))
    found = 0
    for _ in range(300):
        serial = chance.choice("CFGHJKLMNPRTVWXYZ") + "".join(chance.choices("CFGHJKLMNPRTVWXYZ0123456789", k=8))
        weighted = (int(one, 36) * weight for one, weight in zip(serial, (7, 3, 1) * 3, strict=True))
        serial += str(sum(weighted) % 10) if is_checked else ""
        text = f"Mein {word} hat die Nummer {serial}."
        found += serial in {text[start:end] for start, end, _ in rules.find(text)}
    assert found == 300 if is_checked else found >= 285  # the others have no digit, as words have none


@pytest.mark.parametrize(
    "text",
    [
        "Mein Personalausweis ist seit 12.03.2019 abgelaufen",
        "Reisepass gültig bis 2027-03-12, was tun?",
        "Personalausweis oder Reisepass mitbringen",
        "my driver's license expires 12-03-2027",
        "Der Reisepass kostet 70 EUR, im Express 102 EUR",
        "passport fees of 12.50 to 14.50 GBP",
        "about my driver's license: call 415 555 0132",
    ],
)
def test_dates_prices_and_words_beside_a_cue_stay(text: str) -> None:
    assert list(ALL.find(text)) == []


@pytest.mark.parametrize("value", IDS)
def test_ids_times_and_hashes_beside_a_cue_stay(value: str) -> None:
    text = f"passport NHS routing DEA medicare {value} passport tfn aadhaar licence"
    found = [text[start:end] for start, end, _ in OfficialRules(of_languages(["en"])).find(text)]
    assert value not in found
    assert not any(re.fullmatch(r"\d{9}", one) for one in found)


@pytest.mark.parametrize(
    "sentence",
    [
        "my passport, the passport of my wife, and a third passport: {}",
        "{} is the passport, a blue passport, an old passport",
        "passport " * 40 + "{}",
        "passport of my wife passport is now the one {}",
        "my passport is lost, where do I get one? I have the number of it here: old passport {} I think",
    ],
)
def test_words_around_cues_that_stand_close_together_are_all_looked_at(sentence: str) -> None:
    text = sentence.format("123456789")
    assert {text[start:end] for start, end, entity in ALL.find(text) if entity == "US_PASSPORT"} == {"123456789"}


@pytest.mark.parametrize(
    "text", ["use passport-jwt build 123456789", "see nhs.uk/943 476 5919", "routing_table 021000021"]
)
def test_a_cue_that_is_a_part_of_a_name_is_none(text: str) -> None:
    assert list(ALL.find(text)) == []


def test_a_thousand_ids_are_not_taken_for_numbers() -> None:
    chance = random.Random(3)  # noqa: S311  repeatable
    texts = [f"id: {chance.randrange(10**8, 10**10)} ok" for _ in range(1_000)]
    assert sum(bool(list(ALL.find(text))) for text in texts) == 0


@pytest.mark.parametrize(
    ("check", "good"), [(is_nir, "269054958815780"), (is_bsn, "111222333"), (is_fiscal_code, "RSSMRA85T10A562S")]
)
def test_a_check_fails_when_a_digit_is_another(check: object, good: str) -> None:
    assert callable(check)
    assert check(good)
    for place, character in enumerate(good):
        if character.isdigit():
            assert not check(good[:place] + str((int(character) + 1) % 10) + good[place + 1 :])


def test_the_names_are_presidios() -> None:
    theirs = {
        entity: kind.__name__
        for kind in vars(predefined_recognizers).values()
        if isinstance(kind, type) and issubclass(kind, PatternRecognizer)
        for entity in kind().supported_entities  # type: ignore[call-arg]  # subclasses need none
    }
    assert {entity: theirs[entity] for entity in PRESIDIO_CLASSES} == dict(PRESIDIO_CLASSES)
    assert set(theirs) - set(PRESIDIO_CLASSES) <= ALWAYS | {"URL", "DATE_TIME", "UUID"}
    for entity in OFFICIAL:
        assert number(entity).cues, entity
    assert set(OUR_NUMBERS) == OURS


def test_the_policy_names_numbers() -> None:
    said = Policy.from_settings(Scrub(recognisers=["PL_PESEL", "UK_NHS", "PERSON"]))
    assert said.official == ("PL_PESEL", "UK_NHS")
    scrubber = Scrubber(said, KEY)
    assert kept("PESEL 44051401359, TFN 123 456 782", scrubber=scrubber) == "PESEL <ID_1>, TFN 123 456 782"
    assert kept("TFN 123 456 782, PESEL 44051401359") == "TFN <ID_1>, PESEL 44051401359"
    assert Policy.from_settings(Scrub(recognisers=[])).official == ()
    assert said.version != Policy().version


def test_an_application_may_name_more_numbers() -> None:
    policy = Policy.from_settings(Scrub.model_validate({"apps": {"bank": {"recognisers": ["PL_PESEL"]}}}))
    assert set(policy.apps["bank"].official) == {*Policy().official, "PL_PESEL"}


def test_an_unknown_number_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match=r"scrub\.recognisers: US_PASPORT is unknown; do you mean US_PASSPORT\?"):
        Policy.from_settings(Scrub(recognisers=["US_PASPORT"]))


def test_a_number_named_once_is_found_in_the_whole_trace_under_one_pseudonym() -> None:
    with Scrubber(Policy(), KEY).trace("t") as one:
        texts = ["my passport is A12345678", "we looked for a12345678 twice"]
        for text in texts:
            one.learn(text, TextKind.PROSE)
        first, second = (one.text(text).text for text in texts)
    assert first.split()[-1] == second.split()[3]
    assert counted("my passport is A12345678") == {"US_PASSPORT": 1}
