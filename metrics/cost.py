"""Cost: what spans cost in US dollars, and how many of them have a price at all.

An unknown cost is unknown: it is counted (`unpriced_spans`), never added as 0. Spans that repeat what their
descendants report (`usage_is_rollup`) are left out. Spans under an evaluator are the cost of judging and are
kept apart from the app's. What it cannot tell: discounts, and what the spans without a price cost.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from metrics.filters import TrafficFilter
from metrics.hourly import WHOLE_WINDOW_NS, Basis, as_series, basis, column_of, hourly_sums
from metrics.questions import Group, Warehouse, ask

_BY_GROUP = ["series", "purpose", "cost_usd", "priced_spans", "unpriced_spans"]
_OVER_TIME = ["series", "purpose", "bucket_start", "cost_usd", "priced_spans", "unpriced_spans"]


@dataclass(frozen=True, slots=True)
class Spend:
    """Cost of some spans. `cost_usd` is None when none of them has a price."""

    cost_usd: float | None
    priced_spans: int
    unpriced_spans: int

    @property
    def spans(self) -> int:
        """Spans that used a model, priced or not."""
        return self.priced_spans + self.unpriced_spans

    @property
    def is_complete(self) -> bool:
        return self.unpriced_spans == 0


def spend(by_group: pd.DataFrame, *, purpose: str, unmetered: pd.DataFrame | None = None) -> Spend:
    """Total of one purpose (app or evaluation) in a frame from `cost_by_group`, less the calls of `cost_unmetered`."""
    rows = by_group[by_group["purpose"] == purpose]
    free = 0 if unmetered is None else int(unmetered.loc[unmetered["purpose"] == purpose, "unmetered_spans"].sum())
    priced = int(rows["priced_spans"].sum())
    return Spend(
        cost_usd=float(rows["cost_usd"].sum()) if priced else None,
        priced_spans=priced,
        unpriced_spans=int(rows["unpriced_spans"].sum()) - free,
    )


def cost_by_group(warehouse: Warehouse, wanted: TrafficFilter, *, group: Group) -> pd.DataFrame:
    """`series, purpose (app, evaluation), cost_usd, priced_spans, unpriced_spans`; dearest first."""
    if basis(wanted, by=[column_of(group)]) is Basis.HOURS:
        return _from_hours(warehouse, wanted, group=group, bucket_ns=WHOLE_WINDOW_NS).sort_values(
            ["cost_usd", "series"], ascending=[False, True], na_position="last", ignore_index=True
        )[_BY_GROUP]
    return _ask(warehouse, "cost_by_group", wanted=wanted, group=group)


def cost_over_time(
    warehouse: Warehouse, wanted: TrafficFilter, *, group: Group, series: tuple[str, ...], bucket_ns: int
) -> pd.DataFrame:
    """`series, purpose, bucket_start (UTC), cost_usd, priced_spans, unpriced_spans` by bucket."""
    if basis(wanted, by=[column_of(group)], bucket_ns=bucket_ns) is Basis.HOURS:
        found = _from_hours(warehouse, wanted, group=group, bucket_ns=bucket_ns)
        return found[found["series"].isin(list(series))].reset_index(drop=True)
    return _ask(warehouse, "cost_over_time", wanted=wanted, group=group, series=list(series), bucket_ns=bucket_ns)


def cost_unknown(warehouse: Warehouse, wanted: TrafficFilter) -> pd.DataFrame:
    """`reason, model, unpriced_spans`: why a cost is not known; most spans first."""
    return _ask(warehouse, "cost_unknown", wanted=wanted, group=Group.MODEL)


def cost_unmetered(warehouse: Warehouse, wanted: TrafficFilter) -> pd.DataFrame:
    """`purpose, model, unmetered_spans`: calls without tokens to price, as of a reranker that runs at home.

    They stand among the `unpriced_spans` of a series, and are no model calls as tokens count them. Most spans first.
    """
    return _ask(warehouse, "cost_unmetered", wanted=wanted, group=Group.MODEL)


def _from_hours(warehouse: Warehouse, wanted: TrafficFilter, *, group: Group, bucket_ns: int) -> pd.DataFrame:
    by = column_of(group)
    found = hourly_sums(warehouse, wanted, by=[by, "purpose"], bucket_ns=bucket_ns)
    told = found if found.empty else found[found["priced_spans"] + found["unpriced_spans"] > 0]
    return as_series(told, by).sort_values(["series", "purpose", "bucket_start"]).reindex(columns=_OVER_TIME)


def _ask(warehouse: Warehouse, name: str, *, wanted: TrafficFilter, group: Group, **params: Any) -> pd.DataFrame:
    return ask(
        warehouse,
        name,
        ctes=("kept_spans", "evaluation_spans"),
        **wanted.parameters(),
        grouped_by=group.value,
        **params,
    )
