"""One judge on one criterion: where it errs, how much, since when, and the answers to read."""

import pandas as pd
import streamlit as st

from charts import calibration as pictures
from charts.intervals import intervals
from charts.over_time import plain
from pages.parts import judge_reads, links, tables, who, words
from pages.parts.figures import with_interval
from review.calibration.bias_checks import Verdict
from review.calibration.levels import by_level, split
from review.calibration.parts import by_part, heterogeneity
from review.calibration.scale import Kind
from review.calibration.scorecard import disagreements, faults
from review.people import Right

who.required(Right.SEE_RESULTS)
database = who.database()
st.page_link(links.SCORECARD, label="All judges", icon=":material/arrow_back:")
st.title("Judge", anchor=False)
rows = judge_reads.rows(database)
if not rows:
    st.info("No judge's scores meet people's labels yet.", icon=":material/inbox:")
    st.stop()
with st.container(horizontal=True):
    name = st.selectbox(
        "Judge", list(dict.fromkeys(row.judged.judge for row in rows)), key="judge", bind="query-params"
    )
    criteria = [row.reviewed.criterion.name for row in rows if row.judged.judge == name]
    criterion = st.selectbox("Criterion", criteria, key="criterion", bind="query-params")
row = next(row for row in rows if row.judged.judge == name and row.reviewed.criterion.name == criterion)
judged, scale = row.judged, row.reviewed.study.scale
ordered = scale.kind is not Kind.NOMINAL
across = (scale.levels[0], scale.levels[-1])

st.header(row.verdict.capitalize(), anchor=False)
for reason in judged.decision.reasons:
    st.text(f"· {reason}")
st.text(
    f"{words.counted(len(judged.pairs.judge), 'label')} of {words.counted(judged.pairs.n_items, 'item')}, worth "
    f"{judged.pairs.effective_items:.0f}. Kappa {with_interval(judged.kappa)}, people among themselves "
    f"{with_interval(row.people.kappa)}. Bias {with_interval(judged.bias)} points."
)

if ordered:
    st.header("Week by week", anchor=False)
    over = judge_reads.weeks(database, row)
    st.plotly_chart(
        pictures.means_over_weeks(
            over.table, axis=plain(f"mean {criterion}") if scale.kind is Kind.ORDINAL else "share of yes", across=across
        ),
        key="weeks",
        alt="Corrected mean with interval, people's mean and the judge's own, by week",
    )
    moved = [
        f"The {what} has moved since week {over.table['week'].iloc[chart.since[0]]} (CUSUM above its limit)."
        for what, chart in (("judge, against people,", over.judge_drift), ("application", over.application_drift))
        if chart.alarms
    ]
    for said in moved or ["Neither judge nor application has moved beyond chance (CUSUM on weekly figures)."]:
        st.text(said)
    st.text(
        "Corrected: people's labels stand for all of the traffic, and the judge's scores of all of it make them go "
        "further, weighted by how well it predicted people in the four weeks before."
    )
    tables.table(
        over.table.round(3),
        {
            "week": "week",
            "labels": "labels",
            "corrected": "corrected",
            "corrected_low": "from",
            "corrected_high": "to",
            "human": "people alone",
            "human_low": "from ",
            "human_high": "to ",
            "judge": "judge alone",
            "weight": "weight of the judge",
            "weight_from": "weight from",
            "bias": "bias",
        },
        key="weeks_table",
        alt="The same by week",
    )

left, right = st.columns(2, gap="large")
with left:
    st.header("Where they part", anchor=False)
    table = judged.confusion
    st.plotly_chart(
        pictures.confusion(list(table.levels), table.shares.tolist(), table.counts.tolist()),
        key="confusion",
        alt="Share of the traffic by people's level and the judge's, with the number of labels",
    )
    st.text(
        f"Of answers that people pass, the judge passes {with_interval(judged.tpr)}; of those that they refuse, it "
        f"refuses {with_interval(judged.tnr)}."
    )
