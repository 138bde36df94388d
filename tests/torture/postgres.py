"""PostgreSQL restarted in mid-write, at once and by force, under people who label and an app that takes in traces."""

import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.receive import otlp
from tests.receive.otlp import Spec
from tests.receive.served import PROTOBUF, ROOT, Served, until
from tests.torture.attack import OneRound, Place, Skipped
from tests.torture.kills import LABELLER, check_labels, fitting_answers
from tests.torture.shell import Shell, filled

RESTARTS = 3
MODES = ("immediate", "fast", "immediate")
"""`immediate` is a crash: no connection is told, the next start recovers from the log."""
NOBODY = "nobody"
DRAINED_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Cluster:
    """A PostgreSQL of our own on a free port; its server refuses to run as root."""

    data: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start and wait until it answers."""
        self._ctl(
            "start",
            "-w",
            "-t",
            "60",
            "-l",
            str(self.data / "log"),
            "-o",
            f"-p {self.port} -k {self.data} -c listen_addresses=127.0.0.1",
        )

    def stop(self, mode: str) -> None:
        """Stop as said: `fast` ends connections, `immediate` crashes."""
        self._ctl("stop", "-m", mode)

    def _ctl(self, *words: str) -> None:
        command = [_program("pg_ctl"), "-D", str(self.data), *words]
        quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)  # else the server keeps ours open
        done = subprocess.run(command, **_as_nobody(), **quiet, check=False, timeout=120)  # type: ignore[call-overload]
        assert done.returncode == 0, f"pg_ctl {words[0]} ended with {done.returncode}"


def _program(name: str) -> str:
    found = shutil.which(name) or next(iter(sorted(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")))), None)
    if found is None:
        raise Skipped(f"{name} of PostgreSQL is not installed")
    return found


def _as_nobody() -> dict[str, object]:
    return {"user": NOBODY, "group": pwd.getpwnam(NOBODY).pw_gid, "cwd": "/"} if os.geteuid() == 0 else {}


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A cluster that is made, started, and gone afterwards."""
    import tempfile

    data = Path(
        tempfile.mkdtemp(prefix="benchbook-pg-", dir="/tmp")
    )  # a path short enough for its socket, open to nobody
    if os.geteuid() == 0:
        shutil.chown(data, NOBODY)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    made = Cluster(data, port)
    try:
        command = [_program("initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C"]
        done = subprocess.run(command, **_as_nobody(), capture_output=True, check=False, timeout=120)  # type: ignore[call-overload]
        if done.returncode:
            raise Skipped("a PostgreSQL cluster cannot be made here")
        made.start()
        yield made
    finally:
        if (data / "postmaster.pid").exists():
            made.stop("immediate")
        shutil.rmtree(data, ignore_errors=True)


@contextmanager
def restarted(place: Place) -> Iterator[OneRound]:
    """Each round: people label until the queue is empty, or the app takes in traces, while the server is restarted."""
    with cluster() as server:

        def one_round() -> None:
            if place.round % 2:
                _under_the_app(place, server)
            else:
                _under_labellers(place, server)

        yield one_round


def _fresh(place: Place, server: Cluster) -> Path:
    """A home whose ledger is a database of its own in the cluster, with a sample in its queue."""
    name = f"ledger_{place.round}"
    folder = place.folder / f"round-{place.round}"
    folder.mkdir()
    home = folder / "template"
    home.mkdir()
    subprocess.run(
        [_program("psql"), "-q", server.url, "-c", f"CREATE DATABASE {name}"], check=True, capture_output=True
    )
    (home / "benchbook.toml").write_text(
        f'[server]\nworkers = 1\n[storage]\ndatabase_url = "{server.url.removesuffix("postgres")}{name}"\n'
    )
    filled(folder)
    said = Shell(home).run("sample", "weekly", "--week", "2026-W46", "--json")
    assert said.code == 0, said.words
    return home


def _restarts(place: Place, server: Cluster) -> None:
    dice = place.dice("restarts")
    for number in range(RESTARTS):
        time.sleep(dice.uniform(0.2, 1.2))
        server.stop(MODES[number])
        time.sleep(dice.uniform(0, 0.8))
        server.start()
        place.count("restarts of PostgreSQL")


def _under_labellers(place: Place, server: Cluster) -> None:
    home = _fresh(place, server)
    answers = json.dumps(fitting_answers(home))
    kept: list[str] = []
    done: set[str] = set()

    def label(name: str) -> None:
        ends = time.monotonic() + DRAINED_SECONDS
        while time.monotonic() < ends and name not in done:
            ran = subprocess.run(
                [sys.executable, "-c", LABELLER, str(home), name, answers],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
            told = [json.loads(line) for line in ran.stdout.splitlines() if line.endswith("}")]
            kept.extend(one["kept"] for one in told if "kept" in one)
            if any("done" in one for one in told):
                done.add(name)
            elif "StoreFailed" not in ran.stderr:
                place.found(f"labelling ends otherwise than told while PostgreSQL restarts: {ran.stderr[-200:]}")
                return

    people = [threading.Thread(target=label, args=(name,)) for name in ("Kit", "Lou")]
    for one in people:
        one.start()
    _restarts(place, server)
    for one in people:
        one.join()
    place.count("labels acknowledged", len(kept))
    place.expect(len(done) == 2, "the queue is not empty after PostgreSQL came back")
    check_labels(place, home, kept)


def _under_the_app(place: Place, server: Cluster) -> None:
    home = _fresh(place, server)
    app, kept, stop = Served(home).start(), set[tuple[str, str]](), threading.Event()

    def stream() -> None:
        while not stop.is_set():
            spec = Spec("beside postgres")
            try:
                answer = httpx.post(
                    f"{app.url}/v1/traces", content=otlp.request(spec), headers={"Content-Type": PROTOBUF}, timeout=60
                )
            except httpx.TransportError as error:
                place.found(
                    f"no answer while PostgreSQL restarts: {type(error).__name__}", zero="answers that never came"
                )
                return
            place.count(f"answered {answer.status_code}")
            if answer.status_code == 200:
                kept.add(spec.key)
            elif answer.status_code != 503:
                place.found(f"answered {answer.status_code} while PostgreSQL restarts", zero="answers of 500")

    client = threading.Thread(target=stream)
    try:
        client.start()
        _restarts(place, server)
        time.sleep(1)
        stop.set()
        client.join()
        rows: list[tuple[str, str]] = []

        def there() -> bool:
            rows[:] = [
                (str(row["trace_id"]), str(row["span_id"])) for row in app.sql("SELECT trace_id, span_id FROM spans")
            ]
            return kept <= set(rows)

        place.count("spans acknowledged", len(kept))
        back = until(there, seconds=40)
        lost = f"{len(kept - set(rows))} spans are not there after restarts of PostgreSQL"
        place.expect(back, lost, zero="acknowledged spans lost")
        place.expect(len(rows) == len(set(rows)), "spans are there twice", zero="doubled")
        place.expect("unforeseen" not in app.said(), "an error that nobody foresaw while PostgreSQL restarts")
        place.expect("Traceback" not in app.said(), "a traceback is in the log while PostgreSQL restarts")
        for words in (("user", "list", "--json"), ("labels", "export", "--json")):
            said = Shell(home).run(*words)
            place.expect(said.code == 0, f"{words[0]} after PostgreSQL came back: {said.words}")
    finally:
        stop.set()
        app.close()
