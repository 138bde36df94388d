"""kill -9 of the served app, again and again, while clients stream OTLP requests to it.

    python -m benchmarks.kill --kills 50

What must hold: every span that was answered 200 is there after the restart, none is there twice, and no worker
process outlives its app.
"""

import argparse
import random
import secrets
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.receive import otlp
from tests.receive.otlp import Spec
from tests.receive.served import PROTOBUF, Served, until

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


def run(home: Path, kills: int, *, seed: int) -> Outcome:
    """Kill the app `kills` times at random moments, then compare what was acknowledged with what is stored."""
    app, sent = Served(home, "[server]\nworkers = 1\n"), Sent()
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


def main() -> None:
    """Print the outcome; exit 1 when something was lost, doubled or left behind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="benchbook-kill-"))
    try:
        outcome = run(folder / "home", asked.kills, seed=asked.seed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(outcome)
    raise SystemExit(1 if outcome.lost or outcome.doubled or outcome.unknown or outcome.orphans else 0)


if __name__ == "__main__":
    main()
