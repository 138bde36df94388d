"""What pages read of labels, kept until the labels change: the key is the question, the home and their version."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from pages.parts.opened import opened
from review import reviewers
from review.agreement.by_criterion import agreement_by_criterion
from review.label_frame import label_frame, labels_version
from storage.ledger_database import Database

_KEPT = 40
Samples = tuple[str, ...]


@st.cache_data(max_entries=_KEPT, show_spinner=False)
def _kept(key: tuple[object, ...], _read: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """The answer to a question; `key` is the question asked, the home and the labels' version."""
    del key
    return _read()


def _answer(database: Database, *asked: object, read: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    return _kept((*asked, opened().home, labels_version(database)), read)


def all_labels(database: Database) -> pd.DataFrame:
    """Every label: `review.label_frame.label_frame`."""
    return _answer(database, "labels", read=lambda: label_frame(database))


def labels_of(database: Database, samples: Samples) -> pd.DataFrame:
    """Labels of these samples; of all when none is named."""
    frame = all_labels(database)
    return frame[frame["sample"].isin(samples)] if samples else frame


def agreement(database: Database, samples: Samples) -> pd.DataFrame:
    return _answer(database, "agreement", samples, read=lambda: agreement_by_criterion(labels_of(database, samples)))


def severity(database: Database, samples: Samples) -> pd.DataFrame:
    return _answer(database, "severity", samples, read=lambda: reviewers.severity(labels_of(database, samples)))


def pace(database: Database, samples: Samples) -> pd.DataFrame:
    return _answer(database, "pace", samples, read=lambda: reviewers.pace(labels_of(database, samples)))


def self_consistency(database: Database, samples: Samples) -> pd.DataFrame:
    return _answer(
        database, "self-consistency", samples, read=lambda: reviewers.self_consistency(labels_of(database, samples))
    )
