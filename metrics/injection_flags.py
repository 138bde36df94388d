"""Injection flags: how much of what tools, documents and users say reads like orders to the model."""

import pandas as pd

from metrics.questions import Warehouse, ask
from metrics.wilson import wilson_interval


def flags_by_day(warehouse: Warehouse) -> pd.DataFrame:
    """`day (UTC), app, judged_spans, flagged_spans, flagged_traces, unjudged_spans`, by day.

    A count of wording that rules know. They see about a fifth of attacks, so none flagged does not mean none there; a
    model call that is sent flagged text again is flagged again.
    """
    return ask(warehouse, "injection_flags")


def flagged_share(by_day: pd.DataFrame) -> pd.DataFrame:
    """`day, judged_spans, flagged_spans, share, low, high` of all apps; shares 0-1, 95 % by Wilson's method."""
    if by_day.empty:
        return pd.DataFrame(columns=["day", "judged_spans", "flagged_spans", "share", "low", "high"])
    daily = by_day.groupby("day", as_index=False)[["judged_spans", "flagged_spans"]].sum()
    daily = daily[daily["judged_spans"] > 0].reset_index(drop=True)
    counts = list(zip(daily["flagged_spans"], daily["judged_spans"], strict=True))
    ends = [wilson_interval(int(flagged), int(judged)) or (None, None) for flagged, judged in counts]
    return daily.assign(
        share=daily["flagged_spans"] / daily["judged_spans"],
        low=pd.Series([low for low, _ in ends], dtype=float),
        high=pd.Series([high for _, high in ends], dtype=float),
    )


def rules_matched(warehouse: Warehouse) -> pd.DataFrame:
    """`rule, place (tool, document or user), spans, traces, last_seen (UTC)` behind the flags; most frequent first."""
    return ask(warehouse, "injection_rules")
