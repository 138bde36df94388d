"""The figure of size and precision: a line and a mark for each criterion, points and shares apart."""

import pandas as pd

from charts.precision import precision


def sizes(*criteria: tuple[str, bool]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"criterion": name, "is_share": is_share, "items": items, "half_width": 1 / items}
            for name, is_share in criteria
            for items in (20, 50, 100)
        ]
    )


def test_points_of_a_scale_and_percentage_points_have_an_axis_each() -> None:
    figure = precision(sizes(("helpfulness", False), ("resolved", True)), size=50)
    assert figure.layout.yaxis.title.text == "Half-width (points of the scale)"
    assert figure.layout.yaxis2.title.text == "Half-width (percentage points)"
    line, mark, share, _ = figure.data
    assert (list(line.x), list(line.y)) == ([20, 50, 100], [0.05, 0.02, 0.01])
    assert list(share.y) == [5, 2, 1]
    assert (list(mark.x), list(mark.y)) == ([50], [0.02])


def test_one_kind_of_criterion_has_the_whole_width() -> None:
    figure = precision(sizes(("resolved", True)), size=50)
    assert figure.layout.yaxis.title.text == "Half-width (percentage points)"
    assert "yaxis2" not in figure.layout.to_plotly_json()


def test_the_name_of_a_criterion_is_no_link() -> None:
    figure = precision(sizes(("<a href='x'>", False)), size=50)
    assert figure.data[0].name == "&lt;a href='x'&gt;"


def test_each_criterion_has_its_colour_and_dash_and_only_one_entry_in_the_legend() -> None:
    figure = precision(sizes(("one", False), ("two", False), ("three", True)), size=50)
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    assert len({trace.line.color for trace in lines}) == len({trace.line.dash for trace in lines}) == 3
    assert [trace.showlegend is not False for trace in figure.data] == [True, False] * 3
