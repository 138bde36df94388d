"""Trends: one metric over time, by any columns; what the charts show, as rows."""

from collections.abc import Sequence

import pandas as pd

from errors import UsageError
from metrics.filters import TrafficFilter
from metrics.grain import Grain
from metrics.hourly import Basis, basis, hourly_latency, hourly_sums
from metrics.questions import Group, Warehouse, put, question
from metrics.wilson import wilson_interval

_TIMED = "time_source = 'client' AND duration_ns IS NOT NULL"
_COUNTS = "usage_is_rollup IS NOT TRUE"
METRICS = {  # name -> (unit, value, spans that count)
    "latency_p50": ("ms", "quantile_cont(duration_ns, 0.50) / 1e6", _TIMED),
    "latency_p95": ("ms", "quantile_cont(duration_ns, 0.95) / 1e6", _TIMED),
    "latency_p99": ("ms", "quantile_cont(duration_ns, 0.99) / 1e6", _TIMED),
    "self_time": ("ms", "avg(self_ns) / 1e6", "self_ns IS NOT NULL"),
    "critical_share": ("share", "sum(critical_ns)::DOUBLE", "critical_ns IS NOT NULL"),
    "cost": ("US$", "sum(cost_total)::DOUBLE", f"cost_total IS NOT NULL AND {_COUNTS}"),
    "errors": ("share", "count(*) FILTER (status = 'error') / count(*)", "status <> 'running'"),
    "injection_flags": ("share", "count(*) FILTER (injection_flag) / count(*)", "injection_flag IS NOT NULL"),
    "tokens": ("tokens", "sum(coalesce(tok_in, 0) + coalesce(tok_out, 0))::BIGINT",
               f"(tok_in IS NOT NULL OR tok_out IS NOT NULL) AND {_COUNTS}"),
    "tokens_in": ("tokens", "sum(tok_in)::BIGINT", f"tok_in IS NOT NULL AND {_COUNTS}"),
    "tokens_out": ("tokens", "sum(tok_out)::BIGINT", f"tok_out IS NOT NULL AND {_COUNTS}"),
    "volume": ("spans", "count(*)", "true"),
    "traces": ("traces", "count(DISTINCT trace_id)", "true"),
}  # fmt: skip
_HOURLY = {  # metric -> column of hourly figures, the one it is divided by, spans that count
    "latency_p50": ("p50_ms", None, "timed_spans"),
    "latency_p95": ("p95_ms", None, "timed_spans"),
    "latency_p99": ("p99_ms", None, "timed_spans"),
    "self_time": ("self_ms", "spans_with_self", "spans_with_self"),
    "critical_share": ("critical_ms", None, "spans_with_self"),
    "cost": ("cost_usd", None, "priced_spans"),
    "errors": ("error_spans", "ended_spans", "ended_spans"),
    "tokens": ("tokens", None, "spans_with_tokens"),
    "tokens_in": ("tok_in", None, "spans_with_tok_in"),
    "tokens_out": ("tok_out", None, "spans_with_tok_out"),
    "volume": ("spans", None, "spans"),
}
_SHARES = {"errors", "injection_flags"}
FEWEST = {"latency_p95": 20, "latency_p99": 100}
"""Spans below which a percentile is one outlier's duration, and not given."""
DIMENSIONS = (
    "step", "kind", "model", "model_request", "prompt_name", "prompt_version", "retrieval_config", "tool_name",
    "provider", "app", "app_version", "tenant", "environment", "purpose",
)  # fmt: skip
"""`app`, `app_version`, `tenant`, `environment` are those of the trace; `purpose` is app or evaluation."""


