"""One session: all turns of a conversation in order, each with a link to its trace."""

import streamlit as st

from metrics import words
from pages.parts import board, controls, links, opened_trace, reads, states, texts

TURNS = 20

st.page_link(links.TRACES, label="Back to the list", icon=":material/arrow_back:", query_params=links.back())
st.title("Session", anchor=False)
states.stop_if_nothing_loaded(int(reads.loaded(controls.now())["traces"]))
session_id = st.query_params.get("session")
found = reads.one_session(session_id) if session_id else None
if session_id is None or found is None or found.empty:
    st.info("No session is named in this link, or it is not here. Open one from a trace.", icon=":material/forum:")
    st.page_link(links.TRACES, label="To the list of traces", icon=":material/arrow_forward:")
    st.stop()

session = found.iloc[0]
one, two, three = st.columns(3)
board.card(
    one,
    "Turns",
    words.count(session["traces"]),
    f"{words.count(session['error_traces'])} failed, {words.counted(session['spans'], 'span')}",
)
board.card(
    two, "From first to last", words.duration(session["duration_ms"]), f"from {words.moment(session['start_ts'])} UTC"
)
costs = reads.costs_of_session(session_id)
board.card(three, "Cost", *opened_trace.cost_words(costs))
named = [
    f"{word} {session[name]}"
    for name, word in (("app", "app"), ("environment", "environment"), ("tenant", "tenant"), ("user_id", "user"))
    if isinstance(session[name], str) and session[name]
]
st.text(" · ".join([*named, f"id {session_id}"]))

pages = max(1, -(-int(session["traces"]) // TURNS))
page = st.pagination(pages, key="turns", bind="query-params") if pages > 1 else 1
first = (min(page, pages) - 1) * TURNS
came_from = st.query_params.get("trace")
for number, turn in enumerate(
    reads.turns_of_session(session_id, first=first, rows=TURNS).to_dict("records"), start=first + 1
):
    trace_id = str(turn["trace_id"])
    here = " · you came from here" if trace_id == came_from else ""
    st.header(f"Turn {number}", anchor=False)
    spoken = opened_trace.texts_of_span(reads.texts_of_trace(trace_id), str(turn["root_span_id"]))
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        usd, _, *judging = opened_trace.cost_words(costs[costs["trace_id"] == trace_id])
        priced = " ".join(["cost unknown" if usd == words.UNKNOWN else usd, *judging])
        took = words.duration(turn["duration_ms"]) if turn["time_source"] == "client" else "no times"
        st.text(f"{words.moment(turn['start_ts'])} UTC · {took} · {priced} · {turn['status']}{here}")
        st.page_link(
            links.TRACE,
            label="Open its trace",
            icon=":material/account_tree:",
            query_params=links.way_back() | {"trace": trace_id},
        )
    with st.chat_message("user", avatar=":material/person:"):
        texts.block(spoken.get("input_text") or turn["preview"], key=f"in_{number}", prose=True)
    with st.chat_message("assistant", avatar=":material/smart_toy:"):
        texts.block(spoken.get("output_text"), key=f"out_{number}", prose=True)
