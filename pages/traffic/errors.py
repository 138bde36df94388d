"""Errors: which steps fail, how often, and with what."""

import streamlit as st

from charts.over_time import Axis, lines
from charts.palette import MOST_SERIES
from metrics import words
from metrics.buckets import points_with
from metrics.wilson import wilson_interval
from pages.parts import board, reads, states, tables

asked = board.open_page("Errors")
wanted = asked.wanted
by_group = reads.errors_by_group(wanted, asked.group)
if by_group.empty:
    states.nothing_matches(wanted)

ended, failed, running = (int(by_group[name].sum()) for name in ("ended_spans", "error_spans", "running_spans"))
low, high = wilson_interval(failed, ended) or (None, None)
total = reads.volume_total(wanted)
one, two, three = st.columns(3)
board.card(
    one,
    "Spans that failed",
    words.share(failed / ended if ended else None),
    f"{words.count(failed)} of {words.counted(ended, 'ended span')}",
)
board.card(two, "95 % interval", f"{words.share(low)} to {words.share(high)}", "Wilson, spans taken as independent")
board.card(
    three,
    "Traces that failed",
    words.count(total["error_traces"]),
    f"of {words.counted(total['traces'], 'trace')}, by their root",
)
if running:
    st.text(f"{words.counted(running, 'span')} still running or without an end are in neither count.")

st.header(f"Error rate by {asked.group}", anchor=False)
if failed:
    failing = by_group[by_group["error_spans"] > 0]
    cut = board.cut(wanted, most_points=points_with(int(failing["ended_spans"].head(MOST_SERIES).median()), each=30))
    over_time = reads.errors_over_time(wanted, asked.group, series=board.drawn_series(failing), bucket_ns=cut.width_ns)
    over_time = over_time.assign(**{name: over_time[name] * 100 for name in ("error_rate", "low", "high")})
    board.say_what_is_drawn(failing, ordered_by="failures")
    axis = Axis("error_rate", "Spans that failed (%)", ".3~g", "ended_spans", "ended spans")
    figure = lines(over_time, axis, width_ns=cut.width_ns, width_words=cut.words, band=("low", "high"))
    board.chart(
        figure,
        asked,
        cut,
        key="errors",
        alt=f"Error rate in percent over time, one line per {asked.group}",
        order=board.Order(only="with errors"),
    )
else:
    st.success("Nothing failed in this selection.", icon=":material/check:")

if failed:
    st.header("What failed", anchor=False)
    kinds = reads.error_types(wanted)
    shown = kinds.assign(
        first=[words.moment(at) for at in kinds["first_seen"]], last=[words.moment(at) for at in kinds["last_seen"]]
    )
    names = {
        "error_type": "error",
        "step": "step",
        "error_spans": "spans",
        "traces": "traces",
        "first": "first seen (UTC)",
        "last": "last seen (UTC)",
    }
    tables.table(shown, names, key="error_types", alt="Errors by type and step")

if board.wants_table("Show rates as a table"):
    shown = by_group.assign(
        **{name: [words.share(each) for each in by_group[name]] for name in ("error_rate", "low", "high")}
    )
    names = {
        "series": str(asked.group),
        "error_rate": "failed",
        "low": "95 % low",
        "high": "95 % high",
        "error_spans": "failed spans",
        "ended_spans": "ended spans",
        "running_spans": "not ended",
        "traces_with_error": "traces",
    }
    tables.table(shown, names, key="errors_table", alt=f"Error rate by {asked.group}")
