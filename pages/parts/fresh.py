"""Keeps an open page fresh: it is drawn again soon after new data was loaded, and left alone otherwise.

A page that is slow to draw is drawn again less often, so that a stream of traces does not keep the app busy with pages
that merely stand open.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from pages.parts.opened import opened
from review.calibration.few_shot import prompts_version
from review.label_frame import labels_version
from storage.ledger_database import Database

LOOKS_EVERY_SECONDS = 2.0
BUSY_SHARE = 0.1
"""An open page that changes all the time is drawn at most this share of the time."""
LABELS_BUSY_SHARE = 0.5
_DRAWN, _BEGAN, _TOOK = "data version that was drawn", "when drawing began", "how long drawing took"
_LABELS = "version of the labels that was drawn"


@contextmanager
def kept_fresh(*, is_live: bool) -> Iterator[None]:
    """Around the drawing of a page: `is_live` ones are drawn again when the data changes."""
    st.session_state[_DRAWN] = _version()
    st.session_state[_BEGAN] = began = time.monotonic()
    if is_live:
        _look()
    try:
        yield
    finally:  # pages end early by an exception of Streamlit's
        st.session_state[_TOOK] = time.monotonic() - began


def is_due(
    *, drawn: str, version: str, since_seconds: float, took_seconds: float, busy_share: float = BUSY_SHARE
) -> bool:
    """Whether a page that was drawn with one version should be drawn again now."""
    return drawn != version and since_seconds >= took_seconds / busy_share


def follow_labels(database: Database) -> None:
    """At the top of a page: it is drawn again soon after somebody labelled. People are slower than traffic, so it may
    be drawn a larger share of the time."""
    st.session_state[_LABELS] = _labels_version(database)
    _look_at_labels(database)


@st.fragment(run_every=LOOKS_EVERY_SECONDS)
def _look() -> None:
    state = st.session_state
    since = time.monotonic() - state[_BEGAN]
    if is_due(drawn=state[_DRAWN], version=_version(), since_seconds=since, took_seconds=state.get(_TOOK, 0.0)):
        st.rerun()


@st.fragment(run_every=LOOKS_EVERY_SECONDS)
def _look_at_labels(database: Database) -> None:
    state = st.session_state
    since, took = time.monotonic() - state.get(_BEGAN, 0.0), state.get(_TOOK, 0.0)
    drawn, version = state[_LABELS], _labels_version(database)
    if is_due(drawn=drawn, version=version, since_seconds=since, took_seconds=took, busy_share=LABELS_BUSY_SHARE):
        st.rerun()


def _labels_version(database: Database) -> str:
    return repr((labels_version(database), prompts_version(database)))


def _version() -> str:
    return repr(opened().warehouse.data_version)
