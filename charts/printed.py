"""Figures for paper: the frames of `charts.over_time` as SVG, drawn without a browser."""

import io
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from charts.marks import Mark
from charts.over_time import Axis
from charts.palette import COLOURS

with tempfile.TemporaryDirectory() as _folder:  # where it keeps a list of fonts: nothing is left outside of the home
    _said = os.environ.get("MPLCONFIGDIR")
    os.environ["MPLCONFIGDIR"] = _folder
    import matplotlib as mpl
    from matplotlib.axes import Axes
    from matplotlib.dates import DateFormatter, date2num
    from matplotlib.figure import Figure

    if _said is None:
        del os.environ["MPLCONFIGDIR"]
    else:
        os.environ["MPLCONFIGDIR"] = _said

# Names from traces are drawn as they are, never as formulas, and as shapes, which look alike everywhere
mpl.rcParams.update({"text.parse_math": False, "svg.fonttype": "path", "svg.hashsalt": "benchbook"})
FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"
"""Folder of the fonts that figures are drawn in, for the words around them."""
_INK, _GREY = "#333333", "#7f7f7f"
MOST_MARKS = 20
"""Marks of one figure, the newest; their words do not fit into it, so they carry numbers."""
_NEAR = 0.035
"""Part of the width below which two numbers would run into each other: then the later one stands lower."""
_ROWS = 3


@dataclass(frozen=True, slots=True)
class Target:
    """A line across the figure, with its words."""

    at: float
    words: str


def line(
    frame: pd.DataFrame, axis: Axis, *, marks: Sequence[Mark] = (), target: Target | None = None,
    scale: tuple[float, float] | None = None, size: tuple[float, float] = (3.4, 2.2),
) -> str:  # fmt: skip
    """One line with its intervals. `frame` has bucket_start (UTC), the axis' column, low and high; `size` in inches.

    Shown over the whole `scale`, or from 0 on, so that a small change looks small. `marks` are numbered from 1, in
    time: `numbered` says which is which.
    """
    figure = Figure(figsize=size, layout="constrained")
    ax = figure.add_subplot()
    at = list(frame["bucket_start"])
    values = frame[axis.column].astype(float)
    below, above = values - frame["low"].astype(float), frame["high"].astype(float) - values
    ax.errorbar(at, values, yerr=[below.clip(lower=0), above.clip(lower=0)], color=COLOURS[0], marker="o", markersize=4,
                linewidth=1.6, elinewidth=1, capsize=2.5)  # fmt: skip
    top = float(frame["high"].astype(float).max()) if len(frame) else 1.0
    if target is not None:
        top = max(top, target.at)
        ax.axhline(target.at, color=_GREY, linewidth=1, linestyle="--")
        ax.annotate(target.words, (0.01, target.at), xycoords=("axes fraction", "data"), xytext=(0, 2),
                    textcoords="offset points", fontsize=7, color=_INK)  # fmt: skip
    low, high = scale or (0.0, top)
    ax.set_ylim(low, low + (high - low) * (1.2 if scale else 1.3) or 1.0)
    _mark(ax, marks)
    ax.set_ylabel(axis.title, fontsize=8, color=_INK)
    ax.set_xticks(at)
    ax.xaxis.set_major_formatter(DateFormatter("%-d %b"))  # type: ignore[no-untyped-call]
    ax.tick_params(labelsize=7, colors=_INK)
    ax.spines[["top", "right"]].set_visible(False)
    return _svg(figure)


def numbered(marks: Sequence[Mark]) -> list[tuple[int, Mark]]:
    """The marks that a figure carries, oldest first, with their numbers: the newest, where there are too many."""
    return list(enumerate(sorted(marks, key=lambda mark: mark.at)[-MOST_MARKS:], start=1))


def _mark(ax: Axes, marks: Sequence[Mark]) -> None:
    first, last = ax.get_xlim()
    before, row = -1.0, 0
    for number, mark in numbered(marks):
        at = float(date2num(mark.at))  # type: ignore[no-untyped-call]
        place = (at - first) / (last - first) if last > first else 0.0
        row = (row + 1) % _ROWS if place - before < _NEAR else 0
        before = place
        ax.axvline(at, color=_GREY, linewidth=0.8, linestyle=":" if mark.is_guess else "-", zorder=0)
        ax.annotate(str(number), (at, 1 - 0.075 * row), xycoords=("data", "axes fraction"), fontsize=6, color=_INK,
                    va="top", ha="center", annotation_clip=False,
                    bbox={"boxstyle": "square,pad=0.15", "facecolor": "white", "edgecolor": "none"})  # fmt: skip


def _svg(figure: Figure) -> str:
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    return drawn.getvalue()
