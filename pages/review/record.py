"""My record: what I labelled and when, and how I stand beside the others; nobody else's, and nothing of a judge."""

import pandas as pd
import streamlit as st

from metrics import words
from pages.judges import raters
from pages.parts import board, judge_reads, tables, who
from review import record
from review.people import Right

ROWS = 50

me = who.required(Right.LABEL)
st.title("My record", anchor=False)
st.text(f"You are {me.name}, {who.ROLE_WORDS[me.role]}.")

mine = record.summary(who.database(), reviewer=me.name)
one, two, three, four = st.columns(4)
board.card(one, "Labelled", words.count(mine.labelled), f"items, in {words.counted(mine.days, 'day')}")
board.card(two, "Second looks", words.count(mine.again), "the same item again, weeks later")
board.card(
    three,
    "Time per item",
    words.UNKNOWN if mine.median_seconds is None else f"{mine.median_seconds:.0f} s",
    "median, without idle time",
)
board.card(four, "Taken back", words.count(mine.withdrawn), "by undo")
if not mine.labelled and not mine.withdrawn:
    st.info("Nothing of yours yet. The page Label hands you the first item.", icon=":material/rate_review:")
    st.stop()

beside = judge_reads.own_quality(who.database(), me.name)
beside = beside[beside["items"].fillna(0) > 0]
if len(beside):
    st.header("Beside the others", anchor=False)
    st.text("On items that somebody else labelled too. Severity is your answer minus theirs: below 0 is stricter.")
    own = raters.in_words(beside)
    tables.table(
        own,
        {"criterion": "criterion", **{name: said for name, said in raters.COLUMNS.items() if name != "reviewer"}},
        key="beside",
        alt="You beside the other reviewers, by criterion",
    )
    st.header("Items", anchor=False)
pages = max(1, -(-mine.labelled // ROWS))
page = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
listed = record.labelled(who.database(), reviewer=me.name, first=(min(page, pages) - 1) * ROWS, rows=ROWS)
shown = listed.assign(
    on=[words.moment(at) for at in listed["at"]],
    took=[words.UNKNOWN if pd.isna(took) else f"{took:.0f} s" for took in listed["active_seconds"]],
    look=["second look" if again else "" for again in listed["again"]],
)
tables.table(
    shown,
    {"on": "at (UTC)", "sample": "sample", "target": "item", "answers": "answers", "comment": "comment",
     "took": "took", "look": ""},
    key="record",
    alt="Items that you labelled, newest first",
)  # fmt: skip
