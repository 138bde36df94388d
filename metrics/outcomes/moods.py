"""How the mood of users' words changed from the first turn to the last, by segment."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from metrics.outcomes.shares import FEWEST

FIGURES = ("mood_first", "mood_last", "mood_change")
COLUMNS = ("figure", "conversations", "not_measured", "measured", "mean", "low", "high", "lacks")


def moods(found: pd.DataFrame, *, by: Sequence[str] = ()) -> pd.DataFrame:
    """A row per segment and figure of `FIGURES`: the segment's columns, then `COLUMNS`; largest segment first.

    `found` is `with_wording(...)`. mean, low, high (95 %, Student's t over conversations) are in -1 to 1, the change's
    in -2 to 2; a change is measured where two turns have words. `not_measured`: conversations whose language is not
    English, is not sure, or that were not read. Fewer than `FEWEST` measured show no figure.
    """
    over = found[~found["is_open"]]
    groups = list(over.groupby(list(by), sort=True)) if by else [((), over)]
    rows = []
    for key, part in groups:
        not_measured = int(part["mood_last"].isna().sum())
        for figure in FIGURES:
            known = part[figure].dropna().to_numpy(float)
            rows.append({
                **dict(zip(by, key, strict=True)), "figure": figure, "conversations": len(part),
                "not_measured": not_measured, "measured": len(known), **_mean(known),
            })  # fmt: skip
    table = pd.DataFrame(rows, columns=[*by, *COLUMNS])
    order = [False, *[True] * len(by)]
    return table.sort_values(["conversations", *by], ascending=order, kind="stable", ignore_index=True)


def _mean(known: np.ndarray) -> dict[str, float | str | None]:
    if len(known) < FEWEST:
        return {"mean": None, "low": None, "high": None, "lacks": f"fewer than {FEWEST} conversations measured"}
    mean, error = float(known.mean()), float(known.std(ddof=1)) / math.sqrt(len(known))
    half = float(stats.t.ppf(0.975, len(known) - 1)) * error
    return {"mean": mean, "low": mean - half, "high": mean + half, "lacks": ""}
