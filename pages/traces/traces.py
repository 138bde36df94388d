"""Traces: the list, with filters and text search; a row opens its trace."""

import streamlit as st

from metrics import words
from metrics.traces import ListFilter, Only, Sort
from pages.parts import controls, links, reads, states, tables
from pages.parts.opened import opened

ROWS = 50

compared = st.query_params.get("compare")
st.title("Traces", anchor=False)
at = controls.now()
loaded = reads.loaded(at)
states.stop_if_nothing_loaded(int(loaded["traces"]))

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    query = st.text_input(
        "Search the text",
        key="q",
        bind="query-params",
        type="search",
        live="400ms",
        width=320,
        max_chars=200,
        placeholder="Words in questions, answers, tools, documents",
        disabled=opened().search is None,
    )
    only = Only(st.selectbox("Show", [each.value for each in Only], key="only", bind="query-params", width=160))
    sort = Sort(st.selectbox("Order", [each.value for each in Sort], key="sort", bind="query-params", width=160))
asked = controls.traffic(loaded, at=at, grouped=False)
found = reads.found(query) if query else None
wanted = ListFilter(asked.wanted, only, found)

if compared:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info("Pick the trace to compare with.", icon=":material/compare_arrows:")
        st.button("Cancel", on_click=links.stop_comparing)

counts = reads.trace_count(wanted)
traces = int(counts["traces"])
if not traces:
    also = [f"text {query}"] if query else []
    also += [f"only {only.value}"] if only is not Only.ALL else []
    states.nothing_matches(asked.wanted, what="traces", also=" · ".join(also))

pages = -(-traces // ROWS)
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    some = [
        f"{words.count(counts[name])} {what}"
        for name, what in (
            ("error_traces", "with errors"),
            ("incomplete_traces", "incomplete"),
            ("unpriced_traces", "with calls without a price"),
        )
        if counts[name]
    ]
    st.text(words.counted(traces, "trace") + (f": {', '.join(some)}" if some else ""))
    page = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1

listed = reads.trace_list(wanted, sort=sort, first=(min(page, pages) - 1) * ROWS, rows=ROWS)
shown = tables.defused(tables.trace_rows(listed))
answer = st.dataframe(
    shown,
    hide_index=True,
    key="traces",
    on_select="rerun",
    selection_mode="single-cell",
    height=36 * (len(shown) + 1),
    column_config=tables.TRACE_COLUMNS,
    placeholder=words.UNKNOWN,
    row_height=36,
    alt="Traces; select a row to open it",
)
picked = tables.selected_row(answer)
if picked is not None:
    trace_id = str(listed["trace_id"].iloc[picked])
    if compared:
        st.switch_page(links.COMPARE, query_params=links.of_trace(compared, "left") | {"right": trace_id})
    st.switch_page(links.TRACE, query_params=links.of_trace(trace_id))
