"""Part by part of the traffic: where the judge errs more than elsewhere, and where next week's labels tell most."""

import math

import numpy as np
import pandas as pd
from scipy import stats

from review.calibration.closeness import mean_of
from review.calibration.pairs import Pairs
from review.calibration.study import Study

FLOOR = 15
"""Labels that each part gets at least."""


def by_part(study: Study, pairs: Pairs, *, weight: float, next_size: int = 120) -> pd.DataFrame:
    """A row per part: `part, share, units, items, human, judge, bias, low, high, shrunken, p, next_items`.

    `share` of the traffic; bias with a 95% t interval; `shrunken` towards the common bias by how unsure it is, for
    pictures; `p` of the part against the others after Holm; `next_items` of `next_size` by Neyman's rule on the
    residual people - lambda x judge, spreads shrunken to their mean, at least 15 and at most what there is.

    Source: Holm 1979; empirical Bayes: DerSimonian & Laird 1986; Neyman 1934, on residuals as Mozer, Pashley & Miratrix
    (arXiv:2602.12992).
    """
    sizes = _sizes(study)
    rows = []
    for part in pairs.entries.by_part:
        name, inside, design = part.name, part.entries, part.design
        apart = mean_of((pairs.judge - pairs.human)[inside], design, items=part.items, span=study.scale.span)
        residual = (pairs.human - weight * pairs.judge)[inside]
        rows.append({
            "part": name, "units": sizes.get(name, math.nan), "items": part.items,
            "human": design.mean(pairs.human[inside]), "judge": design.mean(pairs.judge[inside]),
            "bias": apart.value, "low": apart.low, "high": apart.high,
            "spread": float(residual.std(ddof=1)) if len(residual) > 1 else math.nan,
        })  # fmt: skip
    table = pd.DataFrame(rows)
    if table.empty:
        return table
    table["share"] = table["units"] / table["units"].sum()
    return table.assign(p=_holm(table), shrunken=_shrunken(table), next_items=_next(table, next_size))


def heterogeneity(table: pd.DataFrame) -> float | None:
    """p that the bias is the same in all parts; None with fewer than two. Source: Cochran 1954 (Q)."""
    known = table.dropna(subset=["bias", "low"])
    if len(known) < 2:
        return None
    weights = 1 / _errors(known) ** 2
    common = np.average(known["bias"], weights=weights)
    return float(stats.chi2.sf(float((weights * (known["bias"] - common) ** 2).sum()), len(known) - 1))


def _sizes(study: Study) -> dict[str, float]:
    of_stratum = study.labels.drop_duplicates("stratum").set_index("stratum")[study.part]
    sizes: dict[str, float] = {}
    for stratum, size in (study.sizes or {}).items():
        if stratum in of_stratum.index:
            sizes[str(of_stratum[stratum])] = sizes.get(str(of_stratum[stratum]), 0.0) + size
    return sizes


def _errors(table: pd.DataFrame) -> np.ndarray:
    return np.maximum((table["high"] - table["low"]).to_numpy(float) / 3.92, 1e-9)


def _holm(table: pd.DataFrame) -> np.ndarray:
    """Each part against the weighted mean of the others."""
    errors = _errors(table.fillna({"high": 0.0, "low": 0.0}))
    raw = np.full(len(table), math.nan)
    for at in range(len(table)):
        rest = [other for other in range(len(table)) if other != at and pd.notna(table["low"].iloc[other])]
        if not rest or pd.isna(table["low"].iloc[at]):
            continue
        weights = 1 / errors[rest] ** 2
        common = np.average(table["bias"].iloc[rest], weights=weights)
        z = (table["bias"].iloc[at] - common) / math.sqrt(errors[at] ** 2 + 1 / weights.sum())
        raw[at] = 2 * stats.norm.sf(abs(z))
    order = np.argsort(raw)
    known = int((~np.isnan(raw)).sum())
    held = raw.copy()
    highest = 0.0
    for rank, at in enumerate(order[:known]):
        highest = max(highest, min(1.0, (known - rank) * raw[at]))
        held[at] = highest
    return held


def _shrunken(table: pd.DataFrame) -> pd.Series:
    known = table.dropna(subset=["bias", "low"])
    if len(known) < 2:
        return table["bias"]
    weights = 1 / _errors(known) ** 2
    common = float(np.average(known["bias"], weights=weights))
    q = float((weights * (known["bias"] - common) ** 2).sum())
    between = max(0.0, (q - (len(known) - 1)) / float(weights.sum() - (weights**2).sum() / weights.sum()))
    trust = between / (between + 1 / weights) if between > 0 else np.zeros(len(known))
    return (common + pd.Series(trust, index=known.index) * (known["bias"] - common)).reindex(table.index)


def _next(table: pd.DataFrame, size: int) -> pd.Series:
    spread = table["spread"].fillna(table["spread"].mean()).fillna(1.0)
    trust = table["items"] / (table["items"] + 20)
    steady = trust * spread + (1 - trust) * spread.mean()
    units = table["units"].fillna(table["items"])
    wanted = units * steady
    given = np.maximum(np.round(size * wanted / wanted.sum()), FLOOR)
    return pd.Series(np.minimum(given, units), index=table.index).astype(int)
