"""The labelled items of a study as the stratified sample that they are: one place for strata and their sizes."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from errors import UsageError
from review.sampling.estimates import Labelled

Numbers = npt.NDArray[np.float64]
_ROUNDED = 1e-9
_ENDLESS = 1e12
"""Units of traffic of which nothing is known: so many that no sample makes a difference to what is left."""


def sample_of(items: pd.DataFrame, values: Numbers, sizes: dict[str, float] | None) -> Labelled:
    """`values` of `items` (`stratum, cluster, weight`, one row each) in the strata of `sizes`, which may have more.

    Where the weights of a stratum differ, its items count by them.

    Without `sizes` the items are a simple random sample of endless traffic, whatever their strata are called: nothing
    says how much each would weigh. Raises `UsageError` when only the size of some stratum is missing.
    """
    known = {"": _ENDLESS} if sizes is None else sizes
    if sizes is None:
        code, names = np.zeros(len(items), dtype=np.intp), [""]
    else:
        code, found = pd.factorize(items["stratum"])
        names = [str(name) for name in found]
    place = {name: at for at, name in enumerate(known)}
    if missing := sorted(set(names) - set(place)):
        raise UsageError(
            f"labels are in {len(missing)} strata of unknown size ({', '.join(missing[:3])}); "
            "give the size of each stratum, or of none"
        )
    return Labelled(
        values=values,
        strata=np.array([place[name] for name in names], dtype=np.intp)[code],
        populations=np.array(list(known.values()), dtype=float),
        clusters=pd.factorize(items["cluster"])[0].astype(np.intp),
        unequal=None if sizes is None else _unequal(items["weight"].to_numpy(float), np.asarray(code)),
    )


def _unequal(weights: Numbers, stratum: npt.NDArray[np.intp]) -> Numbers | None:
    """The weights, where they differ within a stratum."""
    of_stratum = np.zeros(stratum.max(initial=-1) + 1)
    of_stratum[stratum] = weights
    return weights if (np.abs(weights - of_stratum[stratum]) > _ROUNDED * weights).any() else None
