"""Wilson's score interval: how sure a share of n is."""

from math import sqrt

Z_95 = 1.959963984540054
"""Two-sided 95 % point of the normal distribution."""


def wilson_interval(hits: float, trials: float, *, z: float = Z_95) -> tuple[float, float] | None:
    """The interval of the share `hits / trials`, both ends in 0-1; None without trials.

    Trials are taken as independent; spans of one trace are not quite, so read it as the least that is unsure.
    Where it is known how alike they are, `trials` may be the effective number, and no whole one.
    Source: Wilson 1927, JASA 22:209-212; Brown, Cai and DasGupta 2001, Statistical Science 16:101-133, eq. (4).
    """
    if not 0 <= hits <= trials:
        raise ValueError(f"hits ({hits}) must lie between 0 and trials ({trials})")
    if trials == 0:
        return None
    share = hits / trials
    weight = 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / weight
    half = z / weight * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    low = 0.0 if hits == 0 else max(0.0, centre - half)
    high = 1.0 if hits == trials else min(1.0, centre + half)
    return low, high
