"""Pictures of a judge beside people: the mean over weeks, the table of levels, and what a level is worth."""

import pandas as pd
import plotly.graph_objects as go

from charts.over_time import plain
from charts.palette import COLOURS, MARKS

_CELL_PX = 52
_PEOPLE, _CORRECTED, _JUDGE = COLOURS[2], COLOURS[0], "#7f7f7f"
_MOVED = COLOURS[1]


def means_over_weeks(table: pd.DataFrame, *, axis: str, across: tuple[float, float]) -> go.Figure:
    """The corrected mean with its interval, people's mean with theirs, and the judge's own, in grey.

    `table`: `week, human, human_low, human_high, corrected, corrected_low, corrected_high, judge`.
    """
    figure = go.Figure()
    weeks = [plain(week) for week in table["week"]]
    figure.add_scatter(
        name="judge alone",
        offsetgroup="judge alone",
        x=weeks,
        y=_numbers(table["judge"]),
        mode="lines+markers",
        line={"color": _JUDGE, "dash": "dot", "width": 1.5},
        marker={"symbol": MARKS[2], "size": 7},
        hovertemplate="judge alone %{y:.2f}<extra></extra>",
    )
    for name, column, colour, mark in (
        ("people alone", "human", _PEOPLE, MARKS[1]),
        ("corrected", "corrected", _CORRECTED, MARKS[0]),
    ):
        figure.add_scatter(
            name=name,
            x=weeks,
            y=_numbers(table[column]),
            offsetgroup=name,
            mode="lines+markers",
            line={"color": colour, "width": 2.5 if column == "corrected" else 1},
            marker={"symbol": mark, "size": 9},
            error_y={
                "type": "data",
                "symmetric": False,
                "thickness": 1.5,
                "width": 4,
                "array": _numbers(table[f"{column}_high"] - table[column]),
                "arrayminus": _numbers(table[column] - table[f"{column}_low"]),
            },
            hovertemplate=f"{name} %{{y:.2f}}<extra></extra>",
        )
    figure.update_layout(
        height=360,
        margin={"t": 10, "b": 50, "l": 10, "r": 10},
        hovermode="x unified",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        scattermode="group",
        scattergap=0.9,
    )
    figure.update_xaxes(title="ISO week", type="category")
    figure.update_yaxes(title=axis, range=list(across))
    return figure


def confusion(levels: list[str], shares: list[list[float]], counts: list[list[int]]) -> go.Figure:
    """People's level (down) against the judge's (across): share of the traffic as colour and number, labels below.

    A cell can be selected; its `customdata` says `people` and `judge`.
    """
    names = [plain(level) for level in levels]
    text = [
        [f"<b>{_share(share)}</b><br>{count}" if count else "" for share, count in zip(*both, strict=True)]
        for both in zip(shares, counts, strict=True)
    ]
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=names,
            y=names,
            text=text,
            texttemplate="%{text}",
            colorscale="Blues",
            showscale=False,
            xgap=2,
            ygap=2,
            zmin=0,
            hoverinfo="skip",
        )
    )
    figure.add_scatter(
        x=[names[across] for _ in levels for across in range(len(levels))],
        y=[names[down] for down in range(len(levels)) for _ in levels],
        mode="markers",
        marker={"symbol": "square", "size": _CELL_PX, "opacity": 0},
        selected={"marker": {"opacity": 0.25}},
        unselected={"marker": {"opacity": 0}},
        text=[cell.replace("<br>", ", labels: ") for row in text for cell in row],
        hovertemplate="people %{y}, judge %{x}<br>%{text}<extra></extra>",
        customdata=[{"people": people, "judge": judge} for people in levels for judge in levels],
    )
    figure.update_layout(
        height=120 + 56 * len(levels),
        margin={"t": 10, "b": 50, "l": 10, "r": 10},
        clickmode="event+select",
        dragmode=False,
        showlegend=False,
    )
    figure.update_xaxes(title="judge", type="category", side="bottom")
    figure.update_yaxes(title="people", type="category", autorange="reversed")
    return figure


def levels(table: pd.DataFrame, *, axis: str, across: tuple[float, float], numbers: list[float]) -> go.Figure:
    """What people say (with interval) of the answers that the judge gave each level; the dotted line is a fair judge.

    `table`: `level, human, low, high, labels, few` (drawn hollow); `numbers`: each level of it as a number.
    """
    figure = go.Figure()
    figure.add_scatter(
        name="a fair judge",
        x=list(across),
        y=list(across),
        mode="lines",
        hoverinfo="skip",
        line={"dash": "dot", "color": _JUDGE, "width": 1.5},
    )
    figure.add_scatter(
        name="this judge",
        x=numbers,
        y=_numbers(table["human"]),
        mode="lines+markers",
        line={"color": _CORRECTED, "width": 2},
        marker={"size": 10, "symbol": ["circle-open" if few else "circle" for few in table["few"]]},
        text=[
            f"judge says {plain(level)}: {labels} labels"
            for level, labels in zip(table["level"], table["labels"], strict=True)
        ],
        error_y={
            "type": "data",
            "symmetric": False,
            "thickness": 1.5,
            "width": 4,
            "array": _numbers(table["high"] - table["human"]),
            "arrayminus": _numbers(table["human"] - table["low"]),
        },
        hovertemplate="%{text}<br>people %{y:.2f}<extra></extra>",
    )
    figure.update_layout(
        height=360,
        margin={"t": 10, "b": 50, "l": 10, "r": 10},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    figure.update_xaxes(title="judge's score", range=[across[0] - 0.05 * (across[1] - across[0]), across[1] * 1.03])
    figure.update_yaxes(title=axis, range=[across[0] - 0.05 * (across[1] - across[0]), across[1] * 1.03])
    return figure


def shift_over_weeks(table: pd.DataFrame) -> go.Figure:
    """Bars of `psi` by `week`, and the `line` that quiet weeks stay below."""
    weeks = [plain(week) for week in table["week"]]
    figure = go.Figure()
    figure.add_bar(
        name="change against the weeks before",
        x=weeks,
        y=_numbers(table["psi"]),
        marker={"color": [_MOVED if moved else _CORRECTED for moved in table["moved"]]},
        width=0.4,
        hovertemplate="PSI %{y:.3f}<extra></extra>",
    )
    figure.add_scatter(
        name="line of quiet weeks",
        x=weeks,
        y=_numbers(table["line"]),
        mode="lines+markers",
        line={"color": _JUDGE, "dash": "dot", "width": 2},
        marker={"symbol": MARKS[2], "size": 8},
        hovertemplate="line %{y:.3f}<extra></extra>",
    )
    figure.update_layout(
        height=260,
        margin={"t": 10, "b": 50, "l": 10, "r": 10},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    figure.update_xaxes(title="ISO week", type="category")
    figure.update_yaxes(title="PSI", rangemode="tozero")
    return figure


def _share(part: float) -> str:
    """`<1%` where rounding would say none; Plotly reads `<` as markup."""
    return "&lt;1%" if 0 < part < 0.005 else f"{part:.0%}"


def _numbers(values: pd.Series) -> list[float | None]:
    return [None if pd.isna(value) else round(float(value), 4) for value in values]
