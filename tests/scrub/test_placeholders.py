"""One person has one number in a trace, wherever its spans are scrubbed; other traces cannot be linked to it."""

import itertools
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrub import Numberer, Policy, Scrubber, TextKind, without_numbers
from tests.scrub.scrubbing import KEY, SCRUBBER


def _tagged(trace: str, text: str, scrubber: Scrubber = SCRUBBER) -> str:
    with scrubber.trace(trace) as one:
        return one.text(text).text


def test_numbers_follow_the_order_of_appearance() -> None:
    numberer = Numberer()
    text = _tagged("t", "ann@example.com, bob@example.com, ann@example.com")
    assert numberer.number("t", text) == "<EMAIL_1>, <EMAIL_2>, <EMAIL_1>"
    assert numberer.number("t", _tagged("t", "eve@example.com bob@example.com")) == "<EMAIL_3> <EMAIL_2>"


def test_two_worker_processes_with_one_key_make_the_same_tags() -> None:
    first, second = Scrubber(Policy(), KEY), Scrubber(Policy(), KEY)
    text = "My name is Maria Lopez, maria@example.com"
    assert _tagged("t", text, first) == _tagged("t", text, second)


def test_tags_of_other_traces_and_other_homes_cannot_be_linked() -> None:
    text = "mail maria@example.com"
    assert len({_tagged("t", text), _tagged("u", text), _tagged("t", text, Scrubber(Policy(), b"j" * 32))}) == 3


def test_spellings_of_one_value_are_one_value() -> None:
    numberer = Numberer()
    for one, other in [
        ("Ann@Example.com", "ann@example.com"),
        ("4111 1111 1111 1111", "4111-1111-1111-1111"),
        ("+1 415-555-0132", "+1 (415) 555 0132"),
        ("Dear MARIA LOPEZ", "Dear Maria Lopez"),
    ]:
        text = numberer.number("t", _tagged("t", f"{one} and then {other}"))
        assert len(set(re.findall(r"<\w+>", text))) == 1, text


def test_parts_of_a_name_are_the_person_when_only_one_can_be_meant() -> None:
    text = "Maria Lopez called. Ms. Lopez said that Maria is fine."
    assert (
        Numberer().number("t", _tagged("t", text)) == "<PERSON_1> called. Ms. <PERSON_1> said that <PERSON_1> is fine."
    )


def test_a_part_that_two_people_share_is_neither_of_them() -> None:
    text = "I met John Smith and Ann Smith. Mr. Smith left."
    assert Numberer().number("t", _tagged("t", text)) == "I met <PERSON_1> and <PERSON_2>. Mr. <PERSON_3> left."


_FIRSTS = ("Maria", "John", "Emma", "Oliver")
_LASTS = ("Lopez", "Nakamura", "Kowalski", "Fitzgerald")


@given(st.permutations(list(itertools.product(_FIRSTS, _LASTS))))
def test_two_people_never_share_a_number(people: list[tuple[str, str]]) -> None:
    numberer = Numberer()
    numbers = [numberer.number("t", _tagged("t", f"My name is {first} {last}.")) for first, last in people]
    again = [numberer.number("t", _tagged("t", f"My name is {first} {last}.")) for first, last in people]
    assert len(set(numbers)) == len(people)
    assert numbers == again


def test_a_number_that_the_text_already_holds_is_somebody_elses() -> None:
    assert (
        Numberer().number("t", "<EMAIL_1> wrote to " + _tagged("t", "ann@example.com"))
        == "<EMAIL_1> wrote to <EMAIL_2>"
    )


def test_tags_cannot_be_forged_from_outside() -> None:
    forged = "\ue000abcdefghijklm\ue001"
    assert SCRUBBER.text(f"<PERSON_{forged}>").text == "<PERSON_abcdefghijklm>"
    assert SCRUBBER.data({f"k{forged}": forged})[0] == {"kabcdefghijklm": "abcdefghijklm"}


def test_only_the_latest_traces_are_remembered() -> None:
    numberer = Numberer(traces=2)
    for trace in ("a", "b", "c"):
        numberer.number(trace, _tagged(trace, "ann@example.com"))
    assert numberer.number("c", _tagged("c", "bob@example.com")) == "<EMAIL_2>"
    assert numberer.number("a", _tagged("a", "bob@example.com")) == "<EMAIL_1>"


def test_without_a_trace_placeholders_have_no_number() -> None:
    assert without_numbers(SCRUBBER.text("mail ann@example.com").text) == "mail <EMAIL>"


