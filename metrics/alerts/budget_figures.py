"""Budgets as figures that rules look at: how far each is exceeded, held against the limit instead of a time before."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from metrics.budgets.against import Verdict as Kept
from metrics.budgets.against import over, whole
from metrics.budgets.limits import Figure, Limit
from metrics.drift.changes import COLUMNS, Verdict
from metrics.filters import TrafficFilter
from metrics.questions import Warehouse

BUDGET = "budget"
_VERDICT = {Kept.BREACHED: Verdict.CHANGED, Kept.OVER: Verdict.SMALL}


def budget_figures(warehouse: Warehouse, wanted: TrafficFilter, limits: Sequence[Limit]) -> pd.DataFrame:
    """A row per budget and step with traffic enough (columns of `changes`).

    before: the share asked for, or the limit in US dollars; now: what it is. effect: points that are missing, or the
    cost as a ratio of its limit. A sure breach is `changed`.
    """
    by_key = {one.key: one for one in limits}
    told = whole(warehouse, wanted, limits)
    known = told[told["verdict"] != Kept.FEW]
    rows = [_row(row, by_key[row["budget"]], warehouse, wanted) for row in known.to_dict("records")]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(row: dict[Any, Any], limit: Limit, warehouse: Warehouse, wanted: TrafficFilter) -> dict[str, Any]:
    is_share = limit.figure is Figure.LATENCY
    asked = limit.share_within if is_share else limit.limit
    ends = (row["low"], row["high"])
    effects = [asked - value for value in (row["value"], *ends[::-1])] if is_share else [
        value / asked for value in (row["value"], *ends)]  # fmt: skip
    verdict = _VERDICT.get(row["verdict"], Verdict.NONE)
    broken = over(warehouse, wanted, limit) if verdict is not Verdict.NONE else ()
    return dict.fromkeys(COLUMNS) | {
        "step": row["step"] or f"({limit.what.value})", "metric": BUDGET, "value": limit.key,
        "unit": "points" if is_share else "ratio", "before": asked, "now": row["value"], "effect": effects[0],
        "low": effects[1], "high": effects[2], "n_before": row["n"], "n_now": row["n"], "verdict": verdict, "where": "",
        "words": _words(row, limit, is_share=is_share), "traces": list(broken),
    }  # fmt: skip


def _words(row: dict[Any, Any], limit: Limit, *, is_share: bool) -> str:
    n = f"; n {row['n']:,}"
    name = f", {row['step']}" if row["step"] and row["step"] != limit.step else ""
    if is_share:
        return f"budget: {limit.words}{name}; it was {row['value']:.1%} ({row['low']:.1%} to {row['high']:.1%}){n}"
    return f"budget: {limit.words}{name}; it was ${row['value']:.4g} (${row['low']:.4g} to ${row['high']:.4g}){n}"
