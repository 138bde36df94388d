"""Hourly figures: what a question of whole hours is answered from, so that it costs the same with any number of spans.

They are kept for each app, step, purpose and hour, told apart by one dimension at a time (`storage.loading.hours`). So
they answer what is grouped or filtered by apps, steps, purpose and at most one dimension, in buckets of whole hours;
anything else counts the spans. Hours that the window cuts, and hours touched since, are counted from their spans
and added: counts and sums are exact. Percentiles over several hours are read from buckets.
"""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import pandas as pd

from metrics.filters import TrafficFilter, nanoseconds
from metrics.questions import Group, Warehouse, put, question
from storage.loading.hours import DIMENSIONS, GAMMA, HOUR_NS, hour_rows, hour_spans

WHOLE_WINDOW_NS = 1_000_000 * HOUR_NS
"""A bucket that holds all of time."""
_ALWAYS = ("step", "app", "purpose")
SHARES = (0.50, 0.95, 0.99)
FEWEST = {"p50_ms": 1, "p95_ms": 20, "p99_ms": 100}
"""Spans below which a percentile is one outlier's duration, and not given."""


class Basis(StrEnum):
    """What a percentile was read from, in the words shown beside it."""

    SPANS = "exact"
    HOURS = "from hourly figures, within 1 %"


def basis(wanted: TrafficFilter, *, by: Sequence[str], bucket_ns: int = WHOLE_WINDOW_NS) -> Basis:
    """From what a question is answered."""
    return Basis.SPANS if dimension(wanted, by=by, bucket_ns=bucket_ns) is None else Basis.HOURS


def dimension(wanted: TrafficFilter, *, by: Sequence[str], bucket_ns: int = WHOLE_WINDOW_NS) -> str | None:
    """By which dimension hourly figures answer the question (`none`: by none); None when they do not."""
    first_ns, last_ns = _whole_hours(wanted)
    asked = {name for name in by if name not in _ALWAYS} | set(_filtered(wanted))
    if bucket_ns % HOUR_NS or first_ns >= last_ns or len(asked) > 1 or not asked <= set(DIMENSIONS):
        return None
    return asked.pop() if asked else "none"


def hourly_sums(
    warehouse: Warehouse, wanted: TrafficFilter, *, by: Sequence[str], bucket_ns: int = WHOLE_WINDOW_NS
) -> pd.DataFrame:
    """Counts and sums of a question that `dimension` knows: `bucket_start (UTC)`, the columns of `by`, `spans,
    ended_spans, error_spans, running_spans, spans_with_self, self_ms, critical_ms, tok_in, tok_out, tokens (both),
    tok_cache_read, tok_reasoning, spans_with_tok_in, spans_with_tok_out, spans_with_tokens, calls_without_tokens,
    cost_usd, priced_spans, unpriced_spans`. Exact.
    """
    return _ask(warehouse, "hourly_sums", wanted, by=by, bucket_ns=bucket_ns)


def hourly_latency(
    warehouse: Warehouse, wanted: TrafficFilter, *, by: Sequence[str], bucket_ns: int = WHOLE_WINDOW_NS
) -> pd.DataFrame:
    """`bucket_start (UTC)`, the columns of `by`, `timed_spans, receipt_spans, unended_spans, duration_ns (sum),
    longest_ms, p50_ms, p95_ms, p99_ms`: percentiles at most 1 % off those of the spans, missing for too few (20, 100).
    """
    found = _ask(warehouse, "hourly_latency", wanted, by=by, bucket_ns=bucket_ns)
    if found.empty:
        return found
    listed = zip(found["buckets"], found["bucket_spans"], strict=True)
    read = [percentiles_ns(buckets, spans) if len(spans) else None for buckets, spans in listed]
    for place, (name, least) in enumerate(FEWEST.items()):
        told = zip(found[name].tolist(), read, strict=True)
        value = pd.Series([exact if one is None else one[place] / 1e6 for exact, one in told], dtype=float)
        found = found.assign(**{name: value.where(found["timed_spans"] >= least)})
    return found.drop(columns=["buckets", "bucket_spans"])


def column_of(group: Group) -> str:
    """The column that a page groups by: `prompt_version`."""
    return group.value.replace(" ", "_")


