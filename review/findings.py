"""What a sample's labels say of all units that it was drawn from, criterion by criterion."""

import pandas as pd

from review import estimates, rubrics, samples
from review.criteria import Scale
from review.labels import labels
from storage.ledger_database import Database


def findings(database: Database, sample: str, *, rubric: str, version: int) -> pd.DataFrame:
    """Columns: criterion, is_share, value, low, high (shares 0-1, else points), items, lacks (why there is no figure).

    Weighted by the probability of each item; items of one session count as alike. Hand-picked items are left out.
    """
    strata = samples.strata_of(database, sample)
    sizes = {str(name): int(size) for name, size in zip(strata["stratum"], strata["population"], strict=True)}
    said = labels(database, sample=sample)
    rows = []
    for one in rubrics.rubric(database, rubric, version).criteria:
        if one.scale not in (Scale.YES_NO, Scale.INTEGER):
            continue
        of = estimates.labelled(said, sizes, criterion=one.name, clustered=True)
        is_share = one.scale is Scale.YES_NO
        found = estimates.share(of) if is_share else estimates.hajek_mean(of)
        low, high = _on_the_scale(found, low=one.low, high=one.high)
        rows.append({"criterion": one.name, "is_share": is_share, "value": found.value, "low": low, "high": high,
                     "items": found.items, "lacks": found.lacks})  # fmt: skip
    return pd.DataFrame(rows, columns=["criterion", "is_share", "value", "low", "high", "items", "lacks"])


def _on_the_scale(found: estimates.Estimate, *, low: int | None, high: int | None) -> tuple[float | None, float | None]:
    """The interval, as far as the scale goes."""
    if found.low is None or found.high is None:
        return None, None
    return (found.low if low is None else max(low, found.low)), (found.high if high is None else min(high, found.high))
