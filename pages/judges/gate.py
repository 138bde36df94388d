"""Release gate: may the candidate go live? Decided on the corrected difference, and kept with its evidence."""

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from charts.intervals import intervals
from charts.over_time import plain
from errors import BenchbookError
from metrics import words
from pages.parts import downloads, gate_checks, gate_reads, tables, who
from pages.parts.figures import with_interval
from pages.parts.opened import opened
from review.calibration.corrected_difference import VERSION_COLUMNS
from review.calibration.decisions import Decided, decisions, keep
from review.calibration.release_evidence import ALONE, PROTECTABLE, Question
from review.calibration.release_gate import default_margin
from review.calibration.scale import Kind
from review.people import Right

me = who.required(Right.SEE_RESULTS)
database = who.database()
st.title("Release gate", anchor=False)
found = gate_reads.criteria(database)
if not found:
    st.info("No judge's scores meet people's labels yet.", icon=":material/inbox:")
    st.stop()
ordered = [one for one in found if one.study.scale.kind is not Kind.NOMINAL]
if not ordered:
    st.info("Only categories are labelled; they have no mean to compare versions by.", icon=":material/category:")
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom"):
    names = list(dict.fromkeys(one.criterion.name for one in ordered))
    criterion = st.selectbox("Criterion", names, key="criterion", bind="query-params")
    of = max((one for one in ordered if one.criterion.name == criterion), key=lambda one: one.rubric_version)
    by = st.selectbox(
        "Version of", VERSION_COLUMNS, index=VERSION_COLUMNS.index("prompt"), key="by", bind="query-params"
    )
    seen = [str(value) for value in of.units.groupby(by)["start_ts"].max().sort_values(ascending=False).index if value]
    candidate = st.selectbox("Candidate", seen, key=f"candidate {by}")
    baseline = st.selectbox("Baseline", [one for one in seen if one != candidate], key=f"baseline {by}")
with st.container(horizontal=True, vertical_alignment="bottom"):
    scored = sorted(of.study.judges, key=lambda one: (-len(one.scores), one.name))
    judge = st.selectbox("Corrected with", [*(one.name for one in scored), ALONE], key=f"with {criterion}")
    margin = st.number_input(
        "May be worse by (points)",
        min_value=0.0,
        value=default_margin(of.study.scale),
        step=0.05,
        key=f"margin {criterion}",
    )
    protect = st.multiselect(
        "No worse in each of",
        [one for one in PROTECTABLE if one != by],
        key=f"protect {by}",
        help="strata: those that the samples were drawn from; else each value of the column",
        placeholder="nothing protected",
    )
if candidate is None or baseline is None:
    st.info(
        "Only one version is in the labelled weeks; there is nothing to compare it with.",
        icon=":material/hourglass_empty:",
    )
    st.stop()

title = None if judge == ALONE else judge
question = Question({by: candidate}, {by: baseline}, margin, tuple(protect), opened().gate)
try:
    release = gate_reads.answer(database, of, title, question)
except BenchbookError as error:
    st.text(str(error))
    st.stop()
st.header({"pass": "✓ Pass", "fail": "✕ Fail"}.get(release.outcome.value, "? Not enough evidence"), anchor=False)
st.text("\n".join(f"{reason[:1].upper()}{reason[1:]}." for reason in release.reasons))
if release.labels_needed:
    st.text(f"About {words.counted(release.labels_needed, 'more labelled item')} would settle it.")
for note in release.notes:
    st.text(f"{note[:1].upper()}{note[1:]}.")


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

differences = {"all traffic": release.evidence, **release.protected}
known = {name: one for name, one in differences.items() if one.value is not None}
if known:
    unit = "share of yes" if of.study.scale.kind is Kind.BINARY else f"points of {plain(criterion)}"
    marks = pd.DataFrame(
        [
            {"name": name, "series": "difference", "value": one.value, "low": one.low, "high": one.high,
             "text": f"{name}: {with_interval(one)} points"}
            for name, one in known.items()
        ]
    )  # fmt: skip
    st.plotly_chart(
        intervals(
            marks,
            axis=f"{candidate} less {baseline}, in {unit} (95 % interval)",
            lines=((-margin, "allowed"), (0.0, "same")),
        ),
        key="difference",
        alt="Candidate less baseline with its interval, beside what is allowed",
    )
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
            for side, one in (("candidate", release.evidence.candidate), ("baseline", release.evidence.baseline))
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
st.header("Every check", anchor=False)
gate_checks.lines(release.as_json()["checks"])
weighed = (
    "People's labels alone"
    if release.weight_from == ALONE
    else f"The judge counts with weight {release.evidence.weight:.2f} (lambda, from {release.weight_from})"
)
st.text(
    f"Weeks {of.weeks[0]} to {of.weeks[-1]}. {weighed}. Steps 0, 1 and 5 decide; a judge that fails 2 or 3 still "
    "corrects, one that fails 4 is left out."
)

st.header("Decisions", anchor=False)
kept = decisions(database)
if kept.empty:
    st.text("None yet. benchbook gate keeps one each time.")
    st.stop()
shown = pd.DataFrame(
    {
        "decision": kept["id"],
        "at (UTC)": [words.moment(one) for one in kept["at"]],
        "by": kept["by"],
        "criterion": kept["criterion"],
        "candidate": kept["candidate"],
        "baseline": kept["baseline"],
        "outcome": [str(one).replace("_", " ") for one in kept["outcome"]],
        "why": [evidence["reason"] for evidence in kept["evidence"]],
        "corrected with": kept["judge"].fillna(ALONE),
    }
)
picked = tables.selected_row(
    st.dataframe(
        tables.defused(shown),
        hide_index=True,
        key="decisions",
        on_select="rerun",
        selection_mode="single-row",
        height="content" if len(shown) <= 10 else 400,
        alt="Decisions, newest first; select a row to read what it rests on",
    )
)
downloads.button(
    "Download as CSV",
    downloads.File("decisions.csv", "text/csv", lambda: tables.as_csv(shown)),
    right=Right.SEE_RESULTS,
    key="decisions_csv",
)
if picked is None:
    st.text("Select a decision to read the checks that it rests on.")
else:
    st.text(f"Decision {kept['id'].iloc[picked]}:")
    gate_checks.lines(kept["evidence"].iloc[picked].get("checks", ()))
