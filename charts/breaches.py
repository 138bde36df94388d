"""Marks on a chart over time: when a budget was not kept."""

import pandas as pd
import plotly.graph_objects as go

from charts.over_time import plain

_RED = "#c8102e"


def with_breaches(figure: go.Figure, rows: pd.DataFrame) -> go.Figure:
    """The figure with each bucket shaded in which a budget was broken, and a mark at its foot that says which.

    `rows`: bucket_start (UTC), width_ns, words, series (the step to open, empty where it is none); several of one
    bucket share a mark. Its customdata is `{series, bucket_ns, width_ns}`: it may be wider than the chart's points.
    """
    if rows.empty:
        return figure
    marks = []
    for (start, width), part in rows.assign(at=pd.to_datetime(rows["bucket_start"], utc=True)).groupby(
        ["at", "width_ns"]
    ):
        since, width_ns = pd.Timestamp(str(start)).as_unit("ns"), int(str(width))
        until = since + pd.Timedelta(width_ns, unit="ns")
        figure.add_shape(type="rect", x0=_spelt(since), x1=_spelt(until), y0=0, y1=1, yref="paper", layer="below",
                         fillcolor=_RED, opacity=0.08, line={"width": 0})  # fmt: skip
        series = next((name for name in part["series"] if name), "")
        said = {"series": series, "bucket_ns": str(since.value), "width_ns": str(width_ns)} if series else None
        words = "<br>".join(plain(text, most=160) for text in part["words"])
        marks.append((_spelt(since + (until - since) / 2), words, said))
    figure.add_trace(go.Scatter(
        name="over budget", mode="markers", x=[at for at, _, _ in marks], y=[0.0] * len(marks),
        text=[words for _, words, _ in marks], customdata=[said for _, _, said in marks],
        hovertemplate="%{text}<extra></extra>", cliponaxis=False,
        marker={"symbol": "triangle-up", "size": 11, "color": _RED, "line": {"width": 1, "color": "white"}},
    ))  # fmt: skip
    return figure


def _spelt(moment: pd.Timestamp) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
