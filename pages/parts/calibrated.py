"""A quiet word beside a judge's score: whether people's labels were held against it; how that went, *Judges* says."""

from collections.abc import Callable, Hashable, Mapping

import pandas as pd
import streamlit as st

from pages.parts import links, who
from pages.parts.opened import opened
from review.calibration.calibrated import Scorer, calibrated
from review.label_frame import labels_version
from review.people import Right

COMPARED, UNCALIBRATED = "compared with people", "uncalibrated"
_KEPT_ANSWERS = 200


def marks(scores: pd.DataFrame) -> list[str]:
    """For each score of a judge whether it was held against people, "" for others (as in `scores_of_trace`)."""
    asked = [_scorer(row) for row in scores.to_dict("records")]
    known = _calibrated(frozenset(one for one in asked if one is not None and one.score))
    is_judge = (scores["source"] == "judge").tolist()
    return [
        "" if not judged else COMPARED if one in known else UNCALIBRATED
        for one, judged in zip(asked, is_judge, strict=True)
    ]


def way_to_judges(said: list[str]) -> None:
    """Under a table of scores: the link to the Judges page, for those who may see it, where a judge scored."""
    if any(said) and who.allowed(who.person(), Right.SEE_RESULTS):
        st.page_link(
            links.SCORECARD, label="How far these judges agree with people", icon=":material/balance:", width="content"
        )


def _scorer(row: Mapping[Hashable, object]) -> Scorer | None:
    """Who gave a score of a whole trace; None of spans, sessions and people, which no sample is held against."""
    if row["source"] != "judge" or row["target_level"] != "trace" or row["is_expectation"] is True:
        return None
    named = (row[name] for name in ("judge_name", "judge_version", "judge_model", "name"))
    return Scorer(*(text if isinstance(text, str) else "" for text in named))


def _calibrated(asked: frozenset[Scorer]) -> frozenset[Scorer]:
    now = opened()
    if now.database is None or not asked:
        return frozenset()
    database, listed = now.database, sorted(asked)
    return _kept(
        (listed, now.home, repr(now.warehouse.data_version), labels_version(database)),
        lambda: calibrated(database, now.warehouse.frame, listed, now.judges),
    )


@st.cache_data(max_entries=_KEPT_ANSWERS, show_spinner=False)
def _kept(key: tuple[object, ...], _read: Callable[[], frozenset[Scorer]]) -> frozenset[Scorer]:
    """The answer to a question; `key` is the question, the home and the versions of traffic and labels."""
    del key
    return _read()
