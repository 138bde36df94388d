"""Tags become numbers in every text of a row, by trace, in order of appearance."""

from datetime import UTC, datetime

import pyarrow as pa

from ingest.numbering import numbered
from scrub import Numberer, Policy, Scrubber
from storage.schema import lake_schema

SCRUBBER = Scrubber(Policy(), b"k" * 32)


def _scrubbed(trace: str, text: str) -> str:
    with SCRUBBER.trace(trace) as scrubber:
        return scrubber.text(text).text


def _rows(*rows: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=lake_schema("spans"))


def test_one_person_has_one_number_in_all_columns_and_spans_of_a_trace() -> None:
    ann, bob = (_scrubbed("t1", f"write to {name}@example.com") for name in ("ann", "bob"))
    rows = _rows(
        {"trace_id": "t1", "input_text": ann, "output_text": bob, "tags": ["a", bob]},
        {"trace_id": "t1", "input_text": bob, "documents": [{"content": ann, "title": "x"}]},
    )
    done = numbered(rows, Numberer()).to_pylist()
    assert (done[0]["input_text"], done[0]["output_text"]) == ("write to <EMAIL_1>", "write to <EMAIL_2>")
    assert done[0]["tags"] == ["a", "write to <EMAIL_2>"]
    assert done[1]["input_text"] == "write to <EMAIL_2>"
    assert done[1]["documents"][0]["content"] == "write to <EMAIL_1>"


def test_numbers_begin_anew_in_another_trace_and_go_on_in_a_later_batch() -> None:
    numberer = Numberer()
    numbered(_rows({"trace_id": "t1", "input_text": _scrubbed("t1", "ann@example.com")}), numberer)
    later = _rows(
        {"trace_id": "t1", "input_text": _scrubbed("t1", "bob@example.com and ann@example.com")},
        {"trace_id": "t2", "input_text": _scrubbed("t2", "bob@example.com")},
    )
    texts = numbered(later, numberer)["input_text"].to_pylist()
    assert texts == ["<EMAIL_2> and <EMAIL_1>", "<EMAIL_1>"]


def test_rows_of_no_trace_get_no_number() -> None:
    text = _scrubbed("", "ann@example.com")
    scores = pa.Table.from_pylist([{"id": "s", "trace_id": None, "text": text}], schema=lake_schema("scores"))
    assert numbered(scores, Numberer())["text"].to_pylist() == ["<EMAIL>"]


def test_types_and_all_other_values_stay_as_they_are() -> None:
    now = datetime(2026, 9, 21, tzinfo=UTC)
    rows = _rows(
        {"trace_id": "t1", "start_ns": 2**62, "input_text": _scrubbed("t1", "ann@example.com"), "received_at": now,
         "documents": [{"rank": 1, "score": 0.5, "last_updated": now, "content": _scrubbed("t1", "ann@example.com")}]},
        {"trace_id": "t1", "input_text": None, "documents": None},
        {"trace_id": "t1", "input_text": "plain", "documents": []},
    )  # fmt: skip
    done = numbered(pa.concat_tables([rows.slice(0, 2), rows.slice(2)]), Numberer())
    assert done.schema == rows.schema
    assert done["documents"].to_pylist()[0][0] == {
        **dict.fromkeys(done["documents"].to_pylist()[0][0]), "rank": 1, "score": 0.5, "last_updated": now,
        "content": "<EMAIL_1>",
    }  # fmt: skip
    untouched = ["start_ns", "received_at"]
    assert done.select(untouched).equals(rows.select(untouched))
    assert done["input_text"].to_pylist() == ["<EMAIL_1>", None, "plain"]


def test_rows_without_tags_are_not_copied() -> None:
    rows = _rows({"trace_id": "t1", "input_text": "nothing personal"})
    assert numbered(rows, Numberer()) is rows
