"""Tokens: how many each step reads and writes."""

import streamlit as st

from charts.over_time import Axis, stacked
from metrics import words
from pages.parts import board, reads, states, tables

COUNTED = {"read and written": "tok_all", "read": "tok_in", "written": "tok_out"}

asked = board.open_page("Tokens")
wanted, cut = asked.wanted, board.cut(asked.wanted)
by_group = reads.tokens_by_group(wanted, asked.group)
if by_group.empty:
    states.nothing_matches(wanted, what="model calls")

counted, uncounted = int(by_group["counted_spans"].sum()), int(by_group["uncounted_spans"].sum())
read, written, cached = (by_group[name].sum() for name in ("tok_in", "tok_out", "tok_cache_read"))
basis = f"from {words.count(counted)} of {words.counted(counted + uncounted, 'model call')}"
one, two, three = st.columns(3)
board.card(one, "Tokens read", words.count(read), basis)
board.card(two, "Tokens written", words.count(written), basis)
board.card(
    three,
    "Read from the provider's cache",
    words.share(cached / read if read else None),
    f"{words.count(cached)} of {words.count(read)} tokens",
)
if uncounted:
    st.text(f"Not in these sums, as no tokens are reported: {words.counted(uncounted, 'model call')}.")

st.text("Calls of the application and of its judges; the page Cost tells the two apart.")

st.header(f"Tokens by {asked.group}", anchor=False)
chosen = st.segmented_control(
    "Tokens", list(COUNTED), default="read and written", key="counted", bind="query-params", required=True
)
over_time = reads.tokens_over_time(wanted, asked.group, series=board.drawn_series(by_group), bucket_ns=cut.width_ns)
board.say_what_is_drawn(by_group, ordered_by="tokens")
figure = stacked(
    over_time,
    Axis(COUNTED[chosen], f"Tokens {chosen}", ",.0f", "counted_spans", "model calls"),
    width_ns=cut.width_ns,
    width_words=cut.words,
)
board.chart(figure, asked, cut, key="tokens", alt=f"Tokens {chosen} over time, stacked by {asked.group}")

if board.wants_table():
    names = {
        "series": str(asked.group),
        "tok_in": "read",
        "tok_out": "written",
        "tok_cache_read": "from cache",
        "tok_reasoning": "reasoning",
        "counted_spans": "calls that report",
        "uncounted_spans": "calls that do not",
    }
    tables.table(by_group, names, key="tokens_table", alt=f"Tokens by {asked.group}")
