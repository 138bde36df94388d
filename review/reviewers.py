"""Each reviewer beside the others: severity, agreement with them, pace, and agreement with themselves."""

import math

import numpy as np
import pandas as pd
from scipy import stats

from review.agreement.by_criterion import LEAST_ITEMS, NOT_ENOUGH
from review.agreement.design import Design
from review.agreement.kappa import weighted_kappa
from review.agreement.ratings import Ratings, ratings, usable
from review.agreement.weights import Weights
from review.label_frame import current
from review.rubric.criteria import Scale

LEAST_TIMED = 5
"""Timed items that a pace needs."""


def severity(labels: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """How each reviewer's answers differ from those of the others, on items that they share.

    `labels` has the columns of `review.label_frame`. Columns: rubric, criterion, scale, reviewer, items (shared),
    difference (own minus the mean of the others, weighted by the design; below 0 is stricter), low, high, kappa
    (weighted, with each other, averaged over pairs), kappa_low, kappa_high, lacks, missing. The unit is points of the
    scale, or the share of yes; categories have no severity. Whom a reviewer shares items with matters: beside a strict
    one everybody is mild.

    Source: difference of matched pairs, variance by linearisation over conversations (Lohr 2010, section 9.1).
    """
    rows = []
    for (rubric, _, _), given in current(usable(labels)).groupby(["rubric", "criterion", "scale"], sort=False):
        found = ratings(given)
        if found is None:
            continue
        for place, name in enumerate(found.reviewers):
            about = {"rubric": rubric, "criterion": found.criterion.name, "scale": found.criterion.scale.value}
            rows.append(about | {"reviewer": name} | _beside_others(found, place, confidence))
    columns = ["rubric", "criterion", "scale", "reviewer", "items", "difference", "low", "high", "kappa", "kappa_low",
               "kappa_high", "lacks", "missing"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _beside_others(found: Ratings, place: int, confidence: float) -> dict[str, object]:
    own = found.values[:, place]
    others = np.delete(found.values, place, axis=1)
    shared = ~np.isnan(own) & (~np.isnan(others)).any(axis=1)
    items = int(shared.sum())
    row: dict[str, object] = {"items": items, "lacks": None, "missing": 0}
    if items < LEAST_ITEMS:
        return row | {"lacks": NOT_ENOUGH, "missing": LEAST_ITEMS - items}
    design = found.design.only(shared)
    is_number = found.criterion.scale in (Scale.INTEGER, Scale.YES_NO)
    if is_number:
        apart = own[shared] - np.nanmean(others[shared], axis=1)
        value = design.mean(apart)
        variance, df = design.variance(apart - value)
        half = float(stats.t.ppf((1 + confidence) / 2, max(df, 1.0))) * math.sqrt(variance)
        row |= {"difference": value, "low": value - half, "high": value + half}
    if found.distances is None:
        row |= _kappa(found, place, design=found.design, confidence=confidence)
    return row


def _kappa(found: Ratings, place: int, *, design: Design, confidence: float) -> dict[str, object]:
    """Kappa of a reviewer with the others: each pair of answers to an item counts as a part of it."""
    own, others = found.values[:, [place]], np.delete(found.values, place, axis=1)
    pairs = ~np.isnan(own) & ~np.isnan(others)
    item, _ = np.nonzero(pairs)
    share = design.weights[item] / pairs.sum(axis=1)[item]
    weights = Weights.QUADRATIC if found.criterion.scale is Scale.INTEGER else Weights.IDENTITY
    of_pairs = Design.of(len(item), weights=share, strata=design.strata[item], clusters=design.units[item])
    one = weighted_kappa(
        np.broadcast_to(own, others.shape)[pairs], others[pairs], weights=weights, levels=found.levels, design=of_pairs,
        confidence=confidence,
    )  # fmt: skip
    return {"kappa": one.value, "kappa_low": one.low, "kappa_high": one.high}


def pace(labels: pd.DataFrame) -> pd.DataFrame:
    """How long each reviewer takes for an item.

    Columns: reviewer, items (labelled), timed_items, median_seconds, slow_seconds (nine in ten take less),
    items_per_hour (of active time), first_at, last_at (UTC). Time is active time, idle left out, where the page
    measured it; of imported labels it is what their file says. None with fewer than `LEAST_TIMED` timed items.
    """
    visits = labels.drop_duplicates("submission")
    rows = []
    for reviewer, given in visits.groupby("reviewer", sort=True):
        seconds = given["seconds"].dropna().astype(float)
        enough = len(seconds) >= LEAST_TIMED and float(seconds.sum()) > 0
        rows.append({
            "reviewer": reviewer, "items": len(given), "timed_items": len(seconds),
            "median_seconds": float(seconds.median()) if enough else None,
            "slow_seconds": float(seconds.quantile(0.9)) if enough else None,
            "items_per_hour": float(3600 * len(seconds) / seconds.sum()) if enough else None,
            "first_at": given["labelled_at"].min(), "last_at": given["labelled_at"].max(),
        })  # fmt: skip
    columns = ["reviewer", "items", "timed_items", "median_seconds", "slow_seconds", "items_per_hour", "first_at",
               "last_at"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def self_consistency(labels: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Whether a reviewer who got an item again, unasked, answered the same.

    Columns: rubric, criterion, scale, reviewer, items (seen twice), same (share of equal answers), low, high, kappa
    (weighted), kappa_low, kappa_high, lacks, missing. `same` is Wilson's interval; all of it needs `LEAST_ITEMS`.

    Source: intra-rater kappa, Gwet 2014, chapter 1; Wilson 1927.
    """
    key = ["rubric", "criterion", "scale", "reviewer", "sample", "item"]
    told = labels[~labels["cannot_tell"].astype(bool) & (labels["scale"] != Scale.TEXT.value)]
    again = told["again"].astype(bool)
    second = told[again].drop_duplicates(key, keep="last").assign(look="second")
    first = told[~again].drop_duplicates(key, keep="last").assign(look="first")
    both = pd.concat([first.merge(second[key], on=key), second.merge(first[key], on=key)])
    rows = []
    for (rubric, criterion, scale, reviewer), given in both.groupby(key[:4], sort=False):
        about = {"rubric": rubric, "criterion": criterion, "scale": str(scale).partition(" ")[0], "reviewer": reviewer}
        found = ratings(given.assign(reviewer=given["look"]))
        rows.append(about | _twice(found, confidence))
    columns = ["rubric", "criterion", "scale", "reviewer", "items", "same", "low", "high", "kappa", "kappa_low",
               "kappa_high", "lacks", "missing"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _twice(found: Ratings | None, confidence: float) -> dict[str, object]:
    items = 0 if found is None else len(found.values)
    row: dict[str, object] = {"items": items, "lacks": None, "missing": 0}
    if found is None or items < LEAST_ITEMS:
        return row | {"lacks": NOT_ENOUGH, "missing": LEAST_ITEMS - items}
    same = int((found.values[:, 0] == found.values[:, 1]).sum())
    interval = stats.binomtest(same, items).proportion_ci(confidence_level=confidence, method="wilson")
    row |= {"same": same / items, "low": float(interval.low), "high": float(interval.high)}
    if found.distances is not None:
        return row
    weights = Weights.QUADRATIC if found.criterion.scale is Scale.INTEGER else Weights.IDENTITY
    one = weighted_kappa(found.values[:, 0], found.values[:, 1], weights=weights, levels=found.levels)
    return row | {"kappa": one.value, "kappa_low": one.low, "kappa_high": one.high, "lacks": one.lacks}
