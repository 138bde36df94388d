"""Latency: how long each step takes, and when that changed."""

import streamlit as st

from charts.over_time import Axis, lines
from charts.palette import MOST_SERIES
from metrics import words
from metrics.buckets import points_with
from metrics.budgets.limits import Figure
from metrics.latency import latency_basis
from pages.parts import board, budgets, reads, states, tables

NEEDED = {"p50": 1, "p95": 20, "p99": 100}
"""Spans or traces that a percentile needs: see metrics.latency."""

asked = board.open_page("Latency")
wanted = asked.wanted
by_group = reads.latency_by_group(wanted, asked.group)
if by_group.empty:
    states.nothing_matches(wanted)

whole = reads.latency_of_traces(wanted)
for place, (name, least) in zip(st.columns(3), NEEDED.items(), strict=True):
    enough = whole["timed_traces"] >= least
    basis = f"of {words.counted(whole['timed_traces'], 'timed trace')}" + ("" if enough else f"; needs {least}")
    board.card(place, f"{name} duration of a trace", words.duration(whole[f"{name}_ms"]), basis)

timed, receipt, unended = (int(by_group[name].sum()) for name in ("timed_spans", "receipt_spans", "unended_spans"))
if receipt or unended:
    st.text(
        f"Timed {words.count(timed)} of {words.counted(timed + receipt + unended, 'span')}: "
        f"{words.count(receipt)} came in a format without times, {words.count(unended)} have no valid end."
    )
if not timed:
    st.info("No span in this selection has a duration, so there is nothing to draw.")
    st.stop()

st.header(f"Latency by {asked.group}", anchor=False)
percentile = st.segmented_control(
    "Percentile", ["p50", "p95", "p99"], default="p95", key="percentile", bind="query-params", required=True
)
column = f"{percentile}_ms"
typical = int(by_group["timed_spans"].head(MOST_SERIES).median())
cut = board.cut(wanted, most_points=points_with(typical, each=max(10, 3 * NEEDED[percentile] // 2)))
over_time = reads.latency_over_time(wanted, asked.group, series=board.drawn_series(by_group), bucket_ns=cut.width_ns)
over_time = over_time.assign(seconds=over_time[column] / 1000)
board.say_what_is_drawn(by_group, ordered_by="time in all")
st.text(f"{percentile}: {latency_basis(wanted, group=asked.group, bucket_ns=cut.width_ns)}.")
missing = int(over_time[column].isna().sum())
if missing:
    st.text(
        f"{words.counted(missing, 'point')} of {words.count(len(over_time))} hold too few spans for {percentile} "
        "and are left out; a wider window or p50 shows more."
    )
figure = lines(
    over_time,
    Axis("seconds", f"{percentile} of span duration (s)", ".3~s", "timed_spans", "spans"),
    width_ns=cut.width_ns,
    width_words=cut.words,
)
budgets.mark(figure, asked, cut, of=Figure.LATENCY)
board.chart(
    figure,
    asked,
    cut,
    key="latency",
    alt=f"{percentile} latency in seconds over time, one line per {asked.group}",
    order=board.Order(sort="slowest"),
)

budgets.show(asked, cut, of=Figure.LATENCY)

if board.wants_table():
    shown = by_group.assign(
        **{name: [words.duration(ms) for ms in by_group[name]] for name in ("p50_ms", "p95_ms", "p99_ms", "longest_ms")}
    )
    names = {
        "series": str(asked.group),
        "timed_spans": "timed spans",
        "p50_ms": "p50",
        "p95_ms": "p95",
        "p99_ms": "p99",
        "longest_ms": "longest",
        "receipt_spans": "without times",
        "unended_spans": "without end",
    }
    tables.table(shown, names, key="latency_table", alt=f"Latency by {asked.group}")
