"""Tables: cells as text, safe to export, with units in the column names."""

import csv
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from metrics import words
from pages.parts import downloads
from review.exchange import cells
from review.people import Right


def defused(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with `'` before any text that a spreadsheet would run as a formula, in cells and column names.

    A table's own download button exports what is shown, so the mark is shown too. See `review.exchange.cells`.
    """
    changed = {name: frame[name].map(_defuse) for name in frame.columns if frame[name].dtype.kind not in "ifbMm"}
    return frame.assign(**changed).rename(columns=_defuse)


def as_csv(frame: pd.DataFrame) -> bytes:
    """The frame as CSV (UTF-8 with a mark, so that spreadsheets read it right), formulas defused.

    Every text is quoted: a bare carriage return, which pandas leaves unquoted, would begin a new row.
    """
    return defused(frame).to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC).encode("utf-8-sig")


def apart(value: float, low: float, high: float, *, digits: int = 2) -> str:
    """A difference with its interval as a cell: `0.10 less (-0.36 to +0.15)`; nothing where it is not known.

    A cell that begins with a sign would be defused.
    """
    if pd.isna(value):
        return ""
    size = f"{abs(value):.{digits}f}"
    word = "more" if value > 0 else "less"
    said = f"{size} {word}" if float(size) else "alike"
    return f"{said} ({low:+.{digits}f} to {high:+.{digits}f})"


def table(frame: pd.DataFrame, columns: Mapping[str, str], *, key: str, alt: str) -> None:
    """Draw the columns named, under the words given, with a download. Values should be ready to read."""
    shown = defused(frame[list(columns)].rename(columns=dict(columns)))
    st.dataframe(
        shown,
        hide_index=True,
        key=key,
        alt=alt,
        placeholder=words.UNKNOWN,
        height="content" if len(shown) <= 15 else 560,
    )
    csv = downloads.File(f"{key}.csv", "text/csv", lambda: as_csv(shown))
    downloads.button("Download as CSV", csv, right=Right.SEE_TRAFFIC, key=f"{key}_csv")


def _defuse(cell: object) -> object:
    return cells.defused(cell) if isinstance(cell, str) else cell


COST = "cost with judging (US$)"
TRACE_COLUMNS = {
    "question": st.column_config.TextColumn(width=270),
    "start (UTC)": st.column_config.DatetimeColumn(format="D MMM YYYY HH:mm", width=140),
    "spans": st.column_config.NumberColumn(width=60),
    "duration (s)": st.column_config.NumberColumn(format="%.2f", width=90),
    COST: st.column_config.NumberColumn(
        format="%.4f", width=165, help="All that the trace cost. A trace that is opened tells judging apart"
    ),
    "status": st.column_config.TextColumn(width=125),
    "unpriced": st.column_config.NumberColumn(
        width=75, help="Calls without a price: of a model with none, or without tokens"
    ),
}


def trace_rows(listed: pd.DataFrame) -> pd.DataFrame:
    """The list of traces (`metrics.traces.trace_list`) as it is read on screen."""
    return pd.DataFrame(
        {
            "question": listed["preview"].where(listed["preview"].notna(), listed["name"]),
            "start (UTC)": listed["start_ts"].dt.floor("s"),
            "status": [
                status_words(*row)
                for row in zip(listed["status"], listed["error_spans"], listed["is_complete"], strict=True)
            ],
            "duration (s)": listed["duration_ms"] / 1000,
            COST: listed["cost_usd"],
            "unpriced": listed["unpriced_spans"].where(listed["unpriced_spans"] > 0),
            "spans": listed["spans"],
            "app": listed["app"],
            "model": listed["model"],
            "scores": listed["scores"],
        }
    )


def status_words(status: str, error_spans: float, is_complete: bool) -> str:  # noqa: FBT001 - a cell of a row
    """`✕ error`, `✓ ok, 2 spans failed`, `… running`, with `incomplete` where the root is missing."""
    failed = int(error_spans or 0)
    if status == "error":
        return "✕ error"
    word = {"running": "… running", "unset": "unset"}.get(status, "✓ ok")
    if failed:
        word += f", {failed} {'span' if failed == 1 else 'spans'} failed"
    return word if is_complete or status == "running" else f"{word}, incomplete"


def selected_row(answer: object) -> int | None:
    """The row that was picked in a table, by its mark or by any of its cells; None when none is."""
    selection = answer.get("selection", {}) if isinstance(answer, Mapping) else {}
    rows, cells = selection.get("rows", []), selection.get("cells", [])
    if rows:
        return int(rows[0])
    return int(cells[0][0]) if cells else None
