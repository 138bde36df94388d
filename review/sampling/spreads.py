"""How much the values of a criterion differ within each stratum: what Neyman's allocation and precision rest on."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from review.sampling.frames import Frame, Moments

PRIOR_DF = 8.0
"""The pooled variance weighs as much as so many degrees of freedom: a stratum with few values is drawn towards it."""


class Basis(StrEnum):
    """What the spreads are known from, in words that follow "from"."""

    LABELS = "earlier labels"
    JUDGE = "judge scores"
    NOTHING = "nothing yet, so all strata count as equally spread"


@dataclass(frozen=True, slots=True)
class Spreads:
    """Standard deviation of the criterion by stratum (S_h), and what it is known from; `values` is how many."""

    of: Mapping[str, float]
    basis: Basis
    values: int = 0


def spreads_of(known: Mapping[str, Moments], frame: Frame, *, basis: Basis) -> Spreads | None:
    """Spreads from the values of each stratum, shrunk towards the pooled one; None when too few are known.

    S_h^2 = (df_h s_h^2 + df_0 s^2) / (df_h + df_0), with s^2 pooled within strata and df_0 = `PRIOR_DF`: plug-in
    variances of a few values make Neyman's allocation worse than proportional.
    Source: Cochran 1977, Sampling Techniques, sec. 5.5; shrinkage as in Smyth 2004, SAGMB 3:3, sec. 3.
    """
    variances = {name: moments.variance for name, moments in known.items()}
    df = {name: moments.count - 1 for name, moments in known.items() if variances[name] is not None}
    if sum(df.values()) < PRIOR_DF:
        return None
    pooled = sum((variances[name] or 0.0) * df[name] for name in df) / sum(df.values())
    if pooled <= 0:
        return None
    shrunk = {}
    for one in frame.strata:
        own, freedom = variances.get(one.name), df.get(one.name, 0)
        shrunk[one.name] = math.sqrt(((own or 0.0) * freedom + pooled * PRIOR_DF) / (freedom + PRIOR_DF))
    return Spreads(shrunk, basis, sum(moments.count for moments in known.values()))


def expected_spreads(frame: Frame, labelled: Mapping[str, Moments] | None = None) -> Spreads:
    """From earlier labels where there are enough, else from the judges' scores of the frame, else all the same."""
    from_labels = spreads_of(labelled, frame, basis=Basis.LABELS) if labelled else None
    from_judges = spreads_of({one.name: one.judged for one in frame.strata}, frame, basis=Basis.JUDGE)
    return from_labels or from_judges or Spreads({one.name: 1.0 for one in frame.strata}, Basis.NOTHING)
