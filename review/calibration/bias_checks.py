"""Known faults of judges, each tested on the review data: an effect in points, its interval, and a verdict by a margin.

`pairs` everywhere: one row per item and reviewer with `item, judge, human, weight, cluster` (1 / inclusion probability;
the session), and where a check needs them `words` (length of the answer), `own_family` (bool: the judge's model family
wrote the answer), `stratum`. A check that cannot be made says why instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pandas as pd
from scipy import stats

from review.calibration.clustered_regression import Fit, regression
from review.calibration.holm import holm

FEWEST_ITEMS = 30
EQUIVALENCE = 0.90
"""Two one-sided tests at .05 each."""
FALSE_DISCOVERIES = 0.05


class Verdict(StrEnum):
    INSIDE = "inside the margin"
    OUTSIDE = "outside the margin"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class BiasCheck:
    """One fault: `effect` with its 90% interval in `unit`, against +/-`margin`; `q` is p after false-discovery control.

    `effect` None: `reason` says what was missing.
    """

    name: str
    unit: str
    margin: float
    items: int
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    q: float | None = None
    verdict: Verdict = Verdict.UNCLEAR
    reason: str = ""


def bias_checks(pairs: pd.DataFrame, *, span: float = 4.0) -> list[BiasCheck]:
    """All faults that these pairs can show. `span` is the width of the scale in points (4 for 1 to 5, 1 for yes or no).

    Margins are a sixteenth of the scale for leniency and family (.25 on 1 to 5), a fortieth per doubling of the length,
    a fifth for compression. Source: STATISTICS 1c of the design (Dubois 2024 for length, Spiliopoulou 2025 for family).
    """
    made = [
        leniency(pairs, margin=span / 16),
        length(pairs, margin=span / 40),
        own_family(pairs, margin=span / 16),
        compression(pairs, margin=0.2),
    ]
    return _judged(made, strata(pairs, margin=span / 8), parted=_heterogeneity(pairs))


def leniency(pairs: pd.DataFrame, *, margin: float) -> BiasCheck:
    """Does the judge give more than people? Weighted mean of judge minus human; + is lenient."""
    check = BiasCheck("leniency", "points", margin, pairs["item"].nunique())
    return _told(check, _fit(pairs, np.ones((len(pairs), 1))), 0)


def length(pairs: pd.DataFrame, *, margin: float) -> BiasCheck:
    """Does it like long answers? Points per doubling of the words, beyond what people give; strata held fixed."""
    check = BiasCheck("length", "points per doubling of the answer", margin, pairs["item"].nunique())
    if "words" not in pairs or pairs["words"].isna().all():
        return replace(check, reason="the length of the answers is not known")
    known = pairs[pairs["words"] > 0]
    columns = [np.log2(known["words"].to_numpy(float)), np.ones(len(known)), *_dummies(known)]
    return _told(check, _fit(known, np.column_stack(columns)), 0)


def own_family(pairs: pd.DataFrame, *, margin: float) -> BiasCheck:
    """Does it prefer answers of its own model family, quality held fixed?

    One person's label stands for quality and a second one's is the instrument, both ways round, because a single noisy
    label invents a preference (measured: +.34 points from nothing). Needs items that two people labelled.
    """
    check = BiasCheck("own family", "points", margin, pairs["item"].nunique())
    if "own_family" not in pairs or pairs["own_family"].isna().all():
        return replace(check, reason="the model family of judge or answers is not known")
    twice = _both_ways(pairs.dropna(subset=["own_family"]))
    check = replace(check, items=twice["item"].nunique())
    if check.items < FEWEST_ITEMS:
        return replace(check, reason=f"{FEWEST_ITEMS - check.items} more items labelled by two people are needed")
    own = twice["own_family"].to_numpy(float)
    if own.min() == own.max():
        return replace(check, reason="all answers are of one kind: nothing to compare")
    ones = np.ones(len(twice))
    fit = regression(
        twice["judge"].to_numpy(float),
        np.column_stack([own, ones, twice["human"].to_numpy(float)]),
        instruments=np.column_stack([own, ones, twice["other"].to_numpy(float)]),
        weights=twice["weight"].to_numpy(float),
        clusters=twice["cluster"].to_numpy(),
    )
    return _told(check, fit, 0)


def compression(pairs: pd.DataFrame, *, margin: float) -> BiasCheck:
    """Does it shrink to the middle of its scale? Slope of judge on quality, less 1: -.4 means that 10 points become 6.

    Quality by two people as in `own_family`; without enough double labels it cannot be told from their noise.
    """
    check = BiasCheck("compression", "slope less 1", margin, pairs["item"].nunique())
    twice = _both_ways(pairs)
    check = replace(check, items=twice["item"].nunique())
    if check.items < FEWEST_ITEMS:
        return replace(check, reason=f"{FEWEST_ITEMS - check.items} more items labelled by two people are needed")
    ones = np.ones(len(twice))
    fit = regression(
        twice["judge"].to_numpy(float),
        np.column_stack([twice["human"].to_numpy(float), ones]),
        instruments=np.column_stack([twice["other"].to_numpy(float), ones]),
        weights=twice["weight"].to_numpy(float),
        clusters=twice["cluster"].to_numpy(),
    )
    if fit is None:
        return replace(check, reason="no variation")
    low, high = fit.interval(0, confidence=EQUIVALENCE)
    return replace(
        check, effect=float(fit.coefficients[0]) - 1, low=low - 1, high=high - 1, p=fit.p_value(0, against=1)
    )


def strata(pairs: pd.DataFrame, *, margin: float) -> list[BiasCheck]:
    """Is it another judge in one part of the traffic? Each stratum's bias less that of all others."""
    names: list[str] = list(pairs["stratum"].dropna().unique()) if "stratum" in pairs else []
    made = []
    for name in sorted(names) if len(names) > 1 else []:
        within = (pairs["stratum"] == name).to_numpy(float)
        check = BiasCheck(
            f"stratum {name}", "points against the rest", margin, int(pairs.loc[within > 0, "item"].nunique())
        )
        made.append(_told(check, _fit(pairs, np.column_stack([within, np.ones(len(pairs))])), 0))
    return made


