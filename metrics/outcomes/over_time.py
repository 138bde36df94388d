"""Shares of conversations that ended in a way, over time, by when they began."""

import pandas as pd

from metrics.buckets import WEEK_ORIGIN_NS
from metrics.outcomes.shares import FEWEST, Outcome, counts
from metrics.wilson import wilson_interval


def over_time(
    found: pd.DataFrame, outcome: Outcome, *, by: str, series: tuple[str, ...], bucket_ns: int
) -> pd.DataFrame:
    """`series, bucket_start (UTC), at, share, low, high (0-1, 95 %, Wilson), trials` by bucket, for the series named.

    `at` (UTC) is the median moment at which the bucket's conversations began: where a point is drawn, so that a
    version is never shown before it answered. `found` is `conversations(...)`; those that are still open are left
    out, as are buckets of fewer than `FEWEST` trials.
    """
    over = found[~found["is_open"] & found[by].isin(series)]
    since_ns = over["start_ts"].astype("datetime64[ns, UTC]").astype("int64") - WEEK_ORIGIN_NS
    rows = []
    for (name, start_ns), part in over.groupby([over[by], since_ns // bucket_ns * bucket_ns + WEEK_ORIGIN_NS]):
        hits, trials = counts(part, outcome)
        interval = wilson_interval(hits, trials)
        if interval is not None and trials >= FEWEST:
            rows.append((name, start_ns, part["start_ts"].median(), hits / trials, *interval, trials))
    table = pd.DataFrame(rows, columns=["series", "bucket_start", "at", "share", "low", "high", "trials"])
    moments = {name: pd.to_datetime(table[name], unit="ns", utc=True) for name in ("bucket_start", "at")}
    return table.assign(**moments)
