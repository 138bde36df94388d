"""Scrub: a pasted text as it would be kept, and what was found in it. Nothing of it is kept."""

from collections import Counter

import pandas as pd
import streamlit as st

from metrics import words
from pages.parts import reads, tables
from pages.parts.opened import opened

MOST_CHARACTERS = 200_000
SURFACES = {
    "prose": "words of users and assistants",
    "tool": "a tool's result",
    "document": "a retrieved document",
    "json": "JSON",
}

st.title("Scrub", anchor=False)
scrubber = opened().words
if scrubber is None:
    st.info("The scrubber is not open here: run the app with `benchbook serve`.", icon=":material/info:")
    st.stop()

scrubber.warm()
st.text("Paste a sample to see what scrubbing replaces by this home's policy. It stays in this browser tab's session.")
surface = st.segmented_control(
    "What it is",
    list(SURFACES),
    default="prose",
    format_func=lambda name: SURFACES[name],
    key="surface",
    required=True,
)
apps = sorted({*scrubber.apps, *reads.choices().get("app", [])})
app = st.selectbox("Application", apps, index=None, key="scrubbed_app", placeholder="any: the policy of all", width=320)
if app is not None:
    section = "has a section of its own in [scrub.apps], which counts beside the policy of all"
    st.text(f"{app} {section if app in scrubber.apps else 'has no section in [scrub.apps]: the policy of all counts'}.")
pasted = st.text_area("Text", key="pasted", height=220, max_chars=MOST_CHARACTERS)
if not pasted.strip():
    st.stop()

done = scrubber.sample(pasted, surface, app=app)
st.header("As it would be kept", anchor=False)
st.code(done.text, language=None, wrap_lines=True)
if done.languages:
    st.warning(
        "Some of it is in a language that the policy does not name: names and addresses in it may be missed.",
        icon=":material/translate:",
    )
    st.text(f"Language: {', '.join(done.languages)} (scrub.languages in benchbook.toml)")
counts = Counter(span.entity for span in done.found)
if not counts:
    st.success("Nothing personal was found. That is no proof that nothing is in it.", icon=":material/search:")
    st.stop()
st.text(f"{words.counted(counts.total(), 'piece')} replaced, of {words.counted(len(counts), 'type')}")
tables.table(
    pd.DataFrame({"entity": list(counts), "pieces": list(counts.values())}).sort_values("pieces", ascending=False),
    {"entity": "type", "pieces": "pieces"},
    key="found",
    alt="Pieces found in the pasted text, by type",
)
