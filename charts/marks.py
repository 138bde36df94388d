"""Marks on a chart over time: when a version went live."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import plotly.graph_objects as go

from charts.over_time import plain

_GREY = "#7f7f7f"
_MOST = 12
"""Marks of one chart: with more the words run into each other."""
_ROWS, _ROW = 3, 0.065
"""Rows of words, and the height of one: a part of the figure's."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment (UTC) and what happened; a guess is drawn dotted."""

    at: datetime
    words: str
    is_guess: bool = False


def marked(figure: go.Figure, marks: Sequence[Mark]) -> go.Figure:
    """The figure with an upright line for each mark, the newest where there are too many; words above the data."""
    if not marks:
        return figure
    figure.update_yaxes(domain=[0, 1 - _ROWS * _ROW])
    if left_out := len(marks[:-_MOST]):
        said = f"{left_out} older version{'' if left_out == 1 else 's'} not marked"
        figure.update_xaxes(title=f"{figure.layout.xaxis.title.text or ''} · {said}")
    for place, mark in enumerate(sorted(marks, key=lambda mark: mark.at)[-_MOST:]):
        at, top = f"{mark.at:%Y-%m-%d %H:%M}", 1 - _ROW * (place % _ROWS)
        line = {"width": 1.2, "color": _GREY, "dash": "dot" if mark.is_guess else "solid"}
        figure.add_shape(type="line", x0=at, x1=at, y0=0, y1=top, yref="paper", line=line, layer="below")
        figure.add_annotation(
            x=at, y=top, yref="paper", xanchor="left", yanchor="top", showarrow=False, xshift=2,
            text=plain(mark.words), font={"size": 11, "color": _GREY},
        )  # fmt: skip
    return figure
