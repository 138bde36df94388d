"""What stands before a name is looked up: the phrases of an expression, and what may stand between."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrub.checksums import LuhnSums, is_card
from scrub.languages import LANGUAGES
from scrub.names import _cues
from scrub.phrases import expanded

ENGLISH = _cues(())
ALL = _cues([language for language in LANGUAGES.values() if language.code != "en"])


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("a|bc", {"a", "bc"}),
        ("n(?:e|i(?:x|y))?o", {"neo", "nixo", "niyo", "no"}),
        ("l['’]an", {"l'an", "l’an"}),
        ("dr\\.?", {"dr", "dr."}),
        ("[ab]?c", {"ac", "bc", "c"}),
    ],
)
def test_an_expression_is_written_out(pattern: str, texts: set[str]) -> None:
    assert expanded(pattern) == texts
    assert all(re.fullmatch(pattern, text) for text in texts)


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_the_cues_of_every_language_are_written_out_in_full(code: str) -> None:
    language = LANGUAGES[code]
    for pattern in (language.titles, language.introduced, language.greeted):
        texts = expanded(pattern)
        assert len(texts) > 8
        assert all(re.fullmatch(pattern, text) for text in texts)


@pytest.mark.parametrize(
    ("before", "strength"),
    [
        ("Dr. ", 3), ("(Mr ", 3), ("saw Mrs.\u00a0", 3), ("My name is ", 2), ('my name is "', 2),
        ("- **Passenger:** ", 2), ("09:13:24\nName: ", 2), ("spoke to ", 2), ("Hello ", 1), ("Hi there, ", 1),
        ("Regards,\n", 1), ("Thanks.\n", 0), ("Hello\n", 0), ("unnamed ", 0), ("the drum ", 0), ("", 0), ("Dr.", 0),
        ("name is", 0), ("x" * 40 + " ", 0),
    ],
)  # fmt: skip
def test_a_cue_counts_with_what_may_stand_behind_it(before: str, strength: int) -> None:
    assert ENGLISH.strength(before) == ALL.strength(before) == strength


def test_cues_of_other_languages_count_where_they_are_named() -> None:
    for before, strength in (
        ("Frau ", 3),
        ("je m’appelle ", 2),
        ("me llamo ", 2),
        ("Cordiali saluti,\n", 1),
        ("z. Hd. ", 3),
    ):
        assert ALL.strength(before) == strength
    assert ENGLISH.strength("je m’appelle ") == 0


@given(st.text("0123456789", min_size=12, max_size=60), st.data())
def test_a_part_of_a_run_has_the_checksum_that_it_has_by_itself(digits: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(digits) - 12))
    end = data.draw(st.integers(start + 12, len(digits)))
    part = digits[start:end]
    total = sum(sum(divmod(int(d) * (1 + place % 2), 10)) for place, d in enumerate(reversed(part)))
    assert LuhnSums(digits).holds(start, end) == (total % 10 == 0)
    assert not is_card(part) or total % 10 == 0
