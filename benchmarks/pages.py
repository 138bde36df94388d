"""What pages ask, on homes of 100,000 and 1,000,000 spans; each beside a plain DuckDB query of the same data.

    python -m benchmarks.pages --spans 100000 1000000 [--people 10] [--home DIR] [--json FILE]

The home is filled with synthetic text that is kept as it came, through the product's own mapping, lake and loader.
The baseline is the plain question (GROUP BY, ORDER BY ... LIMIT, WHERE trace_id =) over one DuckDB table that holds all
columns, text included, sorted by time, as somebody would load it by hand.

Idle: one after the other, nobody else there. Busy: while that many people open pages, each in a thread with cursors of
its own, as in the app: a page's questions one after the other, then a second to look at it. Both ask the functions that
pages call, past the pages' caches, so nobody profits from what another asked before.
"""

import argparse
import itertools
import json
import random
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import duckdb

from benchmarks.filled import SINCE, fill, plain_copy
from benchmarks.processes import percentile
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

UNTIL = datetime(2026, 10, 2, tzinfo=UTC)
RUNS = 15
BUSY_SECONDS = 30.0
LOOK_SECONDS = 1.0
TRACES = 20

Ask = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Question:
    """What a page asks, and what it is measured against."""

    page: str
    name: str
    ours: Ask
    plain: Ask


# -- asking -----------------------------------------------------------------------------------------------------------


def questions(warehouse: Warehouse, plain: duckdb.DuckDBPyConnection) -> list[Question]:
    """What each page asks. Traces are taken in turn from all of the time."""
    wanted = TrafficFilter(since=SINCE, until=UNTIL)
    width = bucket_width_ns(wanted)
    steps = _first_column(
        warehouse.rows("SELECT step, count(*) FROM span_rows GROUP BY step ORDER BY 2 DESC, 1 LIMIT 8")
    )
    models = _first_column(warehouse.rows("SELECT DISTINCT model FROM span_rows WHERE model IS NOT NULL ORDER BY 1"))
    word = str(trace_texts(warehouse, _trace_ids(warehouse)[0])["input_text"].iloc[0]).split()[2]
    ours, theirs = itertools.cycle(_trace_ids(warehouse)), itertools.cycle(_trace_ids(warehouse))

    def of_plain(sql: str) -> Ask:
        filled = sql.replace("$bucket", f"start_ns // {width}").replace("$word", f"'{word}'")

        def ask() -> object:
            params = {"trace": next(theirs)} if "$trace" in filled else None
            with plain.cursor() as cursor:
                return cursor.sql(filled, params=params).to_arrow_table()

        return ask

    def opened_trace() -> object:
        trace_id = next(ours)
        return _trace_spans(warehouse, trace_id), trace_texts(warehouse, trace_id)

    asked: list[tuple[str, str, Ask, str]] = [
        ("latency", "latency by step over time",
         lambda: latency.latency_over_time(warehouse, wanted, group=Group.STEP, series=steps, bucket_ns=width),
         "SELECT step, $bucket AS b, quantile_cont(duration_ns, [.5, .95, .99]), count(*) FROM spans GROUP BY ALL"),
        ("latency", "latency by step", lambda: latency.latency_by_group(warehouse, wanted, group=Group.STEP),
         "SELECT step, quantile_cont(duration_ns, [.5, .95, .99]), count(*) FROM spans GROUP BY ALL"),
        ("cost", "cost by model over time",
         lambda: cost.cost_over_time(warehouse, wanted, group=Group.MODEL, series=models, bucket_ns=width),
         "SELECT model, $bucket AS b, sum(cost_total), count(cost_total) FROM spans GROUP BY ALL"),
        ("errors", "errors by step", lambda: error_rate.errors_by_group(warehouse, wanted, group=Group.STEP),
         "SELECT step, count(*) FILTER (status = 'error'), count(*) FROM spans GROUP BY ALL"),
        ("tokens", "tokens by step", lambda: tokens.tokens_by_group(warehouse, wanted, group=Group.STEP),
         "SELECT step, sum(tok_in), sum(tok_out), count(tok_in) FROM spans GROUP BY ALL"),
        ("list", "list of traces, slowest 50",
         lambda: traces.trace_list(warehouse, ListFilter(traffic=wanted), sort=Sort.SLOWEST, first=0, rows=50),
         ("SELECT trace_id, min(start_ns), max(end_ns) - min(start_ns) AS d, sum(cost_total), count(*) FROM spans "
          "GROUP BY trace_id ORDER BY d DESC LIMIT 50")),
        ("trace", "one trace: its row and spans", lambda: _trace_spans(warehouse, next(ours)),
         "SELECT * EXCLUDE (input_text, output_text, messages_in, messages_out) FROM spans WHERE trace_id = $trace"),
        ("trace", "one trace: its texts", lambda: trace_texts(warehouse, next(ours)),
         "SELECT span_id, input_text, output_text, messages_in, messages_out FROM spans WHERE trace_id = $trace"),
        ("trace", "one trace opened: row, spans, texts", opened_trace, "SELECT * FROM spans WHERE trace_id = $trace"),
        ("search", "a rare word", lambda: traces_with(warehouse, word),
         "SELECT DISTINCT trace_id FROM spans WHERE contains(input_text, $word) OR contains(output_text, $word)"),
        ("search", "an absent word", lambda: traces_with(warehouse, "zzzznowhere"),
         ("SELECT DISTINCT trace_id FROM spans WHERE contains(input_text, 'zzzznowhere') "
          "OR contains(output_text, 'zzzznowhere')")),
    ]  # fmt: skip
    return [Question(page, name, ask, of_plain(sql)) for page, name, ask, sql in asked]


