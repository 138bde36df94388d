"""Tokens: how many were read and written, as the spans report them.

Roll-ups are left out. `tok_in` includes cached tokens and `tok_out` includes reasoning. Model calls that report no
tokens are counted (`uncounted_spans`), so a sum says how many calls it covers.
"""

import pandas as pd

from metrics.filters import TrafficFilter
from metrics.hourly import Basis, as_series, basis, column_of, hourly_sums
from metrics.questions import Group, Warehouse, ask_of_spans

_OVER_TIME = ["series", "bucket_start", "tok_in", "tok_out", "tok_all", "counted_spans"]
_BY_GROUP = ["series", "tok_in", "tok_out", "tok_cache_read", "tok_reasoning", "counted_spans", "uncounted_spans"]
_NAMES = {"tokens": "tok_all", "spans_with_tokens": "counted_spans", "calls_without_tokens": "uncounted_spans"}


def tokens_by_group(warehouse: Warehouse, wanted: TrafficFilter, *, group: Group) -> pd.DataFrame:
    """`series, tok_in, tok_out, tok_cache_read, tok_reasoning, counted_spans, uncounted_spans`; most tokens first."""
    by = column_of(group)
    if basis(wanted, by=[by]) is Basis.HOURS:
        found = _counted(hourly_sums(warehouse, wanted, by=[by])).rename(columns={by: "series"})
        return (
            found
            if found.empty
            else found[found["counted_spans"] + found["uncounted_spans"] > 0].sort_values(
                ["tok_all", "series"], ascending=[False, True], ignore_index=True
            )[_BY_GROUP]
        )
    return ask_of_spans(warehouse, "tokens_by_group", wanted=wanted, group=group)


def tokens_over_time(
    warehouse: Warehouse, wanted: TrafficFilter, *, group: Group, series: tuple[str, ...], bucket_ns: int
) -> pd.DataFrame:
    """`series, bucket_start (UTC), tok_in, tok_out, tok_all, counted_spans` by bucket."""
    by = column_of(group)
    if basis(wanted, by=[by], bucket_ns=bucket_ns) is Basis.HOURS:
        found = _counted(hourly_sums(warehouse, wanted, by=[by], bucket_ns=bucket_ns))
        told = found if found.empty else found[found["counted_spans"] > 0]
        return as_series(told, by, only=series).reindex(columns=_OVER_TIME)
    return ask_of_spans(
        warehouse, "tokens_over_time", wanted=wanted, group=group, series=list(series), bucket_ns=bucket_ns
    )


def _counted(sums: pd.DataFrame) -> pd.DataFrame:
    return sums.rename(columns=_NAMES)
