"""A server as a benchmark sees it, posted to; and the app, started on a home of its own, asked, weighed and ended."""

import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Self

from settings import read_settings
from storage import desk

ROOT = Path(__file__).parents[1]


def environment(*, unscrubbed: bool) -> dict[str, str]:
    """The environment of a benchmark's processes."""
    paths = [str(ROOT), *([str(ROOT / "benchmarks" / "unscrubbed")] if unscrubbed else [])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)}


def benchbook(home: Path, *words: str, unscrubbed: bool = False) -> object:
    """Run a command with --json and give back what it printed."""
    command = [sys.executable, "-m", "cli", words[0], "--home", str(home), *words[1:], "--json"]
    done = subprocess.run(command, cwd=ROOT, env=environment(unscrubbed=unscrubbed), capture_output=True, check=False)
    if done.returncode not in (0, 3):
        raise RuntimeError(done.stdout.decode()[-500:] + done.stderr.decode()[-2000:])
    return json.loads(done.stdout)


@dataclass
class Server:
    """Whatever takes OTLP over HTTP on this port and says by `/healthz` that it is there."""

    port: int = 0

    def wait_until_ready(self) -> None:
        """Until it answers."""
        while self._status("GET", "/healthz") != 200:
            time.sleep(0.1)

    def post_all(self, bodies: Iterable[bytes], *, clients: int = 4) -> list[float]:
        """Post the bodies from several clients, again after a 503; milliseconds until each was acknowledged."""
        queue: SimpleQueue[bytes] = SimpleQueue()
        for body in bodies:
            queue.put(body)
        took: list[float] = []
        threads = [threading.Thread(target=self._client, args=(queue, took)) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(took)

    def _client(self, queue: "SimpleQueue[bytes]", took: list[float]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Content-Type": "application/x-protobuf"}
        while True:
            try:
                body = queue.get_nowait()
            except Empty:
                return
            began = time.perf_counter()
            while True:
                connection.request("POST", "/v1/traces", body, headers)
                answer = connection.getresponse()
                answer.read()
                if answer.status == 200:
                    break
                time.sleep(float(answer.headers.get("Retry-After", "1")))
            took.append((time.perf_counter() - began) * 1000)

    def _status(self, method: str, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request(method, path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()


@dataclass
class Served(Server):
    """The app on `home`; use as a context manager."""

    home: Path = field(kw_only=True)
    unscrubbed: bool = False
    peak_rss_mib: float = 0.0
    _process: subprocess.Popen[bytes] | None = None
    _weighing: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self.port = free_port()
        command = [sys.executable, "-m", "cli", "serve", "--home", str(self.home), "--port", str(self.port)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment(unscrubbed=self.unscrubbed), stdout=subprocess.DEVNULL
        )
        self.wait_until_ready()
        threading.Thread(target=self._weigh, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the app as a supervisor would; harmless when it has ended."""
        self._weighing.set()
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(60)

    def wait_until(self, query: str, value: int) -> None:
        """Until the query's single number is `value`."""
        settings = read_settings(self.home)
        while desk.sql(settings, query) != [{"n": value}]:
            time.sleep(0.02)

    def wait_until_searchable(self, last_sequence: int) -> None:
        """Until the word index has taken in the spans up to this number."""
        path = read_settings(self.home).text_index_path
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60)) as index:
            while int(index.execute("SELECT value FROM state WHERE name = 'position'").fetchone()[0]) < last_sequence:
                time.sleep(0.02)

    def _weigh(self) -> None:
        """Highest sum of resident memory of the app and its workers."""
        assert self._process
        while not self._weighing.wait(0.2):
            own = _rss_mib(self._process.pid)
            children = sum(_rss_mib(int(pid)) for pid in _children(self._process.pid))
            self.peak_rss_mib = max(self.peak_rss_mib, own + children)


def _children(pid: int) -> list[str]:
    """Children of all of its threads: workers are those of the threads that tend them."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        return [child for thread in threads for child in (thread / "children").read_text().split()]
    except OSError:
        return []


def _rss_mib(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except (OSError, IndexError):
        return 0.0


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def percentile(values: list[float], share: float) -> float:
    """Of sorted values; 0 when there are none."""
    return values[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def folder_bytes(folder: Path) -> int:
    """Bytes of all files under a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
