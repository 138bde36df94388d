"""What the pages about a trace share: finding it, its header, the text of a span."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from metrics import words
from pages.parts import board, controls, detail, links, reads, states, tables


def asked_for(key: str) -> pd.Series:
    """The trace that the link names under `key`; ends the page with a way on when there is none."""
    states.stop_if_nothing_loaded(int(reads.loaded(controls.now())["traces"]))
    trace_id = st.query_params.get(key)
    if not trace_id:
        st.info("No trace is named in this link. Pick one from the list.", icon=":material/account_tree:")
        st.page_link(links.TRACES, label="To the list of traces", icon=":material/arrow_forward:")
        st.stop()
    found = reads.one_trace(trace_id)
    if found.empty:
        st.warning(
            "There is no such trace here. It may not have been loaded yet, or it has been erased.",
            icon=":material/search_off:",
        )
        st.text(f"Asked for: {trace_id[:200]}")
        st.page_link(links.TRACES, label="To the list of traces", icon=":material/arrow_forward:")
        st.stop()
    return found.iloc[0]


def header(trace: pd.Series) -> None:
    """The question, the figures, and the facts of a trace."""
    costs = reads.costs_of_trace(str(trace["trace_id"]))
    question = trace["preview"] if isinstance(trace["preview"], str) and trace["preview"] else trace["name"]
    st.text(str(question or "No question was recorded."))
    one, two, three, four = board.places(4)
    board.card(
        one,
        "Duration",
        duration_words(trace),
        f"{words.moment(trace['start_ts'])} UTC" if trace["time_source"] == "client" else "the source has no times",
    )
    board.card(two, "Cost", *cost_words(costs))
    board.card(
        three,
        "Tokens",
        words.count(
            (0 if pd.isna(trace["tok_in"]) else trace["tok_in"])
            + (0 if pd.isna(trace["tok_out"]) else trace["tok_out"])
        ),
        f"{words.count(trace['tok_in'])} read, {words.count(trace['tok_out'])} written",
    )
    board.card(
        four,
        "Spans",
        words.count(trace["spans"]),
        f"{words.counted(trace['llm_calls'], 'model call')}, {words.counted(trace['tool_calls'], 'tool call')}, "
        f"{words.count(trace['error_spans'])} failed",
    )
    st.text(" · ".join(facts(trace)))
    for problem in detail.problem_words(trace["problems"]):
        st.text(f"Note: {problem}.")
    _ways_on(trace)


def facts(trace: pd.Series) -> list[str]:
    """What is known of the trace in words; names from the trace among them, so draw as text."""
    said = [tables.status_words(str(trace["status"]), trace["error_spans"], bool(trace["is_complete"]))]
    named = {
        "app": "app",
        "app_version": "version",
        "environment": "environment",
        "tenant": "tenant",
        "model": "model",
        "prompt_name": "prompt",
        "prompt_version": "prompt version",
        "retrieval_config": "retrieval",
    }
    said += [f"{word} {trace[name]}" for name, word in named.items() if isinstance(trace[name], str) and trace[name]]
    return [*said, f"id {trace['trace_id']}"]


def duration_words(trace: pd.Series) -> str:
    return (
        words.duration(trace["duration_ns"] / 1e6)
        if trace["time_source"] == "client" and not pd.isna(trace["duration_ns"])
        else words.UNKNOWN
    )


def cost_words(costs: pd.DataFrame) -> list[str]:
    """What the application spent, how much of it is known, and what judging it cost (`reads.costs_of_trace`)."""
    app, judging = (costs[name].sum(min_count=1) for name in ("app_usd", "judging_usd"))
    priced, unpriced = (int(costs[name].sum()) for name in ("priced_spans", "unpriced_spans"))
    known = f"known for {words.count(priced)} of {words.counted(priced + unpriced, 'span')} that cost"
    said = [words.usd(app), known if priced + unpriced else "no model call"]
    return said if pd.isna(judging) else [*said, f"+ judging {words.usd(judging)}"]


def texts_of_span(kept: pd.DataFrame, span_id: str) -> Mapping[str, object]:
    """The text columns of one span, without the empty ones."""
    rows = kept[kept["span_id"] == span_id]
    if rows.empty:
        return {}
    return {str(name): value for name, value in rows.iloc[0].items() if isinstance(value, str) and value}


def _ways_on(trace: pd.Series) -> None:
    with st.container(horizontal=True, gap="medium"):
        if isinstance(trace["session_id"], str) and trace["session_id"]:
            session = links.way_back() | {"session": trace["session_id"], "trace": trace["trace_id"]}
            st.page_link(
                links.SESSION, label="The session it belongs to", icon=":material/forum:", query_params=session
            )
        compare = links.back() | {"compare": [str(trace["trace_id"])]}
        st.page_link(
            links.TRACES, label="Compare with another trace", icon=":material/compare_arrows:", query_params=compare
        )
