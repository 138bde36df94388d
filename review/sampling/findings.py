"""What a sample's labels say of all units that it was drawn from, criterion by criterion."""

import pandas as pd

from review.label_frame import current, label_frame
from review.rubric import rubrics
from review.rubric.criteria import Scale
from review.sampling import estimates, samples
from storage.ledger_database import Database


def findings(database: Database, sample: str, *, rubric: str, version: int) -> pd.DataFrame:
    """Columns: criterion, is_share, value, low, high (shares 0-1, else points), items, lacks (why there is no figure),
    covered (share of the units that the figure is of: strata without a label are not in it).

    Weighted by the probability of each item; items of one session count as alike. Hand-picked items are left out,
    labels that were not blind, and what a reviewer said before the last answer.
    """
    strata = samples.strata_of(database, sample)
    sizes = {str(name): int(size) for name, size in zip(strata["stratum"], strata["population"], strict=True)}
    said = current(label_frame(database, sample=sample))
    said = said[said["blind"].astype(bool)]
    rows = []
    for one in rubrics.rubric(database, rubric, version).criteria:
        if one.scale not in (Scale.YES_NO, Scale.INTEGER):
            continue
        of = estimates.labelled(said, sizes, criterion=one.name, clustered=True)
        bounds = (float(one.low or 0), float(one.high or 0)) if one.scale is Scale.INTEGER else (0.0, 1.0)
        found = estimates.bounded_mean(of, bounds=bounds)
        rows.append({
            "criterion": one.name, "is_share": one.scale is Scale.YES_NO, "value": found.value, "low": found.low,
            "high": found.high, "items": found.items, "lacks": found.lacks, "covered": 1 - of.uncovered_share,
        })  # fmt: skip
    return pd.DataFrame(rows, columns=["criterion", "is_share", "value", "low", "high", "items", "lacks", "covered"])
