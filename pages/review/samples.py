"""Samples: plan and draw a fair part of a week's traffic for review, and see what its labels say of all of it."""

from pathlib import Path

import streamlit as st

from pages.parts import controls, drawn_sample, reads, sampling, states, who
from review.people import Right
from review.sampling import samples

_LABEL = Path(__file__).parent / "label.py"

who.required(Right.SEE_RESULTS)
st.title("Samples", anchor=False)
database = who.database()
at = controls.now()
listed = samples.samples(database)
states.stop_if_nothing_loaded(int(reads.loaded(at)["traces"]) or len(listed))

if sampling.SECTION not in st.session_state and sampling.SECTION not in st.query_params:
    st.session_state[sampling.SECTION] = "drawn" if len(listed) else "draw a new one"
section = st.segmented_control(
    "Section",
    ["drawn", "draw a new one"],
    key=sampling.SECTION,
    bind="query-params",
    required=True,
    label_visibility="collapsed",
)
if section == "drawn" and listed.empty:
    st.info("No sample has been drawn yet.", icon=":material/casino:")
elif section == "drawn":
    drawn_sample.drawn_section(database, listed, label_page=str(_LABEL) if _LABEL.exists() else None)
else:
    sampling.draw_section(database, at)
