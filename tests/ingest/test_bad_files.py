"""Damaged, empty and foreign files: what is whole is taken, what is not is named, nothing is quoted."""

import gzip
import random
from pathlib import Path

import pytest

from tests.ingest.conftest import Desk
from tests.ingest.span_lines import span_line, span_lines

NOISE = random.Random(1).randbytes(3000)  # noqa: S311 - any bytes that do not compress
BAD = {
    "cut.jsonl": (span_lines(3)[:-20], 2, "not valid JSON"),
    "cut.json": (b"[" + span_line(1) + b"," + span_line(2)[:30], 1, "the file ends in the middle of it"),
    "cut.jsonl.gz": (gzip.compress(span_lines(2) + NOISE)[:-40], 2, "a damaged gzip file"),
    "latin.jsonl": (span_line(1) + b'\n{"trace_id": "\xe9"}\n' + span_line(2), 2, "not valid JSON"),
    "cut.pb": (b"\x0a\xff\xff\x01abc", 0, "no known trace format"),
    "random.pb": (b"\x07" * 500, 0, "no known trace format"),
    "words.json": (b'{"hello": "world"}', 0, "no known trace format"),
    "broken.parquet": (b"PAR1 and then nothing", 0, "not a whole parquet file"),
    "broken.json.gz": (b"\x1f\x8b\x08 and then nothing", 0, "a damaged gzip file"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "expected"), BAD.items())
def test_a_bad_file_keeps_what_is_whole_and_names_what_is_not(
    desk: Desk, tmp_path: Path, name: str, expected: tuple[bytes, int, str]
) -> None:
    content, spans, reason = expected
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(content)
    (tmp_path / "in" / "good.jsonl").write_bytes(span_line(99))
    report = desk.ingest(tmp_path / "in")
    assert len(desk.ids()) == spans + 1
    assert report.rejected >= 1
    kept = desk.home.ledger.rejects()
    assert reason in set(kept["reason"])
    assert set(kept["source"]) == {f"in/{name}"}


def test_a_file_that_was_not_taken_whole_says_so_again(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "cut.jsonl").write_bytes(BAD["cut.jsonl"][0])
    first, second = desk.ingest(tmp_path / "cut.jsonl"), desk.ingest(tmp_path / "cut.jsonl")
    assert (first.rejected, second.rejected) == (1, 1)
    assert len(desk.known()) == 2


def test_rejects_have_their_place_in_the_file_and_a_keyed_digest(desk: Desk, tmp_path: Path) -> None:
    lines = [span_line(number) for number in range(10)]
    lines[6] = b'{"my card is": 4111111111111111'
    (tmp_path / "lines.jsonl").write_bytes(b"\n".join(lines))
    desk.ingest(tmp_path / "lines.jsonl")
    (reject,) = desk.home.ledger.rejects().to_dict("records")
    assert (reject["position"], reject["reason"]) == ("line 7", "not valid JSON")
    assert len(reject["digest"]) == 32
    for file in desk.home.settings.home.rglob("*"):
        assert not file.is_file() or b"4111111111111111" not in file.read_bytes()


def test_names_of_files_are_scrubbed_before_they_are_recorded(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "traces of jane.roe@example.com.jsonl").write_bytes(b"nothing\n" + span_line(1))
    report = desk.ingest(tmp_path / "traces of jane.roe@example.com.jsonl")
    said = desk.home.ledger.rejects().to_csv() + desk.home.ledger.ingests().to_csv() + str(report.results)
    assert "jane.roe" not in said
    assert "<EMAIL>" in said


def test_an_empty_file_is_nothing_and_no_error(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_bytes(b"")
    (tmp_path / "blank.json").write_bytes(b"[]")
    (tmp_path / "empty.gz").write_bytes(gzip.compress(b""))
    report = desk.ingest(tmp_path / "empty.jsonl")
    assert (report.files, report.rejected) == (0, 0)
