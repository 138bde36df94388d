"""How rated items came into a sample, and what that makes of the variance of a figure from them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from review.agreement.coefficient import Floats

FEWEST_UNITS = 2 - 1e-9
"""Units' worth that an interval needs at least: a single one has no spread."""
LENT_UNITS = 2
"""How many units' worth of the pooled variance each stratum is lent (see `review.sampling.estimates.variance`)."""


_MOST_CELLS = 4_000_000
"""Numbers held at once while resampling."""


@dataclass(frozen=True, eq=False)
class Design:
    """Weight, stratum and unit of each item, as arrays of one length.

    `weights` are one over the probability of inclusion, up to a common factor. `units` number what was drawn or varies
    together: a conversation within its stratum. A stratum with a single unit is joined to the largest one, since one
    unit has no variance.
    """

    weights: Floats
    strata: NDArray[np.intp]
    units: NDArray[np.intp]

    @classmethod
    def of(
        cls,
        items: int,
        *,
        weights: ArrayLike | None = None,
        strata: ArrayLike | None = None,
        clusters: ArrayLike | None = None,
    ) -> Self:
        """A design of `items`; what is left out is one weight for all, one stratum, and each item by itself."""
        stratum = np.zeros(items, dtype=np.intp) if strata is None else _codes(strata)
        cluster = np.arange(items) if clusters is None else _codes(clusters)
        units = np.unique(stratum * (cluster.max(initial=0) + 1) + cluster, return_inverse=True)[1].reshape(-1)
        own = np.ones(items) if weights is None else np.asarray(weights, dtype=float)
        if not (len(own) == len(stratum) == len(cluster) == items) or not (own > 0).all():
            raise ValueError("a design needs one positive weight, stratum and cluster for each item")
        return cls(own, _joined(stratum, units), units)

    def only(self, kept: NDArray[np.bool_]) -> "Design":
        """The design of some of the items."""
        if kept.all():
            return self
        units = _codes(self.units[kept])
        return Design(self.weights[kept], _joined(_codes(self.strata[kept]), units), units)

    @cached_property
    def effective_items(self) -> float:
        """How many units of a simple random sample the weights are worth; two labels of one item are not two.

        Source: Kish 1965, section 11.7.
        """
        if not len(self.weights):
            return 0.0
        by_unit = np.bincount(self.units, self.weights)
        return float(by_unit.sum() ** 2 / (by_unit**2).sum())

    @cached_property
    def _of_units(self) -> tuple[NDArray[np.intp], Floats, Floats, Floats]:
        """The stratum of each unit; by stratum its units, their degrees of freedom, and the weight of one of them."""
        stratum = np.zeros(int(self.units.max(initial=-1)) + 1, dtype=np.intp)
        stratum[self.units] = self.strata
        units = np.bincount(stratum)
        weight = np.bincount(self.strata, self.weights, len(units)) / self.weights.sum() / np.maximum(units, 1)
        return stratum, units.astype(float), np.maximum(units - 1, 0).astype(float), weight

    def mean(self, values: Floats) -> float:
        """The weighted mean. Source: Hájek 1971."""
        return float(np.average(values, weights=self.weights))

    def variance(self, influence: Floats) -> tuple[float, float]:
        """Variance of a figure with these influence values (weighted mean 0), and its degrees of freedom.

        Without the correction for a finite population: agreement is about these raters and any item like these. Each
        stratum's variance is drawn towards the pooled one, so that a few units that agree do not promise too much.

        Source: Lohr 2010, section 9.1 (linearisation, ultimate clusters); Satterthwaite 1946; Smyth 2004 (SAGMB 3:3).
        """
        if not len(influence):
            return float("nan"), 1.0
        totals = np.bincount(self.units, self.weights * influence / self.weights.sum())
        stratum, units, df, per_unit = self._of_units
        middle = np.bincount(stratum, totals) / np.maximum(units, 1)
        squares = np.bincount(stratum, (totals - middle[stratum]) ** 2)
        plain = squares / np.where(per_unit > 0, per_unit, 1.0) ** 2  # on the scale of the figure, weights taken out
        spread = (plain + LENT_UNITS * plain.sum() / max(1, df.sum())) / (df + LENT_UNITS) * per_unit**2
        parts = units * spread
        whole = float(parts.sum())
        if whole == 0:
            return 0.0, float(max(1, df.sum()))
        return whole, float(whole**2 / (parts[df > 0] ** 2 / df[df > 0]).sum())

    def resampled(self, times: int, *, seed: int) -> Iterator[Floats]:
        """How much each unit (row) counts in each of `times` bootstrap samples (column), in blocks that fit in memory:
        units are drawn again within their strata.

        Source: Rao & Wu 1988 (JASA 83:231): one unit fewer than there are, with the weights raised for it.
        """
        random = np.random.default_rng(seed)
        in_stratum = [np.unique(self.units[self.strata == stratum]) for stratum in np.unique(self.strata)]
        all_units = int(self.units.max(initial=-1)) + 1
        most = max(1, _MOST_CELLS // max(1, len(self.units)))
        for first in range(0, times, most):
            samples = min(most, times - first)
            factors = np.ones((all_units, samples))
            for units in in_stratum:
                if (count := len(units)) > 1:
                    drawn = random.integers(count, size=(samples, count - 1)) * samples + np.arange(samples)[:, None]
                    often = np.bincount(drawn.reshape(-1), minlength=count * samples).reshape(count, samples)
                    factors[units] = often * (count / (count - 1))
            yield factors


def _codes(names: ArrayLike) -> NDArray[np.intp]:
    """Places of the names in their order: the same whatever the order of the rows, so that sums are too."""
    listed = np.asarray(names)
    if listed.dtype.kind in "iu" and len(listed) and listed.min() >= 0 and listed.max() < 4 * len(listed):
        is_there = np.bincount(listed) > 0
        return np.asarray(np.cumsum(is_there)[listed] - 1, dtype=np.intp)
    return np.asarray(pd.factorize(listed, sort=True, use_na_sentinel=False)[0], dtype=np.intp)


def _joined(strata: NDArray[np.intp], units: NDArray[np.intp]) -> NDArray[np.intp]:
    """Strata that have a single unit become part of the one with most."""
    if not len(strata):
        return strata
    of_unit = np.zeros(units.max() + 1, dtype=np.intp)
    of_unit[units] = strata
    in_stratum = np.bincount(of_unit, minlength=strata.max() + 1)
    joined = strata.copy()
    joined[in_stratum[strata] == 1] = int(in_stratum.argmax())
    return joined
