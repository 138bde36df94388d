"""Tokens: how many were read and written, as the spans report them.

Roll-ups are left out. `tok_in` includes cached tokens and `tok_out` includes reasoning. Model calls that report no
tokens are counted (`uncounted_spans`), so a sum says how many calls it covers.
"""

import pandas as pd

from metrics.filters import TrafficFilter
from metrics.questions import Group, Warehouse, ask_of_spans


def tokens_by_group(warehouse: Warehouse, wanted: TrafficFilter, *, group: Group) -> pd.DataFrame:
    """`series, tok_in, tok_out, tok_cache_read, tok_reasoning, counted_spans, uncounted_spans`; most tokens first."""
    return ask_of_spans(warehouse, "tokens_by_group", wanted=wanted, group=group)


def tokens_over_time(
    warehouse: Warehouse, wanted: TrafficFilter, *, group: Group, series: tuple[str, ...], bucket_ns: int
) -> pd.DataFrame:
    """`series, bucket_start (UTC), tok_in, tok_out, tok_all, counted_spans` by bucket."""
    return ask_of_spans(
        warehouse, "tokens_over_time", wanted=wanted, group=group, series=list(series), bucket_ns=bucket_ns
    )
