"""A mean over things that come in conversations: those of one may be as alike as they like."""

import math

import numpy as np
import numpy.typing as npt
from scipy import stats

Numbers = npt.NDArray[np.float64]


def ratio_mean(sums: Numbers, counts: Numbers) -> tuple[float, float]:
    """The mean of all values and its standard error, from each conversation's sum and number of values (none empty).

    The error is NaN with fewer than two conversations.
    Source: Lohr 2010, Sampling: Design and Analysis, sec. 5.2.2, eq. 5.17, without the finite population.
    """
    many, values = len(sums), float(counts.sum())
    mean = float(sums.sum()) / values
    if many < 2:
        return mean, math.nan
    apart = sums - mean * counts
    return mean, math.sqrt(float((apart**2).sum()) * many / (many - 1)) / values


def interval(mean: float, error: float, *, conversations: int) -> tuple[float, float]:
    """95 %, by Student's t with one degree of freedom less than there are conversations."""
    half = float(stats.t.ppf(0.975, max(conversations - 1, 1))) * error
    return mean - half, mean + half
