"""A JSON file of any shape and size falls into its records, and a bad record costs itself."""

import json
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import json_stream
from ingest.json_stream import Record, records, values
from ingest.raw import Rejected

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
TABLES = st.lists(st.dictionaries(st.text(max_size=6), JSON, max_size=4), max_size=6)


def read(content: bytes) -> list[Record]:
    return list(records(BytesIO(content)))


def said(content: bytes) -> list[object]:
    found = read(content)
    assert [record for record in found if record.fault] == []
    return [json.loads(record.content) for record in found]


class Dripping(BytesIO):
    """A stream that gives out a few bytes at a time."""

    step = 1

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(self.step, size) if size and size > 0 else self.step)


@given(TABLES, st.sampled_from([None, 2]), st.integers(1, 40))
def test_an_array_falls_into_its_elements_however_it_is_spelled_and_chunked(
    tables: list[dict[str, object]], indent: int | None, step: int
) -> None:
    stream = Dripping(json.dumps(tables, indent=indent).encode())
    stream.step = step
    found = list(records(stream))
    assert [json.loads(record.content) for record in found if not record.fault] == tables
    assert not [record for record in found if record.fault]


@given(TABLES)
def test_json_lines_fall_into_their_lines(tables: list[dict[str, object]]) -> None:
    assert said("\n".join(json.dumps(table) for table in tables).encode()) == tables


@given(TABLES, st.integers(1, 40))
def test_a_list_under_a_known_key_falls_into_its_elements_in_a_pretty_printed_file(
    tables: list[dict[str, object]], step: int
) -> None:
    whole = {"before": {"data": [1]}, "data": tables, "after": [{"not": "ours"}]}
    stream = Dripping(json.dumps(whole, indent=2).encode())
    stream.step = step
    assert [json.loads(record.content) for record in records(stream)] == tables


def test_requests_of_otlp_keep_the_key_around_each_group() -> None:
    body = json.dumps({"resourceSpans": [{"a": 1}, {"b": 2}]}, indent=1).encode()
    assert said(body) == [{"resourceSpans": [{"a": 1}]}, {"resourceSpans": [{"b": 2}]}]


def test_a_small_object_on_one_line_stays_whole() -> None:
    body = b'{"resourceSpans": [{"a": 1}, {"b": 2}]}'
    assert said(body) == [json.loads(body)]


def test_a_broken_line_costs_itself_and_blank_lines_count_in_positions() -> None:
    found = list(values(BytesIO(b'{"a": 1}\n\n{"b": "cut\n{"c": 3}\n')))
    assert found[0] == ("line 1", {"a": 1})
    assert isinstance(found[1], Rejected)
    assert (found[1].position, found[1].reason) == ("line 3", "not valid JSON")
    assert found[2] == ("line 4", {"c": 3})


def test_a_file_whose_first_line_is_broken_is_still_json_lines() -> None:
    assert [record.content for record in read(b'{"a": \n{"b": 2}\n')] == [b'{"a":', b'{"b": 2}']


@pytest.mark.parametrize("content", [b'[{"a": 1}, {"b": ', b'[{"a": 1}', b'[{"a": 1}, {"b": "\\'])
def test_a_file_that_is_cut_short_keeps_what_is_whole_and_says_so(content: bytes) -> None:
    whole, cut = read(content)
    assert whole.content == b'{"a": 1}'
    assert cut.fault == "the file ends in the middle of it"


def test_what_stands_between_elements_and_is_none_is_reported() -> None:
    found = read(b'[{"a": 1}, 5, {"b": 2}]')
    assert [(record.position, record.fault) for record in found] == [
        ("item 1", ""), ("item 2", "not an object"), ("item 3", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("content", [b"", b"\n\n", b"[]", b"  [ ]  "])
def test_nothing_in_nothing_out(content: bytes) -> None:
    assert read(content) == []


def test_a_record_that_is_too_large_is_skipped_over_and_the_next_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "RECORD_LIMIT", 3 * 2**20)
    huge = b'{"a": "' + b"x" * 5 * 2**20 + b'"}'
    for content in (b"[" + huge + b', {"b": 2}]', b'{"first": 1}\n' + huge + b'\n{"b": 2}\n'):
        found = read(content)
        assert [record.fault for record in found if record.fault] == ["larger than 3 MiB"]
        assert all(len(record.content) < 5 * 2**20 for record in found)
        assert found[-1].content == b'{"b": 2}'


def test_a_million_brackets_in_an_element_cost_that_element() -> None:
    deep = b"[" * 10**6 + b"]" * 10**6
    found = list(values(BytesIO(b'[{"deep": ' + deep + b'}, {"b": 2}]')))
    assert isinstance(found[0], Rejected)
    assert found[1] == ("item 2", {"b": 2})


def test_bytes_that_are_not_utf8_cost_their_line() -> None:
    found = list(values(BytesIO(b'{"a": 1}\n{"b": "\xff\xfe"}\n{"c": 3}\n')))
    assert [isinstance(one, Rejected) for one in found] == [False, True, False]


@given(st.binary(max_size=400))
def test_any_bytes_end_without_an_error(content: bytes) -> None:
    for found in values(BytesIO(content)):
        assert isinstance(found, Rejected | tuple)