def as_series(found: pd.DataFrame, by: str, *, only: Sequence[str] | None = None) -> pd.DataFrame:
    """The rows with `series` for the column `by`, in the order of the series and time; those `only` when named."""
    named = found.rename(columns={by: "series"})
    kept = named if only is None else named[named["series"].isin(list(only))]
    return kept.sort_values(["series", "bucket_start"], ignore_index=True)


def percentiles_ns(buckets: Sequence[int], spans: Sequence[int]) -> tuple[float, ...]:
    """p50, p95 and p99 of durations of which so many fell into each bucket, the buckets in any order.

    Interpolated between ranks as those of spans are (Hyndman and Fan 1996, type 7). A duration stands for its bucket's
    middle, at most sqrt(GAMMA) - 1 = 0.995 % off, and so does what lies between two.
    """
    order = np.argsort(np.asarray(buckets))
    numbers = np.asarray(buckets, dtype=float)[order]
    about_ns = np.where(numbers < 0, 0.0, GAMMA ** (numbers + 0.5))
    upto = np.cumsum(np.asarray(spans)[order])
    ranks = np.array(SHARES) * (upto[-1] - 1)
    low, high = (about_ns[np.searchsorted(upto, rank, side="right")] for rank in (np.floor(ranks), np.ceil(ranks)))
    return tuple((low + (ranks - np.floor(ranks)) * (high - low)).tolist())


def _ask(warehouse: Warehouse, name: str, wanted: TrafficFilter, *, by: Sequence[str], bucket_ns: int) -> pd.DataFrame:
    told_by = dimension(wanted, by=by, bucket_ns=bucket_ns)
    if told_by is None:
        raise ValueError("hourly figures do not answer this question: ask `dimension` first")
    first_ns, last_ns = _whole_hours(wanted)
    stale_ns, stale_end_ns = _stale_hours(warehouse, first_ns, last_ns)
    sql = f"WITH hour_spans AS ({hour_spans()}), {hour_rows()}, {question('hours')}{question(name)}"
    found = put(
        warehouse, sql, since_ns=nanoseconds(wanted.since), until_ns=nanoseconds(wanted.until), first_hour_ns=first_ns,
        last_hour_ns=last_ns, stale_ns=stale_ns, stale_end_ns=stale_end_ns, dimension=told_by, bucket_ns=bucket_ns,
        by=list(by), apps=list(wanted.apps), steps=list(wanted.steps), values=list(_filtered(wanted).get(told_by, ())),
    )  # fmt: skip
    columns = {"step": "by_step", "app": "by_app", "purpose": "by_purpose", told_by: "by_value"}
    if found.empty:  # over the socket it has no columns then
        return pd.DataFrame(columns=["bucket_start", *by])
    named = found.rename(columns={columns[one]: one for one in by})
    figures = [one for one in map(str, found) if one != "bucket_start" and not one.startswith("by_")]
    return named[["bucket_start", *by, *figures]]


def _stale_hours(warehouse: Warehouse, first_ns: int, last_ns: int) -> tuple[int, int]:
    """Between which hours, in ns, some are out of date. What is touched after this answer counts as it stood before."""
    found = put(warehouse, question("stale_hours"), first_hour_ns=first_ns, last_hour_ns=last_ns)
    ((stale_ns, end_ns),) = found[["stale_ns", "end_ns"]].to_numpy(dtype=object).tolist()
    return (first_ns, first_ns) if pd.isna(stale_ns) else (int(stale_ns), int(end_ns))


def _filtered(wanted: TrafficFilter) -> dict[str, tuple[str, ...]]:
    """Values asked for, by dimension."""
    asked = {
        "tenant": wanted.tenants,
        "model": wanted.models,
        "prompt_version": wanted.prompt_versions,
        "environment": wanted.environments,
    }
    return {name: values for name, values in asked.items() if values}


def _whole_hours(wanted: TrafficFilter) -> tuple[int, int]:
    """Start of the first hour and end of the last that lie in the window, in ns; equal when there is none."""
    since_ns, until_ns = nanoseconds(wanted.since), nanoseconds(wanted.until)
    first_ns, last_ns = -(-since_ns // HOUR_NS) * HOUR_NS, until_ns // HOUR_NS * HOUR_NS
    return (first_ns, last_ns) if first_ns <= last_ns else (until_ns, until_ns)
