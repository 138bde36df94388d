"""Folders of real and of bad files: everything good is taken once, everything bad is named, nothing is quoted."""

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import orjson
import pytest

from errors import UnknownFormat, UsageError
from ingest.files import ingest_paths
from ingest.formats import chat_messages
from ingest.report import Outcome, Progress
from tests.ingest.built_files import FIXTURES, needs_fixtures, read_bytes
from tests.ingest.conftest import Desk

ROOT = Path(__file__).parents[2]


def span_line(number: int, **said: object) -> bytes:
    return orjson.dumps(
        {"trace_id": f"{number // 5 + 1:032x}", "span_id": f"{number + 1:016x}", "name": "step", "kind": "tool",
         "start_ts": "2026-05-01T10:00:00Z", "end_ts": "2026-05-01T10:00:01Z", "input_text": f"look up {number}"} | said
    )  # fmt: skip


def span_lines(count: int, *, first: int = 1) -> bytes:
    return b"\n".join(span_line(number) for number in range(first, first + count)) + b"\n"


def outcomes(report: object) -> Counter[str]:
    return Counter(result.outcome.value for result in report.results)  # type: ignore[attr-defined]


# -- the real files -------------------------------------------------------------------------------------------------

OTLP = {
    "langchain-openinference": (4, 41), "langfuse-sdk": (1, 11), "mlflow-otlp-sdk139": (1, 10),
    "mlflow-trace-json": (1, 10), "openinference-openai-json": (4, 15), "openinference-openai-proto-gzip": (4, 15),
    "openinference-openai-redacted": (4, 15), "openinference-openai-truncated": (4, 15),
    "openinference-openai-retried-503": (4, 15), "otel-genai-openai-spans": (3, 10),
    "otel-genai-openai-events": (3, 10), "pydantic-ai-logfire": (1, 11), "traceloop-sdk-0.45": (1, 11),
}  # fmt: skip
EXPORTS = {
    "langfuse": (10, 70, 12), "mlflow-demo": (42, 124, 184), "phoenix-export": (9, 65, 24),
    "tau-bench": (1490, 5108, 200),
}  # fmt: skip


@needs_fixtures
@pytest.mark.parametrize(("folder", "holds"), OTLP.items())
def test_each_client_s_requests_give_the_traces_and_spans_that_the_readme_counts(
    desk: Desk, folder: str, holds: tuple[int, int]
) -> None:
    report = desk.ingest(FIXTURES / "otlp" / folder)
    ids = desk.ids()
    assert (len({trace for trace, _ in ids}), len(ids)) == holds
    assert report.rejected == 0
    again = desk.ingest(FIXTURES / "otlp" / folder)
    assert (again.spans, again.duplicates, again.rejected) == (0, report.received, 0)


@needs_fixtures
@pytest.mark.parametrize(("folder", "holds"), EXPORTS.items())
def test_each_export_gives_the_traces_spans_and_scores_that_the_readme_counts(
    desk: Desk, folder: str, holds: tuple[int, int, int]
) -> None:
    report = desk.ingest(FIXTURES / "exports" / folder, processes=2 if folder == "tau-bench" else 0)
    ids = desk.ids()
    scores = {row["id"] for row in desk.rows("scores")}
    assert (len({trace for trace, _ in ids}), len(ids), len(scores)) == holds
    assert report.rejected == 0
    again = desk.ingest(FIXTURES / "exports" / folder)
    assert (again.spans, again.scores, again.duplicates) == (0, 0, report.received)


@needs_fixtures
def test_licences_headers_and_metrics_are_neither_data_nor_rejects(desk: Desk) -> None:
    report = desk.ingest(
        FIXTURES / "otlp" / "pydantic-ai-logfire", FIXTURES / "exports" / "tau-bench" / "LICENSE.tau-bench"
    )
    assert (report.files, report.rejected, report.skipped_metrics) == (1, 0, 3)
    assert outcomes(report) == Counter({"taken": 1, "not traces": 8})


@needs_fixtures
def test_a_gzip_twin_counts_as_duplicates(desk: Desk) -> None:
    report = desk.ingest(FIXTURES / "otlp" / "openinference-openai-proto-gzip")
    assert (report.files, report.spans, report.duplicates) == (2, 15, 15)


@needs_fixtures
def test_conversations_keep_their_order_without_made_up_durations(desk: Desk) -> None:
    conversations = json.loads((FIXTURES / "exports/tau-bench/gpt-4o-airline.json").read_bytes())[:3]
    file = desk.home.settings.home.parent / "three.json"
    file.write_bytes(orjson.dumps(conversations))
    desk.ingest(file)
    rows = desk.rows()
    assert {row["time_source"] for row in rows} == {"receipt"}
    assert {row["duration_ns"] for row in rows} == {None}
    first = [row for row in rows if row["trace_id"] == rows[0]["trace_id"]]
    assert [row["kind"] for row in sorted(first, key=lambda row: int(str(row["start_ns"])))][:2] == ["chain", "llm"]


