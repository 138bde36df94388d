"""Who is served worse, on the page Outcomes: gaps in outcomes and quality over several segments, the surest first."""

import pandas as pd
import streamlit as st

from errors import BenchbookError
from metrics import words
from metrics.filters import TrafficFilter
from pages.parts import conversation_list, tables, worded_reads
from pages.parts.opened import opened

BY = ("tenant", "language", "topic")
SURE = 0.05
_MOST = 30


def draw(wanted: TrafficFilter, found: pd.DataFrame) -> None:
    """`found` is `worded(...)`. Says which gaps are sure, and lists the conversations of the one that is picked."""
    told = worded_reads.fairness(wanted, BY)
    known = told[told["gap"].notna()]
    sure = known[known["q"] < SURE]
    small = told[told["share"].isna() & told["lacks"].str.startswith("fewer")][["by", "segment"]].drop_duplicates()
    looked = f"{words.counted(len(known), 'gap')} looked at over tenant, language and topic"
    too_small = f"{words.counted(len(small), 'segment')} too small for a figure"
    st.text(f"{looked}; {len(sure)} are sure (false discovery rate 5 % over all); {too_small}.")
    shown = (sure if len(sure) else known).head(_MOST)
    if len(shown):
        _gaps(shown, found)
    _quality(wanted)


def _gaps(shown: pd.DataFrame, found: pd.DataFrame) -> None:
    table = pd.DataFrame({
        "segment": shown["by"] + " " + shown["segment"].astype(str), "outcome": shown["outcome"],
        "share": [words.share(value) for value in shown["share"]], "of": shown["trials"].astype(int),
        "against all others (points, 95 %)": [
            tables.apart(100 * row["gap"], 100 * row["gap_low"], 100 * row["gap_high"], digits=1)
            for row in shown.to_dict("records")
        ],
        "q": [f"{max(value, 0.001):.3f}" for value in shown["q"]],
    })  # fmt: skip
    answer = st.dataframe(tables.defused(table), hide_index=True, key="gaps", on_select="rerun",
                          selection_mode="single-row", alt="Gaps between segments, the surest first")  # fmt: skip
    picked = answer["selection"]["rows"]
    if not picked or picked[0] >= len(shown):
        st.text("Select a gap to see its conversations.")
        return
    row = shown.iloc[picked[0]]
    own = found[found[row["by"]].astype(str) == str(row["segment"])]
    conversation_list.draw(own, by=str(row["by"]), key="behind_gap", alt="Conversations of the segment, newest first")


def _quality(wanted: TrafficFilter) -> None:
    """Corrected gaps where people labelled; else the judges' own, called what they are."""
    st.subheader("Quality", anchor=False)
    database = opened().database
    by = st.segmented_control("Quality by", BY, default=BY[0], key="quality_by", bind="query-params", required=True)
    corrected = pd.DataFrame()
    if database is not None:
        try:
            corrected = worded_reads.corrected(database, wanted, by)
        except BenchbookError as error:
            st.text(str(error))
    if len(corrected):
        st.text("Corrected by people's labels, in points of the scale; of the labelled weeks in this window.")
        _quality_table(corrected, name="criterion", key="corrected_quality")
    own = worded_reads.judged(wanted, by)
    if own.empty and corrected.empty:
        st.info("No judge scored these conversations and nobody labelled a sample of them.")
    elif len(own):
        st.text("Judges' own scores, uncalibrated: a judge may be harder on one segment than people are.")
        _quality_table(own, name="score", key="judged_quality")


def _quality_table(told: pd.DataFrame, *, name: str, key: str) -> None:
    shown = told.assign(
        figure=[words.UNKNOWN if pd.isna(value) else f"{value:.2f}" for value in told["mean"]],
        apart=[tables.apart(row["gap"], row["gap_low"], row["gap_high"]) for row in told.to_dict("records")],
        sure=["" if pd.isna(value) else f"{max(value, 0.001):.3f}" for value in told["q"]],
        n=told["labelled" if name == "criterion" else "scored"],
    )  # fmt: skip
    counted = "labelled" if name == "criterion" else "scored"
    names = {name: name, "segment": "segment", "figure": "mean", "apart": "against all others (95 %)", "sure": "q",
             "n": counted, "judge": "judge", "lacks": "why no figure"}  # fmt: skip
    tables.table(shown, names, key=key, alt=f"Quality by segment, a row per {name} and segment")
