"""Each reviewer beside the others on the criterion, and whether the judge could stand in for one of them (T7)."""

import pandas as pd
import streamlit as st

from charts.intervals import intervals
from metrics import words
from pages.judges.seen import Seen
from pages.parts import judge_reads, tables
from pages.parts.figures import FEW, FEW_ITEMS, with_bounds

COLUMNS = {
    "reviewer": "reviewer", "labels": "labels", "items": "shared items", "severity": "severity (95 %)",
    "kappa": "kappa with the others (95 %)", "accuracy": "accuracy (Dawid-Skene)", "drift": "drift",
    "few": "mark", "twice": "seen twice", "same": "same answer again (95 %)", "own_kappa": "kappa with oneself (95 %)",
}  # fmt: skip


def draw(seen: Seen) -> None:
    """Severity as a picture, T7 as a table, and the alternative annotator test in words."""
    found = judge_reads.quality(seen.database, seen.row)
    if found.table.empty:
        st.info("No blind label of a drawn item yet.", icon=":material/inbox:")
        return
    known = found.table.dropna(subset=["difference"])
    if seen.is_ordered and len(known):
        marks = pd.DataFrame({
            "name": known["reviewer"], "series": "severity", "value": known["difference"], "low": known["low"],
            "high": known["high"],
            "text": [f"{row['reviewer']}: {with_bounds(row['difference'], row['low'], row['high'])} on "
                     f"{words.counted(row['items'], 'shared item')}" for _, row in known.iterrows()],
        })  # fmt: skip
        st.plotly_chart(
            intervals(marks, axis="own answer minus the others', in points, 95 % interval; left is stricter",
                      lines=((0.0, "like the others"),)),
            key="severity", alt="Severity of each reviewer on shared items",
        )  # fmt: skip
    tables.table(in_words(found.table), COLUMNS, key="t7", alt="Each reviewer beside the others")
    for why in found.notes.values():
        st.text(f"{why[0].upper()}{why[1:]}.")
    st.text(
        "Severity and kappa stand for the traffic; accuracy, same answer and drift are of the items that the reviewer "
        "saw. Drift: a CUSUM of each week's difference to the others."
    )
    st.header("Could the judge stand in for a reviewer?", anchor=False)
    test = seen.row.judged.alternative
    if test.winning_rate is None:
        st.text(f"Not known: {test.reason}.")
        return
    st.text(
        f"{'Yes' if test.passes else 'No'}. It holds its own against {words.share(test.winning_rate)} of "
        f"{words.counted(test.reviewers, 'reviewer')} (half is enough), and is at least as close to the others as a "
        f"reviewer on {words.share(test.advantage_probability)} of items; allowance for its lower cost "
        f"{test.epsilon:.2f}. Alternative annotator test (Calderon and others, 2025)."
    )


def in_words(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of T7 as they are read."""
    return table.assign(
        severity=[with_bounds(*three) for three in zip(table["difference"], table["low"], table["high"], strict=True)],
        kappa=[with_bounds(*three) for three in zip(table["kappa"], table["kappa_low"], table["kappa_high"],
                                                   strict=True)],
        accuracy=[words.share(one) for one in table["accuracy"]],
        same=[words.UNKNOWN if pd.isna(one) else f"{words.share(one)} ({words.share(low)} to {words.share(high)})"
              for one, low, high in zip(table["same"], table["same_low"], table["same_high"], strict=True)],
        own_kappa=[with_bounds(*three) for three in zip(table["own_kappa"], table["own_kappa_low"],
                                                       table["own_kappa_high"], strict=True)],
        drift=table["drift"].fillna(words.UNKNOWN),
        few=(table["items"].fillna(0) < FEW_ITEMS).map({True: FEW}).fillna(""),
    )  # fmt: skip
