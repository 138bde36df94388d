"""Pictures of the printed report."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pandas as pd

from charts.marks import Mark
from charts.over_time import Axis
from charts.printed import MOST_MARKS, line, numbered

WEEKS = [datetime(2026, 11, day, tzinfo=UTC) for day in (2, 9)]
FRAME = pd.DataFrame({"bucket_start": WEEKS, "value": [1.0, 2.0], "low": [0.5, 1.5], "high": [1.5, 2.5], "n": [30, 31]})


def test_a_version_with_control_characters_does_not_break_the_picture() -> None:
    drawn = line(FRAME, Axis("value", "s", "", "n", "answers"), marks=[Mark(WEEKS[0], "v\x01\x0b\ufffe-->")])

    assert ET.fromstring(drawn).tag.endswith("svg")  # noqa: S314 - our own picture


def test_marks_are_numbered_in_time_and_the_newest_are_kept() -> None:
    marks = [Mark(WEEKS[0] + timedelta(hours=hour), f"v{hour}") for hour in reversed(range(MOST_MARKS + 2))]

    kept = numbered(marks)

    assert (kept[0][0], kept[0][1].words) == (1, "v2")
    assert (kept[-1][0], kept[-1][1].words) == (MOST_MARKS, f"v{MOST_MARKS + 1}")


def test_a_scale_is_shown_from_its_lowest_level_on() -> None:
    axis = Axis("value", "1 to 5", "", "n", "answers")

    from_one, from_zero = line(FRAME, axis, scale=(1.0, 5.0)), line(FRAME, axis)

    assert "<!-- 5 -->" in from_one
    assert "<!-- 0 -->" not in from_one
    assert "<!-- 0.0 -->" in from_zero
