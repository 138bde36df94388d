"""Marks on a chart over time: when a version went live."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import plotly.graph_objects as go

from charts.over_time import plain

_GREY = "#7f7f7f"
_MOST = 12
"""Marks of one chart: with more the words run into each other."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment (UTC) and what happened; a guess is drawn dotted."""

    at: datetime
    words: str
    is_guess: bool = False


def marked(figure: go.Figure, marks: Sequence[Mark]) -> go.Figure:
    """The figure with an upright line for each mark, the newest where there are too many; words at the foot."""
    for place, mark in enumerate(sorted(marks, key=lambda mark: mark.at)[-_MOST:]):
        at = f"{mark.at:%Y-%m-%d %H:%M}"
        line = {"width": 1.2, "color": _GREY, "dash": "dot" if mark.is_guess else "solid"}
        figure.add_shape(type="line", x0=at, x1=at, y0=0, y1=1, yref="paper", line=line, layer="below")
        figure.add_annotation(
            x=at, y=0.99 - 0.07 * (place % 3), yref="paper", xanchor="left", yanchor="top", showarrow=False, xshift=2,
            text=plain(mark.words), font={"size": 11, "color": _GREY},
        )  # fmt: skip
    return figure
