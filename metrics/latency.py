"""Latency: how long spans and whole traces take.

Needs times sent by the client (`time_source = 'client'`): a time of receipt says nothing about duration, so such
spans are counted apart and left out. Percentiles are exact, by linear interpolation between ranks (Hyndman and
Fan 1996, type 7), over all spans of the window: no sampling, so no interval. p95 is given from 20 spans on and p99
from 100: below that they are one outlier's duration. What it cannot tell: whether the user waited, as parallel
spans overlap; the critical path of a trace tells that.
"""

import pandas as pd

from metrics.filters import TrafficFilter
from metrics.questions import Group, Warehouse, ask_of_spans


def latency_by_group(warehouse: Warehouse, wanted: TrafficFilter, *, group: Group) -> pd.DataFrame:
    """`series, timed_spans, receipt_spans, unended_spans, p50_ms, p95_ms, p99_ms, longest_ms`; most time first."""
    return ask_of_spans(warehouse, "latency_by_group", wanted=wanted, group=group)


def latency_over_time(
    warehouse: Warehouse, wanted: TrafficFilter, *, group: Group, series: tuple[str, ...], bucket_ns: int
) -> pd.DataFrame:
    """`series, bucket_start (UTC), timed_spans, p50_ms, p95_ms, p99_ms` for the series named, by bucket."""
    return ask_of_spans(
        warehouse, "latency_over_time", wanted=wanted, group=group, series=list(series), bucket_ns=bucket_ns
    )


def latency_of_traces(warehouse: Warehouse, wanted: TrafficFilter) -> pd.DataFrame:
    """One row `traces, timed_traces, p50_ms, p95_ms, p99_ms`: whole traces that hold a span asked for."""
    return ask_of_spans(warehouse, "latency_of_traces", wanted=wanted)
