"""kill -9 at any moment of a re-verification: the next who looks ends it; no row is lost or there twice."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.rescrub.run import Asked, run
from storage import rewriting
from tests.ingest.rescrub.test_rescrub import LEAKS, fill
from tests.storage.every_byte import found_in
from tests.storage.homes import NOW, opened
from tests.storage.writers import ROOT

_STEPS = """
import os, sys
from pathlib import Path
from ingest.rescrub.run import Asked, run
from storage import rewriting
from tests.storage.homes import NOW, opened
step, where = int(sys.argv[2]), Path(sys.argv[1])
seen = 0

def die(frame, event, arg):
    global seen
    if event == "call" and ("/storage/" in frame.f_code.co_filename or "/rescrub/" in frame.f_code.co_filename):
        seen += 1
        if seen == step:
            os.kill(os.getpid(), 9)

with opened(where) as there:
    sys.setprofile(die)
    run(there.home, Asked(), now=NOW)
    rewriting.follow_pending(there.stores)
    sys.setprofile(None)
print(seen, flush=True)
"""


def _home(home: Path) -> Path:
    home.mkdir(parents=True)
    with opened(home) as there:
        fill(there, turns=6)
    return home


def _killed_at(home: Path, step: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _STEPS, str(home), str(step)], cwd=ROOT, capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip


@pytest.mark.kill
def test_killed_between_any_two_steps_it_is_ended_by_the_next(tmp_path: Path) -> None:
    """At calls spread over the whole of it, one home killed several times in a row."""
    rehearsed = _killed_at(_home(tmp_path / "rehearsal"), 0)
    assert rehearsed.returncode == 0, rehearsed.stderr[-2000:]
    calls = int(rehearsed.stdout.split()[-1])
    assert calls > 200
    home = _home(tmp_path / "home")
    chosen = random.Random(5)  # noqa: S311
    killed = sum(_killed_at(home, step).returncode == -9 for step in sorted(chosen.sample(range(1, calls), 10)))
    assert killed >= 3
    with opened(home) as there:
        run(there.home, Asked(), now=NOW)
        rewriting.follow_pending(there.stores)
        there.warehouse.load()
        assert {one["state"] for one in rewriting.record(there.home.ledger.database)} == {"done"}
        counted = "SELECT count(*), count(DISTINCT sequence), count(DISTINCT (trace_id, span_id)) FROM span_rows"
        assert there.warehouse.rows(counted) == [(14, 14, 14)]
        assert there.warehouse.rows("SELECT count(*), sum(spans) FROM traces") == [(7, 14)]
        assert there.warehouse.rows("SELECT count(*) FROM scores") == [(7,)]
        there.warehouse.rebuild()
        assert there.warehouse.rows(counted) == [(14, 14, 14)]
    assert found_in(home, *LEAKS) == {}
