"""Reviewers: how well they agree by criterion, who is stricter, how fast they are, and how true to themselves."""

import pandas as pd
import streamlit as st

from charts.intervals import intervals
from metrics import words
from pages.parts import label_reads, tables, who
from review.agreement.by_criterion import BARS, LEAST_ITEMS
from review.people import Right

who.required(Right.SEE_RESULTS)
database = who.database()
st.title("Reviewers", anchor=False)
labels = label_reads.all_labels(database)
if labels.empty:
    st.info("No labels yet. Label on the page Label, or take some in from a shell:", icon=":material/inbox:")
    st.code("benchbook labels import PATH...", language=None)
    st.stop()

in_order = sorted(set(labels["sample"]))
chosen = tuple(
    st.multiselect("Samples", in_order, key="sample", bind="query-params", placeholder="all samples together")
)


def figure(value: float | None) -> str:
    if value is None or pd.isna(value):
        return words.UNKNOWN
    return f"{value:.2f}".replace("-", "\u2212")  # a hyphen in front would look like a formula to spreadsheets


def with_interval(value: float | None, low: float | None, high: float | None) -> str:
    return figure(value) if pd.isna(low) else f"{figure(value)} ({figure(low)} to {figure(high)})"


def with_intervals(frame: pd.DataFrame, value: str, low: str, high: str) -> list[str]:
    return [with_interval(*three) for three in zip(frame[value], frame[low], frame[high], strict=True)]


def why_not(row: pd.Series) -> str:
    """Why there is no figure: with the number that is missing."""
    if not isinstance(row["lacks"], str):
        return ""
    missing = int(row["missing"])
    return f"{row['lacks']}: {words.counted(missing, 'item')} missing" if missing else str(row["lacks"])


st.header("Agreement by criterion", anchor=False)
agreed = label_reads.agreement(database, chosen)
agreed = agreed.assign(name=agreed["criterion"] + (", " + agreed["rubric"] if agreed["rubric"].nunique() > 1 else ""))
drawn = agreed[agreed["alpha"].notna()]
if drawn.empty:
    st.info(
        f"No criterion has {LEAST_ITEMS} items that two people labelled, with answers that vary.",
        icon=":material/hourglass_empty:",
    )
else:
    both = pd.concat([
        pd.DataFrame({
            "name": drawn["name"], "series": series, "value": drawn[column], "low": drawn[f"{column}_low"],
            "high": drawn[f"{column}_high"],
            "text": [
                f"{row['name']}: {row[f'{column}_name']} "
                f"{with_interval(row[column], row[f'{column}_low'], row[f'{column}_high'])}, "
                f"{words.counted(row['items'], 'item')} with two ratings or more"
                for _, row in drawn.iterrows()
            ],
        })
        for series, column in (("Krippendorff's alpha", "alpha"), ("Gwet's AC", "ac"))
    ])  # fmt: skip
    low, high = BARS
    st.plotly_chart(
        intervals(both, axis="Agreement beyond chance, with 95 % interval (1 is full agreement, 0 is chance)",
                  across=(min(-0.05, float(both["low"].min(skipna=True)) - 0.05), 1.03),
                  lines=((low, f"{low:.3f}"), (high, f"{high:.2f}"))),
        key="agreement", alt="Agreement by criterion with intervals, and lines at 0.667 and 0.80",
    )  # fmt: skip
st.text(
    "From what people answered without seeing each other's labels or a judge's, before any decision. Each item stands "
    "for the traffic of its stratum. Alpha is ordinal on number scales, nominal on others; AC2 has quadratic weights "
    f"and stays high where nearly all answers are alike. Below {BARS[0]:.3f} draw no conclusion, from {BARS[1]:.2f} "
    "rely on it (Krippendorff). Intervals: bootstrap of conversations within strata (alpha), linearised (AC)."
)
uncovered = agreed["covered"].dropna()
if len(uncovered) and uncovered.min() < 0.995:
    st.text(f"Strata without an item that two people labelled are left out; at least {words.share(uncovered.min())} of "
            "the sampled traffic is covered.")  # fmt: skip
tables.table(
    agreed.assign(
        alpha=with_intervals(agreed, "alpha", "alpha_low", "alpha_high"),
        ac=with_intervals(agreed, "ac", "ac_low", "ac_high"),
        percent=[words.share(one) for one in agreed["percent"]],
        why=[why_not(row) for _, row in agreed.iterrows()],
    ),
    {"name": "criterion", "scale": "scale", "reviewers": "reviewers", "items": "items rated twice",
     "ratings": "ratings", "cannot_tell": "cannot tell", "alpha": "alpha (95 %)", "ac": "AC1 or AC2 (95 %)",
     "percent": "same answer",
     "why": "why not"},
    key="agreement_table", alt="Agreement by criterion",
)  # fmt: skip

