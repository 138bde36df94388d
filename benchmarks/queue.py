"""The queue under many reviewers, a process each, on both databases.

`python -m benchmarks.queue` claims and submits on a queue of 100,000 items (20 % of them with two copies) with 1, 10
and 50 reviewers who never pause, and sets it beside a plain UPDATE ... RETURNING loop (`queue_plain`).
`python -m benchmarks.queue drain` lets 50 reviewers empty a queue of 2,000 items, ten of them killed with -9.
"""

import argparse
import datetime as dt
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from pathlib import Path

from benchmarks.processes import percentile
from benchmarks.queue_drain import Queued, drain
from benchmarks.queue_filled import ANSWERS, SAMPLE, emptied, fill, name_of
from benchmarks.queue_plain import Plain
from review import labels, queue
from storage.ledger_database import Database

KINDS = ("sqlite", "postgresql")
Times = list[tuple[float, float]]
"""Milliseconds of each claim and of the submit that followed."""

Work = Callable[[str, str, int, Barrier], Times]


@dataclass(frozen=True, slots=True)
class Measured:
    """What `reviewers` did together within `seconds`."""

    claims_ms: list[float]
    submits_ms: list[float]
    seconds: float

    def row(self) -> str:
        """p50, p95 and longest of both in milliseconds, and labels per second."""
        cells = [f"{percentile(times, 0.5):8.1f} {percentile(times, 0.95):8.1f} {times[-1]:8.0f}"
                 for times in (self.claims_ms, self.submits_ms)]  # fmt: skip
        return " |".join(cells) + f" |{len(self.claims_ms) / self.seconds:8.0f}"


def main() -> None:
    asked = _asked()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        if asked.what == "drain":
            _drain(Path(folder), asked)
        else:
            _latency(Path(folder), asked)


def _latency(folder: Path, asked: argparse.Namespace) -> None:
    print(f"{asked.items:,} items; claim p50, p95, longest | submit p50, p95, longest (ms) | labels/s")
    for kind in asked.kinds:
        with emptied(kind, folder) as url:
            fill(url, items=asked.items, twice=asked.items // 5, reviewers=max(asked.reviewers))
            for reviewers in asked.reviewers:
                cycles = max(4, asked.labels // reviewers)
                found = _measured(url, reviewers=reviewers, cycles=cycles, is_plain=False)
                print(f"{kind:10} {reviewers:3} reviewers, benchbook {found.row()}", flush=True)
        with emptied(kind, folder) as url:
            table = Plain(url)
            table.make(asked.items)
            table.close()
            for reviewers in asked.reviewers:
                found = _measured(url, reviewers=reviewers, cycles=max(4, asked.labels // reviewers), is_plain=True)
                print(f"{kind:10} {reviewers:3} reviewers, plain     {found.row()}", flush=True)


def _measured(url: str, *, reviewers: int, cycles: int, is_plain: bool) -> Measured:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.queue_drain"])
    ready, times = context.Barrier(reviewers + 1), context.SimpleQueue()
    work = _plain_loop if is_plain else _loop
    at_work = [context.Process(target=_report, args=(work, url, name_of(number), cycles, ready, times))
               for number in range(reviewers)]  # fmt: skip
    for one in at_work:
        one.start()
    ready.wait()
    began = time.perf_counter()
    together: Times = [pair for _ in at_work for pair in times.get()]
    seconds = time.perf_counter() - began
    for one in at_work:
        one.join()
    return Measured(sorted(claim for claim, _ in together), sorted(submit for _, submit in together), seconds)


def _report(work: Work, url: str, reviewer: str, cycles: int, ready: Barrier, times: "SimpleQueue[Times]") -> None:
    times.put(work(url, reviewer, cycles, ready))


def _loop(url: str, reviewer: str, cycles: int, ready: Barrier) -> Times:
    database = Database(url)
    taken: Times = []
    for cycle in range(cycles + 1):
        if cycle == 1:  # the first one connects and compiles
            ready.wait()
        began = time.perf_counter()
        found = queue.claim(database, reviewer=reviewer, sample=SAMPLE, now=_now())
        between = time.perf_counter()
        assert found
        labels.submit(database, found.id, reviewer=reviewer, answers=ANSWERS, now=_now())
        taken.append(((between - began) * 1000, (time.perf_counter() - between) * 1000))
    database.close()
    return taken[1:]


def _plain_loop(url: str, reviewer: str, cycles: int, ready: Barrier) -> Times:
    table = Plain(url)
    taken: Times = []
    for cycle in range(cycles + 1):
        if cycle == 1:
            ready.wait()
        began = time.perf_counter()
        item = table.claim(reviewer)
        between = time.perf_counter()
        table.submit(item, reviewer)
        taken.append(((between - began) * 1000, (time.perf_counter() - between) * 1000))
    table.close()
    return taken[1:]


def _drain(folder: Path, asked: argparse.Namespace) -> None:
    for kind in asked.kinds:
        logs = folder / f"logs of {kind}"
        logs.mkdir()
        with emptied(kind, folder) as url:
            began = time.perf_counter()
            queued = Queued(items=2_000, twice=400, reviewers=50, killed=10, lease=dt.timedelta(seconds=asked.lease))
            found = drain(url, logs, queued)
            print(f"{kind}: {time.perf_counter() - began:.0f} s, {found.faults} faults; {found}", flush=True)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("what", nargs="?", choices=("latency", "drain"), default="latency")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--reviewers", type=int, nargs="+", default=[1, 10, 50])
    parser.add_argument("--labels", type=int, default=1_000, help="In all, per row of the table.")
    parser.add_argument("--lease", type=float, default=20.0, help="Seconds, of the drain.")
    parser.add_argument("--folder", type=Path, help="Where SQLite's file lies, for its disk; a temporary folder.")
    return parser.parse_args()


if __name__ == "__main__":
    main()
