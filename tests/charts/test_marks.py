"""Marks of what went live: none hides data, and none is dropped in silence."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import plotly.graph_objects as go

from charts.marks import Mark, marked
from charts.over_time import Axis, lines

START = datetime(2026, 11, 2, tzinfo=UTC)
FRAME = pd.DataFrame({"series": "plan", "bucket_start": [pd.Timestamp("2026-11-02")], "value": [1.0], "n": [7]})


def drawn(many: int) -> go.Figure:
    figure = lines(FRAME, Axis("value", "s", "", "n", "spans"), width_ns=3_600 * 10**9, width_words="1 hour")
    return marked(figure, [Mark(START + timedelta(days=day), f"v{day}") for day in range(many)])


def test_words_stand_above_the_data() -> None:
    figure = drawn(4)

    assert [one.text for one in figure.layout.annotations] == ["v0", "v1", "v2", "v3"]
    assert all(one.y - 0.06 > figure.layout.yaxis.domain[1] - 0.01 for one in figure.layout.annotations)
    assert drawn(0).layout.yaxis.domain is None


def test_older_versions_that_are_not_marked_are_counted() -> None:
    assert drawn(14).layout.xaxis.title.text.endswith("2 older versions not marked")
    assert "marked" not in drawn(12).layout.xaxis.title.text
