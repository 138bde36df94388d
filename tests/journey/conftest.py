"""A real home, the real command line and the real server, each in processes of their own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT.parent / "shared" / "fixtures"


@dataclass(frozen=True)
class Shell:
    """Runs `benchbook` on one home and returns what it printed."""

    home: Path

    def run(self, *words: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "cli", words[0], "--home", str(self.home), *words[1:]],
            cwd=ROOT, capture_output=True, text=True, timeout=280, check=False, env=os.environ | {"BENCHBOOK_HOME": ""},
        )  # fmt: skip
        assert done.returncode == expect, f"exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done

    def json(self, *words: str, expect: int = 0) -> object:
        return json.loads(self.run(*words, "--json", expect=expect).stdout)

    def sql(self, query: str) -> list[dict[str, object]]:
        rows = self.json("sql", query)
        assert isinstance(rows, list)
        return rows


@dataclass
class Served:
    """The served app: its address, its process and what it wrote on its output."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def post(self, path: str, body: bytes, content_type: str = "application/x-protobuf") -> tuple[int, bytes]:
        request = urllib.request.Request(self.url + path, data=body, headers={"Content-Type": content_type})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "home")


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[Path], Served]]:
    """Starts the app on a home; whatever was started is stopped at the end."""
    started: list[Served] = []

    def start(home: Path) -> Served:
        log = tmp_path / f"app-{len(started)}.log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "cli", "serve", "--home", str(home), "--port", str(port)]
        with log.open("wb") as output:
            process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        served = Served(f"http://127.0.0.1:{port}", process, log)
        started.append(served)
        _wait_until_healthy(served)
        return served

    yield start
    for served in started:
        if served.process.poll() is None:
            served.stop()


def _wait_until_healthy(served: Served, *, seconds: int = 90) -> None:
    for _ in range(seconds * 5):
        assert served.process.poll() is None, served.log.read_text()[-3000:]
        try:
            with urllib.request.urlopen(served.url + "/healthz", timeout=5) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.2)
    pytest.fail(served.log.read_text()[-3000:])


def until(question: Callable[[], bool], *, seconds: float = 30) -> None:
    """Waits for something that happens in another process."""
    for _ in range(int(seconds / 0.1)):
        if question():
            return
        time.sleep(0.1)
    pytest.fail(f"did not happen within {seconds} s")
