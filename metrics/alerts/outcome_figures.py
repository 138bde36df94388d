"""How conversations ended, as figures that rules look at: of all of them, and of each version."""

import math
from typing import Any

import pandas as pd
from scipy import stats

from metrics.drift.changes import COLUMNS, POINTS_THAT_MATTER, SURE, Verdict
from metrics.outcomes.shares import FEWEST, Outcome, counts, difference

STEP = "(conversation)"
OUTCOMES = frozenset(one.value for one in Outcome if one not in (Outcome.SOLVED_BY_JUDGE, Outcome.UNHAPPY))
"""A judge's word has a rule of its own; a mood is only known where the users' words were read."""
_VERSIONS = ("app_version", "prompt_version", "model", "retrieval_config")
_PARTS = 0.01
"""p below which a version is named as where a change sits."""


def outcome_figures(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """A row per outcome, of all conversations (value empty) and of each version (`app version 4.4.0`).

    Columns of `metrics.drift.changes`; each is held against all conversations before. Those still open are left
    out; fewer than 10 say nothing. p is Fisher's exact, with false discoveries controlled (Benjamini and Hochberg 1995)
    over the outcomes of all conversations, and apart from them over those of versions.
    """
    if before.empty or now.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    old, new = before[~before["is_open"]], now[~now["is_open"]]
    parts = [("", new)] + [
        (f"{column.replace('_', ' ')} {value}", part)
        for column in _VERSIONS if new[column].nunique() > 1
        for value, part in new.groupby(column)
    ]  # fmt: skip
    rows = [row for one in sorted(OUTCOMES) for name, part in parts if (row := _row(Outcome(one), name, old, part))]
    if not rows:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.DataFrame(rows)
    for part in (table["value"] == "", table["value"] != ""):
        if part.any():
            table.loc[part, "q"] = stats.false_discovery_control(table.loc[part, "p"].to_numpy(float), method="bh")
    sure = table["q"] < SURE
    is_large = table["effect"].abs() >= POINTS_THAT_MATTER
    table["verdict"] = [Verdict.CHANGED if both else Verdict.SMALL if one else Verdict.NONE
                        for one, both in zip(sure, sure & is_large, strict=True)]  # fmt: skip
    part_of = dict(parts)
    table["traces"] = [_traces(row, part_of[row["value"]]) for row in table.to_dict("records")]
    table["where"] = [_where(row, new) for row in table.to_dict("records")]
    table["words"] = [_words(row) for row in table.to_dict("records")]
    return table[list(COLUMNS)]


def _row(outcome: Outcome, name: str, old: pd.DataFrame, new: pd.DataFrame) -> dict[str, Any] | None:
    hits_before, n_before = counts(old, outcome)
    hits, n = counts(new, outcome)
    if min(n_before, n) < FEWEST:
        return None
    low, high = difference((hits, n), (hits_before, n_before))
    p = stats.fisher_exact([[hits, n - hits], [hits_before, n_before - hits_before]]).pvalue
    effect = hits / n - hits_before / n_before
    return dict.fromkeys(COLUMNS) | {
        "step": STEP, "metric": outcome.value, "value": name, "unit": "points", "before": hits_before / n_before,
        "now": hits / n, "effect": effect, "low": low, "high": high, "n_before": n_before, "n_now": n, "p": float(p),
        "q": math.nan, "where": name,
    }  # fmt: skip


def _traces(row: dict[Any, Any], part: pd.DataFrame) -> list[str]:
    """Examples, but not of the many versions that nothing happened in: they cost most of the time."""
    if row["value"] and row["verdict"] == Verdict.NONE:
        return []
    return _examples(part, Outcome(row["metric"]), is_more=row["effect"] > 0)


def _examples(part: pd.DataFrame, outcome: Outcome, *, is_more: bool) -> list[str]:
    """First traces of conversations that show it, newest first."""
    if outcome is Outcome.THUMBS_UP:
        shows = (part["thumbs_up"] + part["thumbs_down"] > 0) & ((part["thumbs_down"] == 0) == is_more)
        return _newest(part[shows])
    value = part["is_solved" if outcome is Outcome.SOLVED else f"is_{outcome.value}"]
    return _newest(part[value.notna() & ((value == True) == is_more)])  # noqa: E712 - of objects, some of them missing


def _newest(part: pd.DataFrame) -> list[str]:
    return [str(trace) for trace in part.sort_values("start_ts", ascending=False)["first_trace"].head(10)]


def _where(row: dict[Any, Any], new: pd.DataFrame) -> str:
    """The version that has the change while the others have little of it; the surest where there are several."""
    if row["value"] or row["verdict"] == Verdict.NONE:
        return str(row["value"])
    outcome, surest, named = Outcome(row["metric"]), _PARTS, ""
    for column in _VERSIONS:
        for value, part in new.groupby(column):
            hits, n = counts(part, outcome)
            all_hits, all_n = counts(new, outcome)
            rest_hits, rest = all_hits - hits, all_n - n
            if min(n, rest) < FEWEST:
                continue
            inside, outside = hits / n - row["before"], rest_hits / rest - row["before"]
            p = stats.fisher_exact([[hits, n - hits], [rest_hits, rest - rest_hits]]).pvalue
            if abs(outside) < 0.35 * abs(inside) and p < surest:
                surest, named = float(p), f"{column.replace('_', ' ')} {value}"
    return named


def _words(row: dict[Any, Any]) -> str:
    where = f", in {row['where']}" if row["where"] else ""
    ends = f"{100 * row['low']:+.1f} to {100 * row['high']:+.1f} points"
    return (f"conversations {row['metric']}: {row['before']:.1%} before, {row['now']:.1%} now ({ends}){where}; "
            f"n {row['n_before']:,} and {row['n_now']:,}")  # fmt: skip
