"""The policy of `benchbook.toml`, and Presidio as the interface."""

import re
import socket

import pytest
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NoOpNlpEngine
from presidio_anonymizer import AnonymizerEngine
from presidio_anonymizer.entities import OperatorConfig
from presidio_anonymizer.entities import RecognizerResult as Result

from errors import UsageError
from scrub import Policy, Scrubber, TextKind
from scrub.operators import Pseudonym
from scrub.pseudonyms import Pseudonyms
from scrub.recognisers import recognisers, registry
from settings.privacy import Scrub
from tests.scrub.scrubbing import KEY, kept

TEXT = (
    "I am Maria Lopez of 742 Evergreen Terrace, Springfield, IL 62704, "
    "maria@example.com, +1 415 555 0132, born 3/5/1990."
)


def _with(**said: object) -> Scrubber:
    return Scrubber(Policy.from_settings(Scrub.model_validate(said)), KEY)


def test_an_entity_can_be_kept() -> None:
    scrubber = _with(entities={"DATE_OF_BIRTH": "keep", "PERSON": "replace"})
    assert kept("Maria Lopez, born 3/5/1990", scrubber=scrubber) == "<PERSON_1>, born 3/5/1990"
    assert kept('{"dob": "1990-03-05"}', TextKind.DATA, scrubber) == '{"dob": "1990-03-05"}'


ACTIONS = {
    "IP_ADDRESS": "truncate", "DATE_OF_BIRTH": "truncate", "EMAIL_ADDRESS": "keep_domain", "PHONE_NUMBER": "hash",
    "US_SSN": "drop", "CREDIT_CARD": "keep",
}  # fmt: skip


def test_an_entity_can_be_shortened_hashed_or_dropped() -> None:
    scrubber = _with(entities=ACTIONS)
    text = "a@acme.com, b@gmail.com, a@acme.com, 8.8.4.4, born 3/5/1990, SSN 123-45-6789, 4111 1111 1111 1111."
    short = "<EMAIL_1>@acme.com, <EMAIL_2>, <EMAIL_1>@acme.com, 8.8.4.x, born 1990, SSN , 4111 1111 1111 1111."
    assert kept(text, scrubber=scrubber) == short
    assert kept(short, scrubber=scrubber) == short  # what stands there already stays
    assert kept('{"ssn": 123456789, "dob": "1990-03-05"}', TextKind.DATA, scrubber) == '{"ssn": "", "dob": "1990"}'
    assert kept("from 2001:db8:85a3::8a2e:370:7334", scrubber=scrubber) == "from 2001:0db8:85a3:x"


def test_a_hash_is_the_same_in_every_trace_and_for_every_spelling_but_not_in_every_home() -> None:
    scrubber, other = _with(entities=ACTIONS), Scrubber(Policy(actions={"PHONE_NUMBER": "hash"}), b"j" * 32)
    with scrubber.trace("a") as one, scrubber.trace("b") as two, other.trace("a") as elsewhere:
        first, second = one.text("+1 415 555 0132").text, two.text("+1-415-555-0132").text
        assert first == second != elsewhere.text("+1 415 555 0132").text
    assert re.fullmatch(r"<PHONE_[a-z2-7]{20}>", first)
    assert kept(first, scrubber=scrubber) == first


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"entities": {"PHONE_NUMBER": "truncate"}}, "truncate is for DATE_OF_BIRTH and IP_ADDRESS"),
        ({"entities": {"PERSON": "keep_domain"}}, "keep_domain is for EMAIL_ADDRESS"),
        ({"apps": {"chat": {"entities": {"PERSON": "keep"}}}}, r"scrub\.apps\.chat\.entities\.PERSON: keep does less"),
        (
            {"entities": {"IP_ADDRESS": "hash"}, "apps": {"chat": {"entities": {"IP_ADDRESS": "truncate"}}}},
            "truncate does less than hash",
        ),
    ],
)
def test_an_action_that_makes_no_sense_or_loosens_is_refused(said: dict[str, object], fault: str) -> None:
    with pytest.raises(UsageError, match=fault):
        _with(**said)


def test_an_application_may_do_more_than_all_do() -> None:
    own = {"entities": {"IP_ADDRESS": "replace"}, "names": ["Xyzzyk"], "patterns": {"BADGE": r"\bB-\d{4}\b"}}
    scrubber = _with(entities={"IP_ADDRESS": "keep"}, apps={"bank": own})
    text = "Xyzzyk with B-1234 from 8.8.4.4"
    assert kept(text, TextKind.DATA, scrubber) == text
    assert scrubber.for_app("shop") is scrubber.for_app(None) is scrubber
    bank = scrubber.for_app("bank")
    assert kept(text, TextKind.DATA, bank) == "<PERSON_1> with <BADGE_1> from <IP_1>"
    assert bank is scrubber.for_app("bank")
    assert scrubber.version != _with(entities={"IP_ADDRESS": "keep"}).version