with right:
    if ordered:
        st.header("What its score is worth", anchor=False)
        levels = by_level(judged.pairs, scale)
        numbers = [scale.levels[scale.names.index(level)] for level in levels["level"]]
        st.plotly_chart(
            pictures.levels(levels, axis="people's expected label", across=across, numbers=numbers),
            key="levels",
            alt="People's expected label for each level of the judge, with interval",
        )
        parts = split(judged.pairs, scale)
        if parts is not None:
            st.text(
                f"As a forecast of people's pass: error {parts.score:.3f} = miscalibration {parts.miscalibration:.3f} "
                f"- discrimination {parts.discrimination:.3f} + uncertainty {parts.uncertainty:.3f}."
            )

if ordered:
    st.header("Part by part", anchor=False)
    weight = judged.corrected.weight if judged.corrected else 0.0
    by = by_part(row.reviewed.study, judged.pairs, weight=weight)
    marks = pd.DataFrame(
        {
            "name": by["part"].replace("", "all traffic"),
            "series": "bias",
            "value": by["bias"],
            "low": by["low"],
            "high": by["high"],
            "text": [f"{n} items, {with_interval(b)} points" for n, b in zip(by["items"], by["bias"], strict=True)],
        }
    )
    st.plotly_chart(
        intervals(marks, axis="judge minus people in points, 95 % interval; right is lenient", lines=((0.0, "fair"),)),
        key="parts",
        alt="Bias of the judge by part of the traffic",
    )
    p = heterogeneity(by)
    if p is not None:
        st.text("The bias differs between the parts." if p < 0.05 else "The parts do not differ beyond chance.")
    tables.table(
        by.assign(share=[words.share(one) for one in by["share"]]).round(3),
        {
            "part": "part",
            "share": "of the traffic",
            "units": "units",
            "items": "labelled",
            "human": "people",
            "judge": "judge",
            "bias": "bias",
            "low": "from",
            "high": "to",
            "p": "p (Holm)",
            "next_items": "of the next 120 labels",
        },
        key="parts_table",
        alt="Bias by part, and where next week's labels tell most",
    )

    st.header("Known faults", anchor=False)
    found = faults(row)
    tables.table(
        pd.DataFrame(
            [
                {
                    "fault": one.name,
                    "effect": with_interval(one.effect),
                    "from": one.low,
                    "to": one.high,
                    "unit": one.unit,
                    "margin": one.margin,
                    "q": one.q,
                    "verdict": one.reason
                    or {Verdict.OUTSIDE: "✕ outside", Verdict.INSIDE: "✓ inside"}.get(one.verdict, "unclear"),
                    "items": one.items,
                }
                for one in found
            ]
        ).round(3),
        {
            "fault": "fault",
            "effect": "effect",
            "from": "from (90 %)",
            "to": "to (90 %)",
            "unit": "unit",
            "margin": "margin",
            "verdict": "verdict",
            "q": "q",
            "items": "items",
        },
        key="faults",
        alt="Known faults of judges, with effect and verdict",
    )
    st.text(
        "A fault is named when its effect is beyond the margin and the false discoveries among all checks stay below "
        "5 %. Family and compression need items that two people labelled: one noisy label invents both."
    )

    st.header("Disagreements to read", anchor=False)
    worst = disagreements(row)
    answer = st.dataframe(
        tables.defused(
            worst.rename(columns={"item": "trace", "human": "people", "apart": "judge minus people"}).round(2)
        ),
        hide_index=True,
        key="disagreements",
        on_select="rerun",
        selection_mode="single-row",
        alt="Items where judge and people part, farthest first; select a row to open its trace",
    )
    picked = tables.selected_row(answer)
    if picked is not None:
        st.switch_page(links.TRACE, query_params={"trace": str(worst["item"].iloc[picked])})
