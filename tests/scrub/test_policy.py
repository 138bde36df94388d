"""The policy of `benchbook.toml`, and Presidio as the interface."""

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
from settings import Scrub
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
