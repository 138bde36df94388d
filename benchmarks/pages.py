"""What pages ask, on homes of 100,000 and 1,000,000 spans; each beside a plain DuckDB query of the same data.

    python -m benchmarks.pages --spans 100000 1000000 [--home DIR] [--json FILE]

The home is filled with synthetic text that is kept as it came, through the product's own mapping, lake and loader.
The baseline is the plain question (GROUP BY, ORDER BY ... LIMIT, WHERE trace_id =) over one DuckDB table that holds all
columns, text included, sorted by time, as somebody would load it by hand.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from benchmarks.traffic import START_NS, Traffic
from ingest.formats import otlp_protobuf
from ingest.prepare import Preparer
from metrics import cost, error_rate, latency, tokens, traces
from metrics.buckets import bucket_width_ns
from metrics.filters import TrafficFilter
from metrics.questions import Group
from metrics.traces import ListFilter, Sort
from settings import read_settings
from storage.found import traces_with
from storage.home import open_home
from storage.texts import trace_texts
from storage.warehouse import Warehouse

SINCE = datetime.fromtimestamp(START_NS // 10**9, UTC)
UNTIL = datetime(2026, 10, 2, tzinfo=UTC)
RUNS = 7
PER_COMMIT = 20_000
PLAIN = {
    "latency by step over time": "SELECT step, $bucket AS b, quantile_cont(duration_ns, [.5, .95, .99]), count(*) "
                                 "FROM spans GROUP BY ALL",
    "latency by step": "SELECT step, quantile_cont(duration_ns, [.5, .95, .99]), count(*) FROM spans GROUP BY ALL",
    "cost by model over time": "SELECT model, $bucket AS b, sum(cost_total), count(cost_total) FROM spans GROUP BY ALL",
    "errors by step": "SELECT step, count(*) FILTER (status = 'error'), count(*) FROM spans GROUP BY ALL",
    "tokens by step": "SELECT step, sum(tok_in), sum(tok_out), count(tok_in) FROM spans GROUP BY ALL",
    "list of traces, slowest 50": "SELECT trace_id, min(start_ns), max(end_ns) - min(start_ns) AS d, sum(cost_total), "
                                  "count(*) FROM spans GROUP BY trace_id ORDER BY d DESC LIMIT 50",
    "one trace: spans": "SELECT * EXCLUDE (input_text, output_text, messages_in, messages_out) FROM spans "
                        "WHERE trace_id = $trace",
    "one trace: texts": "SELECT span_id, input_text, output_text, messages_in, messages_out FROM spans "
                        "WHERE trace_id = $trace",
    "a rare word": "SELECT DISTINCT trace_id FROM spans WHERE contains(input_text, $word) "
                   "OR contains(output_text, $word)",
    "an absent word": "SELECT DISTINCT trace_id FROM spans WHERE contains(input_text, 'zzzznowhere') "
                      "OR contains(output_text, 'zzzznowhere')",
}  # fmt: skip


def fill(home: Path, spans: int) -> dict[str, float]:
    """Fill a home; seconds to prepare and commit, to load, to compact."""
    settings = read_settings(home)
    opened = open_home(settings, now=datetime.now(UTC))
    preparer = Preparer(settings, opened.key, scrubber=None)
    began, waiting = time.perf_counter(), []
    for number, body in enumerate(Traffic().requests(spans)):
        prepared = preparer.prepare(otlp_protobuf.read_request(body), source_format="otlp-protobuf",
                                    batch=str(number), received_at=datetime.now(UTC))  # fmt: skip
        waiting.append(prepared.spans)
        if sum(table.num_rows for table in waiting) >= PER_COMMIT:
            opened.lake.append("spans", pa.concat_tables(waiting))
            waiting = []
    if waiting:
        opened.lake.append("spans", pa.concat_tables(waiting))
    kept = time.perf_counter()
    opened.lake.compact("spans")
    opened.lake.vacuum("spans", grace_seconds=0)
    compacted = time.perf_counter()
    warehouse = Warehouse.open(settings, opened.lake)
    warehouse.load()
    warehouse.close()
    opened.close()
    loaded = time.perf_counter()
    return {"prepare_and_commit_s": kept - began, "compact_s": compacted - kept, "load_s": loaded - compacted}


def median_ms(ask: Callable[[], object]) -> float:
    """Median of several runs after one to warm up."""
    ask()
    took = []
    for _ in range(RUNS):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)[RUNS // 2]


def measure(home: Path) -> list[dict[str, object]]:
    """Each question with its median in ms, the baseline's, and the ratio."""
    settings = read_settings(home)
    opened = open_home(settings, now=datetime.now(UTC))
    warehouse = Warehouse.open(settings, opened.lake)
    warehouse.load()
    with tempfile.TemporaryDirectory() as folder:
        plain = duckdb.connect(str(Path(folder) / "plain.duckdb"))
        files = [file.path for file in opened.lake.files("spans")]
        plain.execute("CREATE TABLE spans AS SELECT * FROM read_parquet($files) ORDER BY start_ns", {"files": files})
        asked = [_asked(name, ours, _of(plain, sql)) for name, ours, sql in questions(warehouse, plain)]
        plain.close()
    warehouse.close()
    opened.close()
    return asked


