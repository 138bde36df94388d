"""A mark and an interval for each name and series; nothing where there is no figure; names as text."""

import pandas as pd

from charts.intervals import intervals

FRAME = pd.DataFrame({
    "name": ["helpful", "<b>grounded</b>", "helpful"], "series": ["alpha", "alpha", "AC"], "value": [0.5, None, 0.75],
    "low": [0.25, None, None], "high": [0.625, None, 0.875], "text": ["<i>helpful</i>: 0.50", "", "helpful: 0.75"],
})  # fmt: skip


def test_each_figure_is_a_mark_with_its_interval() -> None:
    alpha, ac = (trace.to_plotly_json() for trace in intervals(FRAME, axis="agreement").data)
    assert (list(alpha["x"]), list(ac["x"])) == ([0.5], [0.75])
    assert (list(alpha["error_x"]["array"]), list(alpha["error_x"]["arrayminus"])) == ([0.125], [0.25])
    assert list(ac["error_x"]["arrayminus"]) == [0.0]  # no lower bound
    assert (alpha["marker"]["symbol"], alpha["marker"]["color"]) != (ac["marker"]["symbol"], ac["marker"]["color"])


def test_names_and_words_are_no_markup() -> None:
    figure = intervals(FRAME, axis="agreement")
    assert list(figure.layout.yaxis.ticktext) == ["helpful", "&lt;b&gt;grounded&lt;/b&gt;"]
    assert figure.data[0].text == ("&lt;i&gt;helpful&lt;/i&gt;: 0.50",)


def test_lines_stand_where_they_are_said_to() -> None:
    figure = intervals(FRAME, axis="agreement", lines=((0.667, "0.667"), (0.8, "0.80")))
    assert [shape.x0 for shape in figure.layout.shapes] == [0.667, 0.8]


def test_the_first_name_stands_on_top() -> None:
    figure = intervals(FRAME, axis="agreement")
    assert list(figure.layout.yaxis.tickvals) == [2, 1]
