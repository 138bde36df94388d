"""Spans per second until queryable beside Arize Phoenix: the same requests, one after the other, on one machine.

    python -m venv px && px/bin/pip install arize-phoenix==20.26.1
    python -m benchmarks.phoenix px/bin/phoenix --spans 10000 [--traffic talks]

512 spans per request, 4 clients, both as installed: Phoenix on its SQLite, Benchbook with its default policy.
Queryable: Phoenix's own table of spans holds all of them; Benchbook's own SQL counts them.
"""

import argparse
import os
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.end_to_end import COUNT, TRAFFIC
from benchmarks.processes import Served, Server, free_port


@contextmanager
def phoenix(program: Path, folder: Path) -> Iterator[Server]:
    """Phoenix, ready; ended afterwards."""
    ports = {"PHOENIX_PORT": str(port := free_port()), "PHOENIX_GRPC_PORT": str(free_port())}
    process = subprocess.Popen(
        [program, "serve"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=os.environ | ports | {"PHOENIX_WORKING_DIR": str(folder), "PHOENIX_TELEMETRY_ENABLED": "false"},
    )  # fmt: skip
    try:
        server = Server(port)
        server.wait_until_ready()
        yield server
    finally:
        process.terminate()
        process.wait(60)


def of_phoenix(program: Path, bodies: list[bytes], warm: list[bytes], spans: int) -> tuple[float, float]:
    """Spans per second acknowledged, and queryable."""
    with tempfile.TemporaryDirectory() as folder, phoenix(program, Path(folder)) as server:
        server.post_all(warm)
        _wait_for_rows(Path(folder), 64)
        began = time.perf_counter()
        server.post_all(bodies)
        acknowledged = time.perf_counter() - began
        _wait_for_rows(Path(folder), spans + 64)
        return spans / acknowledged, spans / (time.perf_counter() - began)


def _wait_for_rows(folder: Path, wanted: int) -> None:
    with closing(sqlite3.connect(f"file:{folder / 'phoenix.db'}?mode=ro", uri=True, timeout=60)) as database:
        while int(database.execute("SELECT count(*) FROM spans").fetchone()[0]) < wanted:
            time.sleep(0.1)


def of_benchbook(bodies: list[bytes], warm: list[bytes], spans: int) -> tuple[float, float]:
    """Spans per second acknowledged, and queryable."""
    with tempfile.TemporaryDirectory() as folder, Served(home=Path(folder) / "home") as app:
        app.post_all(warm)
        app.wait_until(COUNT, 64)
        began = time.perf_counter()
        app.post_all(bodies)
        acknowledged = time.perf_counter() - began
        app.wait_until(COUNT, spans + 64)
        return spans / acknowledged, spans / (time.perf_counter() - began)


def main() -> None:
    """Print rates and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path, help="Phoenix's own program, of an environment of its own")
    parser.add_argument("--spans", type=int, default=10_000)
    parser.add_argument("--traffic", choices=TRAFFIC, default="distinct", help="talks: the history is sent again")
    asked = parser.parse_args()
    bodies = list(TRAFFIC[asked.traffic]().requests(asked.spans))
    warm = list(TRAFFIC[asked.traffic](seed=2).requests(64))
    own = of_benchbook(bodies, warm, asked.spans)
    other = of_phoenix(asked.program.resolve(), bodies, warm, asked.spans)
    print(f"{asked.traffic}, {asked.spans:,} spans{'':12}acknowledged/s  queryable/s")
    for name, (acknowledged, queryable) in (("Benchbook, scrubbed", own), ("Phoenix", other)):
        print(f"{name:34}{acknowledged:14,.0f}{queryable:13,.0f}")
    print(f"queryable: {own[1] / other[1]:.1f} times")


if __name__ == "__main__":
    main()
