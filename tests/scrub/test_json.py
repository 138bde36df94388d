"""JSON is walked: keys say what values are, the rest of the text stays as it was, and it stays JSON."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrub import Numberer, TextKind
from scrub.json_walk import Places, unescaped
from tests.scrub.scrubbing import SCRUBBER, kept

PERSON = {
    "first_name": "Zsófia", "lastName": "Quirion", "email": "zq@example.org", "phone_number": 4155550132,
    "ssn": 123456789, "dob": "1990-03-05",
    "address": {"street": "742 Evergreen Terrace", "zip": "62704", "city": "Rome"},
    "password": "sunshine", "card_number": "4111111111111111", "username": "zq-77",
}  # fmt: skip
SECRETS = ["Zsófia", "Quirion", "zq@example.org", "4155550132", "123456789", "1990-03-05", "742 Evergreen", "62704",
           "sunshine", "4111111111111111", "zq-77"]  # fmt: skip
IDS = {
    "order_id": "9876543210", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "created_at": 1714557600123,
    "max_tokens": 4096, "token_count": 17, "model_name": "gpt-4o", "name": "get_order", "score": 0.4222222222222222,
    "ok": True, "nothing": None, "sku": "4155550132",
}  # fmt: skip


def _forms() -> dict[str, str]:
    record = {**PERSON, **IDS}
    return {
        "compact": json.dumps(record, separators=(",", ":")),
        "indented": json.dumps(record, indent=2, ensure_ascii=False),
        "in a string": json.dumps({"arguments": json.dumps(record)}),
        "twice in a string": json.dumps({"a": json.dumps({"b": json.dumps(record, ensure_ascii=False)})}),
        "in a list": json.dumps([[record], "x"]),
        "with spaces before": "  \n" + json.dumps(record),
    }


@pytest.mark.parametrize("form", list(_forms()))
def test_json_loses_every_personal_value_and_stays_json(form: str) -> None:
    clean = kept(_forms()[form], TextKind.DATA)
    json.loads(clean)
    plain = clean.encode().decode("unicode_escape", "ignore")
    sku = '"sku": "4155550132"', '"sku":"4155550132"'
    without_sku = plain.replace("\\", "").replace(sku[0], "").replace(sku[1], "")
    assert [value for value in SECRETS if value in without_sku] == []


@pytest.mark.parametrize("form", list(_forms()))
def test_ids_times_and_counts_in_json_stay(form: str) -> None:
    clean = kept(_forms()[form], TextKind.DATA).replace("\\", "")
    assert "9876543210" in clean
    assert "4bf92f3577b34da6a3ce929d0e0e4736" in clean
    assert "1714557600123" in clean
    assert "0.4222222222222222" in clean
    assert "gpt-4o" in clean
    assert "get_order" in clean
    assert "Rome" in clean


def test_a_number_that_is_personal_becomes_a_string() -> None:
    assert kept('{"ssn": 123456789, "n": 5}', TextKind.DATA) == '{"ssn": "<ID_1>", "n": 5}'
    assert kept("[4111111111111111]", TextKind.DATA) == '["<CARD_1>"]'


def test_only_what_is_replaced_changes() -> None:
    text = '{ "a" :1.0e3,\t"b":"\\u00e9\\/x", "mail":"a@example.com","c":[ ]  }'
    assert kept(text, TextKind.DATA) == text.replace("a@example.com", "<EMAIL_1>")


def test_keys_that_hold_personal_data_are_replaced() -> None:
    assert kept('{"ann@example.com": 1}', TextKind.DATA) == '{"<EMAIL_1>": 1}'
    assert SCRUBBER.data({"123-45-6789": "x"})[1] == {"US_SSN": 1}


def test_an_escaped_name_is_the_same_person_as_the_plain_one() -> None:
    text = json.dumps({"full_name": "José García", "note": "x"}) + ""
    with SCRUBBER.trace("t") as one:
        escaped, plain = one.text(text, TextKind.DATA).text, one.text("My name is José García").text
    numberer = Numberer()
    assert "<PERSON_1>" in numberer.number("t", escaped)
    assert numberer.number("t", plain) == "My name is <PERSON_1>"


def test_a_value_named_by_a_key_is_found_in_all_texts_of_the_trace() -> None:
    record = {"passenger": {"first_name": "Bo", "last_name": "Xyzzyk"}, "dob": "1990-03-05"}
    with SCRUBBER.trace("t") as one:
        one.learn(json.dumps(record))
        said = one.text("ticket xyzzyk/bo for Xyzzyk, 1990-03-05", TextKind.DATA)
    assert "Xyzzyk" not in said.text
    assert "1990-03-05" not in said.text


@pytest.mark.parametrize(
    "text",
    [
        '{"ssn":"123456789","note":"called, 123456789, twice"}',
        '{"account_number":"12345678","note":"see [12345678]"}',
        '{"account_number":"12345678","numbers":[12345678,12345678]}',
        json.dumps({"account_number": "12345678", "said": json.dumps({"numbers": [12345678]})}),
        json.dumps({"said": json.dumps({"ssn": ["a\\", 123456789]})}),
        '{"said":" [4111111111111111]"}',
    ],
)
def test_a_number_is_quoted_where_it_is_one_and_not_inside_of_a_string(text: str) -> None:
    with SCRUBBER.trace("t") as one:
        one.learn(text)
        clean = one.text(text, TextKind.DATA).text

    assert isinstance(json.loads(clean), dict)
    assert not any(number in clean for number in ("123456789", "12345678", "4111111111111111"))


def test_what_one_trace_knows_another_does_not() -> None:
    with SCRUBBER.trace("t") as one:
        one.learn({"last_name": "Xyzzyk"})
    with SCRUBBER.trace("u") as other:
        assert other.text("the word Xyzzyk", TextKind.DATA).counts == {}


def test_prose_of_a_user_inside_json_is_read_as_prose() -> None:
    messages = json.dumps([{"role": "user", "content": "please ask my neighbour Quillandra about it"}])
    assert "Quillandra" not in kept(messages, TextKind.DATA)


@pytest.mark.parametrize(
    ("key", "value"),
    [("name", "get_weather"), ("name", "Retrieve Documents"), ("token", " Hello"), ("sessionCount", "4155550132"),
     ("server.address", "db 7 internal"), ("first_name", "The first name of the passenger"), ("email", "none"),
     ("max_tokens", "1000"), ("password", "<SECRET>"), ("first_name", "<PERSON_3>"), ("customer", "acme-bank")],
)  # fmt: skip
def test_a_key_alone_does_not_make_a_value_personal(key: str, value: str) -> None:
    assert SCRUBBER.data({key: value}) == ({key: value}, {})


def test_ids_of_users_are_hashed_as_in_their_column() -> None:
    value, counts = SCRUBBER.data({"user_id": "mia_li_3668", "nested": {"sessionId": "abc-1"}})
    assert value == {
        "user_id": SCRUBBER.identifier("mia_li_3668", "user_id"),
        "nested": {"sessionId": SCRUBBER.identifier("abc-1", "session_id")},
    }
    assert counts == {"USER_ID": 1, "SESSION_ID": 1}


def test_nesting_without_end_is_masked_and_does_not_fail() -> None:
    deep: object = "ann@example.com"
    for _ in range(5_000):
        deep = [deep]
    clean, _ = SCRUBBER.data(deep)
    for _ in range(100):
        assert isinstance(clean, list)
        clean = clean[0]
    assert clean == "<MASKED>"
    assert "ann@" not in kept("[" * 5_000 + '"ann@example.com"' + "]" * 5_000, TextKind.DATA)


_WORDS = st.sampled_from(
    ["hello", "ann@example.com", "4111111111111111", "x", "Zürich", "the flight", 'a"b\\c', "\n", "😀"]
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | _WORDS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(_WORDS | st.sampled_from(["name", "note"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(value=_VALUES, indent=st.sampled_from([None, 2]), ascii_only=st.booleans(), twice=st.booleans())
def test_scrubbed_json_is_json_with_the_same_shape(
    *, value: object, indent: int | None, ascii_only: bool, twice: bool
) -> None:
    text = json.dumps([value], indent=indent, ensure_ascii=ascii_only)
    clean = kept(json.dumps({"inner": text}) if twice else text, TextKind.DATA)
    outer = json.loads(clean)
    inner = json.loads(outer["inner"]) if twice else outer
    assert _shape(inner) == _shape([value])
    assert "ann@example" not in clean
    assert "4111111111111111" not in clean


def _shape(value: object) -> object:
    if isinstance(value, dict):
        return [_shape(inner) for inner in value.values()]
    if isinstance(value, list):
        return [_shape(inner) for inner in value]
    return "text" if isinstance(value, str) else value


@given(st.text())
def test_an_escaped_literal_is_read_with_the_place_of_each_character(text: str) -> None:
    for ascii_only in (True, False):
        literal = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        said, places = unescaped(literal), Places(literal)
        where = [places[n] for n in range(len(said) + 1)]
        assert said == json.loads(f'"{literal}"')
        assert where[-1] == len(literal)
        assert all(unescaped(literal[first:last]) == said[n] for n, (first, last) in enumerate(pairwise(where)))


def test_a_name_beside_data_of_people_is_a_persons() -> None:
    record = '{"name": "Wen Vox", "model_name": "Vox Prime", "email": "wv@example.org"}'
    assert kept(record, TextKind.DATA) == '{"name": "<PERSON_1>", "model_name": "Vox Prime", "email": "<EMAIL_1>"}'
    assert SCRUBBER.data(json.loads(record))[1] == {"PERSON": 1, "EMAIL_ADDRESS": 1}
    assert kept('{"name": "Wen Vox", "version": 2}', TextKind.DATA) == '{"name": "Wen Vox", "version": 2}'


def _records(form: str) -> str:
    """The record in a spelling that is no JSON, or JSON as a string."""
    record = {**IDS, **PERSON, "note": "Angel Quirion called"}
    return {
        "a JSON string": json.dumps(json.dumps(record)),
        "twice a string": json.dumps(json.dumps(json.dumps(record))),
        "cut off": json.dumps(record)[:-3],
        "cut off in a string": json.dumps({"result": json.dumps(record)})[:-8],
        "in prose": f"Here it is: {json.dumps(record)} - please check",
        "as Python prints it": repr(record),
    }[form]


@pytest.mark.parametrize(
    "form", ["a JSON string", "twice a string", "cut off", "cut off in a string", "in prose", "as Python prints it"]
)
def test_what_keys_say_counts_where_json_is_broken_or_a_string(form: str) -> None:
    text = _records(form)
    with SCRUBBER.trace("t") as one:
        one.learn({"first_name": "Angel"})
        one.learn(text, TextKind.DATA)
        clean = one.text(text, TextKind.DATA).text.encode().decode("unicode_escape", "ignore").replace("\\", "")
    without_sku = clean.replace('"sku": "4155550132"', "").replace("'sku': '4155550132'", "")
    assert [value for value in [*SECRETS, "Angel"] if value in without_sku] == []
    assert all(str(IDS[name]) in clean for name in ("order_id", "trace_id", "created_at", "model_name"))


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_a_number_that_becomes_a_string_is_quoted_as_deep_as_it_lies(levels: int) -> None:
    text, said = json.dumps({"ssn": 123456789, "cards": [4111111111111111]}), {"ssn": 123456789}
    for _ in range(levels):
        text = json.dumps({"inner": text})
    with SCRUBBER.trace("t") as one:
        one.learn(said)
        one.learn(text, TextKind.DATA)
        clean = Numberer().number("t", one.text(text, TextKind.DATA).text)
    for _ in range(levels):
        clean = json.loads(clean)["inner"]
    assert json.loads(clean) == {"ssn": "<ID_1>", "cards": ["<CARD_1>"]}