def _trace_spans(warehouse: Warehouse, trace_id: str) -> object:
    row = traces.one_trace(warehouse, trace_id).iloc[0]
    return traces.spans_of_trace(warehouse, trace_id, first_ns=row["first_ns"], last_ns=row["last_ns"])


def _trace_ids(warehouse: Warehouse) -> list[str]:
    every = f"SELECT trace_id FROM traces ORDER BY hash(trace_id) LIMIT {TRACES}"  # noqa: S608 - a number of ours
    return list(_first_column(warehouse.rows(every)))


def _first_column(rows: list[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(row[0] for row in rows)


# -- measuring --------------------------------------------------------------------------------------------------------


def idle(ask: Ask) -> float:
    """Median of several runs after one to warm up, in ms."""
    ask()
    return median(_ms(ask) for _ in range(RUNS))


def busy(pages: dict[str, list[tuple[str, Ask]]], people: int) -> dict[str, list[float]]:
    """Each question's ms, sorted, while `people` open pages at random."""
    took: dict[str, list[float]] = {name: [] for page in pages.values() for name, _ in page}
    end = time.perf_counter() + BUSY_SECONDS

    def person(number: int) -> None:
        chosen = random.Random(number)
        time.sleep(chosen.random() * LOOK_SECONDS)
        while time.perf_counter() < end:
            for name, ask in pages[chosen.choice(sorted(pages))]:
                took[name].append(_ms(ask))
            time.sleep(LOOK_SECONDS)

    threads = [threading.Thread(target=person, args=(number,)) for number in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {name: sorted(values) for name, values in took.items()}


def _ms(ask: Ask) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000


def measure(home: Path, *, people: int) -> list[dict[str, object]]:
    """Each question with its median in ms, the baseline's and the ratio, idle and busy."""
    settings = read_settings(home)
    opened = open_home(settings, now=datetime.now(UTC))
    warehouse = Warehouse.open(settings, opened.lake)
    warehouse.load()
    with plain_copy(home) as plain:
        asked = questions(warehouse, plain)
        figures = [{"question": one.name, **_ratio("", idle(one.ours), idle(one.plain))} for one in asked]
        crowded = _crowded(asked, people) if people else {}
    warehouse.close()
    opened.close()
    return [{**figure, **crowded.get(str(figure["question"]), {})} for figure in figures]


def _crowded(asked: list[Question], people: int) -> dict[str, dict[str, float]]:
    ours = busy(_by_page(asked, lambda one: one.ours), people)
    theirs = busy(_by_page(asked, lambda one: one.plain), people)
    return {
        name: _ratio("busy_", percentile(ours[name], 0.5), percentile(theirs[name], 0.5))
        | {"busy_p95_ms": percentile(ours[name], 0.95), "busy_asked": len(ours[name])}
        for name in ours
    }


def _by_page(asked: list[Question], whose: Callable[[Question], Ask]) -> dict[str, list[tuple[str, Ask]]]:
    pages: dict[str, list[tuple[str, Ask]]] = {}
    for one in asked:
        pages.setdefault(one.page, []).append((one.name, whose(one)))
    return pages


def _ratio(when: str, ms: float, plain_ms: float) -> dict[str, float]:
    return {f"{when}ms": ms, f"{when}plain_ms": plain_ms, f"{when}ratio": ms / plain_ms if plain_ms else 0.0}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spans", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--people", type=int, default=10, help="who open pages in the busy half; 0 leaves it out")
    parser.add_argument("--home", type=Path, help="keep the filled homes in this folder, and use them again")
    parser.add_argument("--json", type=Path, help="also append the figures to this file")
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for spans in said.spans:
            home = ((said.home or Path(folder)) / f"spans-{spans}").absolute()
            filling = {} if home.exists() else fill(home, spans)
            for one in [{"filled": spans, **filling}, *measure(home, people=said.people)]:
                print({name: round(value, 2) if isinstance(value, float) else value for name, value in one.items()},
                      flush=True)  # fmt: skip
                if said.json:
                    with said.json.open("a") as out:
                        out.write(json.dumps({"spans": spans, **one}) + "\n")


if __name__ == "__main__":
    main()
