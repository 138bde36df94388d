"""Erasures: what was erased, what must not be, and, for an admin, erasing a person, a session or a trace."""

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from errors import BenchbookError
from metrics import words
from pages.parts import tables, who
from pages.parts.opened import opened
from review.people import Right
from review.rights.asking import Found, not_found_by_name
from review.rights.subjects import Kind
from review.rights.went import NOTHING, in_words
from storage import holds
from storage.erasing import intents

KIND, NAME, REASON, SURE, FOUND, SAID = "kind", "whom", "why", "sure", "what would go", "how the last one went"
ROWS = 50
KIND_WORDS = {Kind.USER: "a person", Kind.SESSION: "a session", Kind.TRACE: "a trace"}


def forget_look() -> None:
    """Callback: what was found belongs to the name that was looked at, not to the one that is typed now."""
    st.session_state.pop(FOUND, None)


def look() -> None:
    """Callback: what would go, asked of the lake."""
    forget_look()
    st.session_state[SURE] = False
    rights = opened().rights
    if rights is None or not who.allowed(who.person(), Right.ERASE):
        return
    try:
        kind, name = Kind(st.session_state[KIND]), str(st.session_state[NAME])
        st.session_state[FOUND] = (kind, name, rights.find(kind, [name]))
    except BenchbookError as error:
        st.session_state[SAID] = (str(error), False)


def erase(kind: Kind, name: str, found: Found) -> None:
    """Callback: notes in the ledger that what was looked at is to go, and has it done."""
    here, rights, scrubber = who.person(), opened().rights, opened().words
    if here is None or rights is None or scrubber is None:
        return
    if (kind, name) != (st.session_state[KIND], st.session_state[NAME]):  # typed over in the same moment
        st.session_state[SAID] = ("What is to go was changed after looking. Look again.", False)
        return
    try:
        reason = scrubber.scrubbed(str(st.session_state[REASON])).text
        number = rights.ask(found, [name], reason=reason, by=here.name, now=datetime.now(UTC))
    except BenchbookError as error:
        st.session_state[SAID] = (str(error), False)
        return
    opened().erase()
    st.session_state[SAID] = (f"Erasure {number} is under way; the record below says when it is done.", True)
    st.session_state.pop(FOUND, None)
    st.session_state[NAME] = st.session_state[REASON] = ""
    st.session_state[SURE] = False


who.required(Right.ERASE)
st.title("Erasures", anchor=False)
if opened().rights is None:
    st.info("Lake and ledger are not open here: run the app with `benchbook serve`.", icon=":material/info:")
    st.stop()
if said := st.session_state.pop(SAID, None):
    (st.success if said[1] else st.error)("Noted." if said[1] else "That did not work.")
    st.text(said[0])

st.header("Erase", anchor=False)
st.text("From lake, warehouse, word index and ledger, until no byte is left. It cannot be taken back.")
st.segmented_control(
    "What",
    list(KIND_WORDS),
    default=Kind.USER,
    format_func=KIND_WORDS.__getitem__,
    key=KIND,
    required=True,
    on_change=forget_look,
)
st.text_input("Name or id, as the application sends it or as it is shown here", key=NAME, on_change=forget_look)
st.button("Look", on_click=look, disabled=not st.session_state[NAME].strip())

looked: tuple[Kind, str, Found] | None = st.session_state.get(FOUND)
if looked is not None:
    kind, name, found = looked
    going = in_words(found.counts)
    st.text(f"Looked for {KIND_WORDS[kind]}: {name}")
    st.text(f"Would go: {going if going != NOTHING else 'nothing, there is none of it here'}")
    if found.other_turns:
        st.text(
            f"{words.counted(found.other_turns, 'other trace')} of the same sessions stay, and may repeat what was "
            "said before. Erasing the session takes them too."
        )
    if found.forgotten_keys:
        st.text(f"{not_found_by_name(found.forgotten_keys)}.")
    for one in found.held:
        st.text(f"Not while it is held: {one.named}")
    if found.held:
        st.text("It can be erased when the hold is released: benchbook hold release.")
    elif going != NOTHING:
        st.text_input("Reason, for the record; without naming anybody", key=REASON, max_chars=500)
        st.checkbox("I have looked, and want it erased", key=SURE)
        is_ready = bool(st.session_state[SURE] and st.session_state[REASON].strip())
        st.button("Erase", on_click=erase, args=looked, type="primary", disabled=not is_ready)

st.header("Record", anchor=False)
record = intents.record(who.database(), rows=ROWS)
if record.empty:
    st.text("Nothing was erased, and nothing deleted by age.")
else:
    shown = pd.DataFrame({
        "asked": [words.moment(at) for at in record["asked_at"]], "by": record["by"], "kind": record["kind"],
        "subject": record["subject"], "reason": record["reason"],
        "went": [in_words(counts) for counts in record["counts"]],
        "done": [words.moment(at) if state == "done" else "under way"
                 for at, state in zip(record["finished_at"], record["state"], strict=True)],
    })  # fmt: skip
    names = {"asked": "asked (UTC)", "by": "by", "kind": "kind", "subject": "keyed hash, or rule", "went": "what went",
             "reason": "reason", "done": "done (UTC)"}  # fmt: skip
    tables.table(shown, names, key="record", alt="Erasures and deletions by age, newest first")

st.header("Legal holds", anchor=False)
placed = holds.listed(who.database())
if placed.empty:
    st.markdown("Nothing is held. `benchbook hold add` places a hold.")
else:
    shown = pd.DataFrame({
        "id": placed["id"], "kind": placed["kind"], "subject": placed["subject"], "reason": placed["reason"],
        "placed": [words.moment(at) for at in placed["at"]], "by": placed["by"],
        "released": ["in force" if by is None else words.moment(at)
                     for at, by in zip(placed["released_at"], placed["released_by"], strict=True)],
    })  # fmt: skip
    names = {"id": "hold", "kind": "kind", "subject": "of", "reason": "reason", "placed": "placed (UTC)", "by": "by",
             "released": "released (UTC)"}  # fmt: skip
    tables.table(shown, names, key="holds", alt="Legal holds, newest first")
