"""How many labels a kappa needs: for an interval of a given width, or to tell a good judge from a poor one."""

import numpy as np
import numpy.typing as npt
from scipy import stats

Numbers = npt.NDArray[np.float64]


def for_half_width(*, pass_rate: float, kappa: float, half_width: float, confidence: float = 0.95) -> int:
    """Labels of a simple random sample for kappa +/- `half_width`, both raters passing at `pass_rate`.

    Multiply by the design effect of the sample. Source: Fleiss, Cohen & Everitt (1969) Psych Bull 72:323.
    """
    z = float(stats.norm.ppf(0.5 + confidence / 2))
    return int(np.ceil(z**2 * unit_variance(two_by_two(pass_rate, pass_rate, kappa)) / half_width**2))


def to_tell_apart(
    *, pass_rates: tuple[float, float], kappa_0: float, kappa_1: float, alpha: float = 0.05, power: float = 0.8
) -> float:
    """Labels to reject `kappa_0` when `kappa_1` is true, one-sided.

    Source: Cantor (1996) Psychological Methods 1:150.
    """
    q0, q1 = (unit_variance(two_by_two(*pass_rates, kappa)) for kappa in (kappa_0, kappa_1))
    z_alpha, z_power = stats.norm.ppf(1 - alpha), stats.norm.ppf(power)
    return float(((z_alpha * np.sqrt(q0) + z_power * np.sqrt(q1)) / (kappa_1 - kappa_0)) ** 2)


def two_by_two(first: float, second: float, kappa: float) -> Numbers:
    """The table of shares that two raters with these pass rates and this kappa make."""
    chance = first * second + (1 - first) * (1 - second)
    agreed = chance + kappa * (1 - chance)
    both = (agreed + first + second - 1) / 2
    return np.array([[both, first - both], [second - both, 1 - first - second + both]])


def unit_variance(table: Numbers) -> float:
    """n times the large-sample variance of unweighted kappa. Source: Fleiss, Cohen & Everitt (1969), equation 13."""
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    agreed, chance = float(np.trace(table)), float(rows @ columns)
    left = 1 - chance
    diagonal = sum(table[i, i] * (left - (rows[i] + columns[i]) * (1 - agreed)) ** 2 for i in range(len(table)))
    off = sum(table[i, j] * (columns[i] + rows[j]) ** 2 for i in range(len(table)) for j in range(len(table)) if i != j)
    return float((diagonal + (1 - agreed) ** 2 * off - (agreed * chance - 2 * chance + agreed) ** 2) / left**4)


def kish_effective(weights: Numbers) -> float:
    """Labels of a simple random sample worth as much as these weighted ones: (sum w)^2 / sum w^2.

    Source: Kish (1965) Survey Sampling, section 11.7.
    """
    return float(weights.sum() ** 2 / (weights**2).sum()) if len(weights) else 0.0
