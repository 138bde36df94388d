"""Weighted linear regression whose errors may go together within a cluster; with instruments if needed."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fit:
    """Coefficients, their covariance, and the degrees of freedom (clusters less one)."""

    coefficients: Numbers
    covariance: Numbers
    degrees: int

    def interval(self, which: int, *, confidence: float) -> tuple[float, float]:
        reach = float(stats.t.ppf(0.5 + confidence / 2, self.degrees)) * self.error(which)
        return float(self.coefficients[which]) - reach, float(self.coefficients[which]) + reach

    def error(self, which: int) -> float:
        return float(np.sqrt(max(self.covariance[which, which], 0.0)))

    def p_value(self, which: int, *, against: float = 0.0) -> float:
        """Two-sided, that the coefficient is `against`. Without any spread it is 1 or 0."""
        distance, error = abs(float(self.coefficients[which]) - against), self.error(which)
        if error == 0:
            return 1.0 if distance == 0 else 0.0
        return float(2 * stats.t.sf(distance / error, self.degrees))


def regression(
    outcome: Numbers,
    columns: Numbers,
    *,
    clusters: npt.ArrayLike,
    weights: Numbers | None = None,
    instruments: Numbers | None = None,
) -> Fit | None:
    """`outcome` (n) on `columns` (n x k, bring your own column of ones); `instruments` (n x k) replace noisy columns.

    None when the columns do not vary enough, or there are fewer than two clusters more than columns: nothing to tell.

    Source: White (1980) and Liang & Zeger (1986) for the covariance, with the factors G/(G-1) and (n-1)/(n-k);
    two-stage least squares as in Wooldridge, Econometric Analysis, section 5.2.
    """
    z = columns if instruments is None else instruments
    w = np.ones(len(outcome)) if weights is None else weights
    groups, group = np.unique(np.asarray(clusters), return_inverse=True)
    n, k = columns.shape
    if len(groups) < k + 2 or np.linalg.matrix_rank((z * w[:, None]).T @ columns) < k:
        return None
    bread = np.linalg.inv((z * w[:, None]).T @ columns)
    coefficients = bread @ (z * w[:, None]).T @ outcome
    pulls = z * (w * (outcome - columns @ coefficients))[:, None]
    by_group = np.zeros((len(groups), k))
    np.add.at(by_group, group, pulls)
    factor = len(groups) / (len(groups) - 1) * (n - 1) / (n - k)
    return Fit(coefficients, bread @ (by_group.T @ by_group) @ bread.T * factor, len(groups) - 1)