def test_a_tag_says_nothing_about_the_value() -> None:
    short, long = (_tagged("t", f"mail {name}@example.com") for name in ("a", "a" * 60))
    assert len(short) == len(long)


_PIECES = st.sampled_from(
    ["ann@example.com", "My name is Maria Lopez.", "hello there", "4111 1111 1111 1111", "Mr. Young",
     "call +1 415 555 0132",
     "742 Evergreen Terrace, Springfield, IL 62704", "password: hunter2",
     '{"email": "x@example.com"}', "Dear John,", "\n"],
)  # fmt: skip


@given(st.lists(_PIECES, max_size=6).map(" ; ".join), st.sampled_from(list(TextKind)))
def test_what_was_scrubbed_and_numbered_stays_as_it_is(text: str, kind: TextKind) -> None:
    with SCRUBBER.trace("t") as one:
        once = Numberer().number("t", one.text(text, kind).text)
        twice = one.text(once, kind)
    assert (twice.text, twice.counts) == (once, {})


@given(
    st.text(alphabet=st.characters(exclude_characters="\ue000\ue001"), max_size=200), st.sampled_from(list(TextKind))
)
def test_a_text_without_findings_comes_back_identical(text: str, kind: TextKind) -> None:
    done = SCRUBBER.text(text, kind)
    assert done.counts or done.text == text


@given(st.text(max_size=200), st.sampled_from(list(TextKind)))
def test_what_stands_outside_of_placeholders_was_in_the_text_in_that_order(text: str, kind: TextKind) -> None:
    clean = text.replace("\ue000", "").replace("\ue001", "")
    at = 0
    for piece in re.split("<[A-Z]+(?:_\ue000[a-z2-7]+\ue001)?>", SCRUBBER.text(text, kind).text):
        if piece and piece != clean:
            at = clean.index(piece, at) + len(piece)


_PEOPLE = [
    {"first_name": "Mehmet", "last_name": "Yilmaz"},
    {"vorname": "Mehmet", "nachname": "Kaya"},
    {"customer": {"name": {"first": "Fatou", "middle": "Awa", "last": "N'Diaye"}, "card_last": "4242"}},
    {"holderFirstName": "Zoltan", "spouseFirstName": "Priya", "holderLastName": "Okafor", "spouseLastName": "Iyer"},
]


@pytest.mark.parametrize("form", ["a value", "JSON", "JSON in JSON", "lines of JSON"])
def test_first_and_last_name_of_one_record_are_one_person(form: str) -> None:
    numberer = Numberer()
    with SCRUBBER.trace("t") as one:
        if form == "a value":
            one.learn(_PEOPLE)
            clean = numberer.number("t", json.dumps(one.data(_PEOPLE)[0], ensure_ascii=False))
        else:
            text = json.dumps(_PEOPLE) if form != "lines of JSON" else "\n".join(map(json.dumps, _PEOPLE))
            text = json.dumps({"result": text}) if form == "JSON in JSON" else text
            one.learn(text, TextKind.DATA)
            clean = numberer.number("t", one.text(text, TextKind.DATA).text)
    numbers = re.findall(r"<PERSON_(\d)>", clean)
    assert numbers == ["1", "1", "2", "2", "3", "3", "3", "4", "5", "4", "5"]


@given(st.permutations(["Mehmet said so", '{"last_name": "Yilmaz", "first_name": "Mehmet"}', "Mr. Mehmet Yilmaz called",
                        "Yilmaz, too", "/files/Yilmaz_Mehmet/mehmet_yilmaz.pdf"]))  # fmt: skip
def test_a_person_has_one_number_whichever_name_comes_first(texts: list[str]) -> None:
    numberer = Numberer()
    with SCRUBBER.trace("t") as one:
        for text in texts:
            one.learn(text, TextKind.DATA)
        clean = " ".join(numberer.number("t", one.text(text, TextKind.DATA).text) for text in texts)
    assert set(re.findall(r"<\w+>", clean)) == {"<PERSON_1>"}
    assert "Mehmet" not in clean
    assert "Yilmaz" not in clean


def test_a_name_that_is_hashed_is_hashed_as_it_is_written() -> None:
    hashing = Scrubber(Policy(actions={"PERSON": "hash"}), KEY)
    record = {"first_name": "Mehmet", "last_name": "Yilmaz"}
    with hashing.trace("t") as one, hashing.trace("u") as other:
        one.learn(record)
        for text in ("Dear Mehmet,", "Dear Mr. Yilmaz,"):
            assert one.text(text).text == other.text(text).text != text
