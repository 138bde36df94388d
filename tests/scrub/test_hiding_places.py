"""Personal values that an attack got through: glued to words, encoded, in keys and ids, as numbers, cut in pieces."""

import base64
import json
from urllib.parse import quote, quote_plus

import pytest

from scrub import TextKind
from tests.scrub.scrubbing import SCRUBBER, kept

EMAIL = "wren00412377@example-mail.com"
IBAN = "DE89370400440532013000"
CARD = "4111111111111111"
SPACED_CARD = "5555 5555 5555 4444"
PHONE = "+14152345678"
SSN = "234-12-1234"
VALUES = {"email": EMAIL, "iban": IBAN, "card": CARD, "spaced card": SPACED_CARD, "phone": PHONE, "ssn": SSN}
KINDS = pytest.mark.parametrize("kind", list(TextKind))


def as_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def of_data(value: object) -> str:
    with SCRUBBER.trace("t") as one:
        return json.dumps(one.data(value)[0], ensure_ascii=False)


@KINDS
@pytest.mark.parametrize("name", list(VALUES))
def test_an_underscore_ends_a_value(name: str, kind: TextKind) -> None:
    assert VALUES[name] not in kept(f"user_{VALUES[name]}_x", kind)


@KINDS
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{EMAIL}2 and {EMAIL}-x", "<EMAIL_1>2 and <EMAIL_1>-x"),
        (f"visa{CARD}", "visa<CARD_1>"),
        (f"note.{CARD}", "note.<CARD_1>"),
        (f"{CARD}.0,1.0", "<CARD_1>.0,1.0"),
        ("4111.1111.1111.1111", "<CARD_1>"),
        ("4111\t1111\t1111\t1111", "<CARD_1>"),
        ("4111  1111  1111  1111", "<CARD_1>"),
        (f"IBAN{IBAN}", "IBAN<IBAN_1>"),
        (f"{IBAN} GB82WEST12345698765432", "<IBAN_1> <IBAN_2>"),
        ("ID42 DE89 3704 0044 0532 0130 00", "ID42 <IBAN_1>"),
        ("12 " + "4111 1111 1111 1111 " * 9, "12 " + "<CARD_1> " * 9),
        ("x" * 120 + " mail wren00412@exam", "x" * 120 + " mail <EMAIL_1>"),
    ],
)
def test_what_stands_beside_a_value_does_not_hide_it(text: str, expected: str, kind: TextKind) -> None:
    assert kept(text, kind) == expected


@KINDS
@pytest.mark.parametrize("name", list(VALUES))
@pytest.mark.parametrize(
    "spelling",
    [
        as_base64,
        lambda value: as_base64(json.dumps({"note": f"it is {value}"})),
        lambda value: as_base64(f"??>{value}~~").translate(str.maketrans("+/", "-_", "=")),
        lambda value: "data:text/plain;base64," + as_base64(f"hello {value}"),
        lambda value: f"https://example.com/u/{as_base64(value)}/orders",
        lambda value: as_base64(as_base64(f"it is {value}")),
        lambda value: base64.encodebytes(f"{'a line of mail ' * 5}{value} {'and more ' * 9}".encode()).decode(),
        lambda value: value.encode().hex(),
        lambda value: f"https://example.com/?who={quote(value)}",
        lambda value: f"https://example.com/?who={quote_plus(value)}&b=1",
        lambda value: f"https://example.com/?next={quote(quote(value))}",
        lambda value: f"https://example.com/?next={quote(quote(quote(value)))}",
    ],
    ids=["base64", "base64 of JSON", "base64 for URLs", "data URL", "base64 in a path", "base64 twice",
         "base64 in lines", "hexadecimal", "percent", "plus", "percent twice", "percent three times"],
)  # fmt: skip
def test_an_encoded_value_is_replaced_as_a_whole(spelling: object, name: str, kind: TextKind) -> None:
    assert callable(spelling)
    coded = spelling(VALUES[name])
    clean = kept(coded, kind)
    assert "<" in clean
    assert coded.removesuffix("&b=1")[-12:] not in clean


@pytest.mark.parametrize(
    "text",
    [
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "trace 0af7651916cd43dd8448eb211c80319c",
        "/usr/lib/python3/dist-packages/some_package/module_name",
        "the_configuration_of_the_retriever",
        "claude-3-5-sonnet@20240620",
        as_base64("an ordinary sentence about cards and accounts"),
        as_base64(bytes(range(256)).decode("latin-1")),
        "0.4111111111111111",
        "1.2.3.4.5.6.7.8.9.10.11.12.13.14",
        "a+b=c and 1+2+3",
    ],
)
@KINDS
def test_what_only_looks_encoded_stays(text: str, kind: TextKind) -> None:
    assert kept(text, kind) == text


@pytest.mark.parametrize(
    "key", [IBAN, f"u_{CARD}", f"note.{CARD}", "ＤＥ８９３７０４００４４０５３２０１３０００", EMAIL]
)
def test_a_key_that_is_a_personal_value_is_replaced(key: str) -> None:
    assert key not in of_data({key: 1})
    assert key not in of_data(json.dumps({key: 1}, ensure_ascii=False))


@pytest.mark.parametrize("number", [int(CARD), float(CARD), -int(CARD), -float(CARD)])
def test_a_card_as_any_number_is_replaced(number: float) -> None:
    assert of_data({"a": number}) == of_data({"a": int(CARD)}).replace(CARD, "")
    assert "4111" not in of_data({"a": [number]})
    assert "4111" not in of_data(json.dumps({"a": number}))
    assert "4111" not in of_data('{"a": 4.111111111111111e15}')


@pytest.mark.parametrize("value", [CARD, int(CARD), PHONE])
def test_a_key_for_ids_does_not_hide_a_card_or_a_full_phone_number(value: object) -> None:
    assert str(value) not in of_data({"response_id": value})


@pytest.mark.parametrize("text", [f"<{IBAN}>", f"<IBAN_{IBAN}>", f"<CARD_{CARD}>"])
def test_angle_brackets_make_no_placeholder_of_a_value(text: str) -> None:
    assert IBAN not in kept(text)
    assert CARD not in kept(text)


def test_a_value_in_the_pieces_of_a_stream_is_found() -> None:
    assert EMAIL[:12] not in of_data({"chunks": ["my mail", " is wren00", "412377@exa", "mple-mail", ".com"]})
    assert "4111" not in of_data(["4111", "1111", "1111", "1111"])
    assert of_data(["an", "ordinary", "list"]) == '["an", "ordinary", "list"]'


@pytest.mark.parametrize("key", [CARD, IBAN, IBAN.lower()])
def test_an_id_that_is_a_card_or_an_iban_becomes_a_hash(key: str) -> None:
    assert SCRUBBER.join_key(key).startswith("k_")


@pytest.mark.parametrize("key", ["0af7651916cd43dd8448eb211c80319c", "1795000000000000001", "12345678"])
def test_an_id_of_digits_that_is_neither_stays(key: str) -> None:
    assert SCRUBBER.join_key(key) == key
