"""Reviewers' own words are scrubbed as traces are, and they see what was replaced."""

import pytest

from review.words import Words
from scrub import Policy
from settings.privacy import Scrub, ScrubOfApp


@pytest.fixture(scope="module")
def words() -> Words:
    return Words(Policy(names=("Winterbottom",)), b"k" * 32)


def test_personal_data_is_replaced_without_a_number_and_counted(words: Words) -> None:
    done = words.scrubbed("Winterbottom wrote from ana@example.com that the fee is wrong.")

    assert done.text == "<PERSON> wrote from <EMAIL> that the fee is wrong."
    assert done.replaced == {"PERSON": 1, "EMAIL_ADDRESS": 1}


def test_placeholders_of_the_answer_stay_as_they_are(words: Words) -> None:
    done = words.scrubbed("Dear <PERSON_2>, your account <IBAN_1> is open.")

    assert done.text == "Dear <PERSON_2>, your account <IBAN_1> is open."
    assert done.replaced == {}


def test_the_same_words_again_give_the_same(words: Words) -> None:
    once = words.scrubbed("Call ana@example.com").text

    assert words.scrubbed(once).text == once


def test_what_a_sample_shows_is_not_the_hash_that_traces_have(words: Words) -> None:
    shown = words.sample('{"user_id": "mia_li_3668"}', "json")

    assert "mia_li_3668" not in shown.text
    assert words._loaded().identifier("mia_li_3668", "user_id") not in shown.text


def test_line_ends_are_one_kind_and_blanks_need_no_engine() -> None:
    cold = Words(Policy(), b"k" * 32)

    assert cold.scrubbed(" \r\n").text == " \n"
    assert cold._engine is None


def test_what_one_application_calls_personal_is_taken_out_of_all_words() -> None:
    bank = ScrubOfApp(names=["Zyxwara"], patterns={"POLICY_NUMBER": r"PN-\d{8}"}, entities={"EMAIL_ADDRESS": "replace"})
    said = Scrub(entities={"EMAIL_ADDRESS": "keep_domain"}, apps={"bank": bank})

    done = Words(Policy.from_settings(said), b"k" * 32).scrubbed("PN-12345678 belongs to Zyxwara, jo@acme.com")

    assert done.text == "<POLICY_NUMBER> belongs to <PERSON>, <EMAIL>"
