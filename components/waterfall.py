"""The trace waterfall: a tree of spans with a bar for each, as a Component v2 that holds only the rows in view."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

TALLEST_PX = 560
_HERE = Path(__file__).parent


def waterfall(
    spans: pd.DataFrame, *, trace: str, selected: str | None, key: str, on_select: Callable[[], None]
) -> str | None:
    """Draws the tree and returns the id of the span selected in it; `on_select` runs when that changes.

    `spans` is in reading order: `span_id, name, kind, status, error_type, depth, parent_row, start_ms, duration_ms`
    (missing: unknown), `critical_ms, repeat_nth, repeat_times, injection_flag`. When no duration is known, spans are
    numbered in order instead of drawn in time. `trace` names the data: the same name keeps what is collapsed.
    """
    answer = _renderer()(
        key=key,
        data=payload(spans, trace=trace, selected=selected),
        default={"span": selected},
        on_span_change=on_select,
    )
    chosen = answer.get("span")
    return chosen if isinstance(chosen, str) else None


def payload(spans: pd.DataFrame, *, trace: str, selected: str | None) -> dict[str, Any]:
    """What travels to the browser: one list per column, numbers rounded to what a screen can show."""
    repeats = zip(spans["repeat_nth"], spans["repeat_times"], strict=True)
    return {
        "key": f"{trace}:{len(spans)}",
        "selected": selected,
        "height": TALLEST_PX,
        "timed": bool(spans["duration_ms"].notna().any()),
        "span_id": spans["span_id"].tolist(),
        "name": _texts(spans["name"]),
        "kind": _texts(spans["kind"]),
        "status": _texts(spans["status"]),
        "problem": _texts(spans["error_type"]),
        "flag": [not pd.isna(flag) and bool(flag) for flag in spans["injection_flag"]],
        "depth": spans["depth"].tolist(),
        "parent": spans["parent_row"].tolist(),
        "start": _numbers(spans["start_ms"]),
        "duration": _numbers(spans["duration_ms"]),
        "critical": _numbers(spans["critical_ms"]),
        "repeat": [f"{nth}/{times}" if times else "" for nth, times in repeats],
    }


def _renderer() -> Any:  # Streamlit's own type of it is not public
    """The component, registered with the runtime of this run: registering the same again changes nothing."""
    return st.components.v2.component(
        "benchbook_waterfall",
        html='<div class="mount"></div>',
        css=(_HERE / "waterfall.css").read_text(),
        js=(_HERE / "waterfall.js").read_text(),
    )


def _texts(values: pd.Series) -> list[str]:
    return [value if isinstance(value, str) else "" for value in values]


def _numbers(values: pd.Series) -> list[float | None]:
    return [None if pd.isna(value) else round(float(value), 4) for value in values]
