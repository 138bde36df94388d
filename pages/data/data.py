"""Data: what came in, what was refused, what was replaced, how fresh it is and where it is kept."""

from datetime import timedelta

import pandas as pd
import streamlit as st

from charts.over_time import Axis, stacked
from metrics import words
from metrics.buckets import DAY_NS
from pages.parts import board, controls, detail, flag_report, reads, residual, states, tables
from pages.parts.opened import opened

st.title("Data", anchor=False)
at = controls.now()
loaded = reads.loaded(at)
now = opened()

days = reads.arrivals_by_day()
entities = reads.entities_over_time()
rejects = now.rejects() if now.rejects else None
state = now.loader() if now.loader else None
refused = None if rejects is None else int(rejects["spans"].sum()) if not rejects.empty else 0

one, two, three, four = st.columns(4)
board.card(one, "Spans kept", words.count(days["spans"].sum()), f"in {words.counted(loaded['traces'], 'trace')}")
board.card(
    two,
    "Refused",
    words.count(refused),
    "spans and scores; see below" if rejects is not None else "the log of refusals is not open here",
)
board.card(
    three,
    "Personal data replaced",
    words.count(entities["replaced"].sum()),
    f"pieces, of {words.counted(entities['entity'].nunique(), 'type')}",
)
fresh = pd.Timestamp(state["loaded_at"]) if state and state.get("loaded_at") else None
board.card(
    four,
    "Last load",
    words.UNKNOWN if fresh is None else f"{fresh:%H:%M:%S}",
    f"UTC, {words.moment(fresh)[:-6]}; new traces show in seconds" if state else "no loader runs in this process",
)
if state and state.get("failure"):
    st.error(
        "Loading fails; the figures are as old as the last load says. It is tried again by itself.",
        icon=":material/sync_problem:",
    )
    st.text(f"{state['failure']} ({words.counted(state.get('failures_in_a_row', 1), 'time')} in a row)")
if state and state.get("undone"):
    st.error(
        "Something that was to be deleted is still here, since deleting fails. It is tried again by itself.",
        icon=":material/delete_forever:",
    )
    st.text(state["undone"])

if not loaded["traces"]:
    states.stop_if_nothing_loaded(0)

section = st.segmented_control(
    "Section",
    ["ingested", "refused", "replaced", "flags", "places"],
    default="ingested",
    key="section",
    bind="query-params",
    required=True,
    label_visibility="collapsed",
)
if section == "ingested":
    st.header("Ingested, by day of receipt and format", anchor=False)
    shown = days.assign(
        on=[words.moment(day)[:-6] for day in days["day"]], last=[words.moment(when) for when in days["last_received"]]
    )
    names = {
        "on": "day (UTC)",
        "source_format": "format",
        "spans": "spans",
        "traces": "traces",
        "batches": "requests or file parts",
        "merged_spans": "merged from several",
        "truncated_spans": "cut",
        "redacted_spans": "hidden by client",
        "odd_spans": "odd",
        "last": "last (UTC)",
    }
    tables.table(shown, names, key="ingested", alt="Spans ingested by day and format")
    odd = reads.odd_spans()
    if not odd.empty:
        st.header("Odd, but kept", anchor=False)
        odd = odd.assign(means=[detail.problem_words([problem])[0] for problem in odd["problem"]])
        tables.table(
            odd,
            {"means": "what is odd", "source_format": "format", "spans": "spans", "traces": "traces"},
            key="odd",
            alt="Odd spans",
        )
    sources = now.arrivals(at - timedelta(days=90)) if now.arrivals else None
    if sources is not None and not sources.empty:
        st.header("Sources of the last 90 days", anchor=False)
        shown = sources.sort_values("day", ascending=False).assign(
            on=[str(day) for day in sources.sort_values("day", ascending=False)["day"]]
        )
        names = {
            "on": "day (UTC)",
            "source": "source",
            "format": "format",
            "arrivals": "files or requests",
            "spans": "spans",
            "scores": "scores",
            "rejected": "refused",
        }
        tables.table(shown, names, key="sources", alt="Spans by day, source and format")
    log = now.ingests() if now.ingests else None
    if log is not None and not log.empty:
        st.header("Files, newest first", anchor=False)
        shown = log.assign(
            began=[words.moment(when) for when in log["started_at"]],
            ended=[words.moment(when) for when in log["finished_at"]],
            spans=[words.count(counts.get("spans")) if isinstance(counts, dict) else "" for counts in log["counts"]],
        )
        names = {
            "began": "began (UTC)",
            "ended": "ended (UTC)",
            "source": "source",
            "format": "format",
            "state": "state",
            "spans": "spans",
        }
        tables.table(shown, names, key="log", alt="Files that were ingested, newest first")
elif section == "refused":
    st.header("Refused", anchor=False)
    st.text("What was refused is not kept: only where it was, why, and a keyed digest to recognise it by.")
    if rejects is None:
        st.info("The log of refusals is not open in this process.")
    elif rejects.empty:
        st.success("Nothing has been refused.", icon=":material/check:")
    else:
        shown = rejects.assign(on=[words.moment(when) for when in rejects["at"]])
        names = {
            "on": "at (UTC)",
            "source": "source",
            "position": "position",
            "reason": "reason",
            "digest": "keyed digest",
            "spans": "spans",
        }
        tables.table(shown, names, key="refused", alt="What was refused, newest first")
elif section == "replaced":
    residual.draw()
    st.header("Personal data replaced before anything was written", anchor=False)
    if entities.empty:
        st.info(
            "None was found in what is loaded. That says what the scrubber found, not that there was none.",
            icon=":material/shield:",
        )
        st.stop()
    st.text("Counts of what was found and replaced. What the scrubber missed is in none of them.")
    daily = entities.groupby(["entity", "day"], as_index=False).agg(
        replaced=("replaced", "sum"), spans=("spans", "sum")
    )
    order = list(daily.groupby("entity")["replaced"].sum().sort_values(ascending=False).index)
    drawn = daily.assign(
        series=daily["entity"], bucket_start=pd.to_datetime(daily["day"]), rank=daily["entity"].map(order.index)
    ).sort_values(["rank", "day"])
    st.plotly_chart(
        stacked(
            drawn, Axis("replaced", "Pieces replaced", ",.0f", "spans", "spans"), width_ns=DAY_NS, width_words="1 day"
        ),
        alt="Pieces of personal data replaced per day, stacked by type",
        config={"displayModeBar": False},
    )
    by_app = (
        entities.groupby(["entity", "app"], as_index=False)
        .agg(replaced=("replaced", "sum"), spans=("spans", "sum"))
        .sort_values("replaced", ascending=False)
    )
    tables.table(
        by_app,
        {"entity": "type", "app": "app", "replaced": "replaced", "spans": "spans"},
        key="replaced",
        alt="Personal data replaced by type and app",
    )
elif section == "flags":
    flag_report.draw()
else:
    st.header("Where things are kept", anchor=False)
    places = {"Home": now.home} | now.places
    st.code("\n".join(f"{name}: {place}" for name, place in places.items()), language=None, wrap_lines=True)
    st.text(
        "The lake holds the text of traces, scrubbed. The warehouse and the text index are made from it and may be "
        "deleted; the next start makes them again."
    )
