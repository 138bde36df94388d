"""Label: one item after another of a sample, blind, by keyboard; what the page calls saved is in the ledger."""

from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from components import labelling
from metrics import words
from pages.parts import who
from pages.parts.opened import opened
from review.labelling import queue, sitting
from review.people import Person, Right
from review.sampling import samples

PANEL, SITTING = "labelling", "sitting at the queue"
SAMPLES = Path(__file__).with_name("samples.py")


def seated(me: Person) -> sitting.Sitting | None:
    """This tab's sitting; a new one for another person, another sample, or when the sample has nothing more."""
    held: sitting.Sitting | None = st.session_state.get(SITTING)
    wanted = st.query_params.get("sample") or None
    if held is None or held.reviewer != me.name or wanted not in (None, held.sample):
        held = st.session_state[SITTING] = sat_down(me, wanted)
    elif not held.has_heard:  # the page was opened again
        held.look_again(now=datetime.now(UTC))
    if held is not None and held.is_done and wanted is None and (other := sat_down(me, None)):
        held = st.session_state[SITTING] = other
    return held


def sat_down(me: Person, sample: str | None) -> sitting.Sitting | None:
    now = opened()
    if now.item is None or now.words is None:
        return None
    now.words.warm()
    return sitting.sit_down(who.database(), now.item, now.words, reviewer=me.name, sample=sample, now=datetime.now(UTC))


def take() -> None:
    """Callback: does what the panel sent; the ledger is asked in each write whether they may."""
    held, here = st.session_state.get(SITTING), who.person()
    if held is not None and here is not None and here.name == held.reviewer:
        held.take(labelling.messages(PANEL), now=datetime.now(UTC))


def thanks(today: int) -> str:
    return f"All done: thank you. {words.counted(today, 'label')} of yours today."


def say_nothing_is_open(me: Person) -> None:
    """The page without an item: nothing was drawn yet, or all of it is labelled or with others."""
    st.title("Label", anchor=False)
    drawn = samples.samples(who.database())
    if not drawn.empty:
        today = queue.progress(
            who.database(), reviewer=me.name, sample=str(drawn["id"].iloc[0]), now=datetime.now(UTC)
        ).today
        st.success(thanks(today), icon=":material/task_alt:")
        st.text("What others hold or hand back comes to you when you open this page again.")
        return
    st.info("No sample is drawn yet, so there is nothing to label.", icon=":material/inbox:")
    if me.may(Right.DRAW) and SAMPLES.exists():
        st.page_link(SAMPLES, label="Draw one", icon=":material/casino:")
    else:
        st.text("Somebody who may draw samples draws one on the page Samples, or from a shell:")
        st.code("benchbook sample weekly", language=None)


me = who.required(Right.LABEL)
here = seated(me)
if here is None:
    say_nothing_is_open(me)
    st.stop()

told = here.payload(now=datetime.now(UTC))
rubric = labelling.rubric_payload(here.rubric)
labelling.labelling(
    told | {"rubric": rubric, "nothing": thanks(told["progress"]["today"])}, key=PANEL, on_messages=take
)
