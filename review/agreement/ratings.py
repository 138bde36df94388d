"""Labels of one criterion as numbers: a row per item, a column per reviewer, with the design of the sample."""

from dataclasses import dataclass

import numpy as np
import orjson
import pandas as pd

from review.agreement.coefficient import Floats
from review.agreement.design import Design
from review.rubric.criteria import Criterion, Scale
from review.rubric.scales import criterion_of


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """`values` are items x reviewers, gaps NaN: numbers of the scale, yes 1 and no 0, or places in `levels`.

    `covered` is the share of the sampled units whose stratum has an item with two ratings (None without sizes).
    """

    criterion: Criterion
    reviewers: tuple[str, ...]
    values: Floats
    levels: Floats
    design: Design
    distances: Floats | None = None
    """Squared distances between levels that are sets of categories: one less what they share (Jaccard)."""
    cannot_tell: int = 0
    covered: float | None = None


def usable(labels: pd.DataFrame) -> pd.DataFrame:
    """Labels that agreement may be computed from: blind, and of items that were drawn.

    What somebody picked by hand stands for nothing, and who saw another verdict first repeats it.
    """
    return labels[labels["blind"].astype(bool) & ~labels["hand_picked"].astype(bool)]


def ratings(labels: pd.DataFrame, *, paired: bool = True) -> Ratings | None:
    """Ratings of one criterion (columns of `review.label_frame`, current labels); None where it is free text.

    With `paired`, items with at least two ratings, which then stand for their stratum: N_h / m_h each. Weights without
    sizes of strata are one over the probability of inclusion.
    """
    criterion = criterion_of(str(labels["criterion"].iloc[0]), str(labels["scale"].iloc[-1]))
    if criterion is None or criterion.scale is Scale.TEXT:
        return None
    told = labels[~labels["cannot_tell"].astype(bool)]
    codes, levels, distances = _codes(criterion, told["value"])
    told = told.assign(code=codes, unit_key=told["sample"] + "\0" + told["item"])
    table = told.pivot_table(index="unit_key", columns="reviewer", values="code", aggfunc="last", sort=False)
    items = told.drop_duplicates("unit_key").set_index("unit_key").loc[table.index]
    rated = table.notna().sum(axis=1)
    kept = rated >= 2 if paired else rated >= 1
    table = table[kept]
    weights, covered = _weights(items, items[kept])
    return Ratings(
        criterion=criterion,
        reviewers=tuple(str(name) for name in table.columns),
        values=np.asarray(table.to_numpy(dtype=float), dtype=float),
        levels=levels,
        design=_design(items[kept], weights),
        distances=distances,
        cannot_tell=len(labels) - len(told),
        covered=covered,
    )


def _codes(criterion: Criterion, values: pd.Series) -> tuple[Floats, Floats, Floats | None]:
    if criterion.scale is Scale.INTEGER:
        levels = np.arange(float(criterion.low or 0), float(criterion.high or 0) + 1)
        return _floats(values), levels, None
    if criterion.scale is Scale.YES_NO:
        return _floats(values == "yes"), np.array([0.0, 1.0]), None
    known = sorted(set(values)) if criterion.scale is Scale.CATEGORIES else list(criterion.categories)
    place = {value: float(number) for number, value in enumerate(known)}
    codes = np.array([place.get(value, np.nan) for value in values], dtype=float)
    distances = _jaccard([set(orjson.loads(one)) for one in known]) if criterion.scale is Scale.CATEGORIES else None
    return codes, np.arange(float(len(known))), distances


def _floats(values: pd.Series) -> Floats:
    return np.asarray(values.to_numpy(dtype=float), dtype=float)


def _jaccard(sets: list[set[str]]) -> Floats:
    return np.array(
        [[1 - len(one & two) / max(1, len(one | two)) if one != two else 0 for two in sets] for one in sets]
    )


def _weights(sampled: pd.DataFrame, kept: pd.DataFrame) -> tuple[Floats, float | None]:
    """Units that each kept item stands for, and the share of all units whose stratum is among them."""
    stratum = _stratum(kept)
    sizes = kept["stratum_size"].astype(float)
    per_probability = 1 / kept["probability"].astype(float)
    in_stratum = stratum.map(stratum.value_counts()).astype(float)
    weights = (sizes / in_stratum).where(sizes.notna(), per_probability)
    known = sampled[sampled["stratum_size"].notna()]
    if known.empty:
        return _floats(weights), None
    whole = _sizes(known)
    return _floats(weights), float(_sizes(kept[kept["stratum_size"].notna()]) / whole)


def _sizes(items: pd.DataFrame) -> float:
    return float(items.assign(place=_stratum(items)).drop_duplicates("place")["stratum_size"].astype(float).sum())


def _stratum(items: pd.DataFrame) -> pd.Series:
    return items["sample"].astype(str) + "\0" + items["stratum"].fillna("").astype(str)


def _design(items: pd.DataFrame, weights: Floats) -> Design:
    own = pd.Series(items.index.astype(str), index=items.index)
    clusters = items["session"].where(items["session"].notna(), own).astype(str)
    return Design.of(len(items), weights=weights, strata=_stratum(items).to_numpy(), clusters=clusters.to_numpy())
