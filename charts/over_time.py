"""Figures over time: lines for what is measured, stacked bars for what adds up."""

from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from charts.palette import COLOURS, DASHES, MARKS, MOST_SERIES, PATTERNS

_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Axis:
    """What a value is: column of the frame, words for the axis (with unit), d3 format of the hover text."""

    column: str
    title: str
    hover: str
    counted: str
    """Column with the n behind each point."""
    counted_words: str


def lines(
    frame: pd.DataFrame, axis: Axis, *, width_ns: int, width_words: str, band: tuple[str, str] | None = None
) -> go.Figure:
    """One line per series. `frame` has `series, bucket_start` and the axis' columns, at most 8 series.

    A point stands at its bucket's start, or `at`, where the frame has it: a moment (UTC) within the bucket.
    A bucket without a value breaks the line. `band` names the columns of an interval, drawn as bars for at most
    two series. Each point carries `{series, bucket_ns}` as customdata.
    """
    figure = go.Figure()
    names = list(dict.fromkeys(frame["series"]))[:MOST_SERIES]
    for place, name in enumerate(names):
        rows = _with_gaps(frame[frame["series"] == name], width_ns)
        trace = go.Scatter(
            name=plain(name),
            x=_moments(rows["at" if "at" in rows else "bucket_start"]),
            y=_rounded(rows[axis.column]),
            customdata=_points(rows, name),
            text=_counted(rows, axis, width_words),
            mode="lines+markers",
            line={"color": COLOURS[place], "width": 1.8, "dash": DASHES[place]},
            marker={"symbol": MARKS[place], "size": 6},
            selected={"marker": {"size": 13}},
            unselected={"marker": {"opacity": 0.75}},
            hovertemplate=f"%{{x}}<br>%{{y:{axis.hover}}}<br>%{{text}}",
        )
        if band and len(names) <= 2:
            low, high = band
            trace.update(
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "thickness": 1,
                    "width": 0,
                    "array": _rounded(rows[high] - rows[axis.column]),
                    "arrayminus": _rounded(rows[axis.column] - rows[low]),
                }
            )
        figure.add_trace(trace)
    return _laid_out(figure, axis, width_words)


def stacked(frame: pd.DataFrame, axis: Axis, *, width_ns: int, width_words: str) -> go.Figure:
    """One bar per bucket, stacked by series. Frame and points as for `lines`."""
    figure = go.Figure()
    for place, name in enumerate(list(dict.fromkeys(frame["series"]))[:MOST_SERIES]):
        rows = frame[frame["series"] == name]
        figure.add_trace(
            go.Bar(
                name=plain(name),
                x=_moments(rows["bucket_start"]),
                y=_rounded(rows[axis.column]),
                width=width_ns / 1e6 * 0.9,
                offset=width_ns / 1e6 * 0.05,
                customdata=_points(rows, name),
                text=[plain(f"{_n(n)} {axis.counted_words}") for n in rows[axis.counted]],
                textposition="none",
                marker={
                    "color": COLOURS[place],
                    "line": {"width": 0},
                    "pattern": {
                        "shape": PATTERNS[place],
                        "size": 6,
                        "solidity": 0.15,
                        "fillmode": "overlay",
                        "fgcolor": "rgba(255,255,255,0.55)",
                    },
                },
                selected={"marker": {"opacity": 1}},
                unselected={"marker": {"opacity": 0.55}},
                hovertemplate=f"%{{x}}<br>%{{y:{axis.hover}}}<br>%{{text}}",
            )
        )
    figure.update_layout(barmode="stack")
    return _laid_out(figure, axis, width_words)


def plain(name: str, *, most: int = _LONGEST_NAME) -> str:
    """A name for Plotly, which reads `<a href>` in any text as a link: `<`, `>` and `&` escaped, shortened."""
    short = name if len(name) <= most else name[: most - 1] + "…"
    return short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _laid_out(figure: go.Figure, axis: Axis, width_words: str) -> go.Figure:
    return figure.update_layout(
        height=380,
        margin={"t": 10, "r": 10, "b": 10, "l": 10},
        hovermode="closest",
        clickmode="event+select",
        dragmode=False,
        showlegend=True,
        legend={
            "orientation": "h",
            "yanchor": "bottom",
            "y": 1.02,
            "xanchor": "left",
            "x": 0,
            "itemclick": "toggle",
            "itemdoubleclick": "toggleothers",
        },
        xaxis={"title": f"Time (UTC), {width_words} per point", "automargin": True, "type": "date"},
        yaxis={"title": axis.title, "rangemode": "tozero", "automargin": True},
    )


def _with_gaps(rows: pd.DataFrame, width_ns: int) -> pd.DataFrame:
    """The rows with an empty one wherever the next bucket is not the following one."""
    starts = rows["bucket_start"]
    after = starts.shift(-1) - starts
    holes = rows[after > pd.Timedelta(width_ns, unit="ns")]
    if holes.empty:
        return rows
    following = holes["bucket_start"] + pd.Timedelta(width_ns, unit="ns")
    empty = pd.DataFrame({name: following for name in ("bucket_start", "at") if name in rows})
    return pd.concat([rows, empty]).sort_values("bucket_start", ignore_index=True)


def _points(rows: pd.DataFrame, name: str) -> list[dict[str, str]]:
    return [
        {"series": name, "bucket_ns": str(pd.Timestamp(moment).as_unit("ns").value)} for moment in rows["bucket_start"]
    ]


def _moments(moments: pd.Series) -> list[str]:
    return [str(text) for text in moments.dt.strftime("%Y-%m-%d %H:%M")]


def _counted(rows: pd.DataFrame, axis: Axis, width_words: str) -> list[str]:
    """What stands behind each point; and which time, where the point does not stand at its start."""
    counted = [plain(f"{_n(n)} {axis.counted_words}") for n in rows[axis.counted]]
    if "at" not in rows:
        return counted
    starts = _moments(rows["bucket_start"])
    return [f"{said}, {width_words} from {start}" for said, start in zip(counted, starts, strict=True)]


def _rounded(values: pd.Series) -> list[float | None]:
    return [None if pd.isna(value) else float(f"{float(value):.5g}") for value in values]


def _n(value: float) -> str:
    return "0" if pd.isna(value) else f"{int(value):,}"
