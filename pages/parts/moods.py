"""The users' mood on the page Outcomes: from the first words to the last, by segment."""

import pandas as pd
import streamlit as st

from charts.intervals import intervals
from charts.palette import MOST_SERIES
from metrics import words
from metrics.outcomes.moods import moods
from pages.parts import tables

_SERIES = {"mood_first": "first words", "mood_last": "last words"}


def draw(found: pd.DataFrame, *, by: str) -> None:
    """`found` is `worded(...)`: a chart of first and last words, and how the mood changed, in words and as a table."""
    (whole,) = moods(found).query("figure == 'mood_change'").to_dict("records")
    measured = words.count(whole["conversations"] - whole["not_measured"])
    of = words.counted(whole["conversations"], "conversation")
    st.text(f"{measured} of {of} measured: those in English, by a lexicon, from -1 to 1.")
    if whole["lacks"]:
        st.info(f"No change of mood: {whole['lacks']}.")
        return
    st.text(f"From the first turn to the last it changes by {_interval(whole)} (n {words.count(whole['measured'])}).")
    told = moods(found, by=[by])
    drawn = told[told["figure"].isin(list(_SERIES)) & told["mean"].notna()]
    drawn = drawn[drawn[by].isin(drawn[by].unique()[: 2 * MOST_SERIES])]
    chart = pd.DataFrame({
        "name": drawn[by], "series": drawn["figure"].map(_SERIES), "value": drawn["mean"], "low": drawn["low"],
        "high": drawn["high"],
        "text": [f"{row[by]}, {_SERIES[row['figure']]}: {_interval(row)}, n {row['measured']}"
                 for row in drawn.to_dict("records")],
    })  # fmt: skip
    st.plotly_chart(intervals(chart, axis="mood (-1 to 1)"), config={"displayModeBar": False}, key="mood",
                    alt=f"Mood of the first and the last words by {by.replace('_', ' ')}, with intervals")  # fmt: skip
    change = told[told["figure"] == "mood_change"]
    shown = change.assign(
        change=[tables.apart(row["mean"], row["low"], row["high"]) for row in change.to_dict("records")]
    )
    tables.table(shown, {by: by.replace("_", " "), "change": "change, first to last (95 %)", "measured": "of",
                         "lacks": "why no figure"}, key="mood_table", alt="Change of mood by segment")  # fmt: skip


def _interval(row: dict[str, object] | dict[object, object]) -> str:
    return f"{row['mean']:+.2f} ({row['low']:+.2f} to {row['high']:+.2f})"
