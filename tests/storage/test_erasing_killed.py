"""kill -9 at any moment of an erasure: the next start ends it; nothing that should stay is lost, no byte is left."""

import datetime as dt
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from settings.privacy import Retention
from storage.erasing import intents
from storage.erasing.run import Stores, erase_pending
from storage.erasing.wanted import Wanted
from storage.retention import retain
from tests.storage.arrivals import START_NS
from tests.storage.every_byte import found_in
from tests.storage.homes import Open, canary_of, fill, opened
from tests.storage.writers import ROOT

_ERASE = """
import sys
from pathlib import Path
from storage.erasing.run import erase_pending
from tests.storage.homes import opened
with opened(Path(sys.argv[1])) as there:
    print("begin", flush=True)
    erase_pending(there.stores)
    print("done", flush=True)
"""
_STEPS = """
import os, sys
from pathlib import Path
from tests.storage.homes import opened
step, where = int(sys.argv[2]), Path(sys.argv[1])
seen = 0

def die(frame, event, arg):
    global seen
    if event == "call" and ("/storage/" in frame.f_code.co_filename):
        seen += 1
        if seen == step:
            os.kill(os.getpid(), 9)

with opened(where) as there:
    from storage import retention
    from storage.erasing import run
    from tests.storage.test_erasing_killed import retained
    sys.setprofile(die)
    retained(there) if sys.argv[3:] else run.erase_pending(there.stores)
    sys.setprofile(None)
print(seen, flush=True)
"""


def _home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir(parents=True)
    with opened(home) as there:
        fill(there, 12)
        there.home.lake.compact("scores")
        there.warehouse.load()
        there.ask("session", Wanted(sessions=("s_2",)))
    return home


def _check(home: Path) -> None:
    with opened(home) as there:
        erase_pending(there.stores)
        assert intents.pending(there.home.ledger.database) == []
        record = intents.record(there.home.ledger.database)
        assert record["counts"][0]["traces"] == 2
        there.warehouse.load()
        assert there.warehouse.rows("SELECT count(*), sum(spans) FROM traces") == [(10, 20)]
        assert there.warehouse.rows("SELECT count(*) FROM scores") == [(10,)]
        assert there.warehouse.rows("SELECT count(*) FROM span_rows") == [(20,)]
        there.warehouse.rebuild()
        assert there.warehouse.rows("SELECT count(*), sum(spans) FROM traces") == [(10, 20)]
    gone = found_in(home, canary_of(4), canary_of(5), "trace-4", "trace-5")
    assert gone == {}
    assert len(found_in(home, *(canary_of(n) for n in (0, 1, 2, 3, *range(6, 12))))) == 10


def retained(there: Open) -> None:
    """Delete the first four turns, and the texts of the next four."""
    settings = there.settings.model_copy(update={"retention": Retention(spans_days=1, texts_days=20 / 24)})
    stores = Stores(settings, there.home.lake, there.warehouse, there.home.ledger.database)
    retain(stores, now=dt.datetime.fromtimestamp(START_NS / 1e9, dt.UTC) + dt.timedelta(hours=27.5))


@pytest.mark.kill
def test_a_deletion_by_age_that_is_killed_is_ended_by_the_next_look(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with opened(home) as there:
        fill(there, 12)
    chosen = random.Random(12)  # noqa: S311
    killed = 0
    for step in sorted(chosen.sample(range(1, 3_000), 8)):
        done = subprocess.run([sys.executable, "-c", _STEPS, str(home), str(step), "retain"], cwd=ROOT,
                              capture_output=True, check=False, timeout=120)  # fmt: skip
        killed += done.returncode == -9
    with opened(home) as there:
        retained(there)
        there.warehouse.load()
        assert there.warehouse.rows("SELECT count(*), sum(spans), count(preview) FROM traces") == [(8, 16, 4)]
        assert there.warehouse.rows("SELECT count(*), count(explanation) FROM scores") == [(8, 4)]
        there.warehouse.rebuild()
        assert there.warehouse.rows("SELECT count(*), sum(spans), count(preview) FROM traces") == [(8, 16, 4)]
    assert killed >= 3
    assert found_in(home, *(canary_of(n) for n in range(4)), "trace-3") == {}
    assert "text.idx" not in found_in(home, canary_of(5))[canary_of(5)]


def _calls(home: Path) -> int:
    """How many calls of our storage an erasure is, when nobody kills it."""
    done = subprocess.run([sys.executable, "-c", _STEPS, str(home), "0"], cwd=ROOT, capture_output=True, text=True,
                          check=True, timeout=120)  # fmt: skip
    return int(done.stdout.split()[-1])


@pytest.mark.kill
def test_an_erasure_that_is_killed_between_any_two_steps_is_ended_by_the_next(tmp_path: Path) -> None:
    """At calls spread over the whole of it, one home killed several times in a row."""
    calls = _calls(_home(tmp_path / "rehearsal"))
    assert calls > 200
    home = _home(tmp_path)
    chosen = random.Random(11)  # noqa: S311
    killed = 0
    for step in sorted(chosen.sample(range(1, calls), 10)):
        done = subprocess.run([sys.executable, "-c", _STEPS, str(home), str(step)], cwd=ROOT, capture_output=True,
                              check=False, timeout=120)  # fmt: skip
        killed += done.returncode == -9
    assert killed >= 3
    _check(home)


@pytest.mark.kill
@pytest.mark.parametrize("share", [0.1, 0.35, 0.6, 0.85])
def test_an_erasure_that_is_killed_at_a_moment_is_ended_by_the_next(tmp_path: Path, share: float) -> None:
    rehearsal = _home(tmp_path / "rehearsal")
    began = time.monotonic()
    command = [sys.executable, "-c", _ERASE]
    subprocess.run([*command, str(rehearsal)], cwd=ROOT, capture_output=True, check=True, timeout=120)
    seconds = time.monotonic() - began
    home = _home(tmp_path)
    running = subprocess.Popen([*command, str(home)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        running.wait(seconds * (0.4 + 0.6 * share))
    except subprocess.TimeoutExpired:
        running.kill()
    running.communicate()
    _check(home)
