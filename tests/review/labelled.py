"""Label tables as the ledger gives them, saying only what a test is about."""

import datetime as dt
from collections.abc import Iterable

import pandas as pd

from review.label_frame import COLUMNS

AT = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)


def label_table(rows: Iterable[tuple[str, str, str]], **all_of: object) -> pd.DataFrame:
    """A label per (item, reviewer, value); of a drawn sample, on a scale from 1 to 5, unless said otherwise."""
    usual: dict[str, object] = {
        "sample": "weekly", "unit": "trace", "probability": 0.1, "hand_picked": False, "rubric": "answer-quality",
        "rubric_version": 1, "criterion": "helpfulness", "scale": "integer 1..5", "cannot_tell": False,
        "labelled_at": AT, "blind": True, "again": False,
    } | all_of  # fmt: skip
    listed = [
        usual | {"item": item, "reviewer": reviewer, "value": value, "submission": f"{item}-{reviewer}",
                 "cannot_tell": value == "cannot tell"}
        for item, reviewer, value in rows
    ]  # fmt: skip
    return pd.DataFrame(listed, columns=list(COLUMNS), dtype=object)


def by_two(values: Iterable[tuple[str, str]], **all_of: object) -> pd.DataFrame:
    """Items that ana and ben rated."""
    pairs = list(enumerate(values))
    return label_table(
        [(f"t{n}", name, value) for n, pair in pairs for name, value in zip(("ana", "ben"), pair, strict=True)],
        **all_of,
    )
