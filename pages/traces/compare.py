"""Compare: two traces side by side, step by step."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from metrics import words
from metrics.anatomy import anatomy
from metrics.comparison import matched_steps
from pages.parts import links, opened_trace, reads, tables, texts


def read(trace: pd.Series) -> pd.DataFrame:
    """The spans of one trace in reading order."""
    rows = reads.spans_of_trace(str(trace["trace_id"]), first_ns=int(trace["first_ns"]), last_ns=int(trace["last_ns"]))
    return anatomy(rows)


def more(value: float | None, say: Callable[[float], str], *, up: str, down: str) -> str:
    """A difference in words: `1.20 s longer`."""
    if value is None or pd.isna(value):
        return words.UNKNOWN
    return f"{say(abs(value))} {up if value > 0 else down}" if value else "same"


st.page_link(links.TRACES, label="Back to the list", icon=":material/arrow_back:", query_params=links.back())
st.title("Compare two traces", anchor=False)
pair = [opened_trace.asked_for("left"), opened_trace.asked_for("right")]
for place, trace, name in zip(st.columns(2, border=True), pair, ("First", "Second"), strict=True):
    with place:
        st.header(name, anchor=False)
        cost, _, *judging = opened_trace.cost_words(reads.costs_of_trace(str(trace["trace_id"])))
        st.text(str(trace["preview"] or trace["name"] or "No question was recorded."))
        st.text(
            " · ".join(
                [
                    words.moment(trace["start_ts"]) + " UTC",
                    opened_trace.duration_words(trace),
                    " ".join([cost, *judging]),
                    *opened_trace.facts(trace),
                ]
            )
        )
        st.page_link(
            links.TRACE,
            label="Open this trace",
            icon=":material/account_tree:",
            query_params=links.way_back() | {"trace": str(trace["trace_id"])},
        )

left, right = read(pair[0]), read(pair[1])
steps = matched_steps(left, right)
both = steps[(steps["left_row"] >= 0) & (steps["right_row"] >= 0)]
st.header("Step by step", anchor=False)
st.text(
    f"{words.counted(len(both), 'span')} in both, {int((steps['right_row'] < 0).sum())} only in the first, "
    f"{int((steps['left_row'] < 0).sum())} only in the second. "
    "Matched by place in the tree, kind, step and order. Select a row to read both outputs."
)
shown = pd.DataFrame(
    {
        "step": [
            f"{'· ' * min(int(depth), 12)}{step}" for depth, step in zip(steps["depth"], steps["step"], strict=True)
        ],
        "kind": steps["kind"],
        "first": [words.duration(ms) for ms in steps["left_ms"]],
        "second": [words.duration(ms) for ms in steps["right_ms"]],
        "the second is": [more(ms, words.duration, up="longer", down="shorter") for ms in steps["more_ms"]],
        "first cost": [words.usd(each) for each in steps["left_usd"]],
        "second cost": [words.usd(each) for each in steps["right_usd"]],
        "and": [more(each, words.usd, up="dearer", down="cheaper") for each in steps["more_usd"]],
        "tokens": [more(each, words.count, up="more", down="fewer") for each in steps["more_tokens"]],
        "in": [
            "both" if a >= 0 and b >= 0 else "first" if a >= 0 else "second"
            for a, b in zip(steps["left_row"], steps["right_row"], strict=True)
        ],
    }
)
answer = st.dataframe(
    tables.defused(shown),
    hide_index=True,
    key="steps",
    on_select="rerun",
    selection_mode="single-cell",
    alt="Steps of both traces with their differences",
    height="content" if len(shown) <= 15 else 560,
)
picked = tables.selected_row(answer)
step = steps.iloc[picked if picked is not None and picked < len(steps) else 0]
for place, trace, spans, row, name in zip(
    st.columns(2, border=True),
    pair,
    (left, right),
    (step["left_row"], step["right_row"]),
    ("First", "Second"),
    strict=True,
):
    with place:
        st.header(f"{name}: what came out", anchor=False)
        if row < 0:
            st.text("This trace has no such step.")
            continue
        kept = opened_trace.texts_of_span(
            reads.texts_of_trace(str(trace["trace_id"])), str(spans["span_id"].iloc[int(row)])
        )
        st.text(str(step["step"]))
        texts.block(kept.get("output_text") or kept.get("tool_result"), key=f"output_{name}")
