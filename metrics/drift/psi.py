"""Population stability index: how far two distributions lie apart, bin by bin.

The field reads below 0.1 as stable and from 0.2 on as shifted. Those marks ignore how few values there may be: two
samples of one distribution are some way apart by chance, which `expected_by_chance` and `by_chance` say.
"""

import numpy as np
import numpy.typing as npt
from scipy import stats

from metrics.drift import chi_square
from metrics.drift.compared import Codes, Flags

Numbers = npt.NDArray[np.float64]
BINS = 10
_EMPTY = 1e-4
"""Share that an empty bin is given, so that the logarithm exists (the usual floor in credit scoring)."""


def psi(reference: Numbers, now: Numbers, *, bins: int = BINS) -> float:
    """Of two samples of numbers, in bins that hold equal parts of the reference; the outer bins are open.

    Source: Siddiqi 2006, Credit Risk Scorecards, ch. 9; Kullback 1959 (J-divergence).
    """
    edges = edges_of(reference, bins=bins)
    return psi_of_counts(*(np.bincount(binned(part, edges), minlength=len(edges) + 1) for part in (reference, now)))


def edges_of(reference: Numbers, *, bins: int = BINS) -> Numbers:
    """Where the bins meet."""
    return np.unique(np.quantile(reference, np.linspace(0, 1, bins + 1)[1:-1]))


def binned(values: Numbers, edges: Numbers) -> npt.NDArray[np.intp]:
    """The bin of each value, from 0."""
    return np.searchsorted(edges, values, side="right")


def psi_of_counts(reference: npt.NDArray[np.int_], now: npt.NDArray[np.int_]) -> float:
    """Of the counts of two samples in the same bins or categories: sum of (a - e) ln(a / e)."""
    expected, actual = (np.maximum(counts / counts.sum(), _EMPTY) for counts in (reference, now))
    return float(np.sum((actual - expected) * np.log(actual / expected)))


def expected_by_chance(reference: int, now: int, *, bins: int = BINS, level: float = 0.95) -> float:
    """What two samples of one distribution stay below in `level` of all cases, when values are independent.

    Source: Yurdakul 2018, Statistical properties of population stability index, sec. 3.3.
    """
    return float(stats.chi2.ppf(level, bins - 1) * (1 / reference + 1 / now))


def by_chance(categories: Codes, conversations: Codes, is_new: Flags) -> float | None:
    """As `expected_by_chance` at 95 %, when values of a conversation are alike: PSI is nearly Pearson's statistic.

    Source: Yurdakul 2018, sec. 3.2, with the statistic's distribution under cluster sampling (`chi_square`).
    """
    line = chi_square.by_chance(categories, conversations, is_new)
    new = int(is_new.sum())
    return None if line is None else line * (1 / new + 1 / (len(is_new) - new))
