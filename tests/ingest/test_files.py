"""What is named is taken once: folders, formats, conversations, many small files; and what is told of it."""

import gzip
import shutil
from pathlib import Path

import orjson
import pytest

from errors import UnknownFormat, UsageError
from ingest import files
from ingest.files import ingest_paths
from ingest.formats import chat_messages
from ingest.report import Outcome, Progress
from storage.desk import counted as desk_counted
from tests.ingest.built_files import needs_fixtures, read_bytes
from tests.ingest.conftest import Desk
from tests.ingest.span_lines import span_line, span_lines


@needs_fixtures
def test_ids_made_from_conversations_are_keyed_and_the_same_again(desk: Desk, tmp_path: Path) -> None:
    line = b'{"messages": [{"role": "user", "content": "My PIN is 1234"}]}\n'
    (tmp_path / "a.jsonl").write_bytes(line)
    (tmp_path / "b.jsonl").write_bytes(b"\n" + line)  # the same conversation in another file
    desk.ingest(tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    assert len(desk.known()) == 1
    open_id = read_bytes(chat_messages, line).spans[0].trace_id
    assert desk.rows()[0]["trace_id"] != open_id


def test_a_folder_s_script_and_readme_are_left_alone_but_a_named_file_must_be_traces(
    desk: Desk, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "make.py").write_text("print('hello')")
    (folder / "README.md").write_text("# Data")
    (folder / "labels.csv").write_text("id,label\n1,good\n")
    (folder / ".hidden.jsonl").write_bytes(span_line(5))
    (folder / "week.jsonl.gz").write_bytes(gzip.compress(span_lines(3)))
    assert (desk.ingest(folder).rejected, len(desk.ids())) == (0, 3)
    assert desk.ingest(folder / "make.py").rejected == 1
    assert desk.ingest(folder / "README.md").rejected == 0


def test_a_path_that_is_not_there_and_a_format_that_we_do_not_have_stop_before_anything_is_done(
    desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "good.jsonl").write_bytes(span_line(1))
    with pytest.raises(UsageError):
        desk.ingest(tmp_path / "good.jsonl", tmp_path / "missing")
    with pytest.raises(UnknownFormat, match="otlp-json"):
        desk.ingest(tmp_path / "good.jsonl", format="nonsense")
    assert desk.rows() == []


def test_a_format_can_be_forced(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "odd.txt").write_bytes(b'{"note": "first"}\n' + span_line(1))
    report = desk.ingest(tmp_path / "odd.txt", format="benchbook")
    assert (report.spans, report.rejected) == (1, 1)


def test_two_hundred_small_files_are_a_few_commits(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "COMMIT_SECONDS", 600.0)  # however slow the machine is
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(200):
        (folder / f"{number:03}.jsonl").write_bytes(span_lines(2, first=number * 2 + 1))
    report = desk.ingest(folder)
    assert (report.spans, len(desk.ids())) == (400, 400)
    assert desk.commits() <= 5


def test_spans_in_a_language_that_the_policy_does_not_name_are_counted(desk: Desk, tmp_path: Path) -> None:
    polish = "Chciałbym zmienić swój lot na jutro, ponieważ moja córka jest chora i nie może podróżować."
    english = "I would like to change my flight, because my daughter is ill and cannot travel."
    said = [polish, english, f"{english} " * 10 + polish * 3]
    lines = b"\n".join(span_line(number, input_text=text) for number, text in enumerate(said, start=1))
    (tmp_path / "mixed.jsonl").write_bytes(lines)
    report = desk.ingest(tmp_path / "mixed.jsonl")
    assert report.other_languages == report.as_json()["other_languages"] == {"pl": 2}
    assert any("does not name" in line and "pl (2)" in line for line in report.in_words())


def test_progress_reaches_the_end(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(span_lines(10))
    seen: list[Progress] = []
    ingest_paths([tmp_path / "a.jsonl"], settings=desk.home.settings, lake=desk.home.lake, ledger=desk.home.ledger,
                 progress=seen.append, processes=0)  # fmt: skip
    assert (seen[-1].bytes_done, seen[-1].files_done, seen[-1].spans) == (seen[-1].bytes, 1, 10)


def test_what_a_load_finds_new_makes_the_final_counts(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(span_lines(10))
    report = desk.ingest(tmp_path / "a.jsonl")

    class Counts:
        traces, spans, documents, scores = 1, 4, 0, 0

    final = report.counted({report.batches[0]: Counts(), "another": Counts()})
    assert (final.spans, final.duplicates, final.traces) == (4, 6, 1)


def test_a_known_file_is_recognised_by_content_and_not_by_name(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(span_lines(5))
    desk.ingest(tmp_path / "a.jsonl")
    shutil.copy(tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    report = desk.ingest(tmp_path / "b.jsonl")
    assert (report.results[0].outcome, report.duplicates, report.spans) == (Outcome.KNOWN, 5, 0)


def _logs(*spans: str) -> bytes:
    said = [{"key": "gen_ai.input.messages", "value": {"stringValue": "hello"}}]
    records = [{"traceId": "1" * 32, "spanId": span, "timeUnixNano": "1793000000500000000", "attributes": said,
                "eventName": "gen_ai.client.inference.operation.details"} for span in spans]  # fmt: skip
    return orjson.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]})


def test_spans_that_only_logs_tell_of_are_counted_as_the_load_counts_them(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "logs.json").write_bytes(_logs("a" * 16, "a" * 16, "b" * 16))
    report = desk.ingest(tmp_path / "logs.json")
    loaded = desk_counted(desk.home.settings, report.batches)
    final = report.counted(loaded)
    assert (report.spans, report.duplicates) == (final.spans, final.duplicates) == (2, 0)

    (tmp_path / "more.json").write_bytes(_logs("b" * 16, "c" * 16))
    again = desk.ingest(tmp_path / "more.json")
    final = again.counted(desk_counted(desk.home.settings, again.batches))
    assert (again.spans, final.spans, final.duplicates) == (2, 1, 1)


def test_content_of_spans_that_came_too_counts_once(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(_logs("a" * 16))
    (tmp_path / "b.jsonl").write_bytes(span_line(1, trace_id="1" * 32, span_id="a" * 16))
    report = desk.ingest(tmp_path)
    assert (report.spans, report.traces, report.duplicates) == (1, 1, 0)
