"""Quality by segment: what judges say of each part of the traffic, and what people's labels make of that.

A judge alone may be harder on one language than on another: such a gap is *uncalibrated*. Where people labelled a fair
sample, the *corrected* gap stands, however wrong the judge is.
"""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from metrics.clustered import interval, ratio_mean
from metrics.filters import TrafficFilter, nanoseconds
from metrics.outcomes.shares import FEWEST, false_discovery
from metrics.questions import Warehouse
from review.calibration.corrected_difference import corrected_difference
from review.calibration.reviewed import Reviewed
from review.calibration.scale import Kind

_SQL = Path(__file__).parent / "judge_scores.sql"
JUDGED = ("score", "judge", "segment", "conversations", "scored", "mean", "low", "high", "gap", "gap_low", "gap_high",
          "q", "lacks")  # fmt: skip
CORRECTED = ("criterion", "judge", "segment", "labelled", "traces", "judge_mean", "mean", "gap", "gap_low", "gap_high",
             "q", "lacks")  # fmt: skip
_REST = "all others"


def judged_by_segment(warehouse: Warehouse, wanted: TrafficFilter, found: pd.DataFrame, *, by: str) -> pd.DataFrame:
    """A row per judge's score and segment (`JUDGED`): its uncorrected mean, and how far that is from all others'.

    `found` is `conversations(...)`, with `by` in it. Intervals are 95 %, with conversations as units; q over the
    segments of a score (Benjamini and Hochberg 1995). Fewer than `FEWEST` scored conversations show no figure.
    """
    said = warehouse.frame(_SQL.read_text(), since_ns=nanoseconds(wanted.since))
    if said.empty:
        return pd.DataFrame(columns=list(JUDGED))
    over = found.loc[~found["is_open"], ["conversation_id", by]].dropna()
    rows = []
    for key, part in said.merge(over, on="conversation_id").groupby(["score", "judge", "judge_version", "judge_model"]):
        title = " ".join(str(name) for name in key[1:] if name) or "unnamed judge"
        own = [{"score": key[0], "judge": title, **_judged(part, part[by] == value, str(value))}
               for value in sorted(part[by].unique())]  # fmt: skip
        q = false_discovery(pd.Series([row.pop("p") for row in own], dtype=float))
        rows += [row | {"q": value} for row, value in zip(own, q, strict=True)]
    return pd.DataFrame(rows, columns=list(JUDGED))


def corrected_by_segment(reviews: Iterable[Reviewed], found: pd.DataFrame, *, by: str) -> pd.DataFrame:
    """A row per criterion with labels and segment (`CORRECTED`), in points of the criterion's scale.

    The judge is the one that scored most; `mean` and `gap` (to all other traffic of the labelled weeks) are corrected
    by people's labels, the gap with its 95 % interval; q over its segments. Only conversations of `found` count.

    Source: `review.calibration.corrected_difference`.
    """
    segments = found.dropna(subset=[by]).set_index("conversation_id")[by].astype(str)
    rows: list[dict[str, Any]] = []
    for one in reviews:
        if one.study.scale.kind is not Kind.NOMINAL:
            rows += _of_criterion(one, segments)
    return pd.DataFrame(rows, columns=list(CORRECTED))


def _judged(part: pd.DataFrame, own: pd.Series, segment: str) -> dict[str, Any]:
    empty = dict.fromkeys(("mean", "low", "high", "gap", "gap_low", "gap_high", "p"))
    said = {"segment": segment, "conversations": int(own.sum()), "scored": int(part["scored"][own].sum()), **empty}
    if own.sum() < FEWEST:
        return {**said, "scored": None, "lacks": f"fewer than {FEWEST} conversations"}
    sides = [
        ratio_mean(side["total"].to_numpy(float), side["scored"].to_numpy(float))
        for side in (part[own], part[~own])
        if len(side) >= FEWEST
    ]
    mean, error = sides[0]
    low, high = interval(mean, error, conversations=int(own.sum()))
    said |= {"mean": mean, "low": low, "high": high, "lacks": ""}
    if len(sides) == 2:
        gap, apart = mean - sides[1][0], math.hypot(error, sides[1][1])
        fewer = int(min(own.sum(), (~own).sum()))
        low, high = interval(gap, apart, conversations=fewer)
        p = float(2 * stats.t.sf(abs(gap) / apart, fewer - 1)) if apart else None
        said |= {"gap": gap, "gap_low": low, "gap_high": high, "p": p}
    return said


def _of_criterion(one: Reviewed, segments: pd.Series) -> list[dict[str, Any]]:
    sizes = {judged.name: len(judged.scores) for judged in one.study.judges}
    judge = max(sizes, key=lambda name: (sizes[name], name)) if sizes else None
    of = one if judge is None else one.graded_by(judge)
    scores = None if judge is None else of.judged[of.judged["judge"] == judge].set_index("item")["value"]
    named = of.units["cluster"].map(segments)
    rows = [_corrected(of, scores, named, value) for value in sorted(named.dropna().unique())]
    q = false_discovery(pd.Series([row.pop("p") for row in rows], dtype=float))
    return [{"criterion": of.criterion.name, "judge": judge or "people alone", **row, "q": value}
            for row, value in zip(rows, q, strict=True)]  # fmt: skip


def _corrected(of: Reviewed, scores: pd.Series | None, named: pd.Series, segment: str) -> dict[str, Any]:
    empty = dict.fromkeys(("judge_mean", "mean", "gap", "gap_low", "gap_high", "p"))
    if of.units["cluster"][named == segment].nunique() < FEWEST:
        return {"segment": segment, "labelled": None, "traces": None, **empty,
                "lacks": f"fewer than {FEWEST} conversations"}  # fmt: skip
    side = np.where(named.isna(), "", np.where(named == segment, "own", _REST))
    if not (side == _REST).any():
        return {"segment": segment, "labelled": None, "traces": int((named == segment).sum()), **empty,
                "lacks": "there is no other traffic to compare with"}  # fmt: skip
    units = of.units.assign(segment=side)
    told = corrected_difference(of.study, units, scores, versions=({"segment": "own"}, {"segment": _REST}))
    lacks = told.lacks.replace("segment=own", segment).replace(f"segment={_REST}", _REST)
    p = None
    if told.value is not None and told.error:
        p = float(2 * stats.t.sf(abs(told.value) / told.error, told.df))
    return {"segment": segment, "labelled": told.candidate.labelled, "traces": told.candidate.units,
            "judge_mean": told.candidate.judge_mean, "mean": told.candidate.corrected, "gap": told.value,
            "gap_low": told.low, "gap_high": told.high, "p": p, "lacks": lacks}  # fmt: skip
