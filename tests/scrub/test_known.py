"""What one part of a trace names is found in all of it, however the others write it, and JSON stays JSON."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrub import Numberer, TextKind
from tests.scrub.scrubbing import SCRUBBER

CUSTOMER = {"first_name": "Wei", "last_name": "Zhang", "account_number": "532013000", "user_id": "k-448812"}


def told(named: object, *texts: str) -> list[str]:
    """The texts as they are kept in a trace that named something before."""
    numberer = Numberer()
    with SCRUBBER.trace("t") as one:
        one.learn(json.dumps(named, ensure_ascii=False), TextKind.DATA)
        for text in texts:
            one.learn(text, TextKind.DATA)
        return [numberer.number("t", one.text(text, TextKind.DATA).text) for text in texts]


def test_file_names_and_lines_repeat_what_another_span_named() -> None:
    path, body = "/files/statement_Wei_Zhang_532013000.pdf", "Attached.\nZhang\n532013000\tk-448812\r\nWei"
    (clean,) = told(CUSTOMER, json.dumps({"path": path, "body": body}))
    assert set(json.loads(clean)) == {"path", "body"}
    assert [value for value in CUSTOMER.values() if value in clean] == []
    assert "statement_<PERSON_" in clean


@pytest.mark.parametrize(
    "value",
    ["Jürgen", "von Hohenfels", "jsmith1984", "abc-2026-118834", "17/09/1991", "Jürgen von Hohenfels"],
)
@pytest.mark.parametrize("around", ["{}", "x\n{}\ny", "\t{}\t", "a_{}_b", "a\xa0{}\u2028b", "C:\\{}\\x"])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_value_is_found_behind_what_json_escapes(value: str, around: str, *, ascii_only: bool) -> None:
    named = {"full_name" if value[-1].isalpha() else "session_id" if "abc" in value else "username": value}
    said = around.format(value)
    once = json.dumps({"text": said}, ensure_ascii=ascii_only)
    twice = json.dumps({"body": once}, ensure_ascii=ascii_only)
    for clean, text in zip(told(named, said, once, twice, twice[:-3], once.replace("/", "\\/")), range(5), strict=True):
        assert value not in clean.replace("\\/", "/"), text
        assert json.dumps(value)[1:-1] not in clean
    assert json.loads(json.loads(told(named, twice)[0])["body"])["text"].startswith(around.split("{")[0])


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("statement_532013000_2026.csv", "statement_<ACCOUNT_1>_2026.csv"),
        ("/wei_zhang/Wei.Zhang/wei+zhang", "/<PERSON_3>/<PERSON_3>/<PERSON_3>"),
        ("?name=Wei%20Zhang&to=x%20Zhang", "?name=<PERSON_3>&to=x%20<PERSON_2>"),
        ("WeiZhang, xZhang, Zhangs, x5320130001 and caf\\u00e9Zhang stay", None),
    ],
)
def test_a_value_ends_where_its_word_ends(text: str, kept: str | None) -> None:
    named = CUSTOMER | {"full_name": "Wei Zhang"}
    clean = told(named, json.dumps({"a": "Wei"}), json.dumps({"a": "Zhang"}), text)[2]
    assert re.sub(r"PERSON_\d", "PERSON", clean) == re.sub(r"PERSON_\d", "PERSON", kept or text)


def test_identifiers_of_code_and_keys_are_no_names() -> None:
    named = {"customers": [{"full_name": "Mark Price"}, {"full_name": "Max Tokens"}, {"first_name": "Li"}]}
    text = json.dumps({"mark_price": 1, "li_list": 2, "max_tokens": 3, "Zhang_total": 4, "sql": "select mark_price"})
    assert told(named | {"contact_name": "Wei Zhang"}, text) == [text]


@pytest.mark.parametrize(
    ("number", "is_it"),
    [
        ("532013000", True), ("532013000.0", True), ("-532013000", True), ("532013000.25", True),
        ("5.32013e8", True), ("5.32013E+08", True), ("-5.320130000e8", True), ("532013000e0", True),
        ("0.532013000", False), ("5320130001", False), ("532013000e1", False), ("5.32013e-8", False), ("1e99", False),
    ],
)  # fmt: skip
def test_a_number_is_replaced_as_a_whole_and_quoted(number: str, is_it: bool) -> None:
    text = f'{{"rows": [[{number}, "x"], {{"delta": {number}}}]}}'
    again = json.dumps({"result": text})
    for clean in (*told(CUSTOMER, text), json.loads(told(CUSTOMER, again)[0])["result"]):
        said = "<ACCOUNT_1>" if is_it else json.loads(number)
        assert json.loads(clean) == {"rows": [[said, "x"], {"delta": said}]}


def test_numbers_of_attributes_repeat_what_was_named() -> None:
    rows: dict[str, object] = {"rows": [532013000, 532013000.0, -532013000, 532013001, 0.532013], "ok": True}
    with SCRUBBER.trace("t") as one:
        one.learn(CUSTOMER)
        one.learn(rows)
        clean = one.data(rows)[0]
    assert isinstance(clean, dict)
    assert clean["rows"][3:] == [532013001, 0.532013]
    assert len(set(clean["rows"][:3])) == 1
    assert "ACCOUNT" in clean["rows"][0]


def test_one_account_has_one_number_as_text_and_as_a_number() -> None:
    texts = ['{"account_number": 532013000.0}', '{"account_number": "532013000"}', "of 532013000"]
    assert re.findall(r"<\w+>", " ".join(told({}, *texts))) == ["<ACCOUNT_1>"] * 3


def test_what_numbers_cannot_hold_is_not_missed_in_them() -> None:
    named = {"account_number": "0053201300", "phone": "+447911123456"}
    text = '{"a": 53201300, "b": 447911123456.0, "c": "447911123456"}'
    assert told(named, text) == ['{"a": "<ACCOUNT_1>", "b": "<PHONE_1>", "c": "<PHONE_1>"}']


def test_a_value_that_was_encoded_once_more_is_known_without_its_quotes() -> None:
    iban = "DE89370400440532013000"
    for named in (json.dumps(iban), json.dumps(json.dumps(iban)), f"'{iban}'"):
        clean = told({"iban": named}, json.dumps({"iban": named}), json.dumps({"to": iban, "ok": True}), f"to {iban}.")
        assert json.loads(clean[0])["iban"] == named.replace(iban, "<IBAN_1>")
        assert clean[1:] == ['{"to": "<IBAN_1>", "ok": true}', "to <IBAN_1>."]


def test_a_value_with_quotes_and_commas_does_not_reach_beyond_its_string() -> None:
    named = {"username": 'kim9", "9', "account_number": "1234567, 89"}
    text = '{"a": ["kim9", "9"], "b": [1234567, 89], "c": "kim9\\", \\"9"}'
    assert told(named, text) == ['{"a": ["kim9", "9"], "b": [1234567, 89], "c": "<ID_1>"}']


def test_json_one_below_another_is_json_line_by_line() -> None:
    lines = [{"account_number": 532013000}, {"a": 532013000, "b": "x"}, {"rows": [5.32013e8, 7]}]
    text = "\n".join(map(json.dumps, lines))
    clean = told({}, text, text + "\n", "  " + text.replace("\n", "\r\n\r\n"))
    for one in clean:
        said = [json.loads(line) for line in one.strip().splitlines() if line.strip()]
        assert said == [{"account_number": "<ACCOUNT_1>"}, {"a": "<ACCOUNT_1>", "b": "x"}, {"rows": ["<ACCOUNT_1>", 7]}]


_ACCOUNT, _IBAN, _PHONE, _LOGIN = 532013000, "DE89370400440532013000", 447911123456, "jsmith1984"
_NAMED = {"account_number": _ACCOUNT, "iban": _IBAN, "phone": f"+{_PHONE}", "username": _LOGIN,
          "contact": {"first_name": "Jürgen", "last_name": "Zhang"}}  # fmt: skip
_SECRETS = [str(_ACCOUNT), "5.32013", _IBAN, str(_PHONE), "4.47911", _LOGIN, "Jürgen", "J\\u00fcrgen", "Zhang"]
_NUMBERS = st.sampled_from([
    form.format(number=number, power=f"{str(number)[0]}.{str(number)[1:]}e{len(str(number)) - 1}")
    for number in (_ACCOUNT, _PHONE)
    for form in ("{number}", "{number}.0", "-{number}", "-{number}.00", "{number}e0", "{power}", "-{power}")
])  # fmt: skip
_WORDS = st.sampled_from(
    [_LOGIN, _IBAN, str(_ACCOUNT), "Jürgen Zhang", "Zhang", "Jürgen", f"+{_PHONE}", "ok", 'a "b"', "\\"]
)
_BETWEEN = st.sampled_from(["\n", "\t", "_", " ", "\\", "/", '"', "\r\n", "; "])
_SAID = st.builds(str.join, _BETWEEN, st.lists(_WORDS, min_size=1, max_size=4))


def _as_json(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """JSON texts of lists, objects, and strings that hold JSON."""
    keys = st.sampled_from(["note", "rows", "konto", "iban", "total", "user_id", "Zhang", "statement_Zhang.pdf", "a b"])
    lists = st.lists(inner, max_size=3).map(lambda each: f"[{', '.join(each)}]")
    objects = st.dictionaries(keys, inner, max_size=3).map(
        lambda each: "{" + ",".join(f"{json.dumps(key)}: {value}" for key, value in each.items()) + "}"
    )
    return lists | objects | st.builds(json.dumps, inner, ensure_ascii=st.booleans())


_JSON = st.recursive(
    _NUMBERS
    | st.builds(json.dumps, _SAID, ensure_ascii=st.booleans())
    | st.sampled_from(["null", "true", "17", "1.5"]),
    _as_json,
    max_leaves=10,
)


def _opened(value: object) -> object:
    """The shape of a value, JSON in its strings opened."""
    if isinstance(value, dict):
        return [_opened(inner) for inner in value.values()]
    if isinstance(value, list):
        return [_opened(inner) for inner in value]
    if isinstance(value, str) and value[:1] in {"{", "["}:
        return ["text", _opened(json.loads(value))]
    return "text" if isinstance(value, str) else value


@given(st.lists(_JSON.map(lambda value: f'{{"all": {value}}}'), min_size=1, max_size=3))
def test_json_with_known_values_stays_json_and_tells_none(texts: list[str]) -> None:
    for clean, text in zip(told(_NAMED, *texts, "\n".join(texts)), [*texts, None], strict=True):
        assert [value for value in _SECRETS if value in clean] == []
        for line in [clean] if text else clean.split("\n"):
            assert _opened(json.loads(line))
