"""Has the distribution of a judge's scores changed? PSI, with a line that knows how few scores there are."""

import numpy as np
import numpy.typing as npt
from scipy import stats

Numbers = npt.NDArray[np.float64]
_LEAST = 1e-6


def population_stability(expected: Numbers, actual: Numbers) -> float:
    """Sum of (a - e) ln(a / e) over the bins' shares; 0 is no change. An empty bin counts as a millionth.

    Source: Siddiqi (2006) Credit Risk Scorecards, whose lines at .1 and .25 take no notice of n.
    """
    e, a = (np.maximum(one / one.sum(), _LEAST) for one in (expected, actual))
    return float(np.sum((a - e) * np.log(a / e)))


def null_line(*, bins: int, reference: int, window: int, confidence: float = 0.95) -> float:
    """What PSI stays below in `confidence` of windows when nothing changed, for so many scores in each.

    Source: Yurdakul (2018), Western Michigan University dissertation 3208.
    """
    return float(stats.chi2.ppf(confidence, bins - 1) * (1 / reference + 1 / window))
