"""Week by week: the corrected mean beside the others, what has moved, and the frozen anchor items (T2, T8)."""

import pandas as pd
import streamlit as st

from charts import calibration as pictures
from charts.over_time import plain
from metrics import words
from pages.judges.seen import Seen
from pages.parts import judge_reads, tables
from pages.parts.figures import FEW
from review.calibration.few_shot import name_of
from review.calibration.scale import Kind


def draw(seen: Seen) -> None:
    """The corrected mean, then drift of judge and application, the spread of scores, and the anchors."""
    if seen.is_ordered:
        _corrected(seen)
    else:
        st.text("Categories have no mean to follow; the spread of the judge's scores and the anchor items are below.")
    _spread_of_scores(seen)
    _anchors(seen)


def _corrected(seen: Seen) -> None:
    criterion = seen.row.reviewed.criterion.name
    over = judge_reads.weeks(seen.database, seen.row)
    st.plotly_chart(
        pictures.means_over_weeks(
            over.table,
            axis=plain(f"mean {criterion}") if seen.scale.kind is Kind.ORDINAL else "share of yes",
            across=seen.across,
        ),
        key="weeks",
        alt="Corrected mean with interval, people's mean and the judge's own, by week",
    )
    st.text(
        "Corrected: people's labels stand for all of the traffic, and the judge's scores of all of it make them go "
        "further, weighted by how well it predicted people in the weeks before."
    )
    charts = (("judge, against people,", over.judge_drift), ("application", over.application_drift))
    moved = [
        f"The {what} has moved since week {over.table['week'].iloc[chart.since[0]]} (CUSUM above its limit)."
        for what, chart in charts
        if chart.alarms
    ]
    for said in moved or ["Neither judge nor application has moved beyond chance (CUSUM on weekly figures)."]:
        st.text(said)
    st.text(_versions(seen))
    table = over.table.assign(
        few=over.table["few_labels"].map({True: FEW}).fillna(""),
        **{
            f"{which} {way}": [round(float(one), 2) for one in getattr(chart, way)]
            for which, (_, chart) in zip(("judge", "application"), charts, strict=True)
            for way in ("up", "down")
        },
    )
    tables.table(
        table.round(3),
        {
            "week": "week", "labels": "labels", "corrected": "corrected", "corrected_low": "from",
            "corrected_high": "to", "few": "mark", "human": "people alone", "human_low": "from ", "human_high": "to ",
            "judge": "judge alone", "weight": "weight of the judge", "weight_from": "weight from", "bias": "bias",
            "bias_low": " from", "bias_high": " to", "judge up": "judge's CUSUM up", "judge down": "down",
            "application up": "application's CUSUM up", "application down": "down ",
        },
        key="t2", alt="The same by week, with the sums that tell a drift",
    )  # fmt: skip


def _versions(seen: Seen) -> str:
    """Since when which version of this judge has scored: a change of version is an event, not a drift."""
    judged = seen.row.reviewed.judged[["judge", "week"]].astype(str)
    own = judged[judged["judge"].map(name_of) == name_of(seen.row.judged.judge)]
    weeks = own.groupby("judge")["week"].agg(["min", "max"])
    if len(weeks) < 2:
        return "One version of this judge has scored in these weeks."
    listed = "; ".join(f"{title} in {first} to {last}" for title, (first, last) in weeks.iterrows())
    return f"Versions of this judge: {listed}. Each is followed on its own."


def _spread_of_scores(seen: Seen) -> None:
    st.header("Spread of its scores", anchor=False)
    shift = judge_reads.shift(seen.database, seen.row)
    if shift.empty:
        st.text("It has scored one week alone; there is nothing to compare it with.")
        return
    st.plotly_chart(
        pictures.shift_over_weeks(shift),
        key="shift",
        alt="Change of the judge's scores by week against the weeks before, with the line of a quiet week",
    )
    st.text(
        "PSI of each week's scores against all weeks before; needs no label. The line is what 19 of 20 quiet weeks "
        "stay below with so many scores. It moves with the judge and with the application alike."
    )
    tables.table(
        shift.assign(moved=shift["moved"].map({True: "above the line"}).fillna("")).round(4),
        {"week": "week", "scores": "scores", "psi": "PSI", "line": "line", "moved": "mark"},
        key="t8", alt="Change of the judge's scores by week",
    )  # fmt: skip


def _anchors(seen: Seen) -> None:
    st.header("Anchor items", anchor=False)
    st.text(
        "Frozen items that the judge scores again: the application cannot have changed, so what moves is the judge."
    )
    again = judge_reads.judged_again(seen.database, seen.row)
    if again.lacks:
        st.info(f"{again.lacks[0].upper()}{again.lacks[1:]}.", icon=":material/hourglass_empty:")
        st.code(f"benchbook judge anchor --criterion {seen.row.reviewed.criterion.name} --out FILE", language=None)
        return
    st.text("The judge has changed." if again.moved else "The judge has not changed beyond chance.")
    table = again.table
    tables.table(
        table.assign(
            flipped=[f"{words.share(one)} ({words.share(low)} to {words.share(high)})"
                     for one, low, high in zip(table["flip_rate"], table["flip_low"], table["flip_high"], strict=True)],
            few=pd.Series(table["items"] < 30).map({True: FEW}).fillna(""),
        ).round(3),
        {"round": "judged again", "week": "week", "items": "items", "flips": "flips", "flipped": "flip rate (95 %)",
         "change": "change in points", "low": "from", "high": "to", "few": "mark"},
        key="t8_anchors", alt="Flip rate and change of the judge's scores of the anchor items, by round",
    )  # fmt: skip
    st.text("Against its first score of each item. The interval of the change may be looked at after every round.")
