"""The queue under many reviewers, a process each, on both databases.

`python -m benchmarks.queue` claims and submits on a queue of 100,000 items, 20 % of them with two copies, beside a
plain UPDATE ... RETURNING loop (`queue_plain`): once by 1, 10 and 50 reviewers who never pause, which shows what the
machine can do, and once by 50 who think for two seconds over each item, which shows what a person waits for.
`python -m benchmarks.queue drain` lets 50 reviewers empty a queue of 2,000 items, ten of them killed with -9.
"""

import argparse
import datetime as dt
import multiprocessing
import os
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Protocol

from benchmarks.processes import percentile
from benchmarks.queue_drain import Queued, drain
from benchmarks.queue_filled import ANSWERS, SAMPLE, emptied, fill, name_of
from benchmarks.queue_plain import Plain
from review.labelling import labels, queue
from storage.ledger_database import Database

KINDS = ("sqlite", "postgresql")
Times = list[tuple[float, float]]
"""Milliseconds of each claim and of the submit that followed."""
_WARM_UP = 6
"""Labels before those that are timed: the first connect and compile, and what comes often PostgreSQL prepares."""


class Labeller(Protocol):
    """One reviewer at one queue."""

    def label(self, think_seconds: float) -> tuple[float, float]: ...
    def close(self) -> None: ...


class Ours:
    """A reviewer at Benchbook's queue."""

    def __init__(self, url: str, reviewer: str) -> None:
        self._database, self._reviewer = Database(url), reviewer

    def label(self, think_seconds: float) -> tuple[float, float]:
        """Claims an item, thinks, submits; milliseconds of both."""
        began = time.perf_counter()
        found = queue.claim(self._database, reviewer=self._reviewer, sample=SAMPLE, now=_now())
        claimed = time.perf_counter()
        assert found
        time.sleep(think_seconds)
        at = time.perf_counter()
        labels.submit(self._database, found.id, reviewer=self._reviewer, answers=ANSWERS, now=_now())
        return (claimed - began) * 1000, (time.perf_counter() - at) * 1000

    def close(self) -> None:
        self._database.close()


class Baseline:
    """A reviewer at the plain table."""

    def __init__(self, url: str, reviewer: str) -> None:
        self._table, self._reviewer = Plain(url), reviewer

    def label(self, think_seconds: float) -> tuple[float, float]:
        """As `Ours.label`."""
        began = time.perf_counter()
        item = self._table.claim(self._reviewer)
        claimed = time.perf_counter()
        time.sleep(think_seconds)
        at = time.perf_counter()
        self._table.submit(item, self._reviewer)
        return (claimed - began) * 1000, (time.perf_counter() - at) * 1000

    def close(self) -> None:
        self._table.close()


SYSTEMS: dict[str, Callable[[str, str], Labeller]] = {"benchbook": Ours, "plain": Baseline}


@dataclass(frozen=True, slots=True)
class Work:
    """What each of `reviewers` does: that many labels, `think_seconds` on average over each."""

    system: str
    reviewers: int
    labels: int
    think_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Measured:
    """What the reviewers did together within `seconds`."""

    claims_ms: list[float]
    submits_ms: list[float]
    seconds: float

    def row(self) -> str:
        """p50, p95 and longest of both in milliseconds, and labels per second."""
        cells = [f"{percentile(times, 0.5):8.1f} {percentile(times, 0.95):8.1f} {times[-1]:8.0f}"
                 for times in (self.claims_ms, self.submits_ms)]  # fmt: skip
        return " |".join(cells) + f" |{len(self.claims_ms) / self.seconds:8.1f}"


def main() -> None:
    asked = _asked()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        if asked.what == "drain":
            _drain(Path(folder), asked)
        else:
            _latency(Path(folder), asked)
    print(f"load {os.getloadavg()[0]:.1f}")


def _latency(folder: Path, asked: argparse.Namespace) -> None:
    print(f"{asked.items:,} items; claim p50, p95, longest | submit p50, p95, longest (ms) | labels/s; "
          f"load {os.getloadavg()[0]:.1f}")  # fmt: skip
    for kind in asked.kinds:
        for system in SYSTEMS:
            with emptied(kind, folder) as url:
                _fill(url, system, asked)
                works = [Work(system, many, max(asked.least, asked.labels // many)) for many in asked.reviewers]
                if asked.think:
                    many = max(asked.reviewers)
                    works.append(Work(system, many, max(asked.least, asked.labels // many), asked.think))
                for work in works:
                    how = f"thinking {work.think_seconds:g} s" if work.think_seconds else "never pausing"
                    print(f"{kind:10} {work.reviewers:3} {how:14} {system:9} {_measured(url, work).row()}", flush=True)


def _fill(url: str, system: str, asked: argparse.Namespace) -> None:
    if system == "plain":
        table = Plain(url)
        table.make(asked.items)
        table.close()
    else:
        fill(url, items=asked.items, twice=asked.items // 5, reviewers=max(asked.reviewers))


def _measured(url: str, work: Work) -> Measured:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.queue_drain"])
    ready, times = context.Barrier(work.reviewers + 1), context.SimpleQueue()
    at_work = [context.Process(target=_labels, args=(url, number, work, ready, times))
               for number in range(work.reviewers)]  # fmt: skip
    for one in at_work:
        one.start()
    ready.wait()
    began = time.perf_counter()
    together: Times = [pair for _ in at_work for pair in times.get()]
    seconds = time.perf_counter() - began
    for one in at_work:
        one.join()
    return Measured(sorted(claim for claim, _ in together), sorted(submit for _, submit in together), seconds)


def _labels(url: str, number: int, work: Work, ready: Barrier, times: "SimpleQueue[Times]") -> None:
    reviewer, chance = SYSTEMS[work.system](url, name_of(number)), random.Random(number)
    for _ in range(_WARM_UP):
        reviewer.label(0)
    ready.wait()
    time.sleep(chance.uniform(0, work.think_seconds))  # not all in step
    times.put([reviewer.label(chance.uniform(0.5, 1.5) * work.think_seconds) for _ in range(work.labels)])
    reviewer.close()


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
    parser.add_argument("--least", type=int, default=4, help="Of one reviewer, per row of the table.")
    parser.add_argument(
        "--think", type=float, default=2.0, help="Seconds over each item, in the last row; 0: no such row."
    )
    parser.add_argument("--lease", type=float, default=20.0, help="Seconds, of the drain.")
    parser.add_argument("--folder", type=Path, help="Where SQLite's file lies, for its disk; a temporary folder.")
    return parser.parse_args()


if __name__ == "__main__":
    main()
