"""Personal data in a rubric: replaced where people write, refused where answers go by it."""

import pytest

from errors import UsageError
from review.rubric.files import parse_rubric, toml_of
from review.rubric.personal import in_words, without_personal
from review.rubric.rubrics import BUILTIN
from review.words import Words
from scrub import Policy

QUALITY = parse_rubric(BUILTIN.read_text())
CANARY = "maria.gonzalez@bank.example"


@pytest.fixture(scope="module")
def words() -> Words:
    return Words(Policy(), b"k" * 32)


def test_the_rubric_that_comes_along_stays_as_it_is(words: Words) -> None:
    assert without_personal(QUALITY, words) == (QUALITY, {})


@pytest.mark.parametrize("said", [
    "Judge what was answered", "It answers the question", "It states a fee", "How much does the answer help",
    "all that was needed",
], ids=["instructions", "good", "bad", "question", "anchor"])  # fmt: skip
def test_whatever_is_written_in_it_is_scrubbed(words: Words, said: str) -> None:
    wanted = parse_rubric(toml_of(QUALITY).replace(said, f"{said} {CANARY}"))
    assert CANARY in toml_of(wanted)

    done, replaced = without_personal(wanted, words)

    assert CANARY not in toml_of(done)
    assert replaced == {"EMAIL_ADDRESS": 1}
    assert in_words(replaced) == "replaced: 1 EMAIL_ADDRESS"


@pytest.mark.parametrize(("place", "name"), [("wrong facts", CANARY), ("resolved", "Maria Gonzalez")],
                         ids=["category", "criterion"])  # fmt: skip
def test_what_answers_go_by_is_refused_without_quoting_it(words: Words, place: str, name: str) -> None:
    wanted = parse_rubric(toml_of(QUALITY).replace(f'"{place}"', f'"{name}"'))

    with pytest.raises(UsageError) as refused:
        without_personal(wanted, words)

    assert "looks personal" in str(refused.value)
    assert name not in str(refused.value)
