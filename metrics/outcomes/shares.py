"""Shares of conversations that ended in a way, by segment, each with its interval and its distance from the rest."""

import math
from collections.abc import Sequence
from enum import StrEnum

import pandas as pd
from scipy import stats

from errors import UsageError
from metrics import words
from metrics.outcomes.mood import UNHAPPY
from metrics.wilson import wilson_interval

FEWEST = 10
"""Conversations of a segment below which its figures are not shown: they say little, and could point at a person."""


NOBODY = "nobody judged it"


class Outcome(StrEnum):
    """What is counted. Solved, thumbs and unhappy among the conversations that have them; the others among all.

    `SOLVED` is what people or code said; a judge's word is counted apart, as nobody has corrected it here. `THUMBS_UP`
    is a conversation that was given thumbs, and none of them down. `UNHAPPY` is one whose last words are negative.
    """

    CONTAINED = "contained"
    ESCALATED = "escalated"
    ABANDONED = "abandoned"
    REPEATED = "repeated"
    CORRECTED = "corrected"
    SOLVED = "solved"
    SOLVED_BY_JUDGE = "solved, says a judge (uncalibrated)"
    THUMBS_UP = "thumbs up"
    UNHAPPY = "unhappy at the end"


OF_VERSIONS = ("app", "app_version", "model", "prompt_version", "retrieval_config", "tenant", "environment")
FROM_WORDS = ("language", "topic")
"""Segments that `wording.with_wording` adds."""
SEGMENTS = (*OF_VERSIONS, *FROM_WORDS)


def shares(found: pd.DataFrame, *, by: Sequence[str] = ()) -> pd.DataFrame:
    """A row per segment and outcome, largest segment first; `found` is `conversations(...)`.

    Columns: the segment's, conversations (that are over), open, outcome, hits, trials, share, low, high (0-1, 95 %,
    Wilson), gap (share less the share of all others, in 0-1), gap_low, gap_high, p (of no gap,
    Fisher's exact test), q (over all rows of an outcome), lacks (why there is no figure). One segment has no gap.

    Raises `UsageError` for a segment that conversations do not have.
    """
    for column in by:
        if column not in SEGMENTS:
            raise UsageError(f"conversations are not told apart by {column}; choose of {', '.join(SEGMENTS)}")
    if lacking := [column for column in by if column not in found]:
        raise UsageError(f"{' and '.join(lacking)} must be read from the users' words first")
    found = found.dropna(subset=[column for column in by if column in FROM_WORDS])  # those that were not read
    groups = [((), found)] if not by else list(found.groupby(list(by), sort=True))
    rows = []
    whole = {one: counts(found[~found["is_open"]], one) for one in Outcome}
    for key, part in groups:
        over = part[~part["is_open"]]
        named = dict(zip(by, key, strict=True))
        for one in Outcome:
            row = {**named, "conversations": len(over), "open": len(part) - len(over), "outcome": one.value}
            told = _told(counts(over, one), whole[one], few=len(over) < FEWEST, alone=len(groups) == 1)
            if one is Outcome.SOLVED and told["lacks"] == NOBODY:
                told["lacks"] = _said_by_judge(*counts(over, Outcome.SOLVED_BY_JUDGE))
            rows.append(row | told)
    table = pd.DataFrame(rows)
    if table.empty:
        return table
    table["q"] = table.groupby("outcome")["p"].transform(false_discovery)
    order = ["conversations", *by]
    return table.sort_values(order, ascending=[False] * 1 + [True] * len(by), kind="stable", ignore_index=True)


def counts(part: pd.DataFrame, outcome: Outcome) -> tuple[int, int]:
    """Hits and trials of one outcome among these conversations."""
    if outcome in (Outcome.SOLVED, Outcome.SOLVED_BY_JUDGE):
        by_judge = part["solved_by"] == "judge"
        known = part.loc[by_judge if outcome is Outcome.SOLVED_BY_JUDGE else ~by_judge, "is_solved"].dropna()
        return int(known.astype(bool).sum()), len(known)
    if outcome is Outcome.THUMBS_UP:
        down, given = part["thumbs_down"] > 0, part["thumbs_up"] + part["thumbs_down"] > 0
        return int((given & ~down).sum()), int(given.sum())
    if outcome is Outcome.UNHAPPY:
        known = part["mood_last"].dropna() if "mood_last" in part else pd.Series(dtype=float)
        return int((known <= UNHAPPY).sum()), len(known)
    return int(part[f"is_{outcome.value}"].sum()), len(part)


def _said_by_judge(hits: int, trials: int) -> str:
    """Why there is no figure of what people or code said is solved: nobody did, or a judge alone."""
    if trials < FEWEST:
        return NOBODY if not trials else f"no person or code said so; a judge did of fewer than {FEWEST} conversations"
    share = words.share(hits / trials)
    return f"no person or code said so; a judge did: {share} of {words.count(trials)}, uncalibrated"


def _told(
    own: tuple[int, int], whole: tuple[int, int], *, few: bool, alone: bool
) -> dict[str, float | int | str | None]:
    hits, trials = own
    empty = dict.fromkeys(("hits", "trials", "share", "low", "high", "gap", "gap_low", "gap_high", "p"))
    if few:
        return {**empty, "lacks": f"fewer than {FEWEST} conversations"}
    interval = wilson_interval(hits, trials)
    if interval is None:
        return {**empty, "trials": 0, "lacks": NOBODY}
    if trials < FEWEST and not alone:
        return {**empty, "lacks": f"fewer than {FEWEST} conversations that say so"}
    said: dict[str, float | int | str | None] = {
        **empty, "hits": hits, "trials": trials, "share": hits / trials,
        "low": interval[0], "high": interval[1], "lacks": "",
    }  # fmt: skip
    rest = (whole[0] - hits, whole[1] - trials)
    if not alone and rest[1]:
        low, high = difference(own, rest)
        p = stats.fisher_exact([[hits, trials - hits], [rest[0], rest[1] - rest[0]]]).pvalue
        said |= {"gap": hits / trials - rest[0] / rest[1], "gap_low": low, "gap_high": high, "p": float(p)}
    return said


def difference(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """The 95 % interval of the difference of two shares, each hits of trials, in -1 to 1.

    Trials may be an effective number, and no whole one.

    Source: Newcombe 1998, Statistics in Medicine 17:873-890, method 10 (Wilson's intervals put together).
    """
    first, second = wilson_interval(*one), wilson_interval(*other)
    if first is None or second is None:
        raise ValueError("a share needs trials")
    a, b = one[0] / one[1], other[0] / other[1]
    low = a - b - math.hypot(a - first[0], second[1] - b)
    high = a - b + math.hypot(first[1] - a, b - second[0])
    return max(-1.0, low), min(1.0, high)


def false_discovery(p: pd.Series) -> pd.Series:
    """q-values of p-values, by Benjamini and Hochberg 1995; rows without a test stay without."""
    known = pd.to_numeric(p).dropna()
    q = pd.Series(math.nan, index=p.index)
    if len(known):
        q[known.index] = stats.false_discovery_control(known.to_numpy(float), method="bh")
    return q
