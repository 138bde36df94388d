"""What was acknowledged survives: the order of syncs, kill -9, a full disk, files cut short."""

import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from storage.lake import Lake
from tests.storage.rows import spans
from tests.storage.writers import ROOT, started

_CALLS = "fsync,fdatasync,openat,link,linkat,rename,renameat,write,unlink,close"
_ONE_APPEND = """
import os, sys
from storage.lake import Lake
from tests.storage.rows import spans
lake = Lake(sys.argv[1])
lake.append("spans", spans(1))
os.write(1, b"begin")
lake.append("spans", spans(3))
os.write(1, b"acknowledged")
"""


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_rows_are_synced_before_their_entry_and_the_entry_before_the_answer(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    command = ["strace", "-f", "-y", "-e", f"trace={_CALLS}", "-o", str(trace)]
    subprocess.run([*command, sys.executable, "-c", _ONE_APPEND, str(tmp_path / "lake")], cwd=ROOT, check=True,
                   capture_output=True, timeout=120)  # fmt: skip
    text = trace.read_text()
    steps = [
        step
        for line in text[text.index('"begin"') : text.index('"acknowledged"')].splitlines()
        if (step := _step(line))
    ]
    assert steps == [
        "sync part.parquet",
        "sync spans",
        "sync .tmp",
        "link N.json",
        "sync _delta_log",
    ]


def _step(line: str) -> str | None:
    """The call in our words: what was synced or linked; None for what does not matter here."""
    if found := re.search(r"f(?:data)?sync\(\d+<([^>]+)>", line):
        name = Path(found[1]).name
        return f"sync {re.sub(r'^part-.*', 'part.parquet', re.sub(r'^[.].*[.]tmp$', '.tmp', name))}"
    if re.search(r"link(?:at)?\(.*\.tmp.*, .*\d{20}\.json", line):
        return "link N.json"
    return None


@pytest.mark.kill
def test_what_was_acknowledged_before_a_kill_is_there_and_the_table_opens(tmp_path: Path) -> None:
    folder = tmp_path / "lake"
    seen: list[dict[str, int | str]] = []
    chosen = random.Random(7)  # noqa: S311
    for round_number in range(30):
        writer = started("append", folder, f"r{round_number}", 10_000, chosen.choice([1, 40, 400]))
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(chosen.uniform(0, 0.15))
        writer.kill()
        rest = writer.communicate()[0]
        seen += [json.loads(line) for line in (first + rest).splitlines() if line.endswith("}")]
        rows = DeltaTable(folder / "spans").to_pyarrow_table(columns=["trace_id", "sequence"])
        assert {one["trace"] for one in seen} <= set(rows["trace_id"].to_pylist())
        assert len(set(rows["sequence"].to_pylist())) == rows.num_rows
    lake = Lake(str(folder))
    assert sum(file.rows for file in lake.changes("spans", 0).added) == rows.num_rows
    lake.vacuum("spans", grace_seconds=0)
    assert {str(path) for path in (folder / "spans").glob("*.parquet")} == {file.path for file in lake.files("spans")}
    assert not list((folder / "spans" / "_delta_log").glob(".*.tmp"))
    assert DeltaTable(folder / "spans").to_pyarrow_table(columns=["sequence"]).num_rows == rows.num_rows


def test_truncated_files_in_the_folder_are_not_part_of_the_table(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path / "lake"))
    lake.append("spans", spans(2))
    (tmp_path / "lake" / "spans" / "part-killed.parquet").write_bytes(b"PAR1")
    (tmp_path / "lake" / "spans" / "_delta_log" / ".killed.tmp").write_bytes(b'{"add":')
    lake.append("spans", spans(2))
    assert [file.rows for file in lake.files("spans")] == [2, 2]
    assert sum(pq.read_table(file.path).num_rows for file in lake.files("spans")) == 4


_FULL = """
import resource, sys
from errors import StoreFailed
from storage.lake import Lake
from tests.storage.rows import spans
lake = Lake(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    lake.append("spans", spans(int(sys.argv[3])))
except StoreFailed as failed:
    print(failed)
"""


@pytest.mark.parametrize(("limit", "rows"), [(4_000, 500), (100, 1), (0, 1)])
def test_a_disk_without_room_refuses_and_leaves_nothing_behind(tmp_path: Path, limit: int, rows: int) -> None:
    lake = Lake(str(tmp_path / "lake"))
    lake.append("spans", spans(2))
    before = _names(tmp_path / "lake")
    said = _run(_FULL, tmp_path / "lake", limit, rows)
    assert "the lake failed while appending" in said.stdout
    assert "nothing was kept" in said.stdout
    assert "balance" not in said.stdout + said.stderr
    assert _names(tmp_path / "lake") == before
    assert lake.append("spans", spans(1)).first_sequence == 3


_READ_ONLY_LOG = """
import os, sys
from pathlib import Path
from errors import StoreFailed
from storage.lake import Lake
from tests.storage.rows import spans
home, nobody = Path(sys.argv[1]), 65534
lake = Lake(str(home))
lake.append("spans", spans(2))
if os.getuid() == 0:  # root may write anywhere
    for path in (home, *home.rglob("*")):
        os.chown(path, nobody, nobody)
    os.seteuid(nobody)
(home / "spans" / "_delta_log").chmod(0o500)
before = set(home.rglob("*"))
try:
    lake.append("spans", spans(1))
except StoreFailed as failed:
    print(failed)
assert set(home.rglob("*")) == before
assert [file.rows for file in lake.files("spans")] == [2]
(home / "spans" / "_delta_log").chmod(0o700)
assert lake.append("spans", spans(1)).first_sequence == 3
"""


def test_a_log_that_may_not_be_written_refuses_and_removes_the_rows_file() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # tmp_path is closed to other users
        Path(folder).chmod(0o755)
        said = _run(_READ_ONLY_LOG, f"{folder}/lake")
    assert said.returncode == 0, said.stderr
    assert "Permission denied; nothing was kept" in said.stdout


def _run(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", program, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def _names(folder: Path) -> set[str]:
    return {str(path) for path in folder.rglob("*") if path.suffix not in {".lock", ".door"}}
