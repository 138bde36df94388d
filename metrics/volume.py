"""Volume: how many spans, traces, sessions and people."""

import pandas as pd

from metrics.filters import TrafficFilter
from metrics.questions import Group, Warehouse, ask_of_spans


def volume_by_group(warehouse: Warehouse, wanted: TrafficFilter, *, group: Group) -> pd.DataFrame:
    """`series, spans, traces, sessions, first_seen, last_seen` (UTC); most spans first."""
    return ask_of_spans(warehouse, "volume_by_group", wanted=wanted, group=group)


def volume_over_time(
    warehouse: Warehouse, wanted: TrafficFilter, *, group: Group, series: tuple[str, ...], bucket_ns: int
) -> pd.DataFrame:
    """`series, bucket_start (UTC), spans, traces` by bucket."""
    return ask_of_spans(
        warehouse, "volume_over_time", wanted=wanted, group=group, series=list(series), bucket_ns=bucket_ns
    )


def volume_total(warehouse: Warehouse, wanted: TrafficFilter) -> pd.DataFrame:
    """One row `spans, traces, sessions, users, traces_without_session, error_traces, incomplete_traces`.

    Traces are those that hold a span asked for.
    """
    return ask_of_spans(warehouse, "volume_total", wanted=wanted)
