"""Agreement among reviewers, criterion by criterion, from their own labels: never from decided ones."""

import pandas as pd

from review.agreement.alpha import Metric, krippendorff_alpha
from review.agreement.coefficient import Coefficient
from review.agreement.gwet import gwet_ac
from review.agreement.percent import percent_agreement
from review.agreement.ratings import Ratings, ratings, usable
from review.agreement.weights import Weights
from review.label_frame import current
from review.rubric.criteria import Scale

LEAST_ITEMS = 30
"""Items with two ratings that a coefficient needs: an interval from fewer is too narrow."""
NOT_ENOUGH = "not enough data"
BARS = (0.667, 0.8)
"""Below the first, draw no conclusion; from the second, rely on it. Source: Krippendorff 2018, section 12.3."""
COLUMNS = (
    "rubric", "criterion", "scale", "reviewers", "items", "ratings", "cannot_tell", "covered", "lacks", "missing",
    "alpha_name", "alpha", "alpha_low", "alpha_high", "ac_name", "ac", "ac_low", "ac_high",
    "percent", "percent_low", "percent_high",
)  # fmt: skip


def agreement_by_criterion(labels: pd.DataFrame, *, confidence: float = 0.95, seed: int = 0) -> pd.DataFrame:
    """One row per rubric and criterion, in the order of the labels; free text is left out.

    `labels` has the columns of `review.label_frame`. Columns: `COLUMNS`. `items` have two ratings or more; `covered` is
    the share of the sampled traffic in strata that have such items. Where `lacks` says "no variation" or "not enough
    data" (`missing` more items are needed) there is no figure. Alpha is ordinal on integer scales, nominal on others,
    with Jaccard's distance for several categories; AC2 has quadratic weights.
    """
    first_looks = current(usable(labels))
    rows = [
        _row(str(rubric), found, reviewers=given["reviewer"].nunique(), confidence=confidence, seed=seed)
        for (rubric, _, _), given in first_looks.groupby(["rubric", "criterion", "scale"], sort=False)
        if (found := ratings(given)) is not None
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def coefficients(found: Ratings, *, confidence: float = 0.95, seed: int = 0) -> tuple[Coefficient, ...]:
    """Alpha, AC and percent agreement of one criterion, whatever the number of items."""
    is_ordered = found.criterion.scale is Scale.INTEGER
    metric = Metric.ORDINAL if is_ordered else Metric.NOMINAL
    distances = found.distances
    if distances is not None:
        distances = distances[_used(found)][:, _used(found)]
    weights: Weights = Weights.QUADRATIC if is_ordered else Weights.IDENTITY
    return (
        krippendorff_alpha(
            found.values, metric=metric if distances is None else distances, design=found.design,
            confidence=confidence, seed=seed,
        ),
        gwet_ac(found.values, levels=found.levels, weights=weights, design=found.design, confidence=confidence),
        percent_agreement(found.values, design=found.design, confidence=confidence),
    )  # fmt: skip


def _used(found: Ratings) -> list[int]:
    """Levels that were given; the coincidences have no others."""
    return [place for place, level in enumerate(found.levels) if (found.values == level).any()]


def _row(rubric: str, found: Ratings, *, reviewers: int, confidence: float, seed: int) -> dict[str, object]:
    items = len(found.values)
    row: dict[str, object] = {
        "rubric": rubric, "criterion": found.criterion.name, "scale": found.criterion.scale.value,
        "reviewers": reviewers, "items": items, "ratings": int((~pd.isna(found.values)).sum()),
        "cannot_tell": found.cannot_tell, "covered": found.covered, "lacks": None, "missing": 0,
    }  # fmt: skip
    if items < LEAST_ITEMS:
        return row | {"lacks": NOT_ENOUGH, "missing": LEAST_ITEMS - items}
    alpha, ac, percent = coefficients(found, confidence=confidence, seed=seed)
    row["lacks"] = alpha.lacks
    for name, one in (("alpha", alpha), ("ac", ac)):
        row |= {f"{name}_name": one.name, name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}
    return row | {"percent": percent.value, "percent_low": percent.low, "percent_high": percent.high}
