"""Which size of a sample buys which precision: the half-width of the interval by number of items."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from charts.over_time import plain
from charts.palette import COLOURS, DASHES, MARKS

_PANELS = {False: "Half-width (points of the scale)", True: "Half-width (percentage points)"}


def precision(frame: pd.DataFrame, *, size: int) -> go.Figure:
    """One line per criterion; scales in points and shares in percentage points have a panel each.

    `frame` has criterion, is_share, items, half_width (points, or a share of 0-1). `size` is marked on each line.
    """
    kinds = [kind for kind in (False, True) if (frame["is_share"] == kind).any()]
    figure = make_subplots(rows=1, cols=max(1, len(kinds)), horizontal_spacing=0.1)
    names = list(dict.fromkeys(frame["criterion"]))
    for column, is_share in enumerate(kinds, start=1):
        for name in names:
            rows = frame[(frame["criterion"] == name) & (frame["is_share"] == is_share)].sort_values("items")
            if not rows.empty:
                for trace in _line(rows, plain(str(name)), names.index(name), is_share=is_share, size=size):
                    figure.add_trace(trace, row=1, col=column)
        figure.update_yaxes(title=_PANELS[is_share], rangemode="tozero", automargin=True, row=1, col=column)
        figure.update_xaxes(title="Items in the sample", rangemode="tozero", automargin=True, row=1, col=column)
        figure.add_vline(x=size, line={"dash": "dot", "width": 1, "color": "#7f7f7f"}, row=1, col=column)
    return figure.update_layout(
        height=300,
        margin={"t": 10, "r": 10, "b": 10, "l": 10},
        dragmode=False,
        hovermode="closest",
        showlegend=True,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "xanchor": "left", "x": 0},
    )


def _line(rows: pd.DataFrame, name: str, place: int, *, is_share: bool, size: int) -> list[go.Scatter]:
    factor, unit = (100, " pp") if is_share else (1, "")
    place %= len(COLOURS)
    hover = f"%{{x:,}} items: ± %{{y:.3~g}}{unit}<extra>{name}</extra>"
    line = go.Scatter(
        name=name,
        x=[int(items) for items in rows["items"]],
        y=[float(f"{half * factor:.4g}") for half in rows["half_width"]],
        mode="lines",
        line={"color": COLOURS[place], "width": 2, "dash": DASHES[place]},
        hovertemplate=hover,
    )
    here = rows[rows["items"] == size]
    mark = go.Scatter(
        name=f"{name}, this size",
        x=[int(items) for items in here["items"]],
        y=[float(f"{half * factor:.4g}") for half in here["half_width"]],
        mode="markers",
        marker={"color": COLOURS[place], "size": 10, "symbol": MARKS[place]},
        hovertemplate=hover,
        showlegend=False,
    )
    return [line, mark]
