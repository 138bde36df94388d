"""Values that are spelt to be overlooked are found where they read as values."""

import base64
import html
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrub.evasion import AROUND, plain_form
from tests.scrub.scrubbing import SCRUBBER, kept

VALUES = {
    "EMAIL": "maria.lopez@example.com",
    "PHONE": "+1 415-555-0132",
    "CARD": "4111 1111 1111 1111",
    "ID": "123-45-6789",
    "IBAN": "DE89370400440532013000",
    "PERSON": "Maria Lopez",
}
TRICKS: dict[str, Callable[[str], str]] = {
    "full width": lambda v: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in v),
    "zero width": "\u200b".join,
    "soft hyphen": "\u00ad".join,
    "bold": lambda v: "".join(chr(0x1D7CE + int(c)) if c.isdigit() else c for c in v),
    "arabic digits": lambda v: "".join(chr(0x660 + int(c)) if c.isdigit() else c for c in v),
    "thin space": lambda v: v.replace(" ", "\u2009").replace("-", "\u2011"),
    "entities": lambda v: "".join(f"&#{ord(c)};" for c in v),
    "escapes": lambda v: "".join(f"\\u{ord(c):04x}" for c in v),
    "hexadecimal entities": lambda v: "".join(f"&#x{ord(c):x};" for c in v),
    "partly entities": lambda v: "".join(c if c.isalnum() else f"&#{ord(c)};" for c in v),
    "partly percent": lambda v: "".join(c if c.isalnum() else f"%{ord(c):02X}" for c in v),
    "cyrillic": lambda v: v.translate(str.maketrans("aeopcxy", "аеорсху")),
    "base64": lambda v: base64.b64encode(v.encode()).decode(),
    "hexadecimal": lambda v: v.encode().hex(),
    "percent": lambda v: "".join(f"%{ord(c):02X}" for c in v),
    "named entities": lambda v: html.escape(v).replace("@", "&commat;").replace(" ", "&nbsp;"),
}


@pytest.mark.parametrize("trick", list(TRICKS))
@pytest.mark.parametrize("word", list(VALUES))
def test_a_disguised_value_is_replaced(word: str, trick: str) -> None:
    assert kept(f"it is {TRICKS[trick](VALUES[word])} ok") == f"it is <{word}_1> ok"


@pytest.mark.parametrize("word", ["PHONE", "CARD", "ID", "IBAN"])
def test_a_number_pulled_apart_is_replaced(word: str) -> None:
    assert kept(f"it is {' '.join(VALUES[word])} ok") == f"it is <{word}_1> ok"


@pytest.mark.parametrize(
    "text", ["1 2 3 4 5 6 7 8 9 10 11 12 13", "4 1 1 1   1 1 1 1   1 1 1 1   1 1 1 2", "x + 1 2 3"]
)
def test_other_numbers_in_a_row_stay(text: str) -> None:
    assert kept(text) == text


@pytest.mark.parametrize("text", ["maria [at] example [dot] com", "maria(at)example.com", "mаriа@example.com"])
def test_other_disguises_of_an_address(text: str) -> None:
    assert kept(f"to {text} now") == "to <EMAIL_1> now"


def test_a_disguised_value_is_the_same_as_the_plain_one() -> None:
    assert kept("maria@example.com ｍａｒｉａ@example.com ma\u200bria@example.com") == "<EMAIL_1> <EMAIL_1> <EMAIL_1>"


@pytest.mark.parametrize(
    "text", ["plain ASCII", "Zürich – “quoted” … 5 €", "日本語の文章です", "100% & more", "Привет, мир"]
)
def test_ordinary_text_hides_nothing(text: str) -> None:
    assert plain_form(text) is None
    assert SCRUBBER.text(text).text == text


@given(st.text(max_size=100))
def test_each_character_of_the_plain_form_has_its_place(text: str) -> None:
    hidden = plain_form(text)
    if hidden:
        plain, places = hidden.text, hidden.places
        assert len(places) == len(plain) + 1
        assert list(places) == sorted(places)
        assert all(0 <= place <= len(text) for place in places)


def test_only_the_parts_around_what_reads_otherwise_are_searched_again() -> None:
    text = "a b " * 1_000 + "mаria@example.com" + " c d" * 1_000 + " \\u0041nn" + " e" * 1_000
    hidden = plain_form(text)
    assert hidden is not None
    windows = list(hidden.windows())
    assert len(windows) == 2
    assert sum(end - start for start, end in windows) < 4 * AROUND + 100
    assert "maria@example.com" in hidden.text[slice(*windows[0])]
    assert all(hidden.text[start - 1] == " " for start, _ in windows)


@given(st.text(alphabet="ab \n\u200bａ", max_size=3_000), st.integers(0, 5))
def test_every_place_that_reads_otherwise_is_in_one_window(text: str, times: int) -> None:
    hidden = plain_form(text * times)
    if hidden:
        windows = list(hidden.windows())
        assert all(sum(start <= place <= end for start, end in windows) >= 1 for place in hidden.changed)
        assert all(before[1] < after[0] for before, after in pairwise(windows))
        assert all(0 <= start <= end <= len(hidden.text) for start, end in windows)
