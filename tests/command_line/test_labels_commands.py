"""Labels from a shell: in once, out in two spellings, the gold set with its texts; exit 3 when rows were refused."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.command_line.test_commands import Shell
from tests.review.calibration.reference import SHARED
from tests.torture import shell as torture

HEADER = "item_id,reviewer,criterion,value,stratum,probability,labelled_at,seconds,comment\n"
SPAN = {"trace_id": "t1", "span_id": "s1", "start_ts": "2026-11-16T08:00:00Z", "end_ts": "2026-11-16T08:00:01Z",
        "kind": "llm", "name": "answer", "input_text": "When are you open?", "output_text": "At nine."}  # fmt: skip
MT_RAG = SHARED / "fixtures" / "exports" / "mt-rag-benchmark" / "mtrag-human"


def row(reviewer: str, value: str, comment: str = "") -> str:
    return f"t1,{reviewer},helpfulness,{value},s,0.5,2026-11-17T09:00:00Z,30,{comment}\n"


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A home with a trace that two people labelled alike."""
    shell = Shell(tmp_path_factory.mktemp("labelled"))
    shell.json("ingest", shell.write("own.jsonl", SPAN))
    path = shell.folder / "labels-2026-W47.csv"
    path.write_text(HEADER + row("ana", "4", "=1+1") + row("ben", "4"))
    said = shell.json("labels", "import", str(path))
    assert (said["labels"], said["already"], said["samples"], said["rejected"]) == (2, 0, ["labels-2026-W47"], 0)
    return shell


def test_the_same_file_again_adds_nothing(labelled: Shell) -> None:
    said = labelled.json("labels", "import", str(labelled.folder / "labels-2026-W47.csv"))
    assert (said["labels"], said["already"]) == (0, 2)


def test_what_would_steer_a_terminal_is_left_out_there_and_kept_in_a_file(tmp_path: Path) -> None:
    shell, said = Shell(tmp_path), "\x1b]0;mine\x07\u202efine"
    (tmp_path / "labels.csv").write_text(HEADER + row("ana", "4", said))
    shell.json("labels", "import", str(tmp_path / "labels.csv"))

    shown = torture.Shell(shell.home).on_a_terminal("labels", "export", "--format", "csv")

    assert "mine" in shown
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)
    assert said in torture.Shell(shell.home).run("labels", "export", "--format", "csv").out


def test_an_import_says_which_items_are_not_here_and_which_count_in_no_figure(tmp_path: Path) -> None:
    shell, path = Shell(tmp_path), tmp_path / "labels.csv"
    shell.json("ingest", shell.write("own.jsonl", SPAN))
    path.write_text("item_id,reviewer,criterion,value\nt1,ana,helpfulness,4\nno'such,ana,helpfulness,4\n")
    said = shell.run("labels", "import", str(path)).stdout

    assert "of 2 new items 1 are no trace or session that is here" in said
    assert "of 2 new items 2 have no probability of inclusion" in said
    again = shell.json("labels", "import", str(path))
    assert [again[name] for name in ("items", "items_without_probability", "items_without_trace")] == [0, 0, 0]


def test_bad_rows_are_listed_and_the_exit_code_says_so(labelled: Shell) -> None:
    path = labelled.folder / "bad.csv"
    path.write_text(HEADER + row("ana", "eleven, says Maria Gonzalez"))
    said = labelled.json("labels", "import", str(path), expect=3)
    assert (said["labels"], said["rejected"]) == (0, 1)
    assert said["rejects"][0]["at"] == "line 2"
    assert "Maria" not in json.dumps(said)


def test_wrong_usage_is_told_from_failure(labelled: Shell) -> None:
    for words in (("import", "nowhere"), ("export", "--format", "xlsx"), ("export", "--sample", "none"),
                  ("export", "--by", "nobody"), ("export", "--gold", "--format", "csv")):  # fmt: skip
        assert labelled.run("labels", *words).returncode == 2, words


def test_labels_leave_as_json_csv_and_json_lines(labelled: Shell) -> None:
    listed = labelled.json("labels", "export")
    cells = list(csv.DictReader(io.StringIO(labelled.run("labels", "export").stdout, newline="")))
    lines = [json.loads(line) for line in labelled.run("labels", "export", "--format", "jsonl").stdout.splitlines()]
    assert listed == lines
    assert [(one["item"], one["reviewer"], one["criterion"], one["value"]) for one in listed] == [
        ("t1", "ana", "helpfulness", "4"), ("t1", "ben", "helpfulness", "4")
    ]  # fmt: skip
    assert [one["comment"] for one in cells] == ["'=1+1", ""]


def test_the_gold_set_has_question_answer_and_typed_labels(labelled: Shell) -> None:
    (line,) = labelled.json("labels", "export", "--gold")
    assert [json.loads(one) for one in labelled.run("labels", "export", "--gold").stdout.splitlines()] == [line]
    assert (line["item"], line["input"], line["output"]) == ("t1", "When are you open?", "At nine.")
    assert (line["labels"], line["basis"]) == ({"helpfulness": 4}, {"helpfulness": "agreed"})
    assert (line["reference"], line["contexts"], line["messages"]) == (None, [], [])


@pytest.mark.skipif(not MT_RAG.is_dir(), reason="MT-RAG is not beside this clone")
def test_mt_rag_becomes_traces_labels_and_scores_that_belong_together(tmp_path_factory: pytest.TempPathFactory) -> None:
    shell = Shell(tmp_path_factory.mktemp("mt_rag"))
    taken = shell.json("ingest", str(MT_RAG))
    labels = shell.json("labels", "import", str(MT_RAG))
    gold = shell.json("labels", "export", "--gold")
    assert (taken["traces"], taken["scores"], labels["labels"], labels["rejected"]) == (477, 3339, 7087, 0)
    rated = {row["item"] for row in shell.json("labels", "export")}
    (known,) = shell.json("sql", "SELECT list(trace_id) AS ids FROM traces")
    assert rated == set(known["ids"])
    assert all(line["input"] and line["output"] for line in gold)
    assert sum(len(line["contexts"]) for line in gold) > 900
