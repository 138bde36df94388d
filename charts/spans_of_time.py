"""From when to when: a bar per thing, one below the other."""

import pandas as pd
import plotly.graph_objects as go

from charts.over_time import plain
from charts.palette import COLOURS

_ROW_PX = 26
_ABOVE_AND_BELOW_PX = 80


def spans_of_time(frame: pd.DataFrame) -> go.Figure:
    """`frame` has name, group (its colour), since, until (UTC), text (what the bar says when it is pointed at)."""
    names = list(dict.fromkeys(frame["name"]))
    groups = list(dict.fromkeys(frame["group"]))
    figure = go.Figure()
    for place, group in enumerate(groups):
        rows = frame[frame["group"] == group]
        lasted = zip(rows["since"], rows["until"], strict=True)
        figure.add_bar(
            name=plain(group),
            orientation="h",
            base=[f"{since:%Y-%m-%d %H:%M}" for since in rows["since"]],
            x=[max((until - since).total_seconds() * 1000, 1) for since, until in lasted],
            y=[len(names) - names.index(name) for name in rows["name"]],
            width=0.62,
            text=[plain(text) for text in rows["text"]],
            textposition="none",
            marker={"color": COLOURS[place % len(COLOURS)]},
            hovertemplate="%{text}<extra></extra>",
        )
    figure.update_layout(
        height=_ABOVE_AND_BELOW_PX + _ROW_PX * len(names),
        margin={"t": 30, "r": 10, "b": 30, "l": 10},
        barmode="overlay",
        dragmode=False,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left"},
    )
    figure.update_xaxes(type="date", title="Time (UTC)", automargin=True)
    figure.update_yaxes(
        tickvals=[len(names) - place for place in range(len(names))], ticktext=[plain(name) for name in names],
        range=[0.4, len(names) + 0.6], automargin=True, zeroline=False,
    )  # fmt: skip
    return figure
