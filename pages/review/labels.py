"""Labels: what people answered, as a table with filters, and as files for those who may take them out."""

from datetime import UTC, datetime
from functools import partial

import pandas as pd
import streamlit as st

from metrics import words
from pages.parts import downloads, label_reads, tables, who
from pages.parts.opened import opened
from review.adjudication import decisions
from review.exchange.exports import as_csv, as_json_lines, records, take_out
from review.exchange.gold import gold_lines
from review.label_frame import label_frame, unseen_by
from review.people import Right

ROWS = 50

me = who.required(Right.SEE_RESULTS)
database = who.database()
st.title("Labels", anchor=False)
labels = unseen_by(database, label_reads.all_labels(database), me.name)
if labels.empty:
    st.info("No labels yet. Label on the page Label, or take some in from a shell:", icon=":material/inbox:")
    st.code("benchbook labels import PATH...", language=None)
    st.stop()


def choices(column: str) -> list[str]:
    return sorted(str(value) for value in set(labels[column]) if isinstance(value, str))


places = st.columns(4)
narrowed = {
    "sample": places[0].selectbox("Sample", choices("sample"), index=None, key="sample", bind="query-params",
                                  placeholder="all"),
    "reviewer": places[1].selectbox("Reviewer", choices("reviewer"), index=None, key="reviewer", bind="query-params",
                                    placeholder="all"),
    "criterion": places[2].selectbox("Criterion", choices("criterion"), index=None, key="criterion",
                                     bind="query-params", placeholder="all"),
}  # fmt: skip
item = places[3].text_input("Item", key="item", bind="query-params", placeholder="id of a trace or session").strip()
shown = labels
for column, value in narrowed.items():
    if value is not None:
        shown = shown[shown[column] == value]
if item:
    shown = shown[shown["item"] == item]
st.text(
    f"{words.counted(len(shown), 'label')} of {words.counted(shown['item'].nunique(), 'item')} by "
    f"{words.counted(shown['reviewer'].nunique(), 'reviewer')}, raw as they were given; "
    f"{words.count(len(decisions(database, sample=narrowed['sample'])))} decided by a third person."
)
if shown.empty:
    st.info("No label matches; widen the filters.", icon=":material/filter_alt_off:")
    st.stop()


def as_read(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with words for screens."""
    return pd.DataFrame({
        "item": rows["item"], "sample": rows["sample"], "reviewer": rows["reviewer"], "criterion": rows["criterion"],
        "answer": rows["value"].where(~rows["cannot_tell"].astype(bool), "cannot tell"),
        "labelled (UTC)": [words.moment(at) for at in rows["labelled_at"]],
        "time (s)": pd.to_numeric(rows["seconds"]).round(1), "comment": rows["comment"].fillna(""),
        "stratum": rows["stratum"].fillna(""),
        "how": ["picked by hand" if picked else "second look" if again else "" if blind else "not blind"
                for picked, again, blind in zip(rows["hand_picked"], rows["again"], rows["blind"], strict=True)],
    })  # fmt: skip


newest = shown.sort_values("labelled_at", ascending=False, kind="stable")
pages = -(-len(newest) // ROWS)
page = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
st.dataframe(
    tables.defused(as_read(newest.iloc[(page - 1) * ROWS : page * ROWS])),
    hide_index=True, key="labels", alt="Labels, newest first", placeholder=words.UNKNOWN, height=540,
    column_config={
        "item": st.column_config.TextColumn(width=130), "sample": st.column_config.TextColumn(width=130),
        "comment": st.column_config.TextColumn(width=250),
    },
)  # fmt: skip


def taken_out(what: str, sample: str | None, by: str) -> bytes:
    """The file, made when it is fetched: the right is asked and the audit line written before anything leaves."""
    now = datetime.now(UTC)
    if what == "gold":
        ask = opened().warehouse.frame
        lines = take_out(database, lambda: gold_lines(database, ask, sample=sample, hidden_from=by), what="gold",
                         sample=sample, by=by, now=now)  # fmt: skip
        return as_json_lines(lines).encode()
    frame = take_out(database, lambda: unseen_by(database, label_frame(database, sample=sample), by), what="labels",
                     sample=sample, by=by, now=now)  # fmt: skip
    return (as_csv(frame) if what == "csv" else as_json_lines(records(frame))).encode()


if me.may(Right.EXPORT):
    st.header("Take out", anchor=False)
    of = narrowed["sample"]
    st.text(
        f"{f'Of the sample {of}' if of else 'Of all samples'}, whatever the other filters say. Each file is noted in "
        "the audit log. Cells that a spreadsheet would calculate begin with an apostrophe; importing takes it off. "
        "What others said of items that you may still be given is left out."
    )
    with st.container(horizontal=True):
        for what, ending, said in (
            ("csv", "csv", "Labels as CSV"),
            ("jsonl", "jsonl", "Labels as JSON lines"),
            ("gold", "jsonl", "Gold set as JSON lines"),
        ):
            name = f"{'gold' if what == 'gold' else 'labels'}-{of or 'all'}.{ending}"
            mime = "text/csv" if ending == "csv" else "application/jsonl"
            file = downloads.File(name, mime, partial(taken_out, what, of, me.name))
            downloads.button(said, file, right=Right.EXPORT, key=f"take_{what}")
