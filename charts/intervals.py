"""Figures with an interval each, beside each other: agreement by criterion, severity by reviewer."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from charts.over_time import plain
from charts.palette import COLOURS, MARKS

_ROW_PX = 46
_ABOVE_AND_BELOW_PX = 110


def intervals(
    frame: pd.DataFrame,
    *,
    axis: str,
    across: tuple[float, float] | None = None,
    lines: Sequence[tuple[float, str]] = (),
) -> go.Figure:
    """A row for each `name` of the frame, from the top, with a mark and an interval for each `series` in it.

    `frame` has name, series, value, low, high, text (what the mark says when it is pointed at); rows without a value
    stay empty. `lines` are upright lines with their words; `across` is the range of the axis, with its unit in `axis`.
    """
    names = list(dict.fromkeys(frame["name"]))
    series = list(dict.fromkeys(frame["series"]))
    figure = go.Figure()
    for place, one in enumerate(series):
        rows = frame[(frame["series"] == one) & frame["value"].notna()]
        figure.add_scatter(
            name=plain(one),
            x=_rounded(rows["value"]),
            y=[len(names) - names.index(name) + _beside(place, len(series)) for name in rows["name"]],
            mode="markers",
            marker={"symbol": MARKS[place], "size": 10, "color": COLOURS[place]},
            error_x={
                "type": "data", "symmetric": False, "thickness": 2, "width": 5, "color": COLOURS[place],
                "array": _rounded((rows["high"] - rows["value"]).fillna(0)),
                "arrayminus": _rounded((rows["value"] - rows["low"]).fillna(0)),
            },
            text=[_escaped(text) for text in rows["text"]],
            hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip
    for at, words in lines:
        figure.add_vline(x=at, line={"dash": "dot", "width": 1.5, "color": "#7f7f7f"}, annotation_text=plain(words),
                         annotation_position="top")  # fmt: skip
    figure.update_layout(
        height=_ABOVE_AND_BELOW_PX + _ROW_PX * max(1, len(names)),
        margin={"t": 40, "b": 60, "l": 10, "r": 10},
        showlegend=len(series) > 1,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left"},
    )
    figure.update_xaxes(title=axis, range=list(across) if across else None, zeroline=True, automargin=True)
    figure.update_yaxes(
        tickvals=[len(names) - place for place in range(len(names))],
        ticktext=[plain(name) for name in names],
        range=[0.4, len(names) + 0.6],
        automargin=True,
        zeroline=False,
    )
    return figure


def _beside(place: int, series: int) -> float:
    return 0.0 if series == 1 else 0.15 - 0.3 * place / (series - 1)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _rounded(values: pd.Series) -> list[float]:
    return [round(float(value), 4) for value in values]
