"""What an append to the lake costs, beside the library's own write, in one run.

python -m benchmarks.lake [--seconds 4]
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from storage.lake import Lake
from storage.schema import lake_schema

SIZES = (1, 100, 2_000, 10_000)
_START_NS = 1_788_220_800_000_000_000


def spans(rows: int, *, seed: int = 1) -> pa.Table:
    """Spans with two texts of 430 characters each, mostly distinct words."""
    chosen = random.Random(seed)
    words = ["".join(chosen.choices("abcdefghijklmnopqrstuvwxyz", k=chosen.randint(3, 11))) for _ in range(20_000)]

    def text() -> str:
        return " ".join(chosen.choices(words, k=55))

    known: dict[str, list[object]] = {
        "trace_id": [f"{n // 13:032x}" for n in range(rows)],
        "span_id": [f"{chosen.getrandbits(64):016x}" for _ in range(rows)],
        "start_ns": [_START_NS + n * 10**6 for n in range(rows)],
        "end_ns": [_START_NS + n * 10**6 + chosen.randrange(10**9) for n in range(rows)],
        "name": ["synthesise"] * rows,
        "step": ["synthesise"] * rows,
        "model": ["gpt-4o-mini-2024-07-18"] * rows,
        "tok_in": [chosen.randrange(4_000) for _ in range(rows)],
        "input_text": [text() for _ in range(rows)],
        "output_text": [text() for _ in range(rows)],
        "documents": [[{"rank": 1, "content": text()}] if n % 4 == 0 else None for n in range(rows)],
        "content_hash": [f"{chosen.getrandbits(128):032x}" for _ in range(rows)],
    }
    schema = lake_schema("spans")
    return pa.Table.from_arrays([pa.array(known.get(f.name, [None] * rows), f.type) for f in schema], schema=schema)


def timed(commit: Callable[[], object], *, seconds: float) -> list[float]:
    """Milliseconds of each commit made within `seconds`, at least five."""
    taken: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(taken) < 5:
        began = time.perf_counter()
        commit()
        taken.append((time.perf_counter() - began) * 1e3)
    return taken


def line(what: str, rows: int, taken_ms: list[float]) -> str:
    p50, p95 = statistics.median(taken_ms), sorted(taken_ms)[int(len(taken_ms) * 0.95)]
    mean = statistics.fmean(taken_ms)
    return (
        f"{what:10} {rows:6} rows  {1e3 / mean:7.1f} commits/s  {mean * 1e3 / rows:9.1f} µs/span"
        f"  p50 {p50:6.1f}  p95 {p95:6.1f} ms  ({len(taken_ms)} commits)"
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=4.0, help="for each line")
    seconds = asked.parse_args().seconds
    with tempfile.TemporaryDirectory() as folder:
        for rows in SIZES:
            batch = spans(rows)
            lake = Lake(f"{folder}/{rows}/ours")
            print(line("ours", rows, timed(lambda: lake.append("spans", batch), seconds=seconds)))  # noqa: B023
            path = Path(f"{folder}/{rows}/library")
            DeltaTable.create(path, schema=lake_schema("spans"))
            table = DeltaTable(path)
            write = timed(lambda: write_deltalake(table, batch, mode="append"), seconds=seconds)  # noqa: B023
            print(line("library", rows, write))


if __name__ == "__main__":
    main()