st.header("Severity", anchor=False)
severe = label_reads.severity(database, chosen)
severe = severe.assign(name=severe["criterion"] + (", " + severe["rubric"] if severe["rubric"].nunique() > 1 else ""))
if severe.empty:
    st.info("Nobody shares an item with somebody else in this selection.", icon=":material/hourglass_empty:")
else:
    of = st.selectbox("Criterion", list(dict.fromkeys(severe["name"])), key="criterion", bind="query-params")
    shown = severe[severe["name"] == of].sort_values("difference", na_position="last")
    unit = "share of yes" if (shown["scale"] == "yes_no").all() else "points"
    if shown["difference"].notna().any():
        marks = pd.DataFrame({
            "name": shown["reviewer"], "series": "difference", "value": shown["difference"], "low": shown["low"],
            "high": shown["high"],
            "text": [f"{row['reviewer']}: {with_interval(row['difference'], row['low'], row['high'])} on "
                     f"{words.counted(row['items'], 'shared item')}" for _, row in shown.iterrows()],
        })  # fmt: skip
        st.plotly_chart(
            intervals(marks, axis=f"Own answer minus the others' mean ({unit}), 95 % interval; left is stricter",
                      lines=((0.0, "like the others"),)),
            key="severity", alt=f"Difference of each reviewer to the others on shared items, {of}",
        )  # fmt: skip
    st.text(
        "On items that somebody else labelled too, weighted like the sample. Kappa is with each of the others, with "
        f"quadratic weights on number scales. A figure needs {LEAST_ITEMS} shared items."
    )
    tables.table(
        shown.assign(
            difference=with_intervals(shown, "difference", "low", "high"),
            kappa=with_intervals(shown, "kappa", "kappa_low", "kappa_high"),
            why=[why_not(row) for _, row in shown.iterrows()],
        ),
        {"reviewer": "reviewer", "items": "shared items", "difference": f"difference, {unit} (95 %)",
         "kappa": "kappa with the others (95 %)", "why": "why not"},
        key="severity_table", alt=f"Severity of each reviewer, {of}",
    )  # fmt: skip

st.header("Pace", anchor=False)
paces = label_reads.pace(database, chosen)
st.text("Time at the item, idle time left out where Benchbook measured it; of imported labels, what their file says.")
tables.table(
    paces.assign(
        median=[words.duration(None if pd.isna(one) else one * 1000) for one in paces["median_seconds"]],
        slow=[words.duration(None if pd.isna(one) else one * 1000) for one in paces["slow_seconds"]],
        an_hour=[words.UNKNOWN if pd.isna(one) else f"{one:.1f}" for one in paces["items_per_hour"]],
        first=[words.moment(one) for one in paces["first_at"]],
        last=[words.moment(one) for one in paces["last_at"]],
    ),
    {"reviewer": "reviewer", "items": "items", "timed_items": "timed items", "median": "median per item",
     "slow": "nine in ten take less than", "an_hour": "items per active hour", "first": "first (UTC)",
     "last": "last (UTC)"},
    key="pace", alt="Pace of each reviewer",
)  # fmt: skip

st.header("Self-consistency", anchor=False)
twice = label_reads.self_consistency(database, chosen)
if twice.empty:
    st.info("Nobody has labelled an item a second time yet: a share is handed out again after some weeks.",
            icon=":material/hourglass_empty:")  # fmt: skip
else:
    st.text(f"The same person on the same item, weeks apart and without seeing the first answer. Needs {LEAST_ITEMS} "
            "items.")  # fmt: skip
    tables.table(
        twice.assign(
            same=[words.UNKNOWN if pd.isna(one) else f"{words.share(one)} ({words.share(low)} to {words.share(high)})"
                  for one, low, high in zip(twice["same"], twice["low"], twice["high"], strict=True)],
            kappa=with_intervals(twice, "kappa", "kappa_low", "kappa_high"),
            why=[why_not(row) for _, row in twice.iterrows()],
        ),
        {"reviewer": "reviewer", "criterion": "criterion", "items": "items seen twice", "same": "same answer (95 %)",
         "kappa": "kappa (95 %)", "why": "why not"},
        key="self_consistency", alt="Self-consistency of each reviewer",
    )  # fmt: skip
