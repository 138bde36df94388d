"""Processes take turns: none starves, the dead give theirs back, and nobody waits for ever."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from errors import Busy
from storage.turns import alone, turn
from tests.storage.writers import ROOT

_HOLDER = """
import sys, time
from pathlib import Path
from storage.turns import turn
held_seconds = float(sys.argv[2])
print("ready", flush=True)
while True:
    with turn(Path(sys.argv[1]), wait_seconds=60):
        print("held", flush=True)
        time.sleep(held_seconds)
"""


@contextmanager
def another_process(path: Path, *, holds_seconds: float) -> Iterator[subprocess.Popen[bytes]]:
    """A process that takes the turn again and again, without a pause between."""
    command = [sys.executable, "-c", _HOLDER, str(path), str(holds_seconds)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(2)] == [b"ready\n", b"held\n"]
        try:
            yield process
        finally:
            process.kill()


def test_a_process_that_wants_the_turn_all_the_time_does_not_starve_another(tmp_path: Path) -> None:
    its_turns = 0
    with another_process(tmp_path / "x.lock", holds_seconds=0.02) as process:
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        for _ in range(10):
            process.stdout.read()  # what it had before we asked
            with turn(tmp_path / "x.lock", wait_seconds=60):
                its_turns += (process.stdout.read() or b"").count(b"held")
    assert its_turns < 100  # one or two for each of ours; unfair, it had fifty of them


def test_a_killed_process_gives_its_turn_back(tmp_path: Path) -> None:
    with another_process(tmp_path / "x.lock", holds_seconds=60) as process:
        with pytest.raises(Busy), turn(tmp_path / "x.lock", wait_seconds=0.1):
            pytest.fail("both hold it")
        process.kill()
        with turn(tmp_path / "x.lock", wait_seconds=30):
            pass


def test_alone_says_whether_it_is(tmp_path: Path) -> None:
    with alone(tmp_path / "x") as first, alone(tmp_path / "x") as second:
        assert (first, second) == (True, False)
    with alone(tmp_path / "x") as again:
        assert again
