"""What stands where a file is due: pipes, devices, links, empty and damaged files; no ingest waits or fails."""

import gzip
import os
import zipfile
from pathlib import Path

import pytest

from errors import UsageError
from tests.ingest.conftest import Desk
from tests.ingest.span_lines import span_lines


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "in"
    made.mkdir()
    (made / "good.jsonl").write_bytes(span_lines(3))
    return made


def test_a_pipe_in_a_folder_is_left_alone(desk: Desk, folder: Path) -> None:
    os.mkfifo(folder / "pipe.jsonl")
    report = desk.ingest(folder)
    assert (report.spans, report.rejected) == (3, 0)


def test_a_pipe_or_device_that_is_named_is_wrong_usage(desk: Desk, folder: Path) -> None:
    os.mkfifo(folder / "pipe.jsonl")
    for path in (folder / "pipe.jsonl", Path("/dev/zero")):
        with pytest.raises(UsageError, match="no file and no folder"):
            desk.ingest(path, format="otlp-json")
    assert desk.rows() == []


def test_a_link_to_the_folder_itself_is_walked_once(desk: Desk, folder: Path) -> None:
    (folder / "again").symlink_to(folder)
    (folder / "nowhere.jsonl").symlink_to(folder / "not there")
    assert desk.ingest(folder).spans == 3


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("zeros.jsonl", bytes(100_000)),
        ("utf-16.json", '{"resourceSpans": []}'.encode("utf-16")),
        ("one line.json", b'{"resourceSpans": [' + b"1," * 500_000),
        ("brackets.jsonl", b"[" * 300_000),
        ("cut.jsonl.gz", gzip.compress(b'{"resourceSpans": []}' * 50, mtime=0)[:-30]),
        ("no parquet.parquet", b"PAR1" + bytes(500) + b"PAR1"),
        ("half a group.pb", b"\x0a\xff\xff\xff\x7f"),
    ],
)
def test_a_damaged_file_is_refused_and_the_others_are_taken(
    desk: Desk, folder: Path, name: str, content: bytes
) -> None:
    (folder / name).write_bytes(content)
    report = desk.ingest(folder)
    assert report.spans == 3
    assert report.rejected >= 1


def test_an_archive_is_refused_by_name_only_when_it_is_named(desk: Desk, folder: Path) -> None:
    with zipfile.ZipFile(folder / "traces.zip", "w") as archive:
        archive.writestr("maria.lopez@example.com.jsonl", span_lines(2))
    assert (desk.ingest(folder).spans, desk.ingest(folder / "traces.zip").rejected) == (3, 1)
    assert "maria" not in str(desk.home.ledger.rejects())
