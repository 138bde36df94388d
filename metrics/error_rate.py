"""Errors: the share of ended spans whose status is error, with its n and Wilson interval.

0 means that none failed, 1 that all did. A span that has not ended is in neither count; a span whose client sets no
status counts as not failed, so the rate is a lower bound where clients never report errors.
"""

from math import nan

import pandas as pd

from metrics.filters import TrafficFilter
from metrics.hourly import Basis, as_series, basis, column_of, hourly_sums
from metrics.questions import Group, Warehouse, ask_of_spans
from metrics.wilson import wilson_interval

_BY_GROUP = ["series", "ended_spans", "error_spans", "running_spans", "traces_with_error"]
_OVER_TIME = ["series", "bucket_start", "ended_spans", "error_spans"]


def errors_by_group(warehouse: Warehouse, wanted: TrafficFilter, *, group: Group) -> pd.DataFrame:
    """`series, ended_spans, error_spans, running_spans, traces_with_error, error_rate, low, high` (shares 0-1)."""
    by = column_of(group)
    if basis(wanted, by=[by]) is not Basis.HOURS:
        return with_rate(ask_of_spans(warehouse, "errors_by_group", wanted=wanted, group=group))
    sums = hourly_sums(warehouse, wanted, by=[by]).rename(columns={by: "series"})
    failed = ask_of_spans(warehouse, "traces_with_error", wanted=wanted, group=group)
    traces = dict(zip(failed.get("series", ()), failed.get("traces_with_error", ()), strict=True))
    told = sums.assign(traces_with_error=[int(traces.get(name, 0)) for name in sums["series"]])
    if not told.empty:
        told = told.sort_values(
            ["error_spans", "ended_spans", "series"], ascending=[False, False, True], ignore_index=True
        )
    return with_rate(told.reindex(columns=_BY_GROUP))


def errors_over_time(
    warehouse: Warehouse, wanted: TrafficFilter, *, group: Group, series: tuple[str, ...], bucket_ns: int
) -> pd.DataFrame:
    """`series, bucket_start (UTC), ended_spans, error_spans, error_rate, low, high` by bucket."""
    by = column_of(group)
    if basis(wanted, by=[by], bucket_ns=bucket_ns) is Basis.HOURS:
        found = hourly_sums(warehouse, wanted, by=[by], bucket_ns=bucket_ns)
        told = found if found.empty else found[found["ended_spans"] > 0]
        return with_rate(as_series(told, by, only=series).reindex(columns=_OVER_TIME))
    answer = ask_of_spans(
        warehouse, "errors_over_time", wanted=wanted, group=group, series=list(series), bucket_ns=bucket_ns
    )
    return with_rate(answer)


def error_types(warehouse: Warehouse, wanted: TrafficFilter) -> pd.DataFrame:
    """`error_type, step, error_spans, traces, first_seen, last_seen` (UTC); most frequent first, at most 200."""
    return ask_of_spans(warehouse, "error_types", wanted=wanted)


def with_rate(counts: pd.DataFrame) -> pd.DataFrame:
    """The same rows with `error_rate, low, high` (shares 0-1, missing where nothing ended)."""
    pairs = list(zip(counts["error_spans"].astype(int), counts["ended_spans"].astype(int), strict=True))
    intervals = [wilson_interval(hits, trials) for hits, trials in pairs]
    return counts.assign(
        error_rate=[hits / trials if trials else nan for hits, trials in pairs],
        low=[interval[0] if interval else nan for interval in intervals],
        high=[interval[1] if interval else nan for interval in intervals],
    )
