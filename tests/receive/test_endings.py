"""However the app ends: what was acknowledged is there, nothing is there twice, and no process stays behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from benchmarks import kill
from errors import UsageError
from ingest.receive.serve import serve
from settings import read_settings
from tests.receive import otlp
from tests.receive.otlp import Spec
from tests.receive.served import ROOT, START, Served, until

TRACES = "/v1/traces"


def test_sigterm_answers_what_was_accepted_and_ends_cleanly(another: Callable[..., Served]) -> None:
    app = another()
    text = "How do I get a new card? " * 20
    specs = [[Spec(f"s{n}", attributes={"input.value": text}) for n in range(60)] for _ in range(16)]

    def send(request: list[Spec]) -> list[Spec]:
        try:
            answer = app.post(TRACES, otlp.request(*request))
        except httpx.ConnectError:
            return []  # it came after the end
        assert answer.status_code == 200
        return request

    with ThreadPoolExecutor(16) as clients:
        sending = [clients.submit(send, request) for request in specs]
        assert until(lambda: any(one.done() for one in sending), seconds=60)
        assert app.stop() == 0
        acknowledged = [spec for one in sending for spec in one.result()]
    assert acknowledged
    assert app.workers() == []
    assert "Traceback" not in app.said()
    app.start()
    listed = ", ".join(f"'{spec.key[0]}'" for spec in acknowledged)
    app.eventually(f"SELECT count(*) AS spans FROM spans WHERE trace_id IN ({listed})", [{"spans": len(acknowledged)}])


def test_ctrl_c_ends_cleanly(another: Callable[..., Served]) -> None:
    app = another()
    assert app.process is not None
    app.process.send_signal(signal.SIGINT)
    assert app.process.wait(30) == 0
    assert "Traceback" not in app.said()
    assert app.workers() == []


def test_a_second_start_after_kill_works(another: Callable[..., Served]) -> None:
    app = another()
    spec = Spec("before")
    assert app.post(TRACES, otlp.request(spec)).status_code == 200
    workers = app.workers()
    assert workers
    app.kill()
    assert until(lambda: app.workers() == [], seconds=kill.WORKERS_GONE_SECONDS)
    app.start()
    app.eventually(f"SELECT name FROM spans WHERE trace_id = '{spec.key[0]}'", [{"name": "before"}])


def test_a_port_that_is_taken_is_said_plainly(another: Callable[..., Served], tmp_path: Path) -> None:
    app = another()
    port = int(app.url.rsplit(":", 1)[1])
    with pytest.raises(UsageError, match=f"port {port} of 127.0.0.1 is in use"):
        serve(read_settings(tmp_path / "second"), port=port)


def test_a_second_app_on_a_home_says_that_it_is_held(another: Callable[..., Served]) -> None:
    app = another()
    start = [sys.executable, "-c", START, str(app.home), "0"]
    second = subprocess.run(start, cwd=ROOT, capture_output=True, text=True, timeout=150, check=False)
    assert second.returncode == 5
    assert f"another process holds {app.home}" in second.stderr
    assert "Traceback" not in second.stderr
    assert app.post(TRACES, otlp.request(Spec())).status_code == 200


@pytest.mark.kill
@pytest.mark.timeout(1800)
def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """Three kills here; BENCHBOOK_KILLS=50 or `python -m benchmarks.kill` for more."""
    outcome = kill.run(tmp_path / "home", int(os.environ.get("BENCHBOOK_KILLS", "3")), seed=7)
    assert outcome.acknowledged > 0
    assert (outcome.lost, outcome.doubled, outcome.unknown, outcome.orphans) == (0, 0, 0, 0), outcome
    assert set(outcome.statuses) <= {200, 503}, outcome
