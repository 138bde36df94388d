"""kill -9 of the served app, again and again, while clients stream OTLP requests to it; or of an `ingest` of a file.

    python -m benchmarks.kill --kills 50 --workers 2
    python -m benchmarks.kill --kills 50 --ingest

What must hold: every span that was answered 200 is there after the restart, every span of a file is there once it is
ingested again, none is there twice, and no worker process outlives its parent.
"""

import argparse
import json
import random
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from benchmarks.traffic import Traffic
from settings import read_settings
from storage import desk
from tests.receive import otlp
from tests.receive.otlp import Spec
from tests.receive.served import PROTOBUF, ROOT, Served, until

CLIENTS = 3
SPANS_PER_REQUEST = (20, 60)
WORKERS_GONE_SECONDS = 5.0


@dataclass
class Sent:
    """What the clients sent and what was answered 200."""

    url: str = ""
    requests: int = 0
    tried: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    statuses: dict[int, int] = field(default_factory=dict)
    stop: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True)
class Outcome:
    """Counts after all kills. Lost, doubled, unknown and orphans must be zero."""

    kills: int
    requests: int
    acknowledged: int
    stored: int
    lost: int
    doubled: int
    unknown: int
    orphans: int
    restart_seconds_p50: float
    restart_seconds_max: float
    statuses: dict[int, int]


def run(home: Path, kills: int, *, seed: int, workers: int = 1) -> Outcome:
    """Kill the app `kills` times at random moments, then compare what was acknowledged with what is stored."""
    app, sent = Served(home, f"[server]\nworkers = {workers}\n"), Sent()
    try:
        sent.url = app.start().url
        clients = [threading.Thread(target=_stream, args=(sent, seed + n), daemon=True) for n in range(CLIENTS)]
        for client in clients:
            client.start()
        killed = _killed(app, sent, kills, seed=seed)
        time.sleep(1)
        sent.stop.set()
        for client in clients:
            client.join(60)
        return _compared(app, sent, killed)
    finally:
        sent.stop.set()
        app.close()


@dataclass(frozen=True)
class Killed:
    """What each kill left behind and how long the next start took."""

    orphans: int
    restart_seconds: list[float]


def _killed(app: Served, sent: Sent, kills: int, *, seed: int) -> Killed:
    dice, orphans, restarts = random.Random(seed), 0, []  # moments, not secrets
    for _ in range(kills):
        time.sleep(dice.uniform(0.05, 2.0))
        old = set(app.workers())
        app.kill()
        gone = until(lambda old=old: not old & set(app.workers()), seconds=WORKERS_GONE_SECONDS)  # type: ignore[misc]
        orphans += 0 if gone else len(old & set(app.workers()))
        began = time.monotonic()
        sent.url = app.start().url
        restarts.append(time.monotonic() - began)
    return Killed(orphans, sorted(restarts))


def _stream(sent: Sent, seed: int) -> None:
    """One client: sends requests one after the other, each again until it is answered 200."""
    dice = random.Random(seed)
    while not sent.stop.is_set():
        trace = secrets.token_bytes(16)
        specs = [Spec(f"s{n}", trace=trace) for n in range(dice.randint(*SPANS_PER_REQUEST))]
        keys = {spec.key[0] + spec.key[1] for spec in specs}
        with sent.lock:
            sent.tried |= keys
        if _insisted(sent, otlp.request(*specs)):
            with sent.lock:
                sent.acknowledged |= keys
                sent.requests += 1


def _insisted(sent: Sent, body: bytes) -> bool:
    while not sent.stop.is_set():
        try:
            answer = httpx.post(f"{sent.url}/v1/traces", content=body, headers={"Content-Type": PROTOBUF}, timeout=20)
        except httpx.TransportError:
            time.sleep(0.1)
            continue
        with sent.lock:
            sent.statuses[answer.status_code] = sent.statuses.get(answer.status_code, 0) + 1
        if answer.status_code == 200:
            return True
        time.sleep(0.2)
    return False


