"""Sixty planted values in ten carriers: none comes out."""

import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from scrub import Scrubber, TextKind
from tests.scrub.scrubbing import SCRUBBER

PEOPLE = ["Quillon Abernathy", "Maria Lopez", "Oluwaseun Adeyemi", "José García", "Emma Fitzgerald", "Yuki Nakamura",
          "Jean-Luc Moreau", "Siobhan O'Brien", "Priya Sharma", "Zsófia Kovács", "Thaddeus Vanderbilt",
          "Anh Nguyen"]  # fmt: skip
EMAILS = ["wren00412@example-mail.com", "a.b+c@mail.example.co.uk", "o'hara_1@example.org", "X9@sub.domain.example",
          "maría@example.es", "first.last-name@company.travel"]  # fmt: skip
PHONES = ["+1 415 234 5678", "+44 20 7946 0958", "(212) 555-0198", "415-555-0132", "+49-30-901820-15", "1-800-555-0142",
          "+4917612345678", "212.555.0147"]  # fmt: skip
CARDS = ["4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005", "6011111111111117", "3530111333300000",
         "4242424242424242"]  # fmt: skip
IBANS = ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "FR1420041010050500013M02606", "NL91ABNA0417164300"]
SSNS = ["234-12-1234", "567-89-0123", "123-45-6789", "401-22-7788"]
ADDRESSES = ["742 Evergreen Terrace, Springfield, IL 62704", "1600 Amphitheatre Parkway", "P.O. Box 4471",
             "22B Baker Street", "350 Fifth Avenue Apt 12", "Hauptstraße 12"]  # fmt: skip
IPS = ["8.8.4.4", "81.2.69.142", "2001:db8:85a3::8a2e:370:7334"]
SECRETS = ["sk-proj-Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8", "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "AKIAIOSFODNN7EXAMPLE",
           "xoxb-123456789012-abcdefGHIJKL", "AIzaSyA1234567890abcdefghijklmnopqrstuv", "glpat-ABCDEFGHIJ1234567890",
           "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
           "hf_abcdefghijABCDEFGHIJ0123456789",
           "sk-ant-api03-abcdefghij1234567890", "npm_abcdefghijklmnopqrstuvwxyz0123456789"]  # fmt: skip
VALUES = PEOPLE + EMAILS + PHONES + CARDS + IBANS + SSNS + ADDRESSES + IPS + SECRETS


def _sentence(value: str) -> str:
    return f"My name is {value}." if value in PEOPLE else f"Here you are: {value} - thanks."


CARRIERS: dict[str, Callable[[str], object]] = {
    "prose": _sentence,
    "message": lambda value: [{"role": "user", "content": _sentence(value)}],
    "json": lambda value: json.dumps({"note": _sentence(value), "n": 1}),
    "json with escapes": lambda value: json.dumps({"note": _sentence(value) + '\n\t"é'}, indent=1),
    "json in json": lambda value: json.dumps({"arguments": json.dumps({"q": _sentence(value)})}),
    "cut json": lambda value: json.dumps({"note": _sentence(value), "rest": "x"})[:-6],
    "python repr": lambda value: repr({"note": _sentence(value), "ok": True}),
    "stack trace": lambda value: f'File "app.py", line 3, in f\n    g()\nValueError: {_sentence(value)}',
    "key": lambda value: {_sentence(value): 1},
    "list in a list": lambda value: [[["x", _sentence(value)]]],
    "markdown": lambda value: f"# Case\n\n* **Note:** {_sentence(value)}\n| a | b |",
    "html": lambda value: f"<p>{_sentence(value)}</p>",
}


def _out(scrubber: Scrubber, sent: object, kind: TextKind) -> str:
    clean = scrubber.data(sent, kind)[0]
    text = json.dumps(clean, ensure_ascii=False)
    return text + text.encode().decode("unicode_escape", "ignore") if "\\" in text else text


def test_there_are_about_sixty_values() -> None:
    assert len(set(VALUES)) == len(VALUES) >= 55


@pytest.mark.parametrize("kind", [TextKind.PROSE, TextKind.DATA])
@pytest.mark.parametrize("carrier", list(CARRIERS))
def test_no_planted_value_comes_out(carrier: str, kind: TextKind) -> None:
    leaked = []
    for value in VALUES:
        with SCRUBBER.trace(value) as one:
            out = _out(one, CARRIERS[carrier](value), kind)
        if value in out or value in out.replace("\\", ""):
            leaked.append(value)
    assert leaked == []


@pytest.mark.parametrize("value", [value for value in VALUES if value not in ADDRESSES])
def test_no_planted_value_comes_out_of_a_label(value: str) -> None:
    assert value not in SCRUBBER.text(_sentence(value), TextKind.LABEL).text


@pytest.mark.parametrize("value", [value for value in EMAILS if value.isascii()])
def test_a_percent_encoded_address_in_a_url_does_not_come_out(value: str) -> None:
    assert value.partition("@")[0] not in SCRUBBER.text(f"https://example.com/?m={quote(value)}", TextKind.DATA).text


def test_counts_say_what_was_found_and_never_which() -> None:
    counts = SCRUBBER.text(" ".join(map(_sentence, VALUES))).counts
    assert set(counts) <= {"PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD", "IBAN_CODE", "US_SSN", "ADDRESS",
                           "IP_ADDRESS", "SECRET"}  # fmt: skip
    assert counts["EMAIL_ADDRESS"] == len(EMAILS)
    assert counts["CREDIT_CARD"] == len(CARDS)
