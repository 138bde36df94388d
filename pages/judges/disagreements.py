"""Disagreements to read, worst first, and to take out as examples for the judge's next prompt."""

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from errors import BenchbookError
from metrics import words
from pages.judges.seen import Seen, items_behind
from pages.parts import downloads, links, tables
from pages.parts.opened import opened
from review.calibration.examples import Wanted, export_examples, to_read
from review.calibration.few_shot import shown_items
from review.calibration.held_out import SHARE, hold_out
from review.calibration.scorecard import Row
from review.exchange.exports import as_json_lines
from review.people import Right
from storage.ledger_database import Database

_FIRST = 20


def draw(seen: Seen) -> None:
    """The list, what is kept back from it, the export, and every label that was compared."""
    database, row, me = seen.database, seen.row, seen.me
    found = to_read(database, opened().warehouse.frame, row, reader=me.name)
    if found.is_split:
        st.text(
            f"{words.counted(found.held_out, 'item')} are held out: kept back from reading and from examples, to grade "
            "the next prompt."
        )
    else:
        st.warning(
            "Nothing is held out yet: what is read here can no longer grade a prompt that is written from it.",
            icon=":material/visibility:",
        )
        if me.may(Right.EXPORT):
            st.button(f"Hold out {SHARE:.0%} of the conversations", on_click=_hold_out, args=(database, row, me.name))
    if found.may_come:
        st.text(f"{words.counted(found.may_come, 'item')} may still come to you for labelling, and are not shown.")
    if shown := shown_items(database, row.judged.judge):
        st.text(
            f"The prompt of this judge may have learned from {words.counted(len(shown), 'item')}; they do not grade it."
        )
    worst = found.table[found.table["apart"] != 0]
    answer = st.dataframe(
        tables.defused(
            worst[["item", "human", "judge", "apart", "explanation", "comments", "reviewers"]]
            .rename(columns={"item": "trace", "human": "people", "apart": "judge minus people",
                             "explanation": "why, says the judge", "comments": "reviewers' comments"})
            .round(2)
        ),
        hide_index=True, key="disagreements", on_select="rerun", selection_mode="single-row", placeholder=words.UNKNOWN,
        height=420 if len(worst) > 9 else "content",
        column_config={"trace": st.column_config.TextColumn(width=90),
                       "people": st.column_config.NumberColumn(width=50),
                       "judge": st.column_config.NumberColumn(width=50),
                       "judge minus people": st.column_config.NumberColumn(width=90),
                       "why, says the judge": st.column_config.TextColumn(width=300),
                       "reviewers' comments": st.column_config.TextColumn(width=300)},
        alt="Items where judge and people part, farthest first; select a row to open its trace",
    )  # fmt: skip
    picked = tables.selected_row(answer)
    if picked is not None:
        st.switch_page(links.TRACE, query_params={"trace": str(worst["item"].iloc[picked])})
    if me.may(Right.EXPORT):
        _take_out(seen)
    st.header("Every label beside the judge", anchor=False)
    items_behind(seen, what="All labels of items that the judge scored", key="compared")


def _take_out(seen: Seen) -> None:
    row = seen.row
    st.header("Examples for a better prompt", anchor=False)
    st.text(
        "The worst open disagreements with their texts, the answer that stands, comments and the judge's explanation, "
        "as JSON lines. What was taken out is remembered: the judge's next version is graded without the items that "
        "the examples were chosen from."
    )
    most = int(st.number_input("Examples", min_value=1, max_value=500, value=_FIRST, key="most"))
    name = f"examples-{row.reviewed.criterion.name}.jsonl"
    make = partial(_examples, seen.database, row, most, seen.me.name)
    file = downloads.File(name, "application/jsonl", make)
    downloads.button("Take out examples", file, right=Right.EXPORT, key="examples")


def _examples(database: Database, row: Row, most: int, by: str) -> bytes:
    """The file, made when it is fetched: rights, the split and the record come first."""
    ask = opened().warehouse.frame
    found = export_examples(database, ask, row, Wanted(most), by=by, now=datetime.now(UTC))
    return as_json_lines(found.lines).encode()


def _hold_out(database: Database, row: Row, by: str) -> None:
    """Callback: draw the split."""
    try:
        hold_out(database, row.reviewed.rubric, row.reviewed.criterion.name, by=by, now=datetime.now(UTC))
    except BenchbookError as error:
        st.toast(str(error), icon=":material/error:")
