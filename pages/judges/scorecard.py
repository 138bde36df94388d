"""Scorecard: may this judge be used for this criterion? A verdict in words, then the numbers behind it."""

import pandas as pd
import streamlit as st

from charts.intervals import intervals
from pages.parts import judge_reads, links, tables, who, words
from pages.parts.figures import with_interval
from review.people import Right

who.required(Right.SEE_RESULTS)
database = who.database()
st.title("Judges", anchor=False)
rows = judge_reads.rows(database)
if not rows:
    st.info(
        "No judge's scores meet people's labels yet. Label a sample of traffic that a judge has scored.",
        icon=":material/inbox:",
    )
    st.stop()

weeks = rows[0].reviewed.weeks
labelled = sum(len(row.reviewed.study.labels) for row in rows)
st.text(
    f"Judges beside {words.counted(labelled, 'label')} of weeks {weeks[0]} to "
    f"{weeks[-1]}. Every figure stands for all of the traffic of those weeks, not for the labelled items alone."
)
for note in dict.fromkeys(note for row in rows for note in row.reviewed.study.notes):
    st.text(f"{note[0].upper()}{note[1:]}.")
shown = pd.DataFrame(
    {
        "judge": [row.judged.judge for row in rows],
        "criterion": [row.reviewed.criterion.name for row in rows],
        "verdict": [row.verdict for row in rows],
        "agrees with people (kappa)": [with_interval(row.judged.kappa) for row in rows],
        "people among themselves (kappa)": [with_interval(row.people.kappa) for row in rows],
        "bias": [with_interval(row.judged.bias) for row in rows],
        "judge's mean": [with_interval(row.judged.judge_mean) for row in rows],
        "corrected mean": [with_interval(row.judged.corrected) for row in rows],
        "labels": [len(row.judged.pairs.judge) for row in rows],
        "worth": [round(row.judged.pairs.effective_items) for row in rows],
        "labelled twice": [row.people.double_labelled for row in rows],
        "absolute error": [with_interval(row.judged.mae) for row in rows],
        "spread against people": [with_interval(row.judged.spread_ratio) for row in rows],
        "AC": [with_interval(row.judged.ac) for row in rows],
        "people's alpha": [with_interval(row.people.alpha) for row in rows],
        "Spearman": [with_interval(row.judged.spearman) for row in rows],
        "unparsable": [words.share(row.judged.unparsable_share) for row in rows],
    }
)
answer = st.dataframe(
    tables.defused(shown),
    hide_index=True,
    key="scorecard",
    on_select="rerun",
    selection_mode="single-row",
    placeholder=words.UNKNOWN,
    row_height=40,
    height="content",
    alt="Judges by criterion; select a row to look into it",
    column_config={
        "worth": st.column_config.NumberColumn(help="Items of a simple random sample that would tell as much (Kish)"),
        "bias": st.column_config.TextColumn(help="Judge minus people, in points; above 0 is lenient"),
        "spread against people": st.column_config.TextColumn(help="Standard deviation, judge over people"),
    },
)
picked = tables.selected_row(answer)
if picked is not None:
    st.switch_page(
        links.JUDGE,
        query_params={
            "judge": rows[picked].judged.judge,
            "criterion": rows[picked].reviewed.criterion.name,
        },
    )

st.header("Why", anchor=False)
for row in rows:
    with st.container(border=True):
        st.text(f"{row.judged.judge}, {row.reviewed.criterion.name}: {row.verdict}")
        for reason in row.judged.decision.reasons:
            st.text(f"· {reason}")

known = [row for row in rows if row.judged.kappa.value is not None]
if known:
    st.header("Agreement beside people's own", anchor=False)
    marks = pd.DataFrame(
        [
            {
                "name": f"{row.reviewed.criterion.name}, {row.judged.judge}",
                "series": series,
                "value": one.value,
                "low": one.low,
                "high": one.high,
                "text": f"{series}: {with_interval(one)}",
            }
            for row in known
            for series, one in (("judge and people", row.judged.kappa), ("people among themselves", row.people.kappa))
        ]
    )
    st.plotly_chart(
        intervals(
            marks,
            axis="kappa with 95 % interval (1: always the same, 0: chance)",
            across=(-0.1, 1.03),
            lines=((0.6, "needed"),),
        ),
        key="agreement",
        alt="Kappa of each judge with people, beside people with each other",
    )
st.text(
    "Kappa has quadratic weights on number scales and is plain on the others; one rater with one rater in both cases. "
    "Intervals are 95 %: linearised over the strata and conversations of the samples. The verdict asks for 100 labels' "
    "worth, 30 a stratum, 30 refused items and 50 labelled twice; kappa at least .60 or within .10 of people's own; "
    "bias inside a sixteenth of the scale; at most 1 % unparsable. Each is decided on the bounds of its interval."
)