def test_patterns_of_the_team_are_found_in_what_else_could_hold_nothing() -> None:
    scrubber = _with(patterns={"PROJECT": "bluefalcon", "ORDER": "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"})
    value = {"p": "bluefalcon", "o": "0b5f1c2e-1111-4222-8333-abcdefabcdef"}
    assert scrubber.data(value)[1] == {"PROJECT": 1, "ORDER": 1}


def test_names_of_the_team_are_people_everywhere() -> None:
    scrubber = _with(names=["Xyzzyk", "Blue Heron"])
    assert kept("xyz Xyzzyk-1 and the blue heron", TextKind.DATA, scrubber) == "xyz <PERSON_1>-1 and the <PERSON_2>"


def test_words_that_are_allowed_stay() -> None:
    scrubber = _with(allow=["Emma", "help@acme.com"])
    assert kept("Dear Emma, write to help@acme.com", scrubber=scrubber) == "Dear Emma, write to help@acme.com"
    assert kept("Dear Oliver", scrubber=scrubber) == "Dear <PERSON_1>"


def test_patterns_of_the_team_are_entities_of_their_own() -> None:
    scrubber = _with(patterns={"BADGE": r"\bB-\d{4}\b"})
    assert kept("badge B-1234 and B-9", TextKind.LABEL, scrubber) == "badge <BADGE_1> and B-9"


def test_a_pattern_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match=r"scrub\.patterns\.BADGE"):
        _with(patterns={"BADGE": "("})


def test_a_pattern_that_takes_too_long_masks_the_text_instead_of_skipping_it() -> None:
    scrubber = _with(patterns={"SLOW": r"(?:a|aa|aaa)+b"})
    assert kept("a" * 200 + "! ann@example.com", scrubber=scrubber) == "<MASKED>"


def test_the_version_names_the_rules_and_the_policy() -> None:
    assert _with().version == Scrubber(Policy(), b"j" * 32).version
    assert len({_with().version, _with(allow=["x"]).version, _with(names=["x"]).version}) == 3


def test_presidios_own_engine_finds_the_same_with_our_recognisers() -> None:
    analyzer = AnalyzerEngine(
        registry=registry(Policy()), nlp_engine=NoOpNlpEngine([{"lang_code": "en", "model_name": ""}]),
        supported_languages=["en"],
    )  # fmt: skip
    found = {(result.entity_type, TEXT[result.start : result.end]) for result in analyzer.analyze(TEXT, language="en")}
    assert {
        ("PERSON", "Maria Lopez"), ("EMAIL_ADDRESS", "maria@example.com"), ("PHONE_NUMBER", "+1 415 555 0132"),
        ("DATE_OF_BIRTH", "3/5/1990"), ("ADDRESS", "742 Evergreen Terrace, Springfield, IL 62704"),
    } <= found  # fmt: skip


def test_our_pseudonym_is_an_operator_of_presidios_anonymizer() -> None:
    engine = AnonymizerEngine()  # type: ignore[no-untyped-call]
    engine.add_anonymizer(Pseudonym)
    params = {"entity_type": "EMAIL_ADDRESS", "word": "EMAIL", "pseudonyms": Pseudonyms(KEY, "t")}
    found = [r for rules in recognisers(Policy(), TextKind.PROSE) for r in rules.analyze(TEXT, ["EMAIL_ADDRESS"])]
    results = [Result(r.entity_type, r.start, r.end, r.score) for r in found]
    done = engine.anonymize(TEXT, results, {"EMAIL_ADDRESS": OperatorConfig("pseudonym", params)})
    with Scrubber(Policy(), KEY).trace("t") as one:
        assert one.text("maria@example.com").text in done.text


def test_no_connection_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the scrubber opened a connection")

    for call in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, call, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    done = kept(f"{TEXT} https://ann:pw@www.example.co.uk/x?mail=bob@example.com")
    assert done.endswith("https://ann:<SECRET>@www.example.co.uk/x?mail=<EMAIL_2>")


@pytest.mark.parametrize(
    ("said", "meant"), [("PHONE", "PHONE_NUMBER"), ("DOB", "DATE_OF_BIRTH"), ("EMAIL_ADRESS", "EMAIL_ADDRESS")]
)
def test_an_action_for_what_nothing_finds_is_refused_with_what_may_be_meant(said: str, meant: str) -> None:
    with pytest.raises(UsageError, match=rf"nothing finds {said}; do you mean {meant}\?"):
        _with(entities={said: "drop"})


def test_an_action_for_an_entity_of_the_teams_own_is_taken() -> None:
    _with(entities={"POLICY_NUMBER": "drop", "PROJECT": "hash"}, patterns={"POLICY_NUMBER": "PN-[0-9]{8}"},
          deny={"PROJECT": ["Blue Heron"]})  # fmt: skip
