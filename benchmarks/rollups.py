"""What trends cost with 1, 10 and 100 million spans: hourly figures beside exact quantiles over the spans.

    python -m benchmarks.rollups --spans 1000000 10000000 100000000 [--folder FOLDER [--keep]] [--memory 4GB] [--json F]

The warehouse is a real one, with the memory of `[storage] warehouse_memory`; its rows are made inside DuckDB: 13 steps,
20 tenants, 3 models and 2 prompt versions over 30 days, traces of 13 spans, lognormal durations with a shift half-way.
Other columns are empty, and there is no lake. The figures are made by `Warehouse.repair_hours`, as after a load. Asked
are: p95 by step by hour and by day over all days; the same with a window that cuts its hours; and the plain question to
DuckDB in the same run.
"""

import argparse
import json
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.traffic import START_NS
from metrics.filters import TrafficFilter
from metrics.grain import Grain
from metrics.trends import trends
from settings import Settings
from settings.service import Storage
from storage.lake import Lake
from storage.warehouse import Warehouse

DAYS = 30
PER_TRACE = 13
BYTES_PER_SPAN = 60
"""About what a span takes here, to tell beforehand whether the disk has room."""
SINCE = datetime.fromtimestamp(START_NS // 10**9, UTC)
ALL_DAYS = TrafficFilter(SINCE, SINCE + timedelta(days=DAYS))
CUT = TrafficFilter(SINCE + timedelta(minutes=17), SINCE + timedelta(days=DAYS, minutes=-43))
BY_TENANT = TrafficFilter(SINCE, SINCE + timedelta(days=DAYS), tenants=("tenant-7",))
SPANS_AT_ONCE = 500_000 * PER_TRACE
TENS_OF_MILLIONS = 30_000_000
"""Up to here the plain question is asked three times, above once: it takes a minute."""


@dataclass
class Figures:
    """One size. Seconds are medians of warm questions; `hourly_of_exact` is the share of the plain question's time."""

    spans: int
    memory_limit: str
    build_s_per_million: float
    build_cpu_s_per_million: float
    rows: int
    bytes_per_span_of_rows: float
    hourly_s: float
    hourly_cpu_s: float
    daily_s: float
    daily_cpu_s: float
    daily_cut_window_s: float
    daily_of_one_tenant_s: float
    cost_daily_s: float
    plain_hourly_s: float
    plain_daily_s: float
    hourly_of_exact: float
    daily_of_exact: float
    worst_error_daily: float
    peak_rss_mib: float


_SPANS = """
INSERT INTO span_rows BY NAME
SELECT to_base(trace, 36) AS trace_id, to_base(i, 36) AS span_id, make_timestamp_ns($start + i * $apart) AS start_ts,
       duration_ns, make_timestamp_ns($start + i * $apart + duration_ns) AS end_ts, 'client' AS time_source,
       'step_' || (i % 13) AS step, CASE WHEN i % 13 < 5 THEN 'llm' ELSE 'tool' END AS kind,
       CASE WHEN draw % 50 = 0 THEN 'error' ELSE 'ok' END AS status,
       CASE WHEN i % 13 < 5 THEN 'model-' || (trace % 3) END AS model,
       CASE WHEN i % 13 < 5 THEN 'v' || (1 + i // ($spans // 2)) END AS prompt_version,
       CASE WHEN i % 13 < 5 THEN (draw % 4000)::BIGINT END AS tok_in,
       CASE WHEN i % 13 < 5 THEN (draw % 900)::BIGINT END AS tok_out,
       CASE WHEN i % 13 < 5 THEN (draw % 9000)::DECIMAL(18, 10) / 1000000 END AS cost_total,
       false AS usage_is_rollup, false AS is_evaluation, i AS sequence
FROM (
    SELECT i, i // 13 AS trace, hash(i) AS draw,
           (exp(18 + (i % 13) / 6.0 + CASE WHEN i > $spans // 2 AND i % 13 = 3 THEN 0.4 ELSE 0 END
                + sqrt(-2 * ln((hash(i, 1) % 1000000 + 1) / 1000001.0)) * cos(2 * pi() * (hash(i, 2) % 1000000) / 1e6)
               ))::BIGINT AS duration_ns
    FROM range($first, $last) r(i)
)
"""
_TRACES = """
INSERT INTO traces BY NAME
SELECT to_base(trace, 36) AS trace_id, make_timestamp_ns($start + trace * 13 * $apart) AS first_span_ts,
       make_timestamp_ns($start + (trace * 13 + 12) * $apart) AS last_span_ts,
       'tenant-' || (hash(trace) % 20) AS tenant, 'bank-bot' AS app, '4.2' AS app_version, 'prod' AS environment
FROM range($first // 13, ($last + 12) // 13) r(trace)
"""
_PLAIN = """
SELECT step, time_bucket(INTERVAL {width}, start_ts::TIMESTAMP) AS bucket, quantile_cont(duration_ns, 0.95) / 1e6 AS p95
FROM span_rows GROUP BY ALL ORDER BY bucket, step
"""


def fill(warehouse: Warehouse, spans: int) -> None:
    """Rows in order of time; their hours are noted as a load notes them."""
    apart = DAYS * 86_400 * 10**9 // spans
    with warehouse.cursor() as cursor:
        for first in range(0, spans, SPANS_AT_ONCE):
            last = min(spans, first + SPANS_AT_ONCE)
            bounds = {"start": START_NS, "apart": apart, "first": first, "last": last}
            cursor.execute(_SPANS, bounds | {"spans": spans})
            cursor.execute(_TRACES, bounds)
        cursor.execute("INSERT INTO stale_hours SELECT DISTINCT date_trunc('hour', start_ts) FROM span_rows")
        cursor.execute("CHECKPOINT")


def median_seconds(
    ask: Callable[[], object], *, times: int = 7, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Median of `times` answers after a first one that is not counted."""
    ask()
    took = []
    for _ in range(times):
        began = clock()
        ask()
        took.append(clock() - began)
    return statistics.median(took)


def measure(spans: int, folder: Path, *, memory: str, keep: bool) -> Figures:
    """Fill a home in `folder` and make its hourly figures, where an earlier run has not; then ask."""
    settings = Settings(home=folder / f"home-{spans}", storage=Storage(warehouse_memory=memory))
    settings.home.mkdir(exist_ok=True)
    done = settings.home / "built.json"
    warehouse = Warehouse.open(settings, Lake(settings.lake_location))
    try:
        if not done.exists() or warehouse.rows("SELECT count(*) FROM span_rows")[0][0] != spans:
            done.write_text(json.dumps(_built(warehouse, spans, file=settings.warehouse_path)))
        return _asked(warehouse, spans, memory=memory, built=json.loads(done.read_text()))
    finally:
        warehouse.close()
        if not keep:
            shutil.rmtree(settings.home)


def _built(warehouse: Warehouse, spans: int, *, file: Path) -> dict[str, float]:
    """Spans and their hourly figures; what making the figures took."""
    fill(warehouse, spans)
    before = file.stat().st_size
    began, cpu_began = time.perf_counter(), time.process_time()
    while warehouse.repair_hours():
        pass
    built, cpu_built = time.perf_counter() - began, time.process_time() - cpu_began
    with warehouse.cursor() as cursor:
        cursor.execute("CHECKPOINT")
    return {
        "build_s_per_million": built / spans * 1e6, "build_cpu_s_per_million": cpu_built / spans * 1e6,
        "bytes_per_span_of_rows": (file.stat().st_size - before) / spans,
    }  # fmt: skip


def _asked(warehouse: Warehouse, spans: int, *, memory: str, built: dict[str, float]) -> Figures:
    def plain(width: str) -> Callable[[], object]:
        return lambda: warehouse.frame(_PLAIN.format(width=width))

    def trend(wanted: TrafficFilter, grain: Grain, metric: str = "latency_p95") -> Callable[[], object]:
        return lambda: trends(warehouse, wanted, metric=metric, by=["step"], grain=grain)

    exact = warehouse.frame(_PLAIN.format(width="1 DAY"))
    found = trends(warehouse, ALL_DAYS, metric="latency_p95", by=["step"], grain=Grain.DAY)
    assert found["step"].tolist() == exact["step"].tolist()
    hourly, daily = (median_seconds(trend(ALL_DAYS, grain)) for grain in (Grain.HOUR, Grain.DAY))
    times = 3 if spans <= TENS_OF_MILLIONS else 1
    plain_hourly, plain_daily = (median_seconds(plain(width), times=times) for width in ("1 HOUR", "1 DAY"))
    return Figures(
        spans=spans, memory_limit=memory, **built,
        rows=int(warehouse.rows("SELECT count(*) FROM step_hours")[0][0]),
        hourly_s=hourly, daily_s=daily,
        hourly_cpu_s=median_seconds(trend(ALL_DAYS, Grain.HOUR), clock=time.process_time),
        daily_cpu_s=median_seconds(trend(ALL_DAYS, Grain.DAY), clock=time.process_time),
        daily_cut_window_s=median_seconds(trend(CUT, Grain.DAY)),
        daily_of_one_tenant_s=median_seconds(trend(BY_TENANT, Grain.DAY)),
        cost_daily_s=median_seconds(trend(ALL_DAYS, Grain.DAY, "cost")),
        plain_hourly_s=plain_hourly, plain_daily_s=plain_daily,
        hourly_of_exact=hourly / plain_hourly, daily_of_exact=daily / plain_daily,
        worst_error_daily=float((found["value"] / exact["p95"] - 1).abs().max()),
        peak_rss_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )  # fmt: skip


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spans", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--folder", type=Path, help="where the warehouses are made [a temporary one]")
    parser.add_argument("--keep", action="store_true", help="leave the warehouses in the folder for the next run")
    parser.add_argument("--memory", default="4GB", help="as `[storage] warehouse_memory` in benchbook.toml")
    parser.add_argument("--json", type=Path, help="also append the figures to this file")
    said = parser.parse_args()
    if said.keep and not said.folder:
        parser.error("--keep needs a --folder")
    made = nullcontext(str(said.folder)) if said.keep else tempfile.TemporaryDirectory(dir=said.folder)
    with made as folder:
        for spans in said.spans:
            if shutil.disk_usage(folder).free < 2 * BYTES_PER_SPAN * spans:
                print(f"{spans:,} spans left out: the disk has no room for them")
                continue
            figures = asdict(measure(spans, Path(folder), memory=said.memory, keep=said.keep))
            print({name: round(value, 4) if isinstance(value, float) else value for name, value in figures.items()},
                  flush=True)  # fmt: skip
            if said.json:
                with said.json.open("a") as out:
                    out.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
