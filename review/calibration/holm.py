"""p-values corrected together: of many true hypotheses, one is refused by chance no more often than stated."""

from collections.abc import Sequence


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """p-values corrected together, in their order; unknown ones stay unknown and do not count.

    Source: Holm 1979 (Scandinavian Journal of Statistics 6:65).
    """
    known = sorted((p, at) for at, p in enumerate(p_values) if p is not None)
    corrected: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, at) in enumerate(known):
        highest = max(highest, min(1.0, (len(known) - rank) * p))
        corrected[at] = highest
    return corrected
