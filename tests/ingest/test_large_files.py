"""A large file is read in pieces: memory stays small, whatever the size."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.ingest.span_lines import span_line, span_lines

ROOT = Path(__file__).parents[2]


_CUTTING = """
import resource, sys
from pathlib import Path
from ingest.pieces import pieces
from ingest.recognise import named_format
def peak(path):
    for piece in pieces(Path(path), named_format("benchbook", "")):
        assert not piece.fault
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(peak(sys.argv[1]), peak(sys.argv[2]))
"""


_MEMORY = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from ingest.files import ingest_paths
from settings import Settings
from storage.home import open_home
home = open_home(Settings(home=Path(sys.argv[3])), now=datetime.now(UTC))
def peak(path):
    ingest_paths([Path(path)], settings=home.settings, lake=home.lake, ledger=home.ledger, processes=2)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(peak(sys.argv[1]), peak(sys.argv[2]))
home.close()
"""


def write_large(path: Path, *, spans: int, shape: str) -> float:
    """Spans of 60 kB each, most of it numbers that are not kept; returns the file's size in MiB."""
    vector = [number / 7 for number in range(3_000)]
    between, begins, ends = (b"\n", b"", b"\n") if shape == "lines" else (b",\n", b"[", b"]")
    with path.open("wb") as file:
        file.write(begins)
        for number in range(spans):
            file.write((between if number else b"") + span_line(number, attributes={"vector": vector}))
        file.write(ends)
    return path.stat().st_size / 2**20


def peaks(script: str, folder: Path) -> tuple[float, float]:
    """Memory in MiB after a small file, and after the large one."""
    (folder / "small.json").write_bytes(span_lines(50))
    done = subprocess.run(
        [sys.executable, "-c", script, *(str(folder / name) for name in ("small.json", "large.json", "home"))],
        cwd=ROOT, capture_output=True, text=True, timeout=280, check=True,
    )  # fmt: skip
    before, after = map(float, done.stdout.split())
    return before, after


@pytest.mark.parametrize("shape", ["lines", "array"])
def test_cutting_a_large_file_takes_little_memory(tmp_path: Path, shape: str) -> None:
    assert write_large(tmp_path / "large.json", spans=5_000, shape=shape) > 230
    before, after = peaks(_CUTTING, tmp_path)
    assert after - before < 50


def test_an_ingest_never_holds_a_large_file(tmp_path: Path) -> None:
    assert write_large(tmp_path / "large.json", spans=4_000, shape="lines") > 180
    before, after = peaks(_MEMORY, tmp_path)
    assert after - before < 120  # pieces under way and one commit, whatever the size
