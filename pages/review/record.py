"""My record: what I labelled, when, and how my days went; nobody else's."""

import streamlit as st

from pages.parts import who
from review.people import Right

me = who.required(Right.LABEL)
st.title("My record", anchor=False)
st.text(f"You are {me.name}, {who.ROLE_WORDS[me.role]}.")
