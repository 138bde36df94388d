"""Processes that prepare the parts of files: the same rows as without them, and what their end costs."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.ingest.conftest import Desk
from tests.ingest.span_lines import span_line, span_lines

ROOT = Path(__file__).parents[2]


def test_workers_give_the_same_rows_as_this_process(desk: Desk, tmp_path: Path) -> None:
    content = span_lines(1200)
    (tmp_path / "a.jsonl").write_bytes(content)
    desk.ingest(tmp_path / "a.jsonl", processes=2)
    with_workers = desk.known()
    (tmp_path / "b.jsonl").write_bytes(b"\n" + content)
    desk.ingest(tmp_path / "b.jsonl")
    assert len(with_workers) == 1200
    assert desk.known() == with_workers


_STOPPED = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from ingest.files import ingest_paths
from settings import Settings
from storage.home import open_home
home = open_home(Settings(home=Path(sys.argv[1])), now=datetime.now(UTC))
def stop(told):
    print(told.spans, flush=True)
    time.sleep(600)
ingest_paths([Path(sys.argv[2])], settings=home.settings, lake=home.lake, ledger=home.ledger, processes=2,
             progress=stop)
"""


@pytest.mark.kill
def test_an_ingest_that_is_killed_half_way_completes_when_run_again_and_leaves_no_process(
    desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "big.jsonl").write_bytes(span_lines(6_000))
    home = desk.home.settings.home
    running = subprocess.Popen(
        [sys.executable, "-c", _STOPPED, str(home), str(tmp_path / "big.jsonl")], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert running.stdout is not None
    running.stdout.readline()  # the first commit is done, and it stands there
    workers = _children(running.pid)
    running.send_signal(signal.SIGKILL)
    running.wait()
    running.stdout.close()
    assert 0 < len(desk.ids()) < 6_000
    report = desk.ingest(tmp_path / "big.jsonl", processes=2)
    assert report.received == 6_000
    assert len(desk.ids()) == len(desk.known()) == 6_000
    assert workers
    while [pid for pid in workers if Path(f"/proc/{pid}").exists()]:  # a worker that stays runs into the time limit
        time.sleep(0.1)


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed]


def test_a_worker_that_dies_costs_only_the_part_that_kills_it(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = tmp_path / "stand-in"
    stand_in.mkdir()
    (stand_in / "sitecustomize.py").write_text(
        "import os, sys\n"
        "if 'ingest.part_worker' in ' '.join(sys.orig_argv):\n"
        "    import json, ingest.formats.benchbook_lines as lines\n"
        "    whole = lines._span\n"
        "    lines._span = lambda sent, place: os._exit(9) if sent.get('name') == 'poison' else whole(sent, place)\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{stand_in}")
    (tmp_path / "good.jsonl").write_bytes(span_lines(20))
    (tmp_path / "poison.jsonl").write_bytes(span_line(500, name="poison"))
    report = desk.ingest(tmp_path / "good.jsonl", tmp_path / "poison.jsonl", processes=1)
    assert len(desk.ids()) == 20
    assert report.results[1].reasons == Counter({"could not be read (the process that tried it ended)": 1})
