"""Volume: how much traffic there is, of what, and how it does at a glance."""

import streamlit as st

from charts.over_time import Axis, stacked
from metrics import words
from metrics.cost import spend
from metrics.wilson import wilson_interval
from pages.parts import board, reads, states, tables

asked = board.open_page("Volume")
wanted, cut = asked.wanted, board.cut(asked.wanted)
total = reads.volume_total(wanted)
if not total["spans"]:
    states.nothing_matches(wanted)

latency = reads.latency_of_traces(wanted)
costs = reads.cost_by_group(wanted, asked.group)
money = spend(costs, purpose="app", unmetered=reads.cost_unmetered(wanted, costs))
traces, failed = int(total["traces"]), int(total["error_traces"])
low, high = wilson_interval(failed, traces) or (None, None)

one, two, three, four = st.columns(4)
board.card(
    one,
    "Traces",
    words.count(traces),
    f"{words.counted(total['spans'], 'span')}, {words.counted(total['sessions'], 'session')}",
)
board.card(
    two,
    "p95 duration of a trace",
    words.duration(latency["p95_ms"]),
    f"p50 {words.duration(latency['p50_ms'])}, of {words.counted(latency['timed_traces'], 'timed trace')}",
)
board.card(
    three,
    "Traces that failed",
    words.share(failed / traces if traces else None),
    f"{failed} of {words.count(traces)}; 95 % interval {words.share(low)} to {words.share(high)}",
)
board.card(
    four,
    "Spend of the app",
    words.usd(money.cost_usd),
    f"priced {words.count(money.priced_spans)} of {words.counted(money.spans, 'model call')}",
)
if total["incomplete_traces"]:
    st.text(f"{words.counted(total['incomplete_traces'], 'trace')} of these have not ended, or miss their root so far.")

by_group = reads.volume_by_group(wanted, asked.group)
over_time = reads.volume_over_time(wanted, asked.group, series=board.drawn_series(by_group), bucket_ns=cut.width_ns)

st.header(f"Spans by {asked.group}", anchor=False)
board.say_what_is_drawn(by_group, ordered_by="spans")
figure = stacked(
    over_time, Axis("spans", "Spans", ",.0f", "traces", "traces"), width_ns=cut.width_ns, width_words=cut.words
)
board.chart(figure, asked, cut, key="volume", alt=f"Spans over time, stacked by {asked.group}, {cut.words} per bar")

if board.wants_table():
    shown = by_group.assign(
        first=[words.moment(at) for at in by_group["first_seen"]],
        last=[words.moment(at) for at in by_group["last_seen"]],
    )
    names = {
        "series": str(asked.group),
        "spans": "spans",
        "traces": "traces",
        "sessions": "sessions",
        "first": "first seen (UTC)",
        "last": "last seen (UTC)",
    }
    tables.table(shown, names, key="volume_table", alt=f"Volume by {asked.group}")
