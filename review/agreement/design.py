"""How rated items came into a sample, and what that makes of the variance of a figure from them."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from review.agreement.coefficient import Floats

LENT_UNITS = 2
"""How many units' worth of the pooled variance each stratum is lent (see `review.estimates.variance`)."""


@dataclass(frozen=True, slots=True, eq=False)
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
        units = np.unique(np.column_stack([stratum, cluster]), axis=0, return_inverse=True)[1].reshape(-1)
        own = np.ones(items) if weights is None else np.asarray(weights, dtype=float)
        if not (len(own) == len(stratum) == len(cluster) == items) or not (own > 0).all():
            raise ValueError("a design needs one positive weight, stratum and cluster for each item")
        return cls(own, _joined(stratum, units), units)

    def only(self, kept: NDArray[np.bool_]) -> "Design":
        """The design of some of the items."""
        return Design.of(
            int(kept.sum()), weights=self.weights[kept], strata=self.strata[kept], clusters=self.units[kept]
        )

    @property
    def effective_items(self) -> float:
        """How many items of a simple random sample the weights are worth. Source: Kish 1965, section 11.7."""
        return float(self.weights.sum() ** 2 / (self.weights**2).sum())

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
        stratum = np.zeros(len(totals), dtype=np.intp)
        stratum[self.units] = self.strata
        units = np.bincount(stratum)
        df = np.maximum(units - 1, 0)
        middle = np.bincount(stratum, totals) / np.maximum(units, 1)
        squares = np.bincount(stratum, (totals - middle[stratum]) ** 2)
        per_unit = np.bincount(self.strata, self.weights, len(units)) / self.weights.sum() / np.maximum(units, 1)
        plain = squares / np.where(per_unit > 0, per_unit, 1.0) ** 2  # on the scale of the figure, weights taken out
        spread = (plain + LENT_UNITS * plain.sum() / max(1, df.sum())) / (df + LENT_UNITS) * per_unit**2
        parts = units * spread
        whole = float(parts.sum())
        if whole == 0:
            return 0.0, float(max(1, df.sum()))
        return whole, float(whole**2 / (parts[df > 0] ** 2 / df[df > 0]).sum())

    def resampled(self, times: int, *, seed: int) -> Floats:
        """Weights of `times` bootstrap samples, one row each: units are drawn again within their strata.

        Source: Rao & Wu 1988 (JASA 83:231): one unit fewer than there are, with the weights raised for it.
        """
        random = np.random.default_rng(seed)
        factors = np.ones((times, int(self.units.max(initial=-1)) + 1))
        for stratum in np.unique(self.strata):
            units = np.unique(self.units[self.strata == stratum])
            if len(units) > 1:
                drawn = random.multinomial(len(units) - 1, np.full(len(units), 1 / len(units)), size=times)
                factors[:, units] = drawn * len(units) / (len(units) - 1)
        again: Floats = factors[:, self.units] * self.weights
        return again


def _codes(names: ArrayLike) -> NDArray[np.intp]:
    return np.unique(np.asarray(names), return_inverse=True)[1].reshape(-1)


def _joined(strata: NDArray[np.intp], units: NDArray[np.intp]) -> NDArray[np.intp]:
    """Strata that have a single unit become part of the one with most."""
    if not len(strata):
        return strata
    in_stratum = np.array([len(np.unique(units[strata == one])) for one in range(strata.max() + 1)])
    joined = strata.copy()
    joined[in_stratum[strata] == 1] = int(in_stratum.argmax())
    return joined
