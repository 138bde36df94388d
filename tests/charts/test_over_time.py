"""What the figures hold: points, names, gaps, intervals, colours that can be told apart."""

import pandas as pd
import pytest

from charts.over_time import Axis, lines, plain, stacked
from charts.palette import COLOURS, DASHES, MARKS, MOST_SERIES, PATTERNS

HOUR_NS = 3_600 * 10**9
AXIS = Axis("value", "Value (s)", ".3~s", "n", "spans")


def points(series: str, *hours: int) -> pd.DataFrame:
    start = pd.Timestamp("2026-03-02")
    return pd.DataFrame({"series": series, "bucket_start": [start + pd.Timedelta(hours=hour) for hour in hours],
                         "value": [float(hour) for hour in hours], "n": 7})  # fmt: skip


def drawn(frame: pd.DataFrame) -> list[dict[str, object]]:
    figure = lines(frame, AXIS, width_ns=HOUR_NS, width_words="1 hour")
    return [trace.to_plotly_json() for trace in figure.data]


def test_each_series_is_a_line_with_its_values() -> None:
    one, two = drawn(pd.concat([points("plan", 0, 1), points("search", 0, 1)]))

    assert (one["name"], two["name"]) == ("plan", "search")
    assert one["y"] == [0.0, 1.0]
    assert one["x"] == ["2026-03-02 00:00", "2026-03-02 01:00"]


def test_a_missing_bucket_breaks_the_line() -> None:
    (line,) = drawn(points("plan", 0, 1, 4))

    assert line["y"] == [0.0, 1.0, None, 4.0]


def test_a_point_may_stand_within_its_bucket_and_still_says_which_it_is() -> None:
    frame = points("4.4.0", 0, 3).assign(at=lambda rows: rows["bucket_start"] + pd.Timedelta(minutes=40))

    (line,) = drawn(frame)

    assert line["x"] == ["2026-03-02 00:40", "2026-03-02 01:00", "2026-03-02 03:40"]
    assert line["y"] == [0.0, None, 3.0]
    assert line["text"][0] == "7 spans, 1 hour from 2026-03-02 00:00"  # type: ignore[index]
    assert line["customdata"][2]["bucket_ns"] == str(pd.Timestamp("2026-03-02 03:00").as_unit("ns").value)  # type: ignore[index]


def test_an_unknown_value_is_a_gap_and_not_zero() -> None:
    frame = points("plan", 0, 1)
    frame.loc[0, "value"] = None

    assert drawn(frame)[0]["y"] == [None, 1.0]


def test_a_point_says_which_series_and_bucket_it_is() -> None:
    (line,) = drawn(points("plan", 1))

    assert line["customdata"] == [
        {"series": "plan", "bucket_ns": str(pd.Timestamp("2026-03-02 01:00").as_unit("ns").value)}
    ]


def test_a_point_says_how_many_it_stands_for() -> None:
    assert drawn(points("plan", 1))[0]["text"] == ["7 spans"]


def test_axes_have_titles_with_units() -> None:
    figure = stacked(points("plan", 1), AXIS, width_ns=HOUR_NS, width_words="1 hour")

    assert figure.layout.xaxis.title.text == "Time (UTC), 1 hour per point"
    assert figure.layout.yaxis.title.text == "Value (s)"


def test_no_more_lines_than_can_be_told_apart() -> None:
    frame = pd.concat([points(f"step {number}", 0) for number in range(20)])

    assert len(drawn(frame)) == MOST_SERIES


def test_intervals_are_drawn_for_one_or_two_series_only() -> None:
    def with_band(count: int) -> list[bool]:
        frame = pd.concat([points(f"s{number}", 0) for number in range(count)]).assign(low=0.0, high=1.0)
        figure = lines(frame, AXIS, width_ns=HOUR_NS, width_words="1 hour", band=("low", "high"))
        return [trace.error_y.array is not None for trace in figure.data]

    assert with_band(2) == [True, True]
    assert with_band(3) == [False, False, False]


@pytest.mark.parametrize("hostile", ['<a href="https://evil.example">x</a>', "<img src=x>", "a & b"])
def test_names_are_escaped_everywhere_plotly_reads_them(hostile: str) -> None:
    figure = lines(points(hostile, 0), AXIS, width_ns=HOUR_NS, width_words="1 hour")
    trace = figure.data[0].to_plotly_json()
    shown = f"{trace['name']}{trace['text']}{trace['hovertemplate']}"

    assert "<a" not in shown
    assert "<img" not in shown
    assert trace["name"] == plain(hostile)


def test_a_long_name_is_shortened() -> None:
    assert len(plain("x" * 500)) == 40


def test_series_differ_by_more_than_colour() -> None:
    assert len(set(COLOURS)) == len(set(MARKS)) == len(set(PATTERNS)) == MOST_SERIES
    assert len(DASHES) == MOST_SERIES


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("page", ["#ffffff", "#0e1117"])
def test_colours_stand_out_on_light_and_dark(colour: str, page: str) -> None:
    """Contrast by WCAG 2.2: (lighter + 0.05) / (darker + 0.05), at least 3 for graphics."""
    darker, lighter = sorted((_luminance(colour), _luminance(page)))

    assert (lighter + 0.05) / (darker + 0.05) >= 3


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
