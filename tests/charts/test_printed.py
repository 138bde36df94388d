"""Pictures of the printed report."""

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pandas as pd

from charts.marks import Mark
from charts.over_time import Axis
from charts.printed import line

WEEKS = [datetime(2026, 11, day, tzinfo=UTC) for day in (2, 9)]
FRAME = pd.DataFrame({"bucket_start": WEEKS, "value": [1.0, 2.0], "low": [0.5, 1.5], "high": [1.5, 2.5], "n": [30, 31]})


def test_a_version_with_control_characters_does_not_break_the_picture() -> None:
    drawn = line(FRAME, Axis("value", "s", "", "n", "answers"), marks=[Mark(WEEKS[0], "v\x01\x0b\ufffe-->")])

    assert ET.fromstring(drawn).tag.endswith("svg")  # noqa: S314 - our own picture
