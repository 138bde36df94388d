"""Release gate: may the candidate go live? Decided on the corrected difference, and kept with its evidence."""

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from errors import BenchbookError
from pages.parts import judge_reads, tables, who, words
from pages.parts.figures import with_interval
from review.calibration.corrected_difference import VERSION_COLUMNS, corrected_difference
from review.calibration.decisions import Decided, decisions, keep
from review.calibration.release_gate import decide, default_margin
from review.calibration.scale import Kind
from review.people import Right

me = who.required(Right.SEE_RESULTS)
database = who.database()
st.title("Release gate", anchor=False)
rows = judge_reads.rows(database)
if not rows:
    st.info("No judge's scores meet people's labels yet.", icon=":material/inbox:")
    st.stop()
rows = tuple(row for row in rows if row.reviewed.study.scale.kind is not Kind.NOMINAL)
if not rows:
    st.info("Only categories are labelled; they have no mean to compare versions by.", icon=":material/category:")
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom"):
    criterion = st.selectbox(
        "Criterion",
        list(dict.fromkeys(row.reviewed.criterion.name for row in rows)),
        key="criterion",
        bind="query-params",
    )
    of = max(
        (row.reviewed for row in rows if row.reviewed.criterion.name == criterion), key=lambda one: one.rubric_version
    )
    by = st.selectbox(
        "Version of", VERSION_COLUMNS, index=VERSION_COLUMNS.index("prompt"), key="by", bind="query-params"
    )
    seen = [str(value) for value in of.units.groupby(by)["start_ts"].max().sort_values(ascending=False).index if value]
    candidate = st.selectbox("Candidate", seen, key=f"candidate {by}")
    baseline = st.selectbox("Baseline", [one for one in seen if one != candidate], key=f"baseline {by}")
    judge = st.selectbox("Corrected with", [*(one.name for one in of.study.judges), "people alone"], key="with")
    margin = st.number_input(
        "May be worse by (points)",
        min_value=0.0,
        value=default_margin(of.study.scale),
        step=0.05,
        key=f"margin {criterion}",
    )
if candidate is None or baseline is None:
    st.info(
        "Only one version is in the labelled weeks; there is nothing to compare it with.",
        icon=":material/hourglass_empty:",
    )
    st.stop()

title = None if judge == "people alone" else judge
scores = None if title is None else of.judged[of.judged["judge"] == title].set_index("item")["value"]
found = corrected_difference(of.study, of.units, scores, versions=(f"{by}={candidate}", f"{by}={baseline}"))
release = decide(found, margin=margin)
st.header({"pass": "Pass", "fail": "Fail"}.get(release.outcome.value, "Not enough evidence"), anchor=False)
st.text(release.reason)
if release.labels_needed:
    st.text(f"About {words.counted(release.labels_needed, 'more labelled item')} would settle it.")
tables.table(
    pd.DataFrame(
        [
            {
                "side": side,
                "version": one.named,
                "labelled": one.labelled,
                "units": one.units,
                "judge": with_interval(one.judge_mean),
                "corrected": with_interval(one.corrected),
            }
            for side, one in (("candidate", found.candidate), ("baseline", found.baseline))
        ]
    ),
    {
        "side": "side",
        "version": "version",
        "labelled": "labelled items",
        "units": "traces",
        "judge": "judge's mean",
        "corrected": "corrected mean",
    },
    key="sides",
    alt="Candidate and baseline",
)


def keep_it() -> None:
    """Callback: keep what was drawn, not what a later run would say."""
    try:
        number = keep(database, Decided(of, title, release), by=me.name, now=datetime.now(UTC))
    except BenchbookError as error:
        st.toast(str(error), icon=":material/error:")
        return
    st.toast(f"Kept as decision {number}.")


if me.may(Right.DECIDE_RELEASE):
    st.button("Keep this decision", on_click=keep_it, type="primary")
st.header("Decisions", anchor=False)
kept = decisions(database)
if kept.empty:
    st.text("None yet. benchbook gate keeps one each time.")
else:
    tables.table(
        kept.assign(
            at=[words.moment(one) for one in kept["at"]],
            outcome=[str(one).replace("_", " ") for one in kept["outcome"]],
            why=[evidence["reason"] for evidence in kept["evidence"]],
            judge=kept["judge"].fillna("people alone"),
        ),
        {
            "id": "decision",
            "at": "at (UTC)",
            "by": "by",
            "criterion": "criterion",
            "candidate": "candidate",
            "baseline": "baseline",
            "outcome": "outcome",
            "why": "why",
            "judge": "corrected with",
        },
        key="decisions",
        alt="Decisions, newest first",
    )
