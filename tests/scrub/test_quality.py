"""The figures of `benchmarks.scrub_quality`, on texts whose shares a pencil can check."""

import json
from pathlib import Path

import pytest

from benchmarks.labelled import Label, Labelled, read
from benchmarks.scrub_quality import Tally, benchbook, measure


def _text(text: str, *labels: Label) -> Labelled:
    return Labelled(text, labels, trace="t", surface="prose")


def test_a_label_is_recalled_when_nine_tenths_of_its_letters_are_replaced() -> None:
    tally = Tally()
    text = _text("0123456789 abc 0123456789", Label(0, 10, "PERSON"), Label(15, 25, "PERSON"))
    tally.add(text, [Label(0, 9, "PHONE_NUMBER"), Label(15, 23, "PERSON")])
    assert tally.recalled["PERSON"] == 1  # 9 of 10, under another type; the second has 8 of 10
    assert tally.typed["PERSON"] == 1  # 8 of 10 under its own
    assert (tally.findings["PHONE_NUMBER"], tally.right["PHONE_NUMBER"]) == (1, 0)
    assert (tally.findings["PERSON"], tally.right["PERSON"]) == (1, 1)
    assert (tally.over, tally.unlabelled) == (0, 3)


def test_letters_replaced_outside_of_labels_are_over_redaction() -> None:
    tally = Tally()
    tally.add(_text("abcd Ann efgh", Label(5, 8, "PERSON")), [Label(3, 8, "PERSON")])
    assert (tally.over, tally.unlabelled) == (1, 8)
    assert tally.as_json()["over"] == 0.125


def test_types_that_mean_the_same_count_as_right() -> None:
    tally = Tally()
    tally.add(_text("1 Main Street", Label(0, 13, "STREET_ADDRESS")), [Label(0, 13, "ADDRESS")])
    assert (tally.typed["STREET_ADDRESS"], tally.right["ADDRESS"]) == (1, 1)


def test_presidios_format_is_read_as_a_list_and_as_lines(tmp_path: Path) -> None:
    span = {"entity_type": "PERSON", "entity_value": "Ann", "start_position": 0, "end_position": 3}
    records = [{"full_text": "Ann came", "spans": [span]}, {"full_text": "Ann", "metadata": {"surface": "tool"}}]
    (tmp_path / "a.json").write_text(json.dumps(records))
    (tmp_path / "b.jsonl").write_text("\n".join(map(json.dumps, records)))
    assert read(tmp_path / "a.json", "prose") == read(tmp_path / "b.jsonl", "prose")
    first, second = read(tmp_path / "a.json", "prose")
    assert first[0].labels == (Label(0, 3, "PERSON"),)
    assert (first[0].surface, second[0].surface) == ("prose", "tool")
    (tmp_path / "c.json").write_text('[{"text": "x"}]')
    with pytest.raises(ValueError, match="format"):
        read(tmp_path / "c.json", "prose")


def test_a_conversation_is_labelled_with_its_customers_values_and_scrubbed_as_one(tmp_path: Path) -> None:
    record = {"name": {"first_name": "Zyxa", "last_name": "Wortha"}, "address": {"address1": "9 Elm Court"}}
    messages = [
        {"role": "user", "content": "Zyxa Wortha here, I live at 9 Elm Court"},
        {"role": "assistant", "content": None},
        {"role": "tool", "content": json.dumps(record)},
    ]
    (tmp_path / "t.json").write_text(json.dumps([{"traj": messages}]))
    (texts,) = read(tmp_path / "t.json", "prose")
    assert [(label.entity, texts[0].text[label.start : label.end]) for label in texts[0].labels] == [
        ("PERSON", "Zyxa Wortha"),
        ("ADDRESS", "9 Elm Court"),
    ]
    tally = measure(benchbook(), [texts])
    assert tally.recalled == tally.labels == {"PERSON": 3, "ADDRESS": 2}
    assert tally.over == 0
