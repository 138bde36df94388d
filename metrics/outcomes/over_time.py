"""Shares of conversations that ended in a way, over time, by when they began."""

import pandas as pd

from metrics.buckets import WEEK_ORIGIN_NS
from metrics.outcomes.shares import Outcome, counts
from metrics.wilson import wilson_interval


def over_time(
    found: pd.DataFrame, outcome: Outcome, *, by: str, series: tuple[str, ...], bucket_ns: int
) -> pd.DataFrame:
    """`series, bucket_start (UTC), share, low, high (0-1, 95 %, Wilson), trials` by bucket, for the series named.

    `found` is `conversations(...)`; those that are still open are left out, as are buckets without a trial.
    """
    over = found[~found["is_open"] & found[by].isin(series)]
    since_ns = over["start_ts"].astype("datetime64[ns, UTC]").astype("int64") - WEEK_ORIGIN_NS
    rows = []
    for (name, start_ns), part in over.groupby([over[by], since_ns // bucket_ns * bucket_ns + WEEK_ORIGIN_NS]):
        hits, trials = counts(part, outcome)
        interval = wilson_interval(hits, trials)
        if interval is not None:
            rows.append((name, start_ns, hits / trials, *interval, trials))
    table = pd.DataFrame(rows, columns=["series", "bucket_start", "share", "low", "high", "trials"])
    return table.assign(bucket_start=pd.to_datetime(table["bucket_start"], unit="ns", utc=True))