def _asked(name: str, ours: Callable[[], object], plain: Callable[[], object]) -> dict[str, object]:
    ms, plain_ms = median_ms(ours), median_ms(plain)
    return {"question": name, "ms": ms, "plain_ms": plain_ms, "ratio": ms / plain_ms}


def _of(plain: duckdb.DuckDBPyConnection, sql: str) -> Callable[[], object]:
    return lambda: plain.sql(sql).to_arrow_table()


def questions(warehouse: Warehouse, plain: duckdb.DuckDBPyConnection) -> list[tuple[str, Callable[[], object], str]]:
    """Name, what the page asks, and the plain question of the baseline."""
    wanted = TrafficFilter(since=SINCE, until=UNTIL)
    width = bucket_width_ns(wanted)
    steps = tuple(
        row[0] for row in warehouse.rows("SELECT step FROM span_rows GROUP BY step ORDER BY count(*) DESC LIMIT 8")
    )
    trace = warehouse.rows("SELECT trace_id, epoch_ns(first_span_ts), epoch_ns(last_span_ts) FROM traces "
                           "ORDER BY trace_id LIMIT 1 OFFSET 100")[0]  # fmt: skip
    word = plain.execute(
        "SELECT split_part(input_text, ' ', 3) FROM spans WHERE input_text IS NOT NULL LIMIT 1"
    ).fetchall()[0][0]
    trace_id, first_ns, last_ns = trace
    ours: dict[str, Callable[[], object]] = {
        "latency by step over time": lambda: latency.latency_over_time(
            warehouse, wanted, group=Group.STEP, series=steps, bucket_ns=width
        ),
        "latency by step": lambda: latency.latency_by_group(warehouse, wanted, group=Group.STEP),
        "cost by model over time": lambda: cost.cost_over_time(
            warehouse, wanted, group=Group.MODEL, series=_models(warehouse), bucket_ns=width
        ),
        "errors by step": lambda: error_rate.errors_by_group(warehouse, wanted, group=Group.STEP),
        "tokens by step": lambda: tokens.tokens_by_group(warehouse, wanted, group=Group.STEP),
        "list of traces, slowest 50": lambda: traces.trace_list(
            warehouse, ListFilter(traffic=wanted), sort=Sort.SLOWEST, first=0, rows=50
        ),
        "one trace: spans": lambda: traces.spans_of_trace(warehouse, trace_id, first_ns=first_ns, last_ns=last_ns),
        "one trace: texts": lambda: trace_texts(warehouse, trace_id),
        "a rare word": lambda: traces_with(warehouse, word),
        "an absent word": lambda: traces_with(warehouse, "zzzznowhere"),
    }
    names = {"$bucket": f"start_ns // {width}", "$trace": f"'{trace_id}'", "$word": f"'{word}'"}
    return [(name, ask, _filled(PLAIN[name], names)) for name, ask in ours.items()]


def _filled(sql: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        sql = sql.replace(name, value)
    return sql


def _models(warehouse: Warehouse) -> tuple[str, ...]:
    return tuple(row[0] for row in warehouse.rows("SELECT DISTINCT model FROM span_rows WHERE model IS NOT NULL"))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spans", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--home", type=Path, help="keep the filled homes here, and use them again")
    parser.add_argument("--json", type=Path, help="also append the figures to this file")
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for spans in said.spans:
            home = (said.home or Path(folder)) / f"spans-{spans}"
            filling = {} if home.exists() else fill(home, spans)
            for one in [{"filled": spans, **filling}, *measure(home)]:
                print(
                    {name: round(value, 2) if isinstance(value, float) else value for name, value in one.items()},
                    flush=True,
                )
                if said.json:
                    with said.json.open("a") as out:
                        out.write(json.dumps({"spans": spans, **one}) + "\n")


if __name__ == "__main__":
    main()