def trends(
    warehouse: Warehouse, wanted: TrafficFilter, *, metric: str, by: Sequence[str] = ("step",), grain: Grain = Grain.DAY
) -> pd.DataFrame:
    """`bucket_start (UTC)`, the columns of `by`, `value`, `n` (spans it rests on), `low, high` (95 %, of a share).

    Over all spans asked for; the unit is in `METRICS`. A percentile of too few spans is None (`FEWEST`), and one of
    several hours may be 1 % off: `trends_basis` tells. All else is exact.
    Raises `UsageError` for a metric or column that there is not.
    """
    _check(metric, by)
    from_hours = metric in _HOURLY and basis(wanted, by=by, bucket_ns=grain.width_ns) is Basis.HOURS
    read = _from_hours if from_hours else trends_of_spans
    found = read(warehouse, wanted, metric=metric, by=by, grain=grain)
    if found.empty:
        return pd.DataFrame(columns=["bucket_start", *by, "value", "n", "low", "high"])
    values, counts = found["value"].tolist(), found["n"].tolist()
    ends = [_ends(metric, value, n) for value, n in zip(values, counts, strict=True)]
    return found.assign(
        bucket_start=pd.to_datetime(found["bucket_start"], format="ISO8601", utc=True),
        value=found["value"].where(found["n"] >= FEWEST.get(metric, 1)),
        low=pd.Series([low for low, _ in ends], dtype=object),
        high=pd.Series([high for _, high in ends], dtype=object),
    )


def trends_basis(
    wanted: TrafficFilter, *, metric: str, by: Sequence[str] = ("step",), grain: Grain = Grain.DAY
) -> Basis:
    """How exact `trends` answers: percentiles may be read from hourly figures, everything else is exact."""
    return basis(wanted, by=by, bucket_ns=grain.width_ns) if _is_percentile(metric) else Basis.SPANS


def _check(metric: str, by: Sequence[str]) -> None:
    if metric not in METRICS:
        raise UsageError(f"no such metric; choose of {', '.join(METRICS)}")
    for name in by:
        if name not in DIMENSIONS:
            raise UsageError(f"traffic is not grouped by {name}; choose of {', '.join(DIMENSIONS)}")


def _from_hours(
    warehouse: Warehouse, wanted: TrafficFilter, *, metric: str, by: Sequence[str], grain: Grain
) -> pd.DataFrame:
    read = hourly_latency if _is_percentile(metric) else hourly_sums
    found = read(warehouse, wanted, by=by, bucket_ns=grain.width_ns)
    if found.empty:
        return found
    value, of, n = _HOURLY[metric]
    told = found[found[n] > 0].sort_values(["bucket_start", *by], ignore_index=True)
    values = told[value] / told[of] if of else told[value]
    return _as_told(metric, told[["bucket_start", *by]].assign(value=values, n=told[n]))


def trends_of_spans(
    warehouse: Warehouse, wanted: TrafficFilter, *, metric: str, by: Sequence[str], grain: Grain
) -> pd.DataFrame:
    """`bucket_start, the columns of by, value, n`, counted from spans whatever is asked for."""
    _, value, counted = METRICS[metric]
    columns = "".join(f"coalesce(nullif({name}, ''), '(not given)') AS {name}, " for name in by)
    ctes = ",\n".join((question("kept_spans"), question("evaluation_spans")))
    sql = (  # its parts are the constants above, never what somebody typed
        f"WITH {ctes}{question('trends')}SELECT bucket_start, {columns}{value} AS value, count(*) AS n "  # noqa: S608
        f"FROM shaped WHERE {counted} GROUP BY ALL ORDER BY ALL"
    )
    found = put(warehouse, sql, **wanted.parameters(), grouped_by=Group.STEP.value, bucket_ns=grain.width_ns)
    return _as_told(metric, found)


def _as_told(metric: str, found: pd.DataFrame) -> pd.DataFrame:
    """The share of the critical path is of the paths of all that is asked for, bucket by bucket."""
    if metric != "critical_share" or found.empty:
        return found
    return found.assign(value=(found["value"] / found.groupby("bucket_start")["value"].transform("sum")).fillna(0.0))


def _is_percentile(metric: str) -> bool:
    return metric.startswith("latency_p")


def _ends(metric: str, value: float, n: int) -> tuple[float | None, float | None]:
    if metric not in _SHARES:
        return None, None
    return wilson_interval(round(value * n), n) or (None, None)
