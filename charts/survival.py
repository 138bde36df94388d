"""A survival curve: the share for which something has not happened yet, step by step."""

import pandas as pd
import plotly.graph_objects as go

from charts.palette import COLOURS

_BAND = "rgba(47, 127, 193, 0.18)"


def survival(curve: pd.DataFrame, *, across: str, up: str) -> go.Figure:
    """`curve` has turn, still_alone, low, high (0-1), at_risk, handed_over; `across` and `up` name the axes."""
    begun = pd.concat(
        [pd.DataFrame({"turn": [0], "still_alone": [1.0], "low": [1.0], "high": [1.0]}), curve], ignore_index=True
    )
    low, high = begun["low"].fillna(begun["still_alone"]), begun["high"].fillna(begun["still_alone"])
    figure = go.Figure()
    edge = {"mode": "lines", "line": {"width": 0, "shape": "hv"}, "hoverinfo": "skip", "showlegend": False}
    figure.add_scatter(x=begun["turn"].tolist(), y=_percent(high), **edge)
    figure.add_scatter(x=begun["turn"].tolist(), y=_percent(low), fill="tonexty", fillcolor=_BAND, **edge)
    figure.add_scatter(
        x=begun["turn"].tolist(),
        y=_percent(begun["still_alone"]),
        line={"width": 2, "shape": "hv", "color": COLOURS[0]},
        mode="lines+markers",
        showlegend=False,
        text=["", *(f"{row.handed_over} of {row.at_risk} that got so far" for row in curve.itertuples())],
        hovertemplate="turn %{x}: %{y:.1f} %<br>%{text}<extra></extra>",
    )
    lowest = min(_percent(low))
    figure.update_layout(height=320, margin={"t": 10, "r": 10, "b": 10, "l": 10}, dragmode=False)
    figure.update_xaxes(title=across, dtick=1 if len(curve) <= 20 else None, automargin=True)
    figure.update_yaxes(title=up, range=[max(0.0, lowest - 5), 101], automargin=True)
    return figure


def _percent(values: pd.Series) -> list[float]:
    return [round(100 * float(value), 3) for value in values]
