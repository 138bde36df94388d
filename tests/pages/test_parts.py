"""The parts that pages share: words, messages, links, cells."""

import csv
import io
import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import words
from pages.parts.detail import entity_words, problem_words
from pages.parts.links import point_of
from pages.parts.messages import Message, read_messages
from pages.parts.tables import as_csv, defused, selected_row, status_words
from tests.torture.cells import runs_as_a_formula


@pytest.mark.parametrize(
    ("ms", "said"),
    [(0, "0 ms"), (0.25, "0.25 ms"), (340.4, "340 ms"), (1_234, "1.23 s"), (59_000, "59.0 s"), (125_000, "2 min 05 s"),
     (3_720_000, "1 h 02 min"), (None, words.UNKNOWN), (float("nan"), words.UNKNOWN)],
)  # fmt: skip
def test_durations_in_words(ms: float | None, said: str) -> None:
    assert words.duration(ms) == said


@pytest.mark.parametrize(
    ("usd", "said"),
    [(0, "$0.00"), (12.345, "$12.35"), (0.0123, "$0.012"), (0.00001, "$1.0e-05"), (None, words.UNKNOWN)],
)
def test_money_in_words(usd: float | None, said: str) -> None:
    assert words.usd(usd) == said


@pytest.mark.parametrize(
    ("share", "said"), [(0.0, "0.0 %"), (0.0012, "0.12 %"), (0.256, "25.6 %"), (None, words.UNKNOWN)]
)
def test_shares_in_words(share: float | None, said: str) -> None:
    assert words.share(share) == said


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        '=HYPERLINK("https://evil.example")',
        "  =1",
        "\u00a0=1",
        "\uff1d1",
    ],
)
def test_no_exported_cell_begins_a_formula(cell: str) -> None:
    frame = pd.DataFrame({"name": [cell, "plain"], cell: [1, 2]})

    fields = [field for row in csv.reader(io.StringIO(as_csv(frame).decode("utf-8-sig"), newline="")) for field in row]

    assert len(fields) == 6
    assert not [field for field in fields if runs_as_a_formula(field)]


def test_numbers_stay_numbers_when_cells_are_defused() -> None:
    frame = pd.DataFrame({"n": [-1, 2], "x": [-0.5, None], "at": [pd.Timestamp("2026-03-02"), pd.NaT]})

    pd.testing.assert_frame_equal(defused(frame), frame)


def test_messages_are_read_with_references_to_the_text_kept_beside_them() -> None:
    kept = json.dumps([
        {"role": "user", "parts": [{"type": "text", "ref": "input_text"}]},
        {"role": "assistant", "parts": [{"type": "text", "text": "Hello"}, {"type": "tool_call", "name": "balance"}]},
        {"role": "developer", "parts": []},
    ])  # fmt: skip

    read = read_messages(kept, {"input_text": "Hi"})

    assert read is not None
    assert read[0] == Message("user", "user", "Hi")
    assert read[1].text.startswith("Hello\n")
    assert "balance" in read[1].text
    assert read[2] == Message("other", "developer", "")


@pytest.mark.parametrize("kept", [None, "", "not json", "{}", "[" * 100_000, '"text"'])
def test_what_is_no_list_of_messages_is_none(kept: str | None) -> None:
    assert read_messages(kept, {}) is None


_NAMES = st.sampled_from(["role", "parts", "text", "ref", "content"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner),
)


@given(st.lists(_JSON, max_size=4))
def test_any_json_list_is_read_without_harm(kept: list[object]) -> None:
    read = read_messages(json.dumps(kept), {"input_text": "x"})

    assert read is not None
    assert all(isinstance(message.text, str) for message in read)


def test_a_click_names_its_point() -> None:
    point = point_of({"series": "plan", "bucket_ns": str(1_772_442_000 * 10**9)}, width_ns=3_600 * 10**9)

    assert point is not None
    assert (point.series, point.since.isoformat(), point.until.isoformat()) == (
        "plan", "2026-03-02T09:00:00+00:00", "2026-03-02T10:00:00+00:00",
    )  # fmt: skip


@pytest.mark.parametrize(
    "customdata", [None, [], "x", {}, {"series": 1, "bucket_ns": "1"}, {"series": "a", "bucket_ns": "x"}]
)
def test_a_click_that_is_not_ours_names_nothing(customdata: object) -> None:
    assert point_of(customdata, width_ns=1) is None


def test_a_picked_cell_is_its_row() -> None:
    assert selected_row({"selection": {"rows": [], "cells": [(4, "status")]}}) == 4
    assert selected_row({"selection": {"rows": [2], "cells": []}}) == 2
    assert selected_row({"selection": {"rows": [], "cells": []}}) is None


@pytest.mark.parametrize(
    ("status", "failed", "complete", "said"),
    [("ok", 0, True, "✓ ok"), ("ok", 2, True, "✓ ok, 2 spans failed"), ("error", 1, True, "✕ error"),
     ("running", 0, False, "… running"), ("unset", 0, False, "unset, incomplete")],
)  # fmt: skip
def test_a_status_in_words(status: str, failed: int, complete: bool, said: str) -> None:
    assert status_words(status, failed, complete) == said


def test_known_problems_are_said_in_words_and_others_by_their_name() -> None:
    assert problem_words(["no_root", "new_thing"]) == ["its root has not arrived", "new thing"]
    (said,) = problem_words(["other_language_pl"])
    assert said == "text in a language (pl) that scrub.languages does not name: names in it may have been missed"


@pytest.mark.parametrize("nothing", [None, float("nan"), pd.NA, []])
def test_no_problems_are_no_words(nothing: object) -> None:
    assert problem_words(nothing) == []


@pytest.mark.parametrize(
    ("entities", "said"), [('{"PERSON": 2, "EMAIL": 1}', "1 EMAIL, 2 PERSON"), (None, ""), ("[]", ""), ("x", "")]
)
def test_entities_in_words(entities: str | None, said: str) -> None:
    assert entity_words(entities) == said
