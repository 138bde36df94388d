"""Judges: may this judge be used for this criterion? A verdict in words, then the numbers behind it."""

import pandas as pd
import streamlit as st

from charts.intervals import intervals
from metrics import words
from pages.judges import parts
from pages.parts import fresh, judge_reads, links, tables, who
from pages.parts.figures import FEW, with_interval
from review.people import Right

who.required(Right.SEE_RESULTS)
database = who.database()
fresh.follow_labels(database)
st.title("Judges", anchor=False)
rows = judge_reads.rows(database)
if not rows:
    st.info(
        "No judge's scores meet people's labels yet. Label a sample of traffic that a judge has scored.",
        icon=":material/inbox:",
    )
    st.stop()

weeks = sorted({week for row in rows for week in row.reviewed.weeks})
labelled = {
    (row.reviewed.rubric, row.reviewed.rubric_version, row.reviewed.criterion.name): len(row.reviewed.study.labels)
    for row in sorted(rows, key=lambda row: len(row.reviewed.study.labels))
}
st.text(
    f"Judges beside {words.counted(sum(labelled.values()), 'label')} of weeks {weeks[0]} to {weeks[-1]}. Every figure "
    "stands for all of the traffic of those weeks, not for the labelled items alone. Select a cell to see behind it."
)
for note in dict.fromkeys(note for row in rows for note in row.reviewed.study.notes):
    st.text(f"{note[0].upper()}{note[1:]}.")
names = judge_reads.short_names(rows)

DAGGER = " †"
COLUMNS = {
    "judge": (90, "Name of the judge; with version and model where several have it", parts.AGREEMENT),
    "criterion": (95, "The question of the rubric that people answer too", parts.AGREEMENT),
    "verdict": (222, "May it be used? Decided on the bounds of the intervals; the reasons are below", parts.AGREEMENT),
    "kappa": (116, "Agreement of judge and people beyond chance: 1 always the same, 0 chance", parts.AGREEMENT),
    "people's kappa": (116, "Agreement of people with each other, on the same footing", parts.REVIEWERS),
    "bias": (122, "Judge minus people, in points; above 0 is lenient", parts.PARTS),
    "judge's mean": (94, "Of all of its scores, uncorrected; and how many traces it scored", parts.OVER_TIME),
    "corrected mean": (124, "What people would say of all of the traffic", parts.OVER_TIME),
    "labels": (50, "Labels of items that the judge scored too", parts.DISAGREEMENTS),
}
"""Column of the scorecard to its width, its definition, and the part of the page Judge that a click on it opens."""


def marked(one: object) -> str:
    """The figure; a dagger where it rests on few labels, for the column is narrow."""
    return with_interval(one).replace(f", {FEW}", DAGGER)


shown = pd.DataFrame(
    {
        "judge": [names[row.judged.judge] for row in rows],
        "criterion": [row.reviewed.criterion.name for row in rows],
        "verdict": [row.verdict for row in rows],
        "kappa": [marked(row.judged.kappa) for row in rows],
        "people's kappa": [marked(row.people.kappa) for row in rows],
        "bias": [marked(row.judged.bias) for row in rows],
        "judge's mean": [f"{with_interval(row.judged.judge_mean)} of {words.count(parts.scored(row))}" for row in rows],
        "corrected mean": [marked(row.judged.corrected) for row in rows],
        "labels": [len(row.judged.pairs.judge) for row in rows],
    }
)
answer = st.dataframe(
    tables.defused(shown),
    hide_index=True,
    key="scorecard",
    on_select="rerun",
    selection_mode=["single-row", "single-cell"],
    placeholder=words.UNKNOWN,
    height="content",
    alt="Judges by criterion; select a cell to see what is behind it",
    column_config={
        name: st.column_config.NumberColumn(help=said, width=width)
        if name == "labels"
        else st.column_config.TextColumn(help=said, width=width)
        for name, (width, said, _) in COLUMNS.items()
    },
)
picked = tables.selected_row(answer)
if picked is not None:
    cells = answer["selection"]["cells"]
    part = COLUMNS[cells[0][1]][2] if cells and not answer["selection"]["rows"] else parts.AGREEMENT
    st.switch_page(
        links.JUDGE,
        query_params={
            "judge": rows[picked].judged.judge,
            "criterion": rows[picked].reviewed.criterion.name,
            "part": part,
        },
    )

if shown.map(lambda cell: DAGGER in str(cell)).to_numpy().any():
    st.text("† rests on few labels: the interval may be too narrow.")

known = [row for row in rows if row.judged.kappa.value is not None]
if known:
    st.header("Agreement beside people's own", anchor=False)
    marks = pd.DataFrame(
        [
            {
                "name": f"{row.reviewed.criterion.name}, {names[row.judged.judge]}",
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

st.header("Why", anchor=False)
why = pd.DataFrame(
    [
        {
            "judge": names[row.judged.judge],
            "criterion": row.reviewed.criterion.name,
            "verdict": row.verdict,
            "because": reason,
        }
        for row in rows
        for reason in row.judged.decision.reasons
    ]
)
tables.table(why, {name: name for name in why.columns}, key="why", alt="The reasons of each verdict")

st.header("All figures", anchor=False)
every = pd.DataFrame([parts.figures_of(row) for row in rows])
tables.table(every, {name: name for name in every.columns}, key="t1", alt="Every figure of each judge and criterion")
with st.expander("What the figures mean"):
    for name, said in {**{name: said for name, (_, said, _) in COLUMNS.items()}, **parts.DEFINITIONS}.items():
        st.text(f"{name}: {said}.")
    st.text(
        "Kappa has quadratic weights on number scales and is plain on the others; one rater with one rater in both "
        "cases. Intervals are 95 %: linearised over the strata and conversations of the samples. An interval that "
        "rests on fewer than 30 items, or on a stratum with fewer, says few labels. The verdict asks for 100 labels' "
        "worth, 30 a stratum, 30 refused items and 50 labelled twice; kappa at least .60 or within .10 of people's "
        "own; bias inside a sixteenth of the scale; at most 1 % unparsable. Each is decided on the bounds of its "
        "interval."
    )