def position(first_shown: int, second_shown: int, *, margin: float = 0.1) -> BiasCheck:
    """Of pairs judged in both orders with different winners, how often did the one shown first win? Less a half.

    Source: Zheng et al. (2023); sign test on the inconsistent pairs only.
    """
    inconsistent = first_shown + second_shown
    check = BiasCheck("position", "share of the first shown, less a half", margin, inconsistent)
    if not inconsistent:
        return replace(check, reason="no pair was judged differently in the other order")
    test = stats.binomtest(first_shown, inconsistent)
    bounds = test.proportion_ci(confidence_level=EQUIVALENCE, method="wilson")
    told = replace(
        check, effect=first_shown / inconsistent - 0.5, low=bounds.low - 0.5, high=bounds.high - 0.5, p=test.pvalue
    )
    return _judged([told])[0]


def _fit(pairs: pd.DataFrame, columns: np.ndarray) -> Fit | None:
    excess = (pairs["judge"] - pairs["human"]).to_numpy(float)
    return regression(excess, columns, weights=pairs["weight"].to_numpy(float), clusters=pairs["cluster"].to_numpy())


def _told(check: BiasCheck, fit: Fit | None, which: int) -> BiasCheck:
    if check.items < FEWEST_ITEMS:
        return replace(check, reason=f"{FEWEST_ITEMS - check.items} more items are needed")
    if fit is None:
        return replace(check, reason="no variation")
    low, high = fit.interval(which, confidence=EQUIVALENCE)
    return replace(check, effect=float(fit.coefficients[which]), low=low, high=high, p=fit.p_value(which))


def _heterogeneity(pairs: pd.DataFrame) -> float | None:
    """p that the bias is the same in every stratum of 30 items or more. Source: Wald test of their means."""
    if "stratum" not in pairs or pairs["stratum"].nunique() < 2:
        return None
    items = pairs.groupby("stratum")["item"].nunique()
    names = sorted(str(name) for name in items.index[items >= FEWEST_ITEMS])
    tested = names if len(names) < len(items) else names[1:]
    within = [(pairs["stratum"] == name).to_numpy(float) for name in tested]
    fit = _fit(pairs, np.column_stack([*within, np.ones(len(pairs))])) if within else None
    if fit is None:
        return None
    effects, covariance = fit.coefficients[:-1], fit.covariance[:-1, :-1]
    statistic = float(effects @ np.linalg.pinv(covariance) @ effects) / len(effects)
    return float(stats.f.sf(statistic, len(effects), fit.degrees[:-1].min()))


def _judged(made: list[BiasCheck], parts: Sequence[BiasCheck] = (), *, parted: float | None = None) -> list[BiasCheck]:
    """Verdicts, with the false discoveries among all checks together held at 5%.

    The strata are one check, whether they differ (`parted`); only then is each looked at, corrected among them.

    Source: Benjamini & Hochberg 1995; within the strata Holm 1979.
    """
    p_values = [*(check.p for check in made), parted]
    tested = [p for p in p_values if p is not None]
    corrected = iter(stats.false_discovery_control(tested, method="bh") if tested else [])
    q_values = [None if p is None else float(next(corrected)) for p in p_values]
    differ = q_values.pop()
    within = [None if p is None or differ is None else max(p, differ) for p in holm([part.p for part in parts])]
    return [check if q is None else _verdict(replace(check, q=q))
            for check, q in zip([*made, *parts], [*q_values, *within], strict=True)]  # fmt: skip


def _verdict(check: BiasCheck) -> BiasCheck:
    assert check.effect is not None  # noqa: S101 - for the type checker: it has a p-value
    assert check.low is not None  # noqa: S101
    assert check.high is not None  # noqa: S101
    if -check.margin <= check.low and check.high <= check.margin:
        return replace(check, verdict=Verdict.INSIDE)
    if check.q is not None and check.q <= FALSE_DISCOVERIES and abs(check.effect) > check.margin:
        return replace(check, verdict=Verdict.OUTSIDE)
    return check


def _dummies(pairs: pd.DataFrame) -> list[np.ndarray]:
    if "stratum" not in pairs or pairs["stratum"].nunique() < 2:
        return []
    return list(pd.get_dummies(pairs["stratum"], drop_first=True, dtype=float).to_numpy().T)


def _both_ways(pairs: pd.DataFrame) -> pd.DataFrame:
    """Each label of an item beside another person's label of it, as `other`."""
    other = pairs[["item", "reviewer", "human"]].rename(columns={"reviewer": "by", "human": "other"})
    joined = pairs.merge(other, on="item")
    return joined[joined["reviewer"] != joined["by"]]