@needs_fixtures
def test_ids_made_from_conversations_are_keyed_and_the_same_again(desk: Desk, tmp_path: Path) -> None:
    line = b'{"messages": [{"role": "user", "content": "My PIN is 1234"}]}\n'
    (tmp_path / "a.jsonl").write_bytes(line)
    (tmp_path / "b.jsonl").write_bytes(b"\n" + line)  # the same conversation in another file
    desk.ingest(tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    assert len(desk.known()) == 1
    open_id = read_bytes(chat_messages, line).spans[0].trace_id
    assert desk.rows()[0]["trace_id"] != open_id


# -- bad files ------------------------------------------------------------------------------------------------------

BAD = {
    "cut.jsonl": (span_lines(3)[:-20], 2, "not valid JSON"),
    "cut.json": (b"[" + span_line(1) + b"," + span_line(2)[:30], 1, "the file ends in the middle of it"),
    "cut.jsonl.gz": (gzip.compress(span_lines(2) + os.urandom(3000))[:-40], 2, "a damaged gzip file"),
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


# -- many, large, interrupted ---------------------------------------------------------------------------------------


def test_two_hundred_small_files_are_a_few_commits(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(200):
        (folder / f"{number:03}.jsonl").write_bytes(span_lines(2, first=number * 2 + 1))
    report = desk.ingest(folder)
    assert (report.spans, len(desk.ids())) == (400, 400)
    assert desk.commits() <= 5


def test_workers_give_the_same_rows_as_this_process(desk: Desk, tmp_path: Path) -> None:
    content = span_lines(1200)
    (tmp_path / "a.jsonl").write_bytes(content)
    desk.ingest(tmp_path / "a.jsonl", processes=2)
    with_workers = desk.known()
    (tmp_path / "b.jsonl").write_bytes(b"\n" + content)
    desk.ingest(tmp_path / "b.jsonl")
    assert len(with_workers) == 1200
    assert desk.known() == with_workers


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


_KILLED = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from ingest.files import ingest_paths
from ingest.formats import chat_messages
from settings import Settings
from storage.home import open_home
home = open_home(Settings(home=Path(sys.argv[1])), now=datetime.now(UTC))
ingest_paths([Path(sys.argv[2])], settings=home.settings, lake=home.lake, ledger=home.ledger, processes=2,
             progress=lambda told: print(told.spans, flush=True))
"""


@pytest.mark.kill
def test_an_ingest_that_is_killed_half_way_completes_when_run_again_and_leaves_no_process(
    desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "big.jsonl").write_bytes(span_lines(6_000))
    home = desk.home.settings.home
    running = subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(home), str(tmp_path / "big.jsonl")], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert running.stdout is not None
    running.stdout.readline()  # the first commit is done
    workers = _children(running.pid)
    running.send_signal(signal.SIGKILL)
    running.wait()
    running.stdout.close()
    assert 0 < len(desk.ids()) < 6_000
    report = desk.ingest(tmp_path / "big.jsonl", processes=2)
    assert report.received == 6_000
    assert len(desk.ids()) == len(desk.known()) == 6_000
    for _ in range(50):
        if not [pid for pid in workers if Path(f"/proc/{pid}").exists()]:
            break
        time.sleep(0.1)
    assert workers
    assert [pid for pid in workers if Path(f"/proc/{pid}").exists()] == []


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed]


def test_a_worker_that_dies_costs_only_the_part_that_kills_it(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = tmp_path / "stand-in"
    stand_in.mkdir()
    (stand_in / "sitecustomize.py").write_text(
        "import os, sys\n"
        "if 'ingest.part_worker' in ' '.join(sys.orig_argv):\n"
        "    import json, ingest.formats.benchbook_lines as lines\n"
        "    whole = lines._span\n"
        "    lines._span = lambda sent, place: os._exit(9) if sent.get('name') == 'poison' else whole(sent, place)\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{stand_in}")
    (tmp_path / "good.jsonl").write_bytes(span_lines(20))
    (tmp_path / "poison.jsonl").write_bytes(span_line(500, name="poison"))
    report = desk.ingest(tmp_path / "good.jsonl", tmp_path / "poison.jsonl", processes=1)
    assert len(desk.ids()) == 20
    assert report.results[1].reasons == Counter({"could not be read (the process that tried it ended)": 1})


def test_a_known_file_is_recognised_by_content_and_not_by_name(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(span_lines(5))
    desk.ingest(tmp_path / "a.jsonl")
    shutil.copy(tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    report = desk.ingest(tmp_path / "b.jsonl")
    assert (report.results[0].outcome, report.duplicates, report.spans) == (Outcome.KNOWN, 5, 0)
