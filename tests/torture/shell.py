"""`benchbook` from a shell, and a small filled home to attack: traffic, judges' scores, a sample, labels."""

import atexit
import json
import os
import pty
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.pages.reviewed import judged_traffic
from tests.receive.served import ROOT

ENDED_SECONDS = 180
SESSIONS = 8
SPANS = SESSIONS * 10
LABELS_HEADER = "item_id,reviewer,criterion,value,stratum,probability,labelled_at,comment\n"


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended. It ended `plainly` when it was done, or said in words of ours why not."""

    code: int
    out: str
    err: str

    @property
    def is_plain(self) -> bool:
        told = self.out + self.err
        return self.code in (0, 2, 3, 5) and "unforeseen" not in told and "Traceback" not in told

    @property
    def words(self) -> str:
        """What it said of its failure, for a finding."""
        return f"exit {self.code}: {' '.join((self.err or self.out).split())[-300:]}"

    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Shell:
    """Commands on one home. `user` runs them as somebody else, who is not root."""

    home: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()

    def run(self, *words: str, seconds: float = ENDED_SECONDS) -> Said:
        """Run to the end; exit code 124 when it did not end in time."""
        try:
            done = subprocess.run(
                self.command(*words), cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False,
                env=os.environ | {"BENCHBOOK_HOME": "", "PYTHONPATH": str(ROOT)} | dict(self.environment),
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Said(124, "", f"did not end in {seconds:.0f} s")
        return Said(done.returncode, done.stdout, done.stderr)

    def on_a_terminal(self, *words: str) -> str:
        """What the command prints where its output is a terminal."""
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            self.command(*words), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs,
            env=os.environ | {"PYTHONPATH": str(ROOT), "TERM": "dumb", "NO_COLOR": "1"},
        ):  # fmt: skip
            os.close(theirs)
            said = b"".join(iter(lambda: _read(ours), b""))
        os.close(ours)
        return said.decode("utf-8", "replace")

    def command(self, *words: str) -> list[str]:
        """The command, as a process is started with."""
        return [*self.prefix, sys.executable, "-m", "cli", *words, "--home", str(self.home)]

    def spans(self) -> int | Said:
        """How many spans there are; what was said when that cannot be asked."""
        said = self.run("sql", "SELECT count(*) AS spans FROM spans", "--json")
        return int(said.json()[0]["spans"]) if said.code == 0 else said


def filled(folder: Path) -> Path:
    """A home with traffic in several commits, and imported labels; attacks copy it. Beside it what it was filled from.

    It is made once in this process, unless the folder has a home `template` with settings of its own.
    """
    home = folder / "template"
    if home.exists():
        _fill(folder)
    else:
        shutil.copytree(_once(), folder, dirs_exist_ok=True)
    return home


@cache
def _once() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="benchbook-filled-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _fill(folder)
    return folder


def _fill(folder: Path) -> None:
    shell = Shell(folder / "template")
    lines = [json.dumps(one) for one in judged_traffic(SESSIONS)]
    for number in range(4):
        part = folder / f"traffic-{number}.jsonl"
        part.write_text("\n".join(lines[number::4]) + "\n")
        _done(shell.run("ingest", str(part)))
    labels = folder / "labels.csv"
    rows = (
        f"{session * 10 + 1:032x},ana,helpfulness,4,s,0.5,2026-11-12T09:00:00Z,fine\n" for session in range(SESSIONS)
    )
    labels.write_text(LABELS_HEADER + "".join(rows))
    _done(shell.run("labels", "import", str(labels)))


def _read(descriptor: int) -> bytes:
    """What a terminal shows next; nothing when the program has ended."""
    try:
        return os.read(descriptor, 65_536)
    except OSError:  # Linux: the other end was closed
        return b""


def _done(said: Said) -> None:
    assert said.code == 0, said.words
