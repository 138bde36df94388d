"""One trace: its facts, its spans as a tree in time, and the detail of the span that is selected."""

import streamlit as st

from components.waterfall import waterfall
from metrics import words
from metrics.anatomy import anatomy
from pages.parts import detail, flags, links, opened_trace, reads, tables


def remember_span() -> None:
    """Callback: put the selected span into the link."""
    chosen = st.session_state["waterfall"].get("span")
    if isinstance(chosen, str):
        st.query_params["span"] = chosen


with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
    st.page_link(links.TRACES, label="Back to the list", icon=":material/arrow_back:", query_params=links.back())
st.title("Trace", anchor=False)
trace = opened_trace.asked_for("trace")
trace_id = str(trace["trace_id"])
opened_trace.header(trace)

kept = reads.texts_of_trace(trace_id)
rows = reads.spans_of_trace(trace_id, first_ns=int(trace["first_ns"]), last_ns=int(trace["last_ns"]))
spans = anatomy(rows, kept)
scores, documents = reads.scores_of_trace(trace_id, trace["session_id"]), reads.documents_of_trace(trace_id)
asked = st.query_params.get("span")
selected = asked if asked and asked in set(spans["span_id"]) else str(spans["span_id"].iloc[0])

with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
    st.header("Spans", anchor=False, width="content")
    flags.count(spans)
    as_table = st.toggle("Show as a table", key="table", bind="query-params")
left, right = st.columns([11, 9], gap="medium")
with left:
    if as_table:
        shown = spans.assign(
            start=[words.duration(ms) for ms in spans["start_ms"]],
            took=[words.duration(ms) for ms in spans["duration_ms"]],
            own=[words.duration(ms) for ms in spans["self_ms"]],
            path=[words.duration(ms) for ms in spans["critical_ms"]],
            cost=[words.usd(each) for each in spans["cost_usd"]],
            flag=[flags.cell(span) for span in spans.to_dict("records")],
        )
        names = {
            "name": "span",
            "kind": "kind",
            "depth": "depth",
            "start": "starts after",
            "took": "duration",
            "own": "of its own",
            "path": "on the critical path",
            "status": "status",
            "flag": "injection flag",
            "cost": "cost",
            "tok_in": "tokens in",
            "tok_out": "tokens out",
            "model": "model",
        }
        tables.table(shown, names, key="spans", alt="Spans of the trace in reading order")
    else:
        waterfall(spans, trace=trace_id, selected=selected, key="waterfall", on_select=remember_span)
with right, st.container(border=True):
    row = spans[spans["span_id"] == selected].iloc[0]
    detail.span_detail(
        row,
        opened_trace.texts_of_span(kept, selected),
        documents=documents[documents["span_id"] == selected] if not documents.empty else documents,
        scores=scores[scores["span_id"] == selected],
    )

if not scores.empty:
    st.header("Scores", anchor=False)
    detail.score_table(scores, key="scores")
