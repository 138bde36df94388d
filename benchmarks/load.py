"""How fast the warehouse loads from the lake, as a ratio to a plain DuckDB `CREATE TABLE AS` of the same columns.

Run: python -m benchmarks.load [SPANS]. The lake is made in a temporary folder from seeded rows.
"""

import argparse
import hashlib
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from benchmarks.traffic import MODELS, START_NS, STEPS
from settings import Settings
from storage import found, texts
from storage.lake import Lake
from storage.loading.columns import staged_spans
from storage.schema import lake_schema
from storage.warehouse import Warehouse

PER_TRACE = 13
PER_COMMIT = 8_192
STEP_NS = 10**9


def rows(spans: int, *, seed: int = 1) -> Iterator[list[dict[str, Any]]]:
    """Commits of rows as ingest writes them: two texts of 430 characters each, documents on retrievals."""
    chosen = random.Random(seed)
    words = ["".join(chosen.choices("abcdefghijklmnopqrstuvwxyz", k=chosen.randint(3, 11))) for _ in range(67_612)]
    pool = [" ".join(chosen.choices(words, k=54)) for _ in range(20_000)]

    def text() -> str:
        return f"{chosen.choice(pool)} {chosen.choice(words)}"

    for first in range(0, spans, PER_COMMIT):
        yield [_row(number, chosen, text) for number in range(first, min(first + PER_COMMIT, spans))]


def _row(number: int, chosen: random.Random, text: Callable[[], str]) -> dict[str, Any]:
    trace, place = divmod(number, PER_TRACE)
    name, kind = STEPS[place % len(STEPS)]
    start = START_NS + trace * STEP_NS + place * 10**6
    end = start + int(chosen.lognormvariate(18, 1))
    row: dict[str, Any] = {
        "trace_id": _digest("t", trace, 32), "span_id": _digest("s", number, 16),
        "parent_span_id": _digest("s", trace * PER_TRACE, 16) if place else None,
        "start_ns": start, "end_ns": end, "duration_ns": end - start, "time_source": "client",
        "name": name, "step": name,
        "kind": kind.lower(), "status": "ok", "arrival": "whole", "input_text": text(), "output_text": text(),
        "session_id": f"s_{trace // 3}", "tenant": f"tenant-{trace % 20}", "app": "bank-bot", "environment": "prod",
        "content_hash": _digest("c", number, 26), "ingest_batch": f"b{number // PER_COMMIT}", "problems": [],
    }  # fmt: skip
    if kind == "LLM":
        row |= {"model": chosen.choice(MODELS), "tok_in": chosen.randrange(4000), "tok_out": chosen.randrange(900)}
    if kind in ("RETRIEVER", "RERANKER"):
        row["documents"] = [{"rank": n, "role": "retrieved", "doc_id": f"kb-{n}", "content": text()} for n in (1, 2, 3)]
    return row


def _digest(kind: str, number: int, digits: int) -> str:
    return hashlib.blake2b(f"{kind}{number}".encode(), digest_size=digits // 2).hexdigest()


def fill(lake: Lake, spans: int) -> None:
    """Commit `spans` rows."""
    schema = lake_schema("spans")
    for commit in rows(spans):
        columns = [pa.array([row.get(field.name) for row in commit], field.type) for field in schema]
        lake.append("spans", pa.Table.from_arrays(columns, schema=schema))


def timed(what: str, run: Callable[[], object], *, spans: int = 0, times: int = 1) -> float:
    """Print and return seconds of the best of `times` runs."""
    best = float("inf")
    for _ in range(times):
        began = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - began)
    rate = f"{spans / best:>10,.0f} spans/s" if spans else ""
    print(f"{what:<44}{best * 1000:>10,.1f} ms {rate}", flush=True)
    return best


def plain(lake: Lake, path: Path) -> None:
    """What DuckDB needs alone for the same columns."""
    files = [file.path for file in lake.files("spans")]
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            f"CREATE TABLE span_rows AS SELECT {staged_spans()} FROM read_parquet($files, union_by_name = true)",  # noqa: S608
            {"files": files},
        )


def measure(spans: int, folder: Path) -> None:
    """Fill, load, search, open a trace; before and after compaction."""
    settings = Settings(home=folder / "home")
    settings.home.mkdir()
    lake = Lake(settings.lake_location)
    timed("fill the lake (not measured)", lambda: fill(lake, spans), spans=spans)
    base = timed("plain CREATE TABLE AS", lambda: plain(lake, folder / "plain.duckdb"), spans=spans)
    warehouse = Warehouse.open(settings, lake)
    loaded = timed("load, rows", lambda: warehouse.load(with_index=False), spans=spans)
    print(f"{'ratio to plain':<44}{loaded / base:>10.2f}")
    timed("load, words", warehouse.load, spans=spans)
    timed("load with nothing new", warehouse.load, times=5)
    timed("compact", lambda: lake.compact("spans"))
    timed("load after compaction", warehouse.load)
    trace = _digest("t", spans // PER_TRACE // 2, 32)
    timed("texts of one trace", lambda: texts.trace_texts(warehouse, trace), times=7)
    timed("documents of one trace", lambda: texts.trace_documents(warehouse, trace), times=7)
    word = str(texts.trace_texts(warehouse, trace)["input_text"].iloc[0]).split()[-1]
    timed("traces with a rare word", lambda: found.traces_with(warehouse, word), times=5)
    timed("traces with an absent word", lambda: found.traces_with(warehouse, "qqqqqqqqqqqq"), times=5)
    by_hour = "SELECT step, time_bucket(INTERVAL 1 HOUR, start_ts::TIMESTAMP), quantile_cont(duration_ns, 0.95)"
    timed("hourly p95 by step", lambda: warehouse.frame(f"{by_hour} FROM span_rows GROUP BY ALL"), times=5)
    warehouse.close()
    sizes = {path.name: path.stat().st_size for path in settings.home.iterdir() if path.is_file()}
    sizes["lake"] = sum(file.size_bytes for file in lake.files("spans"))
    for name in ("lake", "warehouse.duckdb", "text.idx"):
        print(f"{name:<44}{sizes[name] / spans:>10,.0f} bytes per span")
    print(f"{'peak memory':<44}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:>10,.0f} MB")


def main() -> None:
    """Entry of the script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("spans", type=int, nargs="?", default=100_000)
    with tempfile.TemporaryDirectory() as folder:
        measure(parser.parse_args().spans, Path(folder))


if __name__ == "__main__":
    main()
