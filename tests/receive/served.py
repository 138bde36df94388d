"""The served app in a process of its own, as tests drive it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from settings import read_settings
from storage import desk

ROOT = Path(__file__).parents[2]
PROTOBUF = "application/x-protobuf"
JSON = "application/json"
START = """
import sys
from pathlib import Path
from ingest.receive.serve import serve
from settings import read_settings
sys.exit(serve(read_settings(Path(sys.argv[1])), port=int(sys.argv[2])))
"""


class Served:
    """One app on one home. `start` may be called again after `stop` or `kill`."""

    def __init__(self, home: Path, settings: str = "") -> None:
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        if settings:
            (home / "benchbook.toml").write_text(settings)
        self.log = home.parent / f"{home.name}.log"
        self.url = ""
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, prefix: tuple[str, ...] = (), *, port: int = 0) -> "Served":
        """Start and wait until it answers; `prefix` is a command to run it under, `port` 0 any that is free."""
        before = len(self.said())
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*prefix, sys.executable, "-c", START, str(self.home), str(port)],
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
            )
        self.url = self._announced(before)
        return self

    def said(self) -> str:
        """Everything on its standard output and error."""
        return self.log.read_text() if self.log.exists() else ""

    def post(self, path: str, body: bytes, content_type: str | None = PROTOBUF, **headers: str) -> httpx.Response:
        """Send one body as it is; header names with _ for -."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if content_type is not None:
            named["Content-Type"] = content_type
        return httpx.post(self.url + path, content=body, headers=named, timeout=60)

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Fetch a path."""
        return httpx.get(self.url + path, headers=headers, timeout=30)

    def sql(self, query: str) -> list[dict[str, object]]:
        """Rows of a query that the app itself answers, over its socket."""
        return ask(self.home, query)

    def eventually(self, query: str, expected: list[dict[str, object]], *, seconds: float = 15) -> None:
        """Wait until the query gives the rows."""
        rows: list[dict[str, object]] = []

        def arrived() -> bool:
            rows[:] = self.sql(query)
            return rows == expected

        assert until(arrived, seconds=seconds), f"{query}\n gives {rows}\n not {expected}\n{self.said()[-2000:]}"

    def workers(self) -> list[int]:
        """Process ids of the workers of this home, also of those whose app is gone."""
        mine = f"BENCHBOOK_HOME={self.home}".encode()
        return [pid for pid, environment in _environments() if mine in environment.split(b"\0")]

    def stop(self, *, seconds: float = 40) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def close(self) -> None:
        """End it if it still runs."""
        if self.process is not None and self.process.poll() is None:
            self.stop()

    def _announced(self, before: int) -> str:
        found: list[str] = []

        def announced() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, self.said()[before:]
            found[:] = re.findall(r"Benchbook: (http://\S+)", self.said()[before:])
            return bool(found)

        assert until(announced, seconds=200), self.said()[before:]
        return found[0]


def ask(home: Path, query: str) -> list[dict[str, object]]:
    """Rows of a query, by the desk of the running app."""
    return desk.sql(read_settings(home), query)


def until(happened: Callable[[], bool], *, seconds: float) -> bool:
    """Wait for something that happens in another process; whether it did."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if happened():
            return True
        time.sleep(0.05)
    return False


def _environments() -> list[tuple[int, bytes]]:
    """Worker processes on this machine and their environments (Linux)."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if b"ingest.receive.worker" in (folder / "cmdline").read_bytes():
                found.append((int(folder.name), (folder / "environ").read_bytes()))
        except OSError:
            continue  # it has just ended
    return found
