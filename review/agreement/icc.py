"""Intraclass correlation: how far scores of an item agree, for one rater or for the mean of all of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from review.agreement.coefficient import NO_VARIATION


@dataclass(frozen=True, slots=True)
class Intraclass:
    """Correlations of one rater and of the mean of all: absolute agreement, and consistency (a constant shift is free).

    `one_way` is for raters that are others for each item. None with `lacks` when no value varies.
    """

    items: int
    raters: int
    one_way: float | None = None
    one_way_mean: float | None = None
    agreement: float | None = None
    agreement_mean: float | None = None
    consistency: float | None = None
    consistency_mean: float | None = None
    lacks: str | None = None


def intraclass_correlation(values: ArrayLike) -> Intraclass:
    """ICC of a full table (row per item, column per rater, no gaps), unweighted.

    1 is agreement, 0 none. `agreement_mean` says how good the mean of these raters is as a reference. Raters on a scale
    of few levels, or with gaps, are better served by alpha.

    Source: Shrout & Fleiss 1979 (Psychological Bulletin 86:420), ICC(1,1) to ICC(3,k); McGraw & Wong 1996 for names.
    """
    table = np.asarray(values, dtype=float)
    if table.ndim != 2 or min(table.shape) < 2 or np.isnan(table).any():
        raise ValueError("an intraclass correlation needs at least two items and two raters, and no gaps")
    items, raters = table.shape
    middle = table.mean()
    between = raters * float(((table.mean(axis=1) - middle) ** 2).sum()) / (items - 1)
    of_raters = items * float(((table.mean(axis=0) - middle) ** 2).sum()) / (raters - 1)
    whole = float(((table - middle) ** 2).sum())
    if whole == 0:
        return Intraclass(items, raters, lacks=NO_VARIATION)
    within = (whole - between * (items - 1)) / (items * (raters - 1))
    rest = (whole - between * (items - 1) - of_raters * (raters - 1)) / ((items - 1) * (raters - 1))
    shift = (of_raters - rest) / items
    return Intraclass(
        items,
        raters,
        one_way=_share(between - within, between + (raters - 1) * within),
        one_way_mean=_share(between - within, between),
        agreement=_share(between - rest, between + (raters - 1) * rest + raters * shift),
        agreement_mean=_share(between - rest, between + shift),
        consistency=_share(between - rest, between + (raters - 1) * rest),
        consistency_mean=_share(between - rest, between),
    )


def _share(part: float, whole: float) -> float | None:
    return None if whole == 0 else part / whole
