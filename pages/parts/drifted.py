"""What the page Changes shows beside figures: names, texts and documents of two windows, each with its own table."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from metrics import words
from metrics.drift.texts import Of
from metrics.drift.told_apart import FEWEST
from metrics.drift.windows import Windows
from metrics.words import UNKNOWN
from pages.parts import links, reads, tables

NAMES, QUESTIONS, ANSWERS, DOCUMENTS = "models, tools, versions", "questions", "answers", "documents"
CLOSER = (NAMES, QUESTIONS, ANSWERS, DOCUMENTS)
_MOST_NAMED = 4
_WIDE = {name: st.column_config.TextColumn(width=190) for name in ("new", "gone", "sits in")}


def points(row: pd.Series) -> str:
    """A change of a share with its interval: `12.3 points more (8.0 to 16.5)`."""
    if pd.isna(row["effect"]):
        return UNKNOWN
    way, sign = ("more", 1) if row["effect"] >= 0 else ("less", -1)
    ends = sorted(100 * sign * row[name] for name in ("low", "high"))
    said = "" if pd.isna(row["low"]) else f" ({ends[0]:.1f} to {ends[1]:.1f})"
    return f"{100 * sign * row['effect']:.1f} points {way}{said}"


def chance(q: float) -> str:
    """A q-value: `0.0123`, `< 0.0001`."""
    return "< 0.0001" if q < 0.0001 else f"{q:.4f}"


def both(found: pd.DataFrame, before: str = "n_before", now: str = "n_now") -> list[str]:
    """Counts of both windows: `1,423 / 740`."""
    return [f"{words.count(row[before])} / {words.count(row[now])}" for _, row in found.iterrows()]


def selectable(shown: pd.DataFrame, found: pd.DataFrame, *, key: str, alt: str) -> pd.Series | None:
    """The table; a selected row offers its traces. Returns the selected row of `found`."""
    answer = st.dataframe(
        tables.defused(shown), hide_index=True, key=key, on_select="rerun", selection_mode="single-row",
        height="content" if len(shown) <= 15 else 560, alt=alt, column_config=_WIDE,
    )  # fmt: skip
    picked = answer["selection"]["rows"]
    if not picked or picked[0] >= len(found):
        st.text("Select a row to open traces that show it.")
        return None
    return found.iloc[picked[0]]


def traces(listed: Sequence[str]) -> None:
    """Links to some traces."""
    with st.container(horizontal=True):
        for place, trace in enumerate(listed):
            st.page_link(links.TRACE, label=f"Trace {place + 1}", icon=":material/account_tree:",
                         query_params={"trace": trace})  # fmt: skip


def look_closer(windows: Windows) -> None:
    """The control that opens one of the tables, and the table."""
    st.header("Look closer", anchor=False)
    asked = st.segmented_control("Compare also", CLOSER, key="closer", bind="query-params")
    if asked == NAMES:
        _names(reads.categories(windows))
    elif asked == DOCUMENTS:
        _documents(reads.documents_of_windows(windows))
    elif asked in {QUESTIONS, ANSWERS}:
        of = Of.QUESTIONS if asked == QUESTIONS else Of.ANSWERS
        with st.spinner("Reading texts ..."):
            moved, topics = reads.text_drift(windows, of), reads.topic_drift(windows, of)
        _texts(moved)
        _topics(topics)


def _names(found: pd.DataFrame) -> None:
    if found.empty:
        st.info("No model, tool, version or language has two values, or too few conversations.", icon=":material/info:")
        return
    rows = [row for _, row in found.iterrows()]
    shown = pd.DataFrame({
        "step": found["step"],
        "name": found["name"],
        "carry another value": [words.share(value) for value in found["effect"]],
        "verdict": found["verdict"],
        "n before / now": both(found),
        "chi-square (df)": [f"{row['chi_square']:.1f} ({row['degrees']})" for row in rows],
        "q": [chance(value) for value in found["q"]],
        "design effect": [f"{value:.1f}" for value in found["design_effect"]],
        "PSI": [f"{value:.3f}" for value in found["psi"]],
        "by chance": [UNKNOWN if pd.isna(value) else f"{value:.3f}" for value in found["psi_by_chance"]],
    })  # fmt: skip
    for place, (name, column) in enumerate((("new", "new"), ("gone", "lost"))):
        said = [_listed(values) for values in found[column]]
        if any(said):
            shown.insert(4 + place if "new" in shown else 4, name, said)
    row = selectable(shown, found, key="names", alt="Names that calls carry, before and now")
    if row is not None:
        traces(row["traces"])
    st.text(
        "All values of a name at once. The design effect says how much less the calls tell than as many independent "
        "ones, as those of a conversation are alike; the test knows it (Rao and Scott). n are calls; for tenants and "
        "app versions traces. Where nothing changed PSI stays below what stands beside it in 95 % of all cases; the "
        "field reads 0.1 as worth watching and 0.2 as shifted, whatever n. Changes are sure at a false discovery rate "
        "of 5 % over this table."
    )


def _listed(values: list[dict[str, object]]) -> str:
    """`gpt-4o-2024-11-20 (100 calls)`, the most frequent first."""
    said = [f"{one['value']} ({one['calls']:,} calls)" for one in values[:_MOST_NAMED]]
    more = len(values) - _MOST_NAMED
    return ", ".join(said) + (f" and {more} more" if more > 0 else "")


def _documents(found: pd.DataFrame) -> None:
    if found.empty:
        st.info("Every document that one window returned the other returned too, or there are no retrievals.",
                icon=":material/info:")  # fmt: skip
        return
    shown = pd.DataFrame({
        "step": found["step"],
        "document": found["document"],
        "conversations before / now": both(found, "before", "now"),
        "of": both(found),
        "q": [chance(value) for value in found["q"]],
        "verdict": [value or "may be chance" for value in found["verdict"]],
    })  # fmt: skip
    row = selectable(shown, found, key="documents", alt="Documents that only one of the windows returned")
    if row is not None:
        traces(row["traces"])
    st.text(
        "Documents that only one window returned, counted in conversations (Fisher's exact test; false discovery rate "
        "of 5 % over all documents). One that is returned no more was removed, or nobody asks for what it says."
    )


def _texts(found: pd.DataFrame) -> None:
    if found.empty:
        st.info(
            f"Too few conversations: texts are compared from {FEWEST} in the window and {2 * FEWEST} before it on.",
            icon=":material/hourglass_empty:",
        )
        return
    shown = pd.DataFrame({
        "figure": found["figure"],
        "value": found["value"],
        "95 %": [f"from {row['low']:.3f} to {row['high']:.3f}" for _, row in found.iterrows()],
        "which is its": found["of"],
        "field's guide": found["guide"],
        "verdict": found["verdict"],
        "q": [chance(value) for value in found["q"]],
        "conversations before / now": both(found),
        "method": found["method"],
    })  # fmt: skip
    st.dataframe(
        tables.defused(shown), hide_index=True, key="texts", height="content",
        column_config={"value": st.column_config.NumberColumn(format="%.3f")},
        alt="How far the texts of the windows lie apart",
    )  # fmt: skip
    st.text(
        "The field's guide calls a similarity under 0.9 or a PSI over 0.1 worth watching, under 0.85 or over 0.2 "
        "drift, however few conversations there are; the verdict asks whether the figure leaves its null band: where "
        "it stays for samples as large, drawn from the reference alone. Vectors that clients send are not kept, as "
        "text can be read back from them."
    )


def _topics(found: pd.DataFrame) -> None:
    if found.empty:
        return
    st.subheader("Topics", anchor=False)
    shown = pd.DataFrame({
        "topic": found["topic"],
        "before": [words.share(value) for value in found["before"]],
        "now": [words.share(value) for value in found["now"]],
        "change (95 % interval)": [points(row) for _, row in found.iterrows()],
        "verdict": found["verdict"],
        "q": [chance(value) for value in found["q"]],
    })  # fmt: skip
    row = selectable(shown, found, key="topics", alt="Topics, the one that moved most first")
    if row is not None:
        traces(row["traces"])
    counted = found.iloc[0]
    st.text(
        f"Groups of {words.count(counted['n_before'])} and {words.count(counted['n_now'])} texts that use the same "
        "words (k-means), named by the words that mark them; found without looking at the window, then compared."
    )
