"""Adjudicate: answers that differ, side by side with the item, for a third person to decide."""

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from errors import BenchbookError
from metrics import words
from pages.parts import texts, who
from pages.parts.opened import opened
from review.adjudication import (
    CANNOT_TELL,
    Ruling,
    adjudicate,
    decisions,
    disagreements,
    may_adjudicate,
)
from review.label_frame import current, label_frame, unseen_by
from review.labelling.items import shown_item
from review.people import Right
from review.rubric.criteria import Criterion, Scale
from review.rubric.scales import criterion_of
from storage.ledger_database import Database

PLACE, SAID, FAILED = "place", "what was decided", "why nothing was decided"
TEXT_CHARACTERS = 6_000
WIDE = "half the scale or more"
APART = {WIDE: 0.5, "anything": 0.0}

me = who.required(Right.ADJUDICATE)
database = who.database()
st.title("Adjudicate", anchor=False)
labels = unseen_by(database, label_frame(database), me.name)
samples = sorted(set(labels["sample"]))
left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom")
sample = left.selectbox("Sample", samples, index=None, key="sample", bind="query-params", placeholder="all samples")
apart = middle.segmented_control(
    "Answers differ by", list(APART), default=WIDE, key="apart", bind="query-params", required=True
)
decided = right.toggle("Also what is decided", key="decided", bind="query-params")
found = disagreements(database, sample=sample, decided=decided, hidden_from=me.name)
found = found[found["apart"] >= APART[str(apart)]]
if message := st.session_state.pop(SAID, None):
    st.success(message, icon=":material/check:")
if message := st.session_state.pop(FAILED, None):
    st.error(message, icon=":material/error:")
if found.empty:
    said = "No labels yet." if labels.empty else "Nobody disagrees by that much here, or all of it is decided."
    st.info(said, icon=":material/check_circle:")
    st.stop()


def step(by: int, most: int) -> None:
    """Callback: go to another disagreement."""
    st.session_state[PLACE] = min(max(0, int(st.session_state.get(PLACE, 0)) + by), most - 1)


place = min(int(st.session_state.get(PLACE, 0)), len(found) - 1)
with st.container(horizontal=True, vertical_alignment="center"):
    st.button("Previous", on_click=step, args=(-1, len(found)), disabled=place == 0, icon=":material/arrow_back:",
              shortcut="Alt+P")  # fmt: skip
    st.button("Next", on_click=step, args=(1, len(found)), disabled=place == len(found) - 1,
              icon=":material/arrow_forward:", shortcut="Alt+N")  # fmt: skip
    st.text(f"{place + 1:,} of {words.counted(len(found), 'disagreement')}, the widest apart first")

one = found.iloc[place]
criterion = criterion_of(one["criterion"], one["scale"])
seen = None if pd.isna(one["decision"]) else int(one["decision"])
of_item = labels[(labels["sample"] == one["sample"]) & (labels["item"] == one["item"])]
unit = str(of_item["unit"].iloc[0])


def options(criterion: Criterion | None, answers: dict[str, str]) -> list[str]:
    """What can be decided: the scale where it is short, else what people answered."""
    if criterion is not None and criterion.scale is not Scale.CATEGORIES and len(criterion.values) <= 12:
        return [*criterion.values, CANNOT_TELL]
    given = {value for value in answers.values() if value != CANNOT_TELL}
    is_number = criterion is not None and criterion.scale is Scale.INTEGER
    return [*sorted(given, key=int if is_number else str), CANNOT_TELL]


def decide(database: Database, ruling: Ruling, choice: str, note: str) -> None:
    """Callback: keep what was chosen for the item that was drawn, whichever is drawn by now."""
    here, kept = who.person(), opened().words
    given = st.session_state.get(choice)
    if given is None or kept is None or here is None:
        st.session_state[FAILED] = "Nothing was decided: choose an answer first, under your name."
        return
    said = Ruling(
        ruling.sample, ruling.item, ruling.criterion, given, str(st.session_state.get(note) or ""), ruling.seen
    )
    try:
        adjudicate(database, said, words=kept, by=here.name, now=datetime.now(UTC))
    except BenchbookError as error:
        st.session_state[FAILED] = str(error)
        return
    st.session_state[SAID] = "Decided. The labels stay as they were given; the decision is in the gold set."


reading, deciding = st.columns([3, 2], gap="large")
with deciding:
    st.header("Answers", anchor=False)
    st.text(f"Criterion: {one['criterion']}   Sample: {one['sample']}")
    given = current(of_item[of_item["criterion"] == one["criterion"]])
    for label, row in zip(st.columns(max(2, len(given))), given.to_dict("records"), strict=False):
        with label.container(border=True):
            st.text(row["reviewer"])
            st.code(CANNOT_TELL if row["cannot_tell"] else row["value"], language=None, wrap_lines=True)
            st.text(row["comment"] or "No comment.")
            if row["corrected"]:
                st.text("Corrected answer:")
                st.text(row["corrected"])
    history = decisions(database, sample=one["sample"], history=True)
    history = history[(history["item"] == one["item"]) & (history["criterion"] == one["criterion"])]
    for past in history.to_dict("records"):
        answer = CANNOT_TELL if past["cannot_tell"] else past["value"]
        st.text(f"{words.moment(past['at'])} UTC, {past['by']} decided: {answer}. {past['note'] or ''}")
    why = may_adjudicate(database, one["sample"], one["item"], by=me.name)
    if why:
        st.info(f"Not for you: {why}.", icon=":material/lock:")
    else:
        record = f"{one['sample']}/{one['item']}/{one['criterion']}/{seen}"
        ruling = Ruling(one["sample"], one["item"], one["criterion"], None, seen=seen)
        with st.form(f"decide {record}", border=True):
            st.radio("Your decision", options(criterion, one["answers"]), index=None, horizontal=True,
                     key=f"choice {record}")  # fmt: skip
            st.text_area("Why (kept without personal data)", key=f"note {record}", max_chars=2_000, height=90)
            st.form_submit_button("Decide", type="primary", on_click=decide,
                                  args=(database, ruling, f"choice {record}", f"note {record}"))  # fmt: skip
with reading:
    st.header("Item", anchor=False)
    item = shown_item(opened().warehouse, str(one["item"]), unit)  # type: ignore[arg-type]  # the served one is whole
    if item is None:
        st.info("Its texts are not in this home: not taken in, or erased.", icon=":material/hide_source:")
        st.code(one["item"], language=None)
    else:
        if item.before:
            with st.expander(f"Conversation before ({words.counted(len(item.before), 'message')})",
                             expanded=unit == "session"):  # fmt: skip
                for message in item.before:
                    with st.chat_message("user" if message.role == "user" else "assistant"):
                        st.text(message.text)
        if unit != "session":
            st.subheader("Question", anchor=False)
            texts.block(item.question, key="question", prose=True)
            st.subheader("Answer under review", anchor=False)
            texts.block(item.answer, key="answer", prose=True)
        if item.documents:
            with st.expander(f"Documents ({len(item.documents)})"):
                for document in item.documents:
                    st.text(f"{document.title or 'Untitled'}{', ' + document.updated if document.updated else ''}")
                    st.code(document.content[:TEXT_CHARACTERS], language=None, wrap_lines=True)
        if item.tool_calls:
            with st.expander(f"Tool calls ({len(item.tool_calls)})"):
                for call in item.tool_calls:
                    st.text(f"{call.name}{', failed' if call.failed else ''}")
                    st.code(f"{call.given}\n\n{call.result}"[:TEXT_CHARACTERS], language=None, wrap_lines=True)
