"""The commands from a shell: what they print, with which exit code, and nothing else on standard output."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SPAN = {"trace_id": "t1", "span_id": "s1", "start_ts": "2026-11-09T10:00:00Z", "end_ts": "2026-11-09T10:00:02Z",
        "kind": "llm", "name": "answer", "model": "gpt-4o-2024-08-06", "tok_in": 120, "tok_out": 40,
        "input_text": "My name is Maria Lopez. When are you open?"}  # fmt: skip
SCORE = {"trace_id": "t1", "name": "helpful", "value": 1, "source": "human"}


class Shell:
    """Runs `benchbook` on a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(ROOT / "cli.py"), *words],
            cwd=self.folder, capture_output=True, text=True, check=False, timeout=240,
            env=os.environ | {"BENCHBOOK_HOME": str(self.home)} | environment,
        )  # fmt: skip

    def json(self, *words: str, expect: int = 0) -> Any:
        done = self.run(*words, "--json")
        assert done.returncode == expect, done.stdout + done.stderr
        assert done.stdout.count("\n") == 1
        return json.loads(done.stdout)

    def write(self, name: str, *records: object) -> str:
        path = self.folder / name
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
        return str(path)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A home with one trace."""
    shell = Shell(tmp_path_factory.mktemp("filled"))
    shell.json("ingest", shell.write("own.jsonl", SPAN, SCORE))
    return shell


def test_ingest_says_what_was_new_and_a_second_run_adds_nothing(shell: Shell) -> None:
    path = shell.write("own.jsonl", SPAN, SCORE)
    said = shell.json("ingest", path)
    assert said.keys() == {
        "files",
        "traces",
        "spans",
        "documents",
        "scores",
        "duplicates",
        "rejected",
        "entities",
        "other_languages",
        "seconds",
    }
    assert (said["files"], said["traces"], said["spans"], said["scores"], said["duplicates"]) == (1, 1, 1, 1, 0)
    assert said["entities"] == {"PERSON": 1}
    again = shell.json("ingest", path)
    assert (again["traces"], again["spans"], again["scores"], again["duplicates"]) == (0, 0, 0, 1)


def test_what_is_rejected_makes_exit_code_3_and_the_rest_is_kept(shell: Shell) -> None:
    path = shell.write("own.jsonl", SPAN, {"span_id": "without a trace", "start_ts": "2026-11-09T10:00:00Z"})
    said = shell.json("ingest", path, expect=3)
    assert (said["spans"], said["rejected"]) == (1, 1)
    assert "error" not in said


def test_json_of_success_never_has_a_key_error(filled: Shell) -> None:
    for command in (["load"], ["status"], ["compact"], ["rebuild"]):
        assert "error" not in filled.json(*command)


@pytest.mark.parametrize(
    "words",
    [["ingest"], ["ingest", "not-there.json"], ["ingest", ".", "--format", "nonsense"], ["sql"], ["nonsense"],
     ["status", "--nonsense"], ["serve", "--port", "eighty"], ["sql", "DELETE FROM span_rows"],
     ["sql", "SELECT nonsense FROM spans"], ["sql", "SELECT 1; SELECT 2"]],
)  # fmt: skip
def test_wrong_usage_is_exit_code_2_with_a_json_error_on_standard_output(filled: Shell, words: list[str]) -> None:
    done = filled.run(*words, "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout).keys() == {"error"}
    plain = filled.run(*words)
    assert plain.returncode == 2
    assert plain.stdout == ""
    assert plain.stderr


def test_a_home_that_cannot_be_made_is_wrong_usage(shell: Shell) -> None:
    (shell.folder / "file").write_text("")
    done = shell.run("status", "--home", str(shell.folder / "file" / "home"), "--json")
    assert done.returncode == 2
    assert "--home" in json.loads(done.stdout)["error"]


def test_a_setting_that_nobody_reads_is_refused_by_name(shell: Shell) -> None:
    shell.home.mkdir()
    (shell.home / "benchbook.toml").write_text("[server]\ntokn = 'x'\n")
    done = shell.run("status", "--json")
    assert done.returncode == 2
    assert "server.tokn" in json.loads(done.stdout)["error"]


def test_a_damaged_store_is_exit_code_5(shell: Shell) -> None:
    shell.home.mkdir()
    (shell.home / "ledger.db").write_text("this is no database" * 100)
    done = shell.run("ingest", shell.write("own.jsonl", SPAN), "--json")
    assert done.returncode == 5
    assert json.loads(done.stdout).keys() == {"error"}


def test_sql_prints_an_array_of_objects_keyed_by_column(filled: Shell) -> None:
    assert filled.json("sql", "SELECT trace_id, duration_ns, tenant FROM spans") == [
        {"trace_id": "t1", "duration_ns": 2_000_000_000, "tenant": None}
    ]
    assert filled.json("sql", "SELECT 1 AS one WHERE false") == []


def test_sql_reads_no_file_and_opens_no_connection(filled: Shell) -> None:
    (filled.folder / "secret.csv").write_text("a\n1\n")
    for query in ("SELECT * FROM read_csv('secret.csv')", "SELECT * FROM 'secret.csv'", "COPY (SELECT 1) TO 'out.csv'",
                  "ATTACH 'other.db'", "INSTALL httpfs"):  # fmt: skip
        done = filled.run("sql", query, "--json")
        assert done.returncode in (2, 5)
        assert "error" in json.loads(done.stdout)
    assert not (filled.folder / "out.csv").exists()


def test_in_a_pipe_a_table_is_tab_separated_and_whole(filled: Shell) -> None:
    done = filled.run("sql", "SELECT repeat('x', 200) AS long, 2 AS two")
    assert done.stdout == f"long\ttwo\n{'x' * 200}\t2\n"


def test_codes_that_would_steer_a_terminal_are_not_printed(filled: Shell) -> None:
    done = filled.run("sql", "SELECT chr(27) || '[31mred' || chr(10) || 'line' AS text")
    assert done.stdout == "text\n [31mred line\n"


def test_on_a_terminal_there_is_a_table_and_a_quiet_pipe_has_no_progress_bar(filled: Shell) -> None:
    ours, theirs = pty.openpty()
    words = [sys.executable, str(ROOT / "cli.py"), "sql", "SELECT '[bold]not bold' AS text", "--home", str(filled.home)]
    done = subprocess.run(words, stdout=theirs, stderr=subprocess.PIPE, check=True, timeout=60)
    os.close(theirs)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert "[bold]not bold" in shown
    assert "┃" in shown
    assert done.stderr == b""
    assert filled.run("load").stderr == ""


def test_a_reader_that_stops_reading_is_no_failure(filled: Shell) -> None:
    words = [
        sys.executable,
        str(ROOT / "cli.py"),
        "sql",
        "SELECT unnest(range(150000)) AS n",
        "--home",
        str(filled.home),
    ]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout
        assert running.stderr
        running.stdout.readline()
        running.stdout.close()
        said = running.stderr.read()
    assert running.returncode == 0
    assert said == b""


def test_the_home_after_the_subcommand_wins_over_the_environment(filled: Shell, tmp_path: Path) -> None:
    done = filled.run("status", "--home", str(filled.home), "--json", BENCHBOOK_HOME=str(tmp_path / "other"))
    assert json.loads(done.stdout)["spans"] == 1
    assert not (tmp_path / "other").exists()


def test_nothing_is_printed_beside_the_answer(filled: Shell) -> None:
    for command in (["status"], ["load"], ["sql", "SELECT count(*) AS n FROM spans"]):
        assert filled.run(*command, "--json").stderr == ""


def test_help_of_each_command_names_home_and_json(shell: Shell) -> None:
    for command in ("ingest", "load", "status", "sql", "compact", "rebuild"):
        said = shell.run(command, "--help").stdout
        assert "--home" in said
        assert "--json" in said
    assert "--port" in shell.run("serve", "--help").stdout
