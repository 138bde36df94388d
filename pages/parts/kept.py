"""Answers about judges that are kept until labels, prompts or traffic change: the key says which they are of."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from pages.parts.opened import opened
from review.calibration.few_shot import prompts_version
from review.label_frame import labels_version
from storage.ledger_database import Database

_KEPT = 56
Read = TypeVar("Read")


def answer(database: Database, *asked: object, read: Callable[[], Read]) -> Read:
    """What `read` answers to the question `asked`, read once as long as nothing changes; a failure is never kept."""
    now = opened()
    versions = (now.home, repr(now.warehouse.data_version), labels_version(database), prompts_version(database))
    return _kept((*asked, *versions), read)


@st.cache_data(max_entries=_KEPT, show_spinner="Comparing judges with people …")
def _kept(key: tuple[object, ...], _read: Callable[[], Read]) -> Read:
    del key
    return _read()
