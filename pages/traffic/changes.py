"""Changes: what differs between the window and the time before it, the largest sure change first."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import streamlit as st

from errors import UsageError
from metrics import words
from metrics.drift.changes import Verdict
from metrics.drift.since_deployment import since_last
from metrics.drift.sizes import TELLING
from metrics.drift.windows import Windows
from metrics.filters import TrafficFilter
from metrics.words import UNKNOWN
from pages.parts import board, controls, drifted, reads, tables
from pages.parts.opened import opened

BEFORE, WEEKS = "just before, as long", {"a week before": 1, "four weeks before": 4}
MOST_APPS = 8
"""Applications that are named where there are several."""
DEPLOYMENT, FIXED = "since the last deployment", "a fixed time"


def figure(row: pd.Series, name: str) -> str:
    """A value in the unit of its row."""
    value = row[name]
    if pd.isna(value):
        return UNKNOWN
    return words.share(value) if row["unit"] == "points" else f"{value:,.4g}"


def effect(row: pd.Series) -> str:
    """How much, with its interval: `x 3.7 (3.1 to 4.4)` or `12.3 points more (8.0 to 16.5)`."""
    if pd.isna(row["effect"]):
        return UNKNOWN
    if row["unit"] == "ratio":
        said = "" if pd.isna(row["low"]) else f" ({row['low']:.2f} to {row['high']:.2f})"
        return f"x {row['effect']:.2f}{said}"
    return drifted.points(row)


def fixed_reference(now: TrafficFilter) -> Windows:
    """The reference that two controls say; the time just before while they are empty."""
    before = Windows.before(now)
    with st.container(horizontal=True):
        since = st.datetime_input("Reference from (UTC)", None, key="ref_from", bind="query-params", step=60, width=225)
        until = st.datetime_input("Reference until (UTC)", None, key="ref_to", bind="query-params", step=60, width=225)
    if since is None or until is None:
        return before
    first, last = (moment.replace(tzinfo=UTC) for moment in (since, until))
    if first >= last:
        raise UsageError("the reference ends before it begins")
    return Windows(now, first, last)


def windows_of(now: TrafficFilter, compared: str) -> Windows:
    """The two windows that are asked for. Raises `UsageError`."""
    if compared == DEPLOYMENT:
        windows, last = since_last(reads.deployments(), now)
        st.text(
            f"Since {last.words}, live from {words.moment(last.deployment.at)} UTC: {controls.summary(windows.now)}"
        )
        return windows
    if compared == FIXED:
        return fixed_reference(now)
    if compared in WEEKS:
        back = timedelta(weeks=WEEKS[compared])
        return Windows(now, now.since - back, now.until - back)
    return Windows.before(now)


def show(since: datetime, until: datetime) -> None:
    """Callback: that window beside the time just before it."""
    controls.choose(since, until)
    st.session_state["reference"] = BEFORE


asked = board.open_page("Changes", grouped=False, is_compared=True)
compared = st.segmented_control(
    "Compared with", [BEFORE, *WEEKS, DEPLOYMENT, FIXED], default=BEFORE, key="reference", bind="query-params",
    required=True,
)  # fmt: skip
try:
    windows = windows_of(asked.wanted, compared)
    held = reads.sizes(windows)
    st.text(f"Compared with {words.window(windows.reference_since, windows.reference_until)}: {held.words}")
    found = reads.changes(windows)
except UsageError as error:
    st.warning(f"{error}. Choose a shorter window, or another time to compare with.", icon=":material/warning:")
    st.stop()
if found.empty:
    advice = held.advice or "No step was called by enough conversations of both windows: choose a wider time"
    st.info(f"Nothing can be compared. {advice}.", icon=":material/hourglass_empty:")
    newest = controls.newest_part(reads.loaded(controls.now()))
    if newest != (asked.wanted.since, asked.wanted.until):
        st.button("Compare the newest days with those before", on_click=show, args=newest)
    st.stop()
if len(held.apps) > 1:
    st.warning(
        f"{words.count(len(held.apps))} applications are in these windows. When one of them gets more or less of the "
        "traffic, that looks like a change of its steps: choose one under Filters, App.",
        icon=":material/apps:",
    )
    st.text(", ".join(held.apps[:MOST_APPS]) + ("" if len(held.apps) <= MOST_APPS else ", ..."))

sure = found[found["verdict"] != Verdict.NONE]
large = found[found["verdict"] == Verdict.CHANGED]
one, two, three = st.columns(3)
board.card(one, "Changed", words.count(len(large)), f"of {words.count(len(found))} figures of all steps")
board.card(two, "Steps concerned", words.count(large["step"].nunique()), "with a change that matters")
board.card(three, "Small changes", words.count(len(sure) - len(large)), "sure, but under 10 % or 3 points")

st.header("What changed", anchor=False)
if sure.empty:
    told = f"{held.nothing_found(len(found))}: {held.words}."
    if held.least < TELLING:
        st.info(told, icon=":material/hourglass_empty:")
    else:
        st.success(told, icon=":material/check:")
else:
    shown = pd.DataFrame({
        "step": sure["step"],
        "figure": [f"{row['metric']} {row['value']}".strip() for _, row in sure.iterrows()],
        "before": [figure(row, "before") for _, row in sure.iterrows()],
        "now": [figure(row, "now") for _, row in sure.iterrows()],
        "change (95 % interval)": [effect(row) for _, row in sure.iterrows()],
        "verdict": sure["verdict"],
        "q": [drifted.chance(value) for value in sure["q"]],
        "n before / now": drifted.both(sure),
        "sits in": sure["where"],
    })  # fmt: skip
    row = drifted.selectable(shown, sure, key="changed", alt="What changed, the largest change first")
    if row is not None:
        st.text(str(row["words"]))
        drifted.traces(row["traces"])

st.text(
    "Whole conversations are compared, so that a talkative one is no evidence. Changes are sure at a false discovery "
    "rate of 5 % over all figures (q). n are calls, traces, documents or questions. Numbers are medians; documents "
    f"count as old from {opened().stale_days:.0f} days on."
)
if board.wants_table("Show every figure, changed or not"):
    every = found.assign(
        figure=[f"{row['metric']} {row['value']}".strip() for _, row in found.iterrows()],
        before=[figure(row, "before") for _, row in found.iterrows()],
        now=[figure(row, "now") for _, row in found.iterrows()],
        effect=[effect(row) for _, row in found.iterrows()],
        q=[drifted.chance(value) for value in found["q"]],
        psi=["" if pd.isna(value) else f"{value:.3f}" for value in found["psi"]],
        psi_by_chance=["" if pd.isna(value) else f"{value:.3f}" for value in found["psi_by_chance"]],
        wasserstein=["" if pd.isna(value) else f"{value:.2f}" for value in found["wasserstein"]],
    )
    names = {"step": "step", "figure": "figure", "before": "before", "now": "now", "effect": "change", "q": "q",
             "psi": "PSI", "psi_by_chance": "PSI by chance (95 %)", "wasserstein": "Wasserstein (sd)",
             "n_before": "n before", "n_now": "n now", "verdict": "verdict"}  # fmt: skip
    tables.table(every, names, key="changes_table", alt="Every figure compared")
drifted.look_closer(windows)
