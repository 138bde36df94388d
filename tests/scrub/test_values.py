"""Value by value: what is replaced, and what looks like it and stays."""

import pytest

from scrub import TextKind
from tests.scrub.scrubbing import kept

REPLACED = [
    ("write to ann.o'hara+x@mail.example.co.uk.", "write to <EMAIL_1>."),
    ("<a href='mailto:ann@example.com'>", "<a href='mailto:<EMAIL_1>'>"),
    ("a@example.com b@example.com a@example.com", "<EMAIL_1> <EMAIL_2> <EMAIL_1>"),
    ("card 4111 1111 1111 1111 please", "card <CARD_1> please"),
    ("card 5555-5555-5555-4444", "card <CARD_1>"),
    ("amex 378282246310005", "amex <CARD_1>"),
    ("mastercard 2223003122003222", "mastercard <CARD_1>"),
    ("item 12 4111111111111111", "item 12 <CARD_1>"),
    ("cvv 123", "cvv <CARD_1>"),
    ("IBAN DE89 3704 0044 0532 0130 00.", "IBAN <IBAN_1>."),
    ("gb82west12345698765432", "<IBAN_1>"),
    ("account number is 12345678", "account number is <ACCOUNT_1>"),
    ("routing number: 021000021", "routing number: <ACCOUNT_1>"),
    ("my ssn is 123-45-6789", "my ssn is <ID_1>"),
    ("ssn 123456789", "ssn <ID_1>"),
    ("passport number X1234567", "passport number <ID_1>"),
    ("driver's license D123-4567-8901", "driver's license <ID_1>"),
    ("call +49 30 901820 today", "call <PHONE_1> today"),
    ("call 415-555-0132 x12 today", "call <PHONE_1> today"),
    ("(415) 555-0132", "<PHONE_1>"),
    ("020 7946 0958", "<PHONE_1>"),
    ("my phone is 4155550132", "my phone is <PHONE_1>"),
    ("call me back at 4155550132.", "call me back at <PHONE_1>."),
    ("born on March 5, 1990 in Rome", "born on <DOB_1> in Rome"),
    ("DOB: 1990-03-05", "DOB: <DOB_1>"),
    ("date of birth 5/3/1990", "date of birth <DOB_1>"),
    ("from 8.8.4.4 and 2001:db8:85a3::8a2e:370:7334", "from <IP_1> and <IP_2>"),
    ("mac 3c:22:fb:12:34:56", "mac <MAC_1>"),
    ("send to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "send to <CRYPTO_1>"),
    ("I live at 742 Evergreen Terrace, Springfield, IL 62704.", "I live at <ADDRESS_1>."),
    ("ship to 10 Main St Apt 4B, Austin, TX 78701", "ship to <ADDRESS_1>"),
    ("P.O. Box 1234", "<ADDRESS_1>"),
    ("at Hauptstraße 12, 10115 Berlin", "at <ADDRESS_1> Berlin"),
    ("zip code 94107", "zip code <ADDRESS_1>"),
    ("to 0304 Rua Cidade de Maracajá 468, Joinville", "to <ADDRESS_1>"),
    ("at 594 Hegedûs Gyula utca 76. Apt. 289 Mogyorósbánya Hungary", "at <ADDRESS_1>"),
    ("58 kvaløyvågvegen 140\n suite 763\n kvaløysletta\n\n mexico 52199\n", "<ADDRESS_1>\n"),
    ("he lives at Hersnapvej 18 now", "he lives at <ADDRESS_1> now"),
    ("the card ending in 7447, my 7447 card", "the card ending in <CARD_1>, my <CARD_1> card"),
    ("SW1A 1AA", "<ADDRESS_1>"),
    ("the password is hunter2.", "the password is <SECRET>."),
    ("OPENAI_API_KEY=sk-proj-abcdefgh1234567890ABCDEFGH", "OPENAI_API_KEY=<SECRET>"),
    ("Authorization: Bearer abcdefghijklmnop12345", "Authorization: Bearer <SECRET>"),
    ("postgres://bob:s3cr3t@db.example/x", "postgres://bob:<SECRET>@db.example/x"),
    ("AKIAIOSFODNN7EXAMPLE", "<SECRET>"),
    ("from host-203.0.113.7 and app/203.0.113.8", "from host-<IP_1> and app/<IP_2>"),
    ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "<SECRET>"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w", "<SECRET>"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIEabc\n-----END RSA PRIVATE KEY-----\nend", "<SECRET>\nend"),
]

STAYS = [
    "trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7",
    "order 123e4567-e89b-12d3-a456-426614174000 of 2024-05-01T10:00:00.123Z",
    "at 1714557600 or 1714557600123 or 1714557600123456789",
    "score 0.4111111111111111 and 12.41111111111111111",
    "ids 4155550132 9876543210 1234567890123",
    "commit da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "version 1.2.3.4 of Chrome/120.0.6099.109 on 127.0.0.1, 10.0.0.7, 192.168.1.5",
    "nginx/1.21.6.1 and lib-1.2.3.4.jar in Chrome/120.0.0.0",
    "git@github.com:acme/app.git, user@localhost, react@18.2.0, @ann",
    "on 05/06/2024 at 10:30, 2024-05-06, 6 May 2024, 01-02-2024",
    "std::vector<int> ab::cd 12:34:56",
    "max_tokens: 1000, token count: 250, next_page_token: null",
    "password: required, your password is incorrect",
    "Flight HAT136 from JFK to SEA costs 250 USD, 3 bags, seat 12A",
    "4111 1111 1111 1112",
    "[0.123456, 0.234567, -0.345678]",
    "the top 10 results, 5 of 20, 100 % in 3 steps",
    "address 404 Errors, move it to May 24, sent to 500 Customers in 2024, unit 3 tests, Test Suite 12 passed",
    "meet me at 5 PM on 12 May, upgrade to Python 3, arrived at Gate 12, 3 bedrooms flat 20% off",
]


@pytest.mark.parametrize(("text", "expected"), REPLACED)
@pytest.mark.parametrize("kind", [TextKind.PROSE, TextKind.DATA])
def test_a_personal_value_is_replaced(text: str, expected: str, kind: TextKind) -> None:
    assert kept(text, kind) == expected


@pytest.mark.parametrize("text", STAYS)
@pytest.mark.parametrize("kind", list(TextKind))
def test_what_only_looks_personal_stays(text: str, kind: TextKind) -> None:
    assert kept(text, kind) == text


@pytest.mark.parametrize(("text", "expected"), [row for row in REPLACED if "ADDRESS" not in row[1]])
def test_labels_lose_personal_values_too(text: str, expected: str) -> None:
    assert kept(text, TextKind.LABEL) == expected


def test_private_addresses_outside_of_everybodys_networks_tell_something_where_people_write_them() -> None:
    assert kept("blocked: 10.218.6.131", TextKind.PROSE) == "blocked: <IP_1>"
    assert kept("blocked: 10.218.6.131", TextKind.DATA) == "blocked: 10.218.6.131"