def _compared(app: Served, sent: Sent, killed: Killed) -> Outcome:
    rows: list[str] = []

    def all_there() -> bool:
        rows[:] = [str(row["key"]) for row in app.sql("SELECT trace_id || span_id AS key FROM spans")]
        return sent.acknowledged <= set(rows)

    until(all_there, seconds=60)
    stored = set(rows)
    return Outcome(
        kills=len(killed.restart_seconds),
        requests=sent.requests,
        acknowledged=len(sent.acknowledged),
        stored=len(stored),
        lost=len(sent.acknowledged - stored),
        doubled=len(rows) - len(stored),
        unknown=len(stored - sent.tried),
        orphans=killed.orphans,
        restart_seconds_p50=round(killed.restart_seconds[len(killed.restart_seconds) // 2], 2),
        restart_seconds_max=round(killed.restart_seconds[-1], 2),
        statuses=sent.statuses,
    )


@dataclass(frozen=True)
class IngestOutcome:
    """Counts after all kills. Lost, doubled, added again and orphans must be zero."""

    kills: int
    finished_before_the_kill: int
    spans: int
    stored: int
    lost: int
    doubled: int
    added_again: int
    orphans: int


def run_ingest(folder: Path, kills: int, *, seed: int, spans: int) -> IngestOutcome:
    """Kill an `ingest` of a file `kills` times at random moments, let the last one end, then count what is stored.

    A file that was taken whole before its kill is followed by another.
    """
    dice, shell, finished, orphans = random.Random(seed), IngestShell(folder / "home"), 0, 0
    files = [_file(folder, seed, spans)]
    seconds = IngestShell(folder / "rehearsal").seconds(files[0])
    for _ in range(kills):
        is_done, left = shell.killed(files[-1], after_seconds=dice.uniform(0.1, 0.95) * seconds)
        orphans += left
        if is_done:
            finished += 1
            files.append(_file(folder, seed + len(files), spans))
    for file in files:
        shell.seconds(file)
    again = sum(shell.ingested(file)["spans"] for file in files)
    rows = [str(row["key"]) for row in desk.sql(shell.settings, "SELECT trace_id || span_id AS key FROM spans")]
    wanted = {key for file in files for key in _keys(file)}
    stored = set(rows)
    return IngestOutcome(
        kills=kills, finished_before_the_kill=finished, spans=len(wanted), stored=len(stored),
        lost=len(wanted - stored), doubled=len(rows) - len(stored), added_again=again, orphans=orphans,
    )  # fmt: skip


def _file(folder: Path, seed: int, spans: int) -> Path:
    """A file of one OTLP request after the other: in protobuf they are one large request."""
    path = folder / f"traffic-{seed}.pb"
    path.write_bytes(b"".join(Traffic(seed=seed).requests(spans)))
    return path


def _keys(file: Path) -> Iterator[str]:
    for group in ExportTraceServiceRequest.FromString(file.read_bytes()).resource_spans:
        for span in group.scope_spans[0].spans:
            yield span.trace_id.hex() + span.span_id.hex()


class IngestShell:
    """`benchbook ingest` on one home, run to its end or killed on the way."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.settings = read_settings(home)

    def seconds(self, file: Path) -> float:
        """Ingest a file to its end: how long that took."""
        began = time.monotonic()
        self.ingested(file)
        return time.monotonic() - began

    def ingested(self, file: Path) -> dict[str, int]:
        """What `ingest --json` says."""
        done = subprocess.run(self._command(file), cwd=ROOT, stdout=subprocess.PIPE, check=True)
        said: dict[str, int] = json.loads(done.stdout)
        return said

    def killed(self, file: Path, *, after_seconds: float) -> tuple[bool, int]:
        """Begin to ingest a file and kill that: whether it had ended before, and how many workers outlived it."""
        running = subprocess.Popen(self._command(file), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            running.wait(after_seconds)
        except subprocess.TimeoutExpired:
            workers = _children(running.pid)
            running.kill()
            running.wait()
            until(lambda: not _alive(workers), seconds=WORKERS_GONE_SECONDS)
            return False, len(_alive(workers))
        return True, 0

    def _command(self, file: Path) -> list[str]:
        return [sys.executable, "-m", "cli", "ingest", "--home", str(self.home), str(file), "--json"]


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def main() -> None:
    """Print the outcome; exit 1 when something was lost, doubled or left behind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1, help="of the served app")
    parser.add_argument("--ingest", action="store_true", help="kill `ingest` instead of the app")
    parser.add_argument("--spans", type=int, default=6_000, help="of the file that is ingested")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="benchbook-kill-"))
    try:
        if asked.ingest:
            taken = run_ingest(folder, asked.kills, seed=asked.seed, spans=asked.spans)
            print(taken)
            raise SystemExit(1 if taken.lost or taken.doubled or taken.added_again or taken.orphans else 0)
        outcome = run(folder / "home", asked.kills, seed=asked.seed, workers=asked.workers)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(outcome)
    raise SystemExit(1 if outcome.lost or outcome.doubled or outcome.unknown or outcome.orphans else 0)


if __name__ == "__main__":
    main()
