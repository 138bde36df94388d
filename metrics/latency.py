"""Latency: how long spans and whole traces take.

Needs times sent by the client (`time_source = 'client'`): a time of receipt says nothing about duration, so such
spans are counted apart and left out. Percentiles are by linear interpolation between ranks (Hyndman and Fan 1996,
type 7), over all spans of the window: no sampling, so no interval. They are exact, or, where hourly figures answer,
at most 1 % off (`latency_basis`). p95 is given from 20 spans on and p99 from 100: below that they are one outlier's
duration. What it cannot tell: whether the user waited, as parallel spans overlap; the critical path of a trace tells
that.
"""

import pandas as pd

from metrics.filters import TrafficFilter
from metrics.hourly import Basis, as_series, basis, column_of, hourly_latency
from metrics.questions import Group, Warehouse, ask_of_spans

_OVER_TIME = ["series", "bucket_start", "timed_spans", "p50_ms", "p95_ms", "p99_ms"]
_BY_GROUP = ["series", "timed_spans", "receipt_spans", "unended_spans", "p50_ms", "p95_ms", "p99_ms", "longest_ms"]


def latency_by_group(warehouse: Warehouse, wanted: TrafficFilter, *, group: Group) -> pd.DataFrame:
    """`series, timed_spans, receipt_spans, unended_spans, p50_ms, p95_ms, p99_ms, longest_ms`; most time first."""
    by = column_of(group)
    if basis(wanted, by=[by]) is Basis.HOURS:
        found = hourly_latency(warehouse, wanted, by=[by]).rename(columns={by: "series"})
        return (
            found
            if found.empty
            else found.sort_values(
                ["duration_ns", "series"], ascending=[False, True], na_position="last", ignore_index=True
            )[_BY_GROUP]
        )
    return ask_of_spans(warehouse, "latency_by_group", wanted=wanted, group=group)


def latency_over_time(
    warehouse: Warehouse, wanted: TrafficFilter, *, group: Group, series: tuple[str, ...], bucket_ns: int
) -> pd.DataFrame:
    """`series, bucket_start (UTC), timed_spans, p50_ms, p95_ms, p99_ms` for the series named, by bucket."""
    by = column_of(group)
    if latency_basis(wanted, group=group, bucket_ns=bucket_ns) is Basis.HOURS:
        found = hourly_latency(warehouse, wanted, by=[by], bucket_ns=bucket_ns)
        timed = found if found.empty else found[found["timed_spans"] > 0]
        return as_series(timed, by, only=series).reindex(columns=_OVER_TIME)
    return ask_of_spans(
        warehouse, "latency_over_time", wanted=wanted, group=group, series=list(series), bucket_ns=bucket_ns
    )


def latency_basis(wanted: TrafficFilter, *, group: Group, bucket_ns: int) -> Basis:
    """From what `latency_over_time` reads its percentiles."""
    return basis(wanted, by=[column_of(group)], bucket_ns=bucket_ns)


def latency_of_traces(warehouse: Warehouse, wanted: TrafficFilter) -> pd.DataFrame:
    """One row `traces, timed_traces, p50_ms, p95_ms, p99_ms`: whole traces that hold a span asked for."""
    return ask_of_spans(warehouse, "latency_of_traces", wanted=wanted)
