"""Ratings as counts: how many raters gave an item each level."""

import numpy as np
from numpy.typing import ArrayLike

from review.agreement.coefficient import Floats


def rating_counts(values: ArrayLike, levels: ArrayLike | None = None) -> tuple[Floats, Floats]:
    """`values` has a row per item and a column per rater, gaps are NaN. Returns levels (sorted) and items x levels.

    `levels` names the whole scale where it matters; without it, the levels that were given.
    """
    rated = np.asarray(values, dtype=float)
    there = ~np.isnan(rated)
    seen = np.unique(rated[there])
    scale = seen if levels is None else np.unique(np.asarray(levels, dtype=float))
    if not np.isin(seen, scale).all():
        raise ValueError("a rating is not one of the levels")
    rows, _ = np.nonzero(there)
    cells = rows * len(scale) + np.searchsorted(scale, rated[there])
    counts = np.bincount(cells, minlength=rated.shape[0] * len(scale))
    return scale, counts.reshape(len(rated), len(scale)).astype(float)
