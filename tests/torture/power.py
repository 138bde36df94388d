"""Power loss: what would be on the disk at the moment of the answer, by watching every write and sync of the process.

A file's bytes count from its fsync on, a name from the fsync of its folder. When somebody is told that their data is
kept, neither a file nor a name of what is not derived may be missing.
"""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.receive import otlp
from tests.receive.otlp import Spec
from tests.receive.served import ROOT, Served
from tests.torture.attack import OneRound, Place, Skipped
from tests.torture.shell import Shell

_CALLS = (
    "fsync,fdatasync,openat,open,creat,write,pwrite64,writev,pwritev,ftruncate,fallocate,link,linkat,rename,renameat,"
    "renameat2,mkdir,mkdirat,sendto,sendmsg,copy_file_range,sync_file_range,unlink,unlinkat"
)
DERIVED = re.compile(
    r"/(warehouse\.|text\.idx|app\.sock|[^/]*\.(lock|door|tmp)$|[^/]*-shm$|benchbook\.toml|__pycache__)"
)
"""What the lake can make anew, locks, and what is about to get its name by a link."""
_FD = re.compile(r"\d+<([^>]*)>")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass
class Disk:
    """What was written under a folder and is not safe yet."""

    root: str
    files: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    def follow(self, line: str) -> None:
        """Take in one line of strace."""
        call = re.match(r"(?:\d+\s+)?(?:\[pid\s+\d+\]\s+)?(?:<\.\.\. )?(\w+)", line)
        if call is None or " = -1 " in line:
            return
        match call[1]:
            case "fsync" | "fdatasync":
                self._synced(line)
            case "write" | "pwrite64" | "writev" | "pwritev" | "ftruncate" | "fallocate" | "copy_file_range":
                self._wrote(line)
            case "openat" | "open" | "creat":
                self._opened(line)
            case "link" | "linkat" | "rename" | "renameat" | "renameat2" | "mkdir" | "mkdirat":
                self._renamed(line, call[1])
            case "unlink" | "unlinkat":
                gone = set(self._paths(line))
                self.files -= gone
                self.names -= gone

    def unsafe(self) -> set[str]:
        """Files and names that a power cut now would take away."""
        return {path for path in self.files | self.names if not DERIVED.search(path)}

    def _renamed(self, line: str, call: str) -> None:
        paths = self._paths(line)
        if not paths:
            return
        new = paths[-1]
        self._named(new)
        if (
            not call.startswith("mkdir") and paths[0] in self.files
        ):  # its bytes were not synced: under the new name neither
            self.files.add(new)

    def _paths(self, line: str) -> list[str]:
        return [path for path in _QUOTED.findall(line) if self._is_mine(path)]

    def _synced(self, line: str) -> None:
        if found := _FD.search(line):
            self.files.discard(found[1])
            self.names = {name for name in self.names if str(Path(name).parent) != found[1]}

    def _wrote(self, line: str) -> None:
        if (found := _FD.search(line)) and self._is_mine(found[1]):
            self.files.add(found[1])

    def _opened(self, line: str) -> None:
        found = re.search(r"= \d+<([^>]*)>", line)
        if "O_CREAT" in line and found and self._is_mine(found[1]):
            self._named(found[1])

    def _named(self, path: str) -> None:
        if path not in self._known:
            self._known.add(path)
            self.names.add(path)

    def _is_mine(self, path: str) -> bool:
        return path == self.root or path.startswith(f"{self.root}/")

    _known: set[str] = field(default_factory=set)


@contextmanager
def loss(place: Place) -> Iterator[OneRound]:
    """Each round: a new home, one request and one label; their writes are followed up to the moment of the answer."""
    if shutil.which("strace") is None:
        raise Skipped("strace is not installed")

    def one_round() -> None:
        _requests(place)
        _label(place)

    yield one_round


def _requests(place: Place) -> None:
    home, trace = place.folder / f"home-{place.round}", place.folder / f"trace-{place.round}"
    app = Served(home)
    home.rmdir()  # the app makes it
    app.start(("strace", "-f", "-y", "-s", "40", "-e", f"trace={_CALLS}", "-o", str(trace)))
    try:
        for _ in range(3):
            answer = app.post("/v1/traces", otlp.request(Spec("safe"), Spec("too")))
            place.expect(answer.status_code == 200, f"answered {answer.status_code} under strace")
    finally:
        _end(app)
    disk, answers = Disk(str(home)), 0
    for line in trace.read_text(errors="replace").splitlines():
        if "HTTP/1.1 200" in line:
            answers += 1
            _judge(
                place, "a 200", {path for path in disk.unsafe() if "/ledger.db" not in path}
            )  # counts of requests come later
        disk.follow(line)
    place.count("answers followed", answers)
    place.expect(answers >= 3, f"{answers} of 3 answers were seen")
    shutil.rmtree(home, ignore_errors=True)


def _end(app: Served) -> None:
    """End what strace watches: strace itself would only let go of it."""
    assert app.process is not None
    strace = app.process.pid
    for child in Path(f"/proc/{strace}/task/{strace}/children").read_text().split():
        os.kill(int(child), signal.SIGTERM)
    app.process.wait(120)


def _label(place: Place) -> None:
    """A label by the shell: safe when the command says that it is kept."""
    home, trace = place.folder / f"labels-{place.round}", place.folder / f"labels-trace-{place.round}"
    path = place.folder / "one.csv"
    path.write_text(
        "item_id,reviewer,criterion,value,stratum,probability,labelled_at\nt1,ana,helpfulness,4,s,0.5,2026-11-12T09:00:00Z\n"
    )
    command = [
        "strace",
        "-f",
        "-y",
        "-s",
        "40",
        "-e",
        f"trace={_CALLS}",
        "-o",
        str(trace),
        *Shell(home).command("labels", "import", str(path), "--json"),
    ]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=180)
    if not place.expect(said.returncode == 0, f"labels import under strace: {said.stderr[-200:]}"):
        return
    place.expect(json.loads(said.stdout)["labels"] == 1, "the label was not taken")
    disk = Disk(str(home))
    for line in trace.read_text(errors="replace").splitlines():
        if re.search(r"write\(1<", line):
            _judge(place, "a label that is said to be kept", disk.unsafe())
            place.count("answers followed")
            break
        disk.follow(line)
    shutil.rmtree(home, ignore_errors=True)


def _judge(place: Place, moment: str, unsafe: set[str]) -> None:
    names = ", ".join(
        sorted({re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{20}", "N", Path(path).name) or path for path in unsafe})
    )
    place.expect(not unsafe, f"not synced before {moment}: {names[:300]}")
