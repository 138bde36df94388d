"""What judges say, as figures that rules look at: the mean of each score against the time before.

What it cannot tell: whether the application or the judge has moved. Scores that people's labels stand behind are left
to the corrected figures (`metrics.alerts.quality`), which can.
"""

import math
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from metrics.drift.changes import COLUMNS, SURE, Verdict
from metrics.drift.compared import means_apart
from metrics.filters import nanoseconds
from metrics.questions import Warehouse

JUDGE_SCORE = "judge score"
FEWEST_CONVERSATIONS = 20
SIZE_THAT_MATTERS = 0.2
"""In standard deviations of the reference: Cohen's small effect (1988, sec. 2.2)."""
_SQL = Path(__file__).parent / "scores_of_windows.sql"


def score_figures(
    warehouse: Warehouse, window: tuple[datetime, datetime], reference: tuple[datetime, datetime],
    *, calibrated: frozenset[str] = frozenset(),
) -> pd.DataFrame:  # fmt: skip
    """A row per judge and score, as `compared_scores`."""
    return compared_scores(scores_of(warehouse, window, reference), calibrated=calibrated)


def scores_of(
    warehouse: Warehouse, window: tuple[datetime, datetime], reference: tuple[datetime, datetime]
) -> pd.DataFrame:
    """Judges' scores of the traces of two windows: `name, score, trace_id, conversation, version, is_new`."""
    ends = {"since_ns": window[0], "until_ns": window[1], "reference_since_ns": reference[0],
            "reference_until_ns": reference[1]}  # fmt: skip
    return warehouse.frame(_SQL.read_text(), **{name: nanoseconds(at) for name, at in ends.items()})


def compared_scores(found: pd.DataFrame, *, calibrated: frozenset[str] = frozenset()) -> pd.DataFrame:
    """A row per judge and score (columns of `changes`); unit `sd`: effect, low and high in the reference's spread.

    `found`: `name, score, trace_id, conversation, version, is_new`. before and now are means on the score's own scale.
    Conversations are the units. A judge of several versions within the windows is left out: another judge is another
    scale.
    """
    rows = []
    for name, part in found.groupby("name") if len(found) else ():
        if str(name) not in calibrated and part["version"].nunique() == 1 and (row := _row(str(name), part)):
            rows.append(row)
    if not rows:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.DataFrame(rows)
    table["q"] = stats.false_discovery_control(table["p"].to_numpy(float), method="bh")
    is_large = table["effect"].abs() >= SIZE_THAT_MATTERS
    table["verdict"] = [Verdict.NONE if not q < SURE else Verdict.CHANGED if large else Verdict.SMALL
                        for q, large in zip(table["q"], is_large, strict=True)]  # fmt: skip
    return table[list(COLUMNS)]


def _row(name: str, part: pd.DataFrame) -> dict[str, Any] | None:
    scores, is_new = part["score"].to_numpy(float), part["is_new"].to_numpy(bool)
    codes = pd.factorize(part["conversation"])[0]
    if min(len(np.unique(codes[side])) for side in (is_new, ~is_new)) < FEWEST_CONVERSATIONS:
        return None
    spread = float(scores[~is_new].std(ddof=1))
    if not spread > 0:
        return None
    apart, error, p = means_apart(scores, codes, is_new)
    effect, half = apart / spread, 1.959964 * error / spread
    before, now = float(scores[~is_new].mean()), float(scores[is_new].mean())
    n = f"n {(~is_new).sum():,} and {is_new.sum():,}"
    ends = f"{effect - half:+.2f} to {effect + half:+.2f}"
    order = np.argsort(np.where(is_new, np.sign(apart) * -scores, math.inf), kind="stable")[:10]
    return dict.fromkeys(COLUMNS) | {
        "step": "(answer)", "metric": JUDGE_SCORE, "value": name, "unit": "sd", "before": before, "now": now,
        "effect": effect, "low": effect - half, "high": effect + half, "n_before": int((~is_new).sum()),
        "n_now": int(is_new.sum()), "p": p, "where": "", "traces": [str(one) for one in part["trace_id"].iloc[order]],
        "words": f"{name} (a judge, uncalibrated): mean {before:.3g} before, {now:.3g} now ({effect:+.2f} standard "
                 f"deviations, {ends}); {n}",
    }  # fmt: skip
